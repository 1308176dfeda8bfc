//! What a template may be made of (contract §2.5, §4.6, §5.8). Always code 100; the subcode says which rule.

use serde_json::Value;

use crate::meta::graph_error::GraphError;

use super::shape::Object;
use super::variables;

mod buttons;

pub(crate) const CATEGORIES: [&str; 3] = ["MARKETING", "UTILITY", "AUTHENTICATION"];

/// What the account knows that a definition is judged by.
pub(crate) struct Known<'a> {
    pub(crate) named: bool,
    pub(crate) category: &'a str,
    /// Handles that resumable upload gave out.
    pub(crate) handles: &'a [String],
}

pub(crate) fn refuse(subcode: i64, why: impl Into<String>) -> GraphError {
    GraphError::new(100).subcode(subcode).shown("Message template cannot be created", why)
}

pub(crate) fn name(name: &str) -> Result<(), GraphError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > 512 || !name.bytes().all(allowed) {
        return Err(refuse(2_388_046, "The name may have 512 lower-case letters, digits and underscores."));
    }
    Ok(())
}

pub(crate) fn components(components: &[Value], known: &Known<'_>) -> Result<(), GraphError> {
    let mut kinds = Vec::new();
    for (n, component) in components.iter().enumerate() {
        let component = Object::of(component, format!("components[{n}]"))?;
        let kind = component.text("type")?.to_ascii_uppercase();
        match kind.as_str() {
            "HEADER" => header(&component, known)?,
            "BODY" => body(&component, known)?,
            "FOOTER" => footer(&component)?,
            "BUTTONS" => buttons::check(&component.objects("buttons", 1..=10)?)?,
            "CAROUSEL" => {
                component.objects("cards", 2..=10)?;
            }
            "LIMITED_TIME_OFFER" | "CALL_PERMISSION_REQUEST" => {}
            _ => return Err(GraphError::param(&component.path("type"), "is not a kind of component")),
        }
        if kinds.contains(&kind) {
            return Err(GraphError::param(component.here(), &format!("is a second {kind}")));
        }
        kinds.push(kind);
    }
    if !kinds.iter().any(|kind| kind == "BODY") {
        return Err(refuse(2_388_043, "A template needs a BODY."));
    }
    Ok(())
}

fn header(header: &Object<'_>, known: &Known<'_>) -> Result<(), GraphError> {
    let format = header.text_opt("format")?.unwrap_or("TEXT").to_ascii_uppercase();
    let example = header.get("example");
    match format.as_str() {
        "TEXT" => {
            let text = header.text_opt("text")?.unwrap_or_default();
            if text.is_empty() {
                return Err(refuse(2_388_043, "The header has no text."));
            }
            long(text, 60, "header")?;
            let variables = variables::of(text);
            if variables.len() > 1 {
                return Err(refuse(2_388_047, "The header may have one variable."));
            }
            samples(&variables, example, known.named, ("header_text", "header_text_named_params"))
        }
        "IMAGE" | "VIDEO" | "DOCUMENT" | "GIF" => {
            let handle = example.and_then(|example| example.get("header_handle")?.get(0)?.as_str());
            let Some(handle) = handle else {
                return Err(refuse(2_388_273, "A media header needs example.header_handle."));
            };
            if !known.handles.iter().any(|known| known == handle) {
                return Err(refuse(2_388_273, "example.header_handle is not a handle from resumable upload."));
            }
            Ok(())
        }
        "LOCATION" | "PRODUCT" => Ok(()),
        _ => Err(refuse(2_388_047, "The header's format is not known.")),
    }
}

