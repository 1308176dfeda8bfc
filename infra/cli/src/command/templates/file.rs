//! One template as a YAML file: Meta's own members, in an order that people read, with `sample` for the file of a header.

use model::Invalid;
use model::template::Definition;
use serde_json::Value;
use serde_yaml_ng::{Mapping, Value as Yaml};

/// What comes first in an object, in this order; the rest follows as it is.
const ORDER: [&str; 19] = [
    "name",
    "language",
    "category",
    "parameter_format",
    "message_send_ttl_seconds",
    "type",
    "format",
    "otp_type",
    "text",
    "url",
    "phone_number",
    "param_name",
    "sample",
    "example",
    "limited_time_offer",
    "buttons",
    "components",
    "cards",
    "flow_id",
];

/// What a file does not say.
pub(super) enum NoTemplate {
    /// It is no YAML: where.
    Yaml(String),
    /// It is no template.
    Definition(Invalid),
}

pub(super) fn read(text: &str) -> Result<Definition, NoTemplate> {
    let mut value: Value = serde_yaml_ng::from_str(text).map_err(|error| NoTemplate::Yaml(error.to_string()))?;
    trim(&mut value);
    Definition::parse(&value).map_err(NoTemplate::Definition)
}

/// A block of YAML ends with a line break that nobody means.
fn trim(value: &mut Value) {
    match value {
        Value::String(text) => text.truncate(text.trim_end_matches('\n').len()),
        Value::Array(items) => items.iter_mut().for_each(trim),
        Value::Object(members) => members.values_mut().for_each(trim),
        _ => {}
    }
}

/// The same for the same template, byte by byte.
pub(super) fn write(definition: &Definition) -> Result<String, serde_yaml_ng::Error> {
    let mut value = definition.to_json();
    if !definition.named
        && let Some(members) = value.as_object_mut()
    {
        members.remove("parameter_format");
    }
    serde_yaml_ng::to_string(&ordered(&value))
}

fn ordered(value: &Value) -> Yaml {
    match value {
        Value::Object(members) => {
            let known = ORDER.iter().filter_map(|name| members.get_key_value(*name));
            let others = members.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
            let members = known.chain(others).map(|(name, value)| (Yaml::from(name.as_str()), ordered(value)));
            Yaml::Mapping(members.collect::<Mapping>())
        }
        Value::Array(items) => Yaml::Sequence(items.iter().map(ordered).collect()),
        Value::String(text) => Yaml::from(text.as_str()),
        Value::Bool(flag) => Yaml::from(*flag),
        Value::Null => Yaml::Null,
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Yaml::from(whole),
            (None, Some(broken)) => Yaml::from(broken),
            (None, None) => Yaml::Null,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let definition =
            Definition::parse(&json!({"name": "a", "language": "no", "category": "UTILITY", "components": [
            {"text": "Hi {{1}},\n\n\"yes\": 7 #x", "type": "BODY", "example": {"body_text": [["0123", "true"]]}},
            {"type": "FOOTER", "text": "null"}]}))
            .unwrap();
        let text = write(&definition).unwrap();
        assert!(text.starts_with("name: a\nlanguage: "), "{text}");
        assert!(read(&text).is_ok_and(|again| again == definition), "{text}");
        assert_eq!(write(&definition).unwrap(), text);
    }

    #[test]
    fn a_block_ends_without_a_line_break() {
        let text =
            "name: a\nlanguage: en\ncategory: UTILITY\ncomponents:\n- type: BODY\n  text: |\n    Hi\n    there\n";
        let Ok(definition) = read(text) else { panic!("it is one") };
        assert_eq!(definition.components[0]["text"], "Hi\nthere");
        assert!(matches!(read("a: ["), Err(NoTemplate::Yaml(_))));
        assert!(matches!(read("name: a"), Err(NoTemplate::Definition(_))));
    }
}
