//! What the policy for operators grants is what the command asks of AWS: no right too many, and none too few (S1).

use std::collections::BTreeSet;

use serde_json::json;
use serde_yaml_ng::Value;

use crate::faults::fronted;
use crate::front::{Front, Request};
use crate::{stderr, stdout};

const TEMPLATE: &str = include_str!("../../../template.yaml");
const PAGE: &str = include_str!("../../../docs/doctor.md");
/// Of the whole account, and so not of a stack's policy: doctor does without where they are not granted, and its page
/// names them.
const OF_THE_ACCOUNT: [&str; 4] = [
    "cloudformation:DescribeAccountLimits",
    "cloudformation:ListStacks",
    "iam:GetAccountSummary",
    "lambda:GetAccountSettings",
];

/// Commands that ask more of AWS than `/v1`, and one that asks no more.
const WALK: [&[&str]; 10] = [
    &["token", "set"],
    &["token", "app-secret"],
    &["connect"],
    &["channel", "list"],
    &["doctor"],
    &["number", "status"],
    &["support-bundle", "--dry-run"],
    &["trigger", "message", "Hello"],
    &["uninstall", "--plan"],
    &["uninstall", "--disconnect", "--yes"],
];
const NEW_TOKEN: &str = "another-token";

#[test]
fn what_an_operator_is_granted_is_what_the_command_asks_for() {
    let world = fronted();
    world.at_meta("tokens", &json!({ "value": NEW_TOKEN }));
    let given = [("WAYPOST_APP_SECRET", "local-app-secret"), ("WAYPOST_ACCESS_TOKEN", NEW_TOKEN)];
    for args in WALK {
        let output = world.run_with(&[args, &["--stack", "waypost-local"]].concat(), &given);
        assert!(output.status.success(), "{args:?}: {}{}", stdout(&output), stderr(&output));
    }
    let fronts = world.fronts.as_ref().unwrap();
    let mut used: BTreeSet<String> = fronts.iter().flat_map(Front::asked).filter_map(action).collect();
    for action in OF_THE_ACCOUNT {
        assert!(used.remove(action) && PAGE.contains(action), "{action}");
    }
    assert_eq!(used, granted());
}

fn granted() -> BTreeSet<String> {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    let policy = &template["Resources"]["OperatorPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    let actions = policy.as_sequence().unwrap().iter().flat_map(|statement| match &statement["Action"] {
        Value::Sequence(several) => several.clone(),
        one => vec![one.clone()],
    });
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// What IAM calls a request: by the service it is signed for, and what AWS's three protocols name what is wanted by.
fn action(request: Request) -> Option<String> {
    let Request { head, body } = request;
    let service = head.split_once("Credential=")?.1.split('/').nth(3)?;
    let header = |name: &str| {
        let named = head.lines().filter_map(|line| line.split_once(": "));
        named.filter(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let of_query = |text: &str| Some(text.split_once("Action=")?.1.split(['&', ' ']).next()?.to_owned());
    let first = head.lines().next()?;
    let operation = match service {
        "execute-api" => Some(String::from("Invoke")),
        "lambda" if first.contains("/account-settings/") => Some(String::from("GetAccountSettings")),
        _ => header("x-amz-target")
            .and_then(|target| Some(target.split_once('.')?.1.to_owned()))
            .or_else(|| of_query(&body))
            .or_else(|| of_query(first)),
    };
    Some(format!("{service}:{}", operation.unwrap_or_else(|| first.to_owned())))
}
