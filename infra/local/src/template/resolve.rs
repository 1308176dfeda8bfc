//! CloudFormation's functions, worked out for this machine.

use std::collections::BTreeMap;

use sandbox::aws::{ACCOUNT, REGION};
use serde_json::{Map, Value};

use super::{Template, Unplayable};

/// The name of the stack that plays here; physical names begin with it, as CloudFormation's do.
pub(crate) const STACK_NAME: &str = "waypost-local";

/// A template with its parameters and with the endpoints that its resources get their addresses from.
pub(crate) struct Scope<'t> {
    template: &'t Template,
    parameters: BTreeMap<String, Value>,
    aws_url: String,
    api_url: String,
}

impl<'t> Scope<'t> {
    /// Parameters have their defaults, unless `given` says otherwise.
    pub(crate) fn new(
        template: &'t Template,
        given: &BTreeMap<&str, String>,
        aws_url: &str,
        api_url: &str,
    ) -> Result<Self, Unplayable> {
        let mut parameters = BTreeMap::new();
        let declared = template.section("Parameters").cloned().unwrap_or_default();
        for (name, parameter) in &declared {
            let value = match (given.get(name.as_str()), parameter.get("Default")) {
                (Some(value), _) => Value::String(value.clone()),
                // Every parameter is text to CloudFormation, numbers too.
                (None, Some(default)) => Value::String(text(default)?),
                (None, None) => return Err(Unplayable(format!("the parameter {name} has no default"))),
            };
            parameters.insert(name.clone(), value);
        }
        if let Some(unknown) = given.keys().find(|name| !declared.contains_key(**name)) {
            return Err(Unplayable(format!("it has no parameter {unknown}, which this machine sets")));
        }
        Ok(Self { template, parameters, aws_url: aws_url.to_owned(), api_url: api_url.to_owned() })
    }

    /// A value with every function in it worked out; `None` where that is `AWS::NoValue`.
    pub(crate) fn resolve(&self, value: &Value) -> Result<Option<Value>, Unplayable> {
        match value {
            Value::Object(map) => match function_of(map) {
                Some((name, argument)) => self.call(name, argument),
                None => self.resolve_map(map).map(|map| Some(Value::Object(map))),
            },
            Value::Array(items) => {
                let items = items.iter().map(|item| self.resolve(item)).collect::<Result<Vec<_>, _>>()?;
                Ok(Some(Value::Array(items.into_iter().flatten().collect())))
            }
            plain => Ok(Some(plain.clone())),
        }
    }

    pub(crate) fn resolve_map(&self, map: &Map<String, Value>) -> Result<Map<String, Value>, Unplayable> {
        let mut resolved = Map::new();
        for (name, value) in map {
            if let Some(value) = self.resolve(value)? {
                resolved.insert(name.clone(), value);
            }
        }
        Ok(resolved)
    }

    /// Whether a condition holds.
    pub(crate) fn holds(&self, condition: &str) -> Result<bool, Unplayable> {
        let written = self
            .template
            .section("Conditions")
            .and_then(|conditions| conditions.get(condition))
            .ok_or_else(|| Unplayable(format!("there is no condition {condition}")))?;
        self.judge(written)
    }

    /// An output as text.
    pub(crate) fn output(&self, name: &str) -> Result<String, Unplayable> {
        let value = self
            .template
            .section("Outputs")
            .and_then(|outputs| outputs.get(name)?.get("Value"))
            .ok_or_else(|| Unplayable(format!("there is no output {name}")))?;
        self.text(value)
    }

    /// A value that comes out as text.
    pub(crate) fn text(&self, value: &Value) -> Result<String, Unplayable> {
        match self.resolve(value)? {
            Some(value) => text(&value),
            None => Err(Unplayable(String::from("text is needed where AWS::NoValue stands"))),
        }
    }

