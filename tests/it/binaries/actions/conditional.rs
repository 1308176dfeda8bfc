//! Grants that are there under a condition only: a key of one's own, and traces. No function calls KMS or X-Ray: AWS does in
//! its name, by what the function was seen to do. So what it has to be granted follows from that (each service's guide on
//! permissions for keys; Lambda's on X-Ray).

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use super::{Actions, beyond};
use crate::binaries::rig::FUNCTIONS;
use crate::template::yaml::{self, at, items, of_type, parse, set, statements, target, text};

/// With a key: what an action on something encrypted takes of it.
const WITH_KEY: [(&str, &[&str]); 6] = [
    ("dynamodb:", &["kms:Decrypt"]),
    // A message is encrypted with a data key, which SQS also decrypts to use it again.
    ("sqs:SendMessage", &["kms:Decrypt", "kms:GenerateDataKey"]),
    ("sqs:ReceiveMessage", &["kms:Decrypt"]),
    ("s3:PutObject", &["kms:Decrypt", "kms:GenerateDataKey"]),
    ("s3:GetObject", &["kms:Decrypt"]),
    ("secretsmanager:GetSecretValue", &["kms:Decrypt"]),
];
/// Lambda decrypts each function's variables.
const VARIABLES: &str = "kms:Decrypt";
/// Lambda sends each function's segments.
const TRACES: [&str; 2] = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

/// A change of the template, which has to be found.
type Plant = (&'static str, fn(&mut Value));

const PLANTS: [Plant; 6] = [
    ("no data keys", |t| set(t, "Resources.KeyPolicy.Properties.PolicyDocument.Statement.0.Action", "kms:Decrypt")),
    ("a function without", |t| {
        set(t, "Resources.KeyPolicy.Properties.Roles", "[!Ref ApiRole, !Ref MediaRole, !Ref SenderRole]");
    }),
    ("everything with the key", |t| {
        set(
            t,
            "Resources.KeyPolicy.Properties.PolicyDocument.Statement.0.Action",
            "[kms:Decrypt, kms:GenerateDataKey, kms:Encrypt]",
        );
    }),
    ("half of tracing", |t| {
        set(t, "Resources.TracingPolicy.Properties.PolicyDocument.Statement.0.Action", "xray:PutTraceSegments");
    }),
    ("reading traces", |t| {
        let more = "[xray:PutTelemetryRecords, xray:PutTraceSegments, xray:GetTraceSummaries]";
        set(t, "Resources.TracingPolicy.Properties.PolicyDocument.Statement.0.Action", more);
    }),
    ("under a condition of tomorrow", |t| {
        let policy = "{Type: AWS::IAM::ManagedPolicy, Condition: HasAlertEmail, Properties: {Roles: [!Ref ApiRole],
            PolicyDocument: {Statement: [{Effect: Allow, Action: ses:SendEmail, Resource: x}]}}}";
        *at(t, "Resources.MailPolicy") = parse(policy);
    }),
];

/// Used is granted and granted is used, and each planted fault is found by it.
pub(super) fn hold(template: &Value, used: &Actions) {
    assert_eq!(faults(template, used), Vec::<String>::new());
    for (what, plant) in PLANTS {
        let mut changed = template.clone();
        plant(&mut changed);
        assert!(!faults(&changed, used).is_empty(), "not found: {what}");
    }
}

fn faults(template: &Value, used: &Actions) -> Vec<String> {
    let mut found = Vec::new();
    let conditions = of_type(template, "AWS::IAM::ManagedPolicy")
        .filter(|(_, policy)| !items(&policy["Properties"]["Roles"]).is_empty())
        .map(|(_, policy)| text(&policy["Condition"]));
    let others: BTreeSet<&str> = conditions.filter(|name| !matches!(*name, "" | "HasKey" | "HasTracing")).collect();
    found.extend(others.into_iter().map(|name| format!("{name} grants something that nobody proves")));
    let traces = FUNCTIONS.iter().map(|(name, _)| ((*name).to_owned(), TRACES.map(str::to_owned).into())).collect();
    for (condition, needed) in [("HasKey", with_key(template, used)), ("HasTracing", traces)] {
        let granted = granted(template, condition);
        for (what, one) in [
            ("needed and not granted", beyond(&needed, &granted)),
            ("granted and not needed", beyond(&granted, &needed)),
        ] {
            found.extend(
                one.into_iter().map(|(function, actions)| format!("{condition}: {function}: {what}: {actions:?}")),
            );
        }
    }
    found
}

/// What each function's role needs of the key for what it was seen to do, and for what its mapping does.
fn with_key(template: &Value, used: &Actions) -> Actions {
    let mut needed = Actions::new();
    for (function, id) in FUNCTIONS {
        let mine = needed.entry(function.to_owned()).or_default();
        mine.insert(VARIABLES.to_owned());
        let role = format!("{id}Role");
        let own = yaml::grants(template).into_iter().filter(|(owner, _)| *owner == role);
        let receives = own.flat_map(|(_, statement)| items(&statement["Action"])).map(text);
        let receives = receives.filter(|action| *action == "sqs:ReceiveMessage").map(str::to_owned);
        for action in used.get(function).into_iter().flatten().cloned().chain(receives) {
            let of_it = WITH_KEY.iter().filter(|(name, _)| action.starts_with(name));
            mine.extend(of_it.flat_map(|(_, actions)| *actions).map(|action| (*action).to_owned()));
        }
    }
    needed
}

fn granted(template: &Value, condition: &str) -> Actions {
    let mut granted = Actions::new();
    for (role, statement) in attached(template, Some(condition)) {
        let Some((function, _)) = FUNCTIONS.iter().find(|(_, id)| format!("{id}Role") == role) else { continue };
        let actions = items(&statement["Action"]).into_iter().map(|action| text(action).to_owned());
        granted.entry((*function).to_owned()).or_default().extend(actions);
    }
    granted
}

/// What managed policies grant to roles of the stack, those under a condition or those under none.
pub(super) fn attached<'a>(template: &'a Value, condition: Option<&str>) -> Vec<(&'a str, &'a Value)> {
    of_type(template, "AWS::IAM::ManagedPolicy")
        .filter(|(_, policy)| policy["Condition"].as_str() == condition)
        .flat_map(|(_, policy)| {
            let roles: Vec<&str> = items(&policy["Properties"]["Roles"]).into_iter().filter_map(target).collect();
            let statements = statements(&policy["Properties"]["PolicyDocument"]);
            roles
                .into_iter()
                .flat_map(move |role| statements.clone().into_iter().map(move |statement| (role, statement)))
        })
        .collect()
}
