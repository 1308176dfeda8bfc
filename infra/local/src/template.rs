//! infra/template.yaml as a value: the short forms of CloudFormation (`!Ref`) become the long ones (`{"Ref": …}`).

use serde_json::{Map, Value};

pub(crate) mod resolve;
pub(crate) mod section;
mod yaml;

/// What a template says that cannot be read or played here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unplayable(pub(crate) String);

/// A parsed template.
pub(crate) struct Template {
    document: Map<String, Value>,
}

/// One entry of `Resources`.
pub(crate) struct Resource<'t> {
    pub(crate) id: &'t str,
    pub(crate) kind: &'t str,
    pub(crate) condition: Option<&'t str>,
    pub(crate) properties: Map<String, Value>,
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, Unplayable> {
        let read: serde_yaml_ng::Value =
            serde_yaml_ng::from_str(text).map_err(|error| Unplayable(format!("it is no YAML: {error}")))?;
        match yaml::json(read)? {
            Value::Object(document) => Ok(Self { document }),
            _ => Err(Unplayable(String::from("it is no mapping"))),
        }
    }

    /// All resources, by logical id.
    pub(crate) fn resources(&self) -> Result<Vec<Resource<'_>>, Unplayable> {
        self.section("Resources").into_iter().flatten().map(|(id, entry)| self.resource(id, entry)).collect()
    }

    /// The type of a resource.
    pub(crate) fn kind_of(&self, id: &str) -> Option<&str> {
        self.section("Resources")?.get(id)?.get("Type")?.as_str()
    }

    /// A property of a resource, as it is written.
    pub(crate) fn property(&self, id: &str, name: &str) -> Option<&Value> {
        self.section("Resources")?.get(id)?.get("Properties")?.get(name)
    }

    /// A top-level mapping (`Parameters`, `Conditions`, `Outputs`, …).
    pub(crate) fn section(&self, name: &str) -> Option<&Map<String, Value>> {
        self.document.get(name)?.as_object()
    }

    fn resource<'t>(&'t self, id: &'t str, entry: &'t Value) -> Result<Resource<'t>, Unplayable> {
        let kind = entry
            .get("Type")
            .and_then(Value::as_str)
            .ok_or_else(|| Unplayable(format!("the resource {id} has no Type")))?;
        let properties = entry.get("Properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let properties = match kind {
            "AWS::Serverless::Function" => self.with_globals("Function", properties),
            "AWS::Serverless::HttpApi" => self.with_globals("HttpApi", properties),
            _ => properties,
        };
        Ok(Resource { id, kind, condition: entry.get("Condition").and_then(Value::as_str), properties })
    }

    /// SAM's `Globals`: maps are merged, and what the resource says itself wins.
    fn with_globals(&self, section: &str, own: Map<String, Value>) -> Map<String, Value> {
        let globals = self.section("Globals").and_then(|globals| globals.get(section)).and_then(Value::as_object);
        match globals {
            Some(globals) => merged(globals.clone(), own),
            None => own,
        }
    }
}

fn merged(mut below: Map<String, Value>, above: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in above {
        let value = match (below.remove(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => Value::Object(merged(old, new)),
            (_, new) => new,
        };
        below.insert(name, value);
    }
    below
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "
Globals:
  Function:
    MemorySize: 256
    Environment: { Variables: { LOG_LEVEL: info, A: below } }
Resources:
  One:
    Type: AWS::Serverless::Function
    Condition: Sometimes
    Properties:
      Timeout: 10
      Environment: { Variables: { A: !Sub '${Table.Arn}/x', B: !GetAtt Table.Arn } }
  Table: { Type: AWS::DynamoDB::Table }
";

    #[test]
    fn globals_are_below_what_a_function_says() {
        let template = Template::parse(TEXT).unwrap();
        let resources = template.resources().unwrap();
        let one = resources.iter().find(|resource| resource.id == "One").unwrap();
        assert_eq!(one.condition, Some("Sometimes"));
        assert_eq!(one.properties["MemorySize"], 256);
        assert_eq!(
            one.properties["Environment"]["Variables"],
            json!({"LOG_LEVEL": "info", "A": {"Fn::Sub": "${Table.Arn}/x"}, "B": {"Fn::GetAtt": ["Table", "Arn"]}})
        );
        assert_eq!(template.kind_of("Table"), Some("AWS::DynamoDB::Table"));
    }
}