    /// The name a resource gets here.
    pub(crate) fn name_of(&self, id: &str) -> Result<String, Unplayable> {
        let kind = self.template.kind_of(id).ok_or_else(|| Unplayable(format!("there is no resource {id}")))?;
        let name = format!("{STACK_NAME}-{id}");
        Ok(match kind {
            "AWS::S3::Bucket" => name.to_lowercase(),
            "AWS::SQS::Queue" if self.is_fifo(id)? => format!("{name}.fifo"),
            _ => name,
        })
    }

    /// What CloudFormation would call it: its `Ref`, where that has a value here.
    pub(crate) fn physical_id(&self, id: &str) -> Result<String, Unplayable> {
        match self.reference(id) {
            Ok(Some(Value::String(physical))) => Ok(physical),
            _ => self.name_of(id),
        }
    }

    fn is_fifo(&self, id: &str) -> Result<bool, Unplayable> {
        match self.template.property(id, "FifoQueue") {
            Some(written) => Ok(self.text(written)? == "true"),
            None => Ok(false),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Result<Option<Value>, Unplayable> {
        match (function, argument) {
            ("Ref", Value::String(id)) => self.reference(id),
            ("Fn::GetAtt", Value::Array(path)) => match path.as_slice() {
                [Value::String(id), Value::String(name)] => self.attribute(id, name).map(|text| Some(text.into())),
                _ => Err(Unplayable(String::from("Fn::GetAtt takes a resource and an attribute"))),
            },
            ("Fn::Sub", Value::String(pattern)) => self.substitute(pattern).map(|text| Some(text.into())),
            ("Fn::If", Value::Array(arguments)) => match arguments.as_slice() {
                [Value::String(condition), yes, no] => self.resolve(if self.holds(condition)? { yes } else { no }),
                _ => Err(Unplayable(String::from("Fn::If takes a condition and two values"))),
            },
            (function, _) => Err(Unplayable(format!("{function} in this form is not played on a laptop"))),
        }
    }

    fn reference(&self, id: &str) -> Result<Option<Value>, Unplayable> {
        if id == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.parameters.get(id) {
            return Ok(Some(value.clone()));
        }
        let text = match (id, self.template.kind_of(id)) {
            ("AWS::Region", _) => String::from(REGION),
            ("AWS::AccountId", _) => String::from(ACCOUNT),
            ("AWS::Partition", _) => String::from("aws"),
            ("AWS::StackName", _) => String::from(STACK_NAME),
            ("AWS::URLSuffix", _) => String::from("amazonaws.com"),
            (_, Some("AWS::SQS::Queue")) => format!("{}/{ACCOUNT}/{}", self.aws_url, self.name_of(id)?),
            // A secret's Ref is its ARN on AWS; its name is as good an id, and easier on the eye.
            (_, Some("AWS::DynamoDB::Table" | "AWS::S3::Bucket" | "AWS::SecretsManager::Secret")) => {
                self.name_of(id)?
            }
            _ => return Err(Unplayable(format!("!Ref {id} has no value on a laptop"))),
        };
        Ok(Some(Value::String(text)))
    }

    fn attribute(&self, id: &str, attribute: &str) -> Result<String, Unplayable> {
        let name = self.name_of(id)?;
        Ok(match (self.template.kind_of(id), attribute) {
            (Some("AWS::SQS::Queue"), "Arn") => format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
            (Some("AWS::SQS::Queue"), "QueueName") => name,
            (Some("AWS::DynamoDB::Table"), "Arn") => format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"),
            (Some("AWS::Serverless::HttpApi"), "ApiEndpoint") => self.api_url.clone(),
            (Some("AWS::S3::Bucket"), "Arn") => format!("arn:aws:s3:::{name}"),
            _ => return Err(Unplayable(format!("!GetAtt {id}.{attribute} has no value on a laptop"))),
        })
    }

    fn substitute(&self, pattern: &str) -> Result<String, Unplayable> {
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) =
                after.split_once('}').ok_or_else(|| Unplayable(format!("Fn::Sub never closes a brace: {pattern}")))?;
            out.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                out.extend(["${", literal, "}"]);
            } else if let Some((id, attribute)) = name.split_once('.') {
                out.push_str(&self.attribute(id, attribute)?);
            } else {
                out.push_str(&text(&self.reference(name)?.unwrap_or_default())?);
            }
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn judge(&self, condition: &Value) -> Result<bool, Unplayable> {
        let unknown = || Unplayable(String::from("a condition is written in a way that is not played on a laptop"));
        let (function, argument) = condition.as_object().and_then(function_of).ok_or_else(unknown)?;
        match (function, argument) {
            ("Condition", Value::String(name)) => self.holds(name),
            ("Fn::Not", Value::Array(inner)) => match inner.as_slice() {
                [inner] => self.judge(inner).map(|holds| !holds),
                _ => Err(unknown()),
            },
            ("Fn::And", Value::Array(all)) => all.iter().try_fold(true, |so_far, one| Ok(self.judge(one)? && so_far)),
            ("Fn::Or", Value::Array(any)) => any.iter().try_fold(false, |so_far, one| Ok(self.judge(one)? || so_far)),
            ("Fn::Equals", Value::Array(both)) => match both.as_slice() {
                [one, other] => Ok(self.text(one)? == self.text(other)?),
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }
}

/// The only entry, where it is a function's.
fn function_of(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name == "Condition" && argument.is_string() || name.starts_with("Fn::"))
        .then_some((name.as_str(), argument))
}

fn text(value: &Value) -> Result<String, Unplayable> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(yes) => Ok(yes.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => {
            Err(Unplayable(String::from("text is needed where a list or map stands")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "
Parameters:
  Days: { Type: Number, Default: 0 }
  Level: { Type: String, Default: info }
Conditions:
  HasDays: !Not [!Equals [!Ref Days, 0]]
Resources:
  Jobs: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
  Files: { Type: AWS::S3::Bucket }
  Role: { Type: AWS::IAM::Role }
Outputs:
  JobsUrl: { Value: !Ref Jobs }
";

    fn with<T>(given: &[(&'static str, &str)], judge: impl FnOnce(&Scope<'_>) -> T) -> T {
        let template = Template::parse(TEXT).unwrap();
        let given = given.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        judge(&Scope::new(&template, &given, "http://127.0.0.1:1", "http://127.0.0.1:2").unwrap())
    }

    #[test]
    fn names_and_addresses_are_this_machines() {
        with(&[], |scope| {
            assert_eq!(scope.output("JobsUrl").unwrap(), "http://127.0.0.1:1/000000000000/waypost-local-Jobs.fifo");
            let arns = json!([{"Fn::GetAtt": ["Jobs", "Arn"]}, {"Fn::Sub": "${Files.Arn}/raw/*-${Level}-${!kept}"}]);
            assert_eq!(
                scope.resolve(&arns).unwrap().unwrap(),
                json!([
                    "arn:aws:sqs:us-east-1:000000000000:waypost-local-Jobs.fifo",
                    "arn:aws:s3:::waypost-local-files/raw/*-info-${kept}"
                ])
            );
        });
    }

    #[test]
    fn a_parameter_that_is_given_goes_before_its_default() {
        let choice = json!({"kept": 1, "days": {"Fn::If": ["HasDays", {"Ref": "Days"}, {"Ref": "AWS::NoValue"}]}});
        with(&[], |scope| assert_eq!(scope.resolve(&choice).unwrap().unwrap(), json!({"kept": 1})));
        with(&[("Days", "7")], |scope| {
            assert_eq!(scope.resolve(&choice).unwrap().unwrap(), json!({"kept": 1, "days": "7"}));
        });
    }

    #[test]
    fn what_has_no_value_here_is_said() {
        with(&[], |scope| {
            let error = scope.resolve(&json!({"Ref": "Role"})).unwrap_err();
            assert_eq!(error.to_string(), "!Ref Role has no value on a laptop");
            assert!(scope.resolve(&json!({"Fn::ImportValue": "x"})).is_err());
        });
        let template = Template::parse(TEXT).unwrap();
        assert!(Scope::new(&template, &BTreeMap::from([("Gone", String::new())]), "", "").is_err());
    }
}
