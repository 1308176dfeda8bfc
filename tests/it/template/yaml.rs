//! Reading a template as CloudFormation means it: resources by type, and what `!Ref` and `!GetAtt` point to.

use serde_yaml_ng::Value;

/// `infra/template.yaml` as CloudFormation sees it in the end: the stack nested in it is unfolded, its parameters being
/// what is passed to them.
pub(crate) fn template() -> Value {
    let mut whole = parse(include_str!("../../../infra/template.yaml"));
    let nested = parse(include_str!("../../../infra/observability.yaml"));
    let passed = whole["Resources"]["Observability"]["Properties"]["Parameters"].clone();
    let names = |value: &Value| entries(value).map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&passed), names(&nested["Parameters"]), "passed and taken");
    for section in ["Conditions", "Resources"] {
        for (id, body) in entries(&nested[section]) {
            let known = at(&mut whole, section).as_mapping_mut().unwrap().insert(id.into(), unfolded(body, &passed));
            assert_eq!(known, None, "{id} is in both");
        }
    }
    whole
}

/// With the values of parameters in the place of `!Ref`, and their names in `!Sub`.
fn unfolded(value: &Value, passed: &Value) -> Value {
    match value {
        Value::Tagged(tagged) if tagged.tag == "!Ref" => passed.get(text(&tagged.value)).unwrap_or(value).clone(),
        Value::Tagged(tagged) => {
            let mut tagged = tagged.clone();
            tagged.value = unfolded(&tagged.value, passed);
            Value::Tagged(tagged)
        }
        Value::Sequence(items) => items.iter().map(|item| unfolded(item, passed)).collect::<Vec<_>>().into(),
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), unfolded(value, passed)));
            Value::Mapping(entries.collect())
        }
        plain => plain.clone(),
    }
}

pub(crate) fn parse(text: &str) -> Value {
    serde_yaml_ng::from_str(text).unwrap()
}

/// The resources of one type, by logical id.
pub(crate) fn of_type<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    resources(template).filter(move |(_, resource)| resource["Type"] == kind)
}

pub(crate) fn resources(template: &Value) -> impl Iterator<Item = (&str, &Value)> {
    entries(&template["Resources"])
}

pub(crate) fn functions(template: &Value) -> impl Iterator<Item = (&str, &Value)> {
    of_type(template, "AWS::Serverless::Function")
}

/// Every event of every function: function, event, its type, its properties.
pub(crate) fn events(template: &Value) -> impl Iterator<Item = (&str, &str, &str, &Value)> {
    functions(template).flat_map(|(function, resource)| {
        entries(&resource["Properties"]["Events"])
            .map(move |(event, body)| (function, event, text(&body["Type"]), &body["Properties"]))
    })
}

pub(crate) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().map(|(key, value)| (text(key), value))
}

/// A list, or the one thing that stands for a list of one, as IAM allows.
pub(crate) fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Sequence(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The text of a plain value or of an intrinsic function's argument; nothing for anything else.
pub(crate) fn text(value: &Value) -> &str {
    match value {
        Value::Tagged(tagged) => text(&tagged.value),
        other => other.as_str().unwrap_or_default(),
    }
}

/// The logical id that a `!Ref X` or `!GetAtt X.Arn` points to.
pub(crate) fn target(value: &Value) -> Option<&str> {
    let Value::Tagged(tagged) = value else { return None };
    let tag = tagged.tag.to_string();
    (tag == "!Ref" || tag == "!GetAtt").then(|| text(value).split('.').next().unwrap_or_default())
}

/// What a value is where no condition holds, as by default.
pub(crate) fn otherwise(value: &Value) -> &Value {
    match value {
        Value::Tagged(tagged) if tagged.tag == "!If" => &tagged.value[2],
        plain => plain,
    }
}

/// A plain number, or the default of the parameter that `!Ref` names.
pub(crate) fn number(template: &Value, value: &Value) -> u64 {
    match target(value) {
        Some(parameter) => template["Parameters"][parameter]["Default"].as_u64().unwrap_or(0),
        None => value.as_u64().unwrap_or(0),
    }
}

/// The statements of a policy document.
pub(crate) fn statements(document: &Value) -> Vec<&Value> {
    items(&document["Statement"])
}

/// Every statement that grants something to a role or to those who get a policy of ours: owner and statement.
pub(crate) fn grants(template: &Value) -> Vec<(&str, &Value)> {
    let inline = of_type(template, "AWS::IAM::Role").flat_map(|(id, role)| {
        items(&role["Properties"]["Policies"])
            .into_iter()
            .flat_map(move |policy| statements(&policy["PolicyDocument"]).into_iter().map(move |it| (id, it)))
    });
    let managed = of_type(template, "AWS::IAM::ManagedPolicy").flat_map(|(id, policy)| {
        statements(&policy["Properties"]["PolicyDocument"]).into_iter().map(move |it| (id, it))
    });
    inline.chain(managed).collect()
}

/// The value at a path such as `Resources.Table.Properties`, to plant a fault in.
pub(crate) fn at<'a>(template: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(template, |value, step| match step.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[step],
    })
}

/// Sets the value at a path to what the YAML says.
pub(crate) fn set(template: &mut Value, path: &str, yaml: &str) {
    *at(template, path) = parse(yaml);
}

/// Takes out the last step of a path.
pub(crate) fn remove(template: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('.').unwrap();
    at(template, parent).as_mapping_mut().unwrap().remove(key).unwrap();
}
