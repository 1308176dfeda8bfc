//! CloudWatch's filter patterns over JSON lines, as far as the template writes them (user guide, "Filter pattern syntax").

use serde_json::Value;

/// Whether a line is counted. What is not understood is a fault of the template's, or of this file.
pub(crate) fn counts(pattern: &str, line: &Value) -> bool {
    let inside = pattern.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    all(inside.unwrap_or_else(|| panic!("no pattern over JSON: {pattern}")).trim(), line)
}

fn all(pattern: &str, line: &Value) -> bool {
    pattern.split("&&").all(|part| {
        let part = part.trim();
        comparison(part.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(part), line)
    })
}

fn comparison(part: &str, line: &Value) -> bool {
    let words: Vec<&str> = part.trim().splitn(3, ' ').collect();
    let [member, operator, wanted] = words[..] else { panic!("no comparison: {part}") };
    let found = &line[member.strip_prefix("$.").unwrap_or_else(|| panic!("no member: {part}"))];
    match (operator, wanted.strip_prefix('"').and_then(|text| text.strip_suffix('"'))) {
        ("=", Some(text)) => match (text.strip_suffix('*'), found.as_str()) {
            (_, None) => false,
            (Some(start), Some(found)) => found.starts_with(start),
            (None, Some(found)) => found == text,
        },
        (">=", None) => found.as_i64().is_some_and(|found| found >= wanted.parse().unwrap()),
        _ => panic!("this comparison is not understood: {part}"),
    }
}

#[test]
fn patterns_are_read_as_cloudwatch_reads_them() {
    use serde_json::json;
    let line = json!({"metric": "Parked", "hours": 12, "status": "503", "route": "POST /webhook"});
    for (pattern, counted) in [
        (r#"{ $.metric = "Parked" }"#, true),
        (r#"{ $.metric = "parked" }"#, false),
        (r#"{ $.absent = "Parked" }"#, false),
        ("{ $.hours >= 12 }", true),
        ("{ $.hours >= 13 }", false),
        ("{ $.metric >= 1 }", false),
        (r#"{ ($.route = "POST /webhook") && ($.status = "5*") }"#, true),
        (r#"{ ($.route = "POST /webhook") && ($.status = "4*") }"#, false),
    ] {
        assert_eq!(counts(pattern, &line), counted, "{pattern}");
    }
}

#[test]
#[should_panic(expected = "not understood")]
fn what_is_not_understood_is_told() {
    counts("{ $.hours < 12 }", &serde_json::json!({"hours": 11}));
}
