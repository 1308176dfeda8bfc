//! `infra/fanout.yaml`: the pipe stands in for a consumer, carries each event as it was published, and may do nothing else.

use serde_yaml_ng::Value;

use super::yaml::{at, grants, items, of_type, parse, remove, set, text};

fn fanout() -> Value {
    parse(include_str!("../../../infra/fanout.yaml"))
}

fn wrong(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let resources = &template["Resources"];
    let pipe = &resources["Pipe"]["Properties"];
    if pipe["Source"] != parse("!Ref EventsQueueArn") || pipe["Target"] != parse("!GetAtt Bus.Arn") {
        found.push("the pipe does not lead from the queue to the bus".into());
    }
    let target = &pipe["TargetParameters"];
    let bus = &target["EventBridgeEventBusParameters"];
    if target["InputTemplate"] != "<$.body>" || bus["DetailType"] != "$.body.type" || bus["Source"] != "waypost" {
        found.push("an event is not carried as it was published".into());
    }
    if resources["Archive"]["Properties"]["SourceArn"] != parse("!GetAtt Bus.Arn") {
        found.push("nothing is archived".into());
    }
    let post = &resources["Post"]["Properties"]["Targets"][0];
    if post["InputPath"] != "$.detail" || post["DeadLetterConfig"]["Arn"] != parse("!GetAtt NotPosted.Arn") {
        found.push("what is posted is another, or is lost".into());
    }
    for (owner, statement) in grants(template) {
        let named = items(&statement["Action"]).into_iter().chain(items(&statement["Resource"]));
        found.extend(named.filter(|it| text(it).contains('*')).map(|it| format!("{owner} reaches {}", text(it))));
    }
    for (id, role) in of_type(template, "AWS::IAM::Role") {
        let trust = &role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0];
        if trust["Condition"]["StringEquals"]["aws:SourceAccount"] != parse("!Ref AWS::AccountId") {
            found.push(format!("{id} may be taken for another account"));
        }
    }
    // A parameter is shown to whoever may look at the stack.
    let value = &resources["Connection"]["Properties"]["AuthParameters"]["ApiKeyAuthParameters"]["ApiKeyValue"];
    if !text(value).starts_with("{{resolve:secretsmanager:${WebhookSecretArn}:") {
        found.push("the secret is a parameter".into());
    }
    found
}

#[test]
fn a_bus_in_place_of_a_consumer() {
    assert_eq!(wrong(&fanout()), Vec::<String>::new());
    let faults: &[super::Fault] = &[
        ("another queue", |t| set(t, "Resources.Pipe.Properties.Source", "!Ref KmsKeyArn")),
        ("wrapped", |t| remove(t, "Resources.Pipe.Properties.TargetParameters.InputTemplate")),
        ("no archive", |t| remove(t, "Resources.Archive.Properties.SourceArn")),
        ("lost", |t| remove(t, "Resources.Post.Properties.Targets.0.DeadLetterConfig")),
        ("any bus", |t| {
            set(t, "Resources.PipeRole.Properties.Policies.0.PolicyDocument.Statement.1.Resource", "'*'");
        }),
        ("a confused deputy", |t| {
            at(t, "Resources.PostRole.Properties.AssumeRolePolicyDocument.Statement.0")
                .as_mapping_mut()
                .unwrap()
                .remove("Condition");
        }),
        ("a secret in the open", |t| {
            let path = "Resources.Connection.Properties.AuthParameters.ApiKeyAuthParameters.ApiKeyValue";
            set(t, path, "!Ref WebhookUrl");
        }),
    ];
    for (name, plant) in faults {
        let mut broken = fanout();
        plant(&mut broken);
        assert_ne!(wrong(&broken), Vec::<String>::new(), "{name}");
    }
}