fn body(body: &Object<'_>, known: &Known<'_>) -> Result<(), GraphError> {
    if known.category == "AUTHENTICATION" {
        return Ok(());
    }
    let text = body.text_opt("text")?.unwrap_or_default();
    if text.is_empty() {
        return Err(refuse(2_388_043, "The body has no text."));
    }
    long(text, 1024, "body")?;
    let variables = variables::of(text);
    let trimmed = text.trim();
    if trimmed.starts_with("{{") || trimmed.ends_with("}}") {
        return Err(refuse(2_388_299, "Variables can't be at the start or end of the template."));
    }
    if text.contains("\n\n\n") {
        return Err(GraphError::new(100).details("The body has more than two line breaks in a row."));
    }
    if known.named {
        let proper = |name: &String| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !variables.iter().all(proper) {
            return Err(refuse(2_388_072, "Names of variables have lower-case letters and underscores."));
        }
    } else if !(1..=variables.len()).all(|n| variables.contains(&n.to_string())) {
        return Err(refuse(2_388_072, "Variables must be numbered {{1}}, {{2}} and so on."));
    }
    samples(&variables, body.get("example"), known.named, ("body_text", "body_text_named_params"))
}

fn footer(footer: &Object<'_>) -> Result<(), GraphError> {
    let text = footer.text_opt("text")?.unwrap_or_default();
    long(text, 60, "footer")?;
    if !variables::of(text).is_empty() {
        return Err(refuse(2_388_073, "The footer may have no variables."));
    }
    Ok(())
}

/// One sample for every variable. A body's are a list of lists, a header's a flat list.
fn samples(
    variables: &[String],
    example: Option<&Value>,
    named: bool,
    (positional, by_name): (&str, &str),
) -> Result<(), GraphError> {
    if variables.is_empty() {
        return Ok(());
    }
    let count = if named {
        let given = example.and_then(|example| example.get(by_name)?.as_array());
        let names = given.map(|given| given.iter().filter_map(|item| item.get("param_name")?.as_str()));
        names.map_or(0, |mut names| names.by_ref().filter(|name| variables.iter().any(|v| v == name)).count())
    } else {
        let given = example.and_then(|example| example.get(positional)?.as_array());
        let row = if positional == "body_text" { given.and_then(|rows| rows.first()?.as_array()) } else { given };
        row.map_or(0, Vec::len)
    };
    if count == variables.len() {
        return Ok(());
    }
    Err(refuse(2_388_043, format!("{} variables need a sample each, and {count} are given.", variables.len())))
}

fn long(text: &str, max: usize, part: &str) -> Result<(), GraphError> {
    if text.chars().count() <= max {
        return Ok(());
    }
    Err(refuse(2_388_040, format!("The {part} may have {max} characters.")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The subcode of the complaint; every complaint of this file has one.
    fn judged(value: &Value, named: bool) -> Option<i64> {
        let handles = ["4:ok".to_owned()];
        let known = Known { named, category: "UTILITY", handles: &handles };
        let list = value.as_array().expect("a list");
        components(list, &known).err().map(|error| error.subcode.expect("a subcode"))
    }

    #[test]
    fn each_rule_has_its_subcode() {
        let body = |text: &str| json!([{"type": "BODY", "text": text}]);
        for (value, expected) in [
            (json!([{"type": "body", "text": "Hi {{1}}!", "example": {"body_text": [["Ana"]]}}]), None),
            (body("Hi {{1}}!"), Some(2_388_043)),
            (body("Hi {{1}}"), Some(2_388_299)),
            (body("Hi {{2}}!"), Some(2_388_072)),
            (body(&"x".repeat(1025)), Some(2_388_040)),
            (json!([{"type": "FOOTER", "text": "x"}]), Some(2_388_043)),
            (json!([{"type": "BODY", "text": "Hi"}, {"type": "FOOTER", "text": "{{1}} x"}]), Some(2_388_073)),
            (
                json!([{"type": "BODY", "text": "Hi"}, {"type": "HEADER", "format": "IMAGE",
                "example": {"header_handle": ["https://shop.example/a.jpg"]}}]),
                Some(2_388_273),
            ),
            (
                json!([{"type": "BODY", "text": "Hi"}, {"type": "HEADER", "format": "IMAGE",
                "example": {"header_handle": ["4:ok"]}}]),
                None,
            ),
        ] {
            assert_eq!(judged(&value, false), expected, "{value}");
        }
        let named = json!([{"type": "BODY", "text": "Hi {{who}}!",
            "example": {"body_text_named_params": [{"param_name": "who", "example": "Ana"}]}}]);
        assert_eq!(judged(&named, true), None);
        assert_eq!(name("Order OK").unwrap_err().subcode, Some(2_388_046));
    }
}
