//! YAML with CloudFormation's tags, made into JSON with its long forms.

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

use super::Unplayable;

pub(super) fn json(yaml: Yaml) -> Result<Value, Unplayable> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(yes) => Value::Bool(yes),
        Yaml::Number(number) => {
            serde_json::to_value(number).map_err(|error| Unplayable(format!("a number cannot be read: {error}")))?
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(json).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (name, value) in entries {
                map.insert(key(name)?, json(value)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            long_form(tag.trim_start_matches('!'), json(tagged.value)?)
        }
    })
}

fn key(yaml: Yaml) -> Result<String, Unplayable> {
    match json(yaml)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(Unplayable(String::from("a key is neither text nor a number"))),
    }
}

fn long_form(tag: &str, value: Value) -> Value {
    match (tag, value) {
        ("Ref" | "Condition", value) => json!({ tag: value }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            json!({"Fn::GetAtt": [resource, attribute]})
        }
        (tag, value) => json!({ format!("Fn::{tag}"): value }),
    }
}
