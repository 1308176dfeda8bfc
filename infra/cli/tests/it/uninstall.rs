//! `waypost uninstall`: what goes, what stays, and what has to end at Meta first. The stack is looked at in the fake AWS.

use serde_json::{Value, json};

use crate::world::{APP, SECRETS, WABA, World};
use crate::{stderr, stdout, waypost};

const OBSERVABILITY: &str = include_str!("../../../observability.yaml");
const ASK: [&str; 3] = ["uninstall", "--stack", "waypost-local"];

/// With the stack's outputs for everything: no address is given but the fake AWS's.
fn run(world: &World, more: &[&str]) -> std::process::Output {
    waypost().args(ASK).args(more).args(["--aws-endpoint", world.running.at("aws")]).output().unwrap()
}

#[track_caller]
fn plan(world: &World) -> Value {
    let output = run(world, &["--plan", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_goes_and_what_stays_is_said_and_nothing_is_done() {
    let world = World::start();
    let before = world.state();
    let planned = plan(&world);
    let kept: Vec<(&str, &str)> = planned["keeps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["logical_id"].as_str().unwrap(), one["delete"].as_str().unwrap()))
        .collect();
    // Retained by the template, each by its own command.
    assert_eq!(
        kept,
        [
            ("Bucket", "aws s3 rb --force s3://waypost-local-bucket"),
            ("Table", "aws dynamodb delete-table --table-name waypost-local-Table"),
            ("TokensSecret", "aws secretsmanager delete-secret --secret-id waypost-local-TokensSecret"),
            ("WebhookSecret", "aws secretsmanager delete-secret --secret-id waypost-local-WebhookSecret"),
        ]
    );
    assert!(planned["keeps"].as_array().unwrap().iter().all(|one| one["costs"].as_str().unwrap().starts_with('$')));
    // Pages of resources and the nested stack's alarms are all counted.
    let deletes = &planned["deletes"];
    assert_eq!(
        (&deletes["AWS::SQS::Queue"], &deletes["AWS::Serverless::Function"]),
        (&json!(8), &json!(5)),
        "{deletes}"
    );
    let alarms = OBSERVABILITY.matches("Type: AWS::CloudWatch::Alarm\n").count();
    assert_eq!((&deletes["AWS::CloudWatch::Alarm"], alarms > 20), (&json!(alarms), true), "{deletes}");
    assert!(deletes.get("AWS::DynamoDB::Table").is_none(), "{deletes}");
    assert_eq!(planned["waiting"], json!({}));
    assert_eq!(planned["at_meta"].as_array().unwrap().len(), 2, "{planned}");

    let told = stdout(&run(&world, &["--plan"]));
    for part in ["First, at Meta", WABA, APP, "waypost-local-Table", "$0.40 a month", "Nothing waits in the queues."] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert_eq!(world.state(), before);
}

/// What a person pastes: it ends things in order, and what is for good stands in comments.
#[test]
fn the_script_takes_no_data_away() {
    let world = World::start();
    let output = run(&world, &[]);
    let script = stdout(&output);
    let commands: Vec<&str> = script.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(
        commands,
        [
            "export AWS_REGION=us-east-1",
            "waypost uninstall --stack waypost-local --disconnect",
            "sam delete --stack-name waypost-local"
        ]
    );
    assert!(script.contains("#   aws dynamodb delete-table --table-name waypost-local-Table\n"), "{script}");
    assert!(script.contains("export-table-to-point-in-time"), "{script}");
    // It is the template that says what stays: the document's list is the same.
    assert_eq!(script.matches("delete-secret").count(), SECRETS.len());
}

#[test]
fn what_waits_is_said() {
    let world = World::start();
    world.at_meta("users/15550142/messages", &json!({"text": "Hello"}));
    // The events queue is nobody's here but the team's.
    assert_eq!(plan(&world)["waiting"], json!({"events": 1}));
    let told = stdout(&run(&world, &["--plan"]));
    assert!(told.contains("1 in events"), "{told}");
}

#[test]
fn meta_is_disconnected_once_and_only_where_it_leads_here() {
    let world = World::start();
    let asked = waypost()
        .args(ASK)
        .args(["--disconnect", "--aws-endpoint", world.running.at("aws")])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(asked.status.code(), Some(64), "nobody was asked");
    assert!(world.writes().is_empty());

    let disconnect = |world: &World| {
        let output = run(world, &["--disconnect", "--yes", "--json"]);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["ended"].clone()
    };
    assert_eq!(disconnect(&world), json!([format!("subscription {WABA}"), "callback"]));
    let doctor = world.json(&["doctor"]).0;
    let found = crate::world::bad(&doctor);
    assert!(
        found.contains(&"app_not_subscribed".to_owned()) && found.contains(&"app_callback_missing".to_owned()),
        "{found:?}"
    );
    let before = world.state();
    assert_eq!(disconnect(&world), json!([]));
    assert_eq!(world.state(), before);
    assert_eq!(plan(&world)["at_meta"], json!([]));

    // A second environment of the same app: what leads to the other one stays.
    world.at_meta(
        &format!("apps/{APP}"),
        &json!({"callback_url": "http://127.0.0.1:9/elsewhere", "fields": ["messages"]}),
    );
    world.at_meta(&format!("wabas/{WABA}"), &json!({"subscribed": [{"app_id": APP}]}));
    assert_eq!(disconnect(&world), json!([]));
    let own = json!({"subscribed": [{"app_id": APP, "override_url": world.running.at("webhook")}]});
    world.at_meta(&format!("wabas/{WABA}"), &own);
    assert_eq!(disconnect(&world), json!([format!("subscription {WABA}")]));
}

#[test]
fn without_a_stack_there_is_nothing_to_look_at() {
    let world = World::start();
    let unnamed = world.run(&["uninstall", "--plan"]);
    assert_eq!(unnamed.status.code(), Some(64));
    assert!(stderr(&unnamed).contains("--stack"), "{}", stderr(&unnamed));
    let aws = world.running.at("aws");
    let unknown = waypost().args(["uninstall", "--stack", "nowhere", "--aws-endpoint", aws]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(1));
    assert!(
        stderr(&unknown).contains("does not exist") && stderr(&unknown).contains("remedy: "),
        "{}",
        stderr(&unknown)
    );
}

/// What Meta leads to cannot be read without the secrets; the plan says so, and says the rest.
#[test]
fn what_cannot_be_looked_at_is_said() {
    let world = World::start();
    world.put_secret(SECRETS[1], &json!({"app_id": "", "default": ""}));
    let planned = plan(&world);
    assert!(planned["at_meta"]["unknown"].as_str().unwrap().contains("no app is connected"), "{planned}");
    assert_eq!(planned["keeps"].as_array().unwrap().len(), 4);
}
