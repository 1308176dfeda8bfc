use super::*;

const FULL: &str = r#"{"id":1234567890123456789,"name":"order_ok","language":"en_US","category":"UTILITY",
    "status":"APPROVED","rejected_reason":"NONE","quality_score":{"score":"GREEN","date":1700000000},
    "parameter_format":"NAMED","message_send_ttl_seconds":600,
    "components":[{"type":"HEADER","format":"IMAGE","example":{"header_handle":["https://scontent.example/a?x=1"]}},
        {"type":"BODY","text":"Hi {{who}}"}]}"#;

fn parse(json: &str) -> Template {
    Template::parse(&WabaId::new("2"), serde_json::from_str(json).unwrap(), Timestamp::UNIX_EPOCH).unwrap()
}

#[test]
fn a_listed_template_keeps_all_of_it() {
    let template = parse(FULL);
    assert_eq!(template.id.as_str(), "1234567890123456789");
    assert_eq!((template.rejected_reason.clone(), template.quality.as_deref()), (None, Some("GREEN")));
    assert_eq!(template.extra["message_send_ttl_seconds"].get(), "600");
    assert!(template.components.get().contains("{{who}}"));
    assert!(template.sendable());
    assert_eq!(template.label(), "Approved");
    let again: Template = serde_json::from_str(&serde_json::to_string(&template).unwrap()).unwrap();
    assert!(diff(&[template], &[again]).write.is_empty());
}

#[test]
fn a_listed_template_may_say_little() {
    let template = parse(r#"{"id":"1","name":"n","language":"en","status":"SOMETHING_NEW"}"#);
    assert_eq!((template.components.get(), template.parameter_format.as_str()), ("[]", "POSITIONAL"));
    assert!(!template.sendable());
    let nameless = serde_json::from_str(r#"{"id":"1","language":"en","status":"APPROVED"}"#).unwrap();
    assert!(Template::parse(&WabaId::new("2"), nameless, Timestamp::UNIX_EPOCH).is_none());
}

#[test]
fn only_what_counts_is_a_change() {
    let stored = [parse(FULL)];
    let listed = |from: &str, to: &str| {
        assert!(FULL.contains(from));
        let later = Template { updated_at: Timestamp::from_second(99).unwrap(), ..parse(&FULL.replace(from, to)) };
        diff(&stored, &[later]).write.len()
    };
    for (from, to) in
        [("a?x=1", "a?x=2"), ("1700000000", "1800000000"), ("\"text\":", "\"text\" : "), ("Hi ", "H\\u0069 ")]
    {
        assert_eq!(listed(from, to), 0, "{from}");
    }
    for (from, to) in [
        ("APPROVED", "PAUSED"),
        ("UTILITY", "MARKETING"),
        ("GREEN", "RED"),
        ("\"NONE\"", "\"SCAM\""),
        ("NAMED", "POSITIONAL"),
        ("{{who}}", "{{name}}"),
        (":600", ":601"),
        ("1234567890123456789", "1234567890123456788"),
    ] {
        assert_eq!(listed(from, to), 1, "{from}");
    }
}

#[test]
fn absence_is_told_once_and_taken_back() {
    let here = parse(FULL);
    let first = diff(std::slice::from_ref(&here), &[]);
    assert!(first.write.is_empty());
    let [gone] = first.absent.as_slice() else { panic!("one is gone") };
    assert!(gone.absent && !gone.sendable());
    assert!(diff(std::slice::from_ref(gone), &[]).absent.is_empty());
    let back = diff(std::slice::from_ref(gone), &[here]);
    assert_eq!((back.write.len(), back.write[0].absent), (1, false));
}

#[test]
fn languages_are_templates_of_their_own() {
    let stored = [parse(FULL)];
    let listed = [parse(FULL), parse(&FULL.replace("en_US", "en")), parse(&FULL.replace("en_US", "en"))];
    let changes = diff(&stored, &listed);
    assert_eq!((changes.write.len(), changes.absent.len()), (1, 0));
}
