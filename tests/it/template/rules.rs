//! The rules that the template keeps. Each gives what breaks it, in words that name the place.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;

use super::pinned;
use super::yaml::{
    entries, events, functions, grants, items, number, of_type, parse, resources, statements, target, text,
};

const FOURTEEN_DAYS: u64 = 14 * 24 * 60 * 60;

/// Every queue has a dead-letter queue of its own, of its own kind, that keeps things as long as SQS can.
pub(super) fn dead_letter_queues(template: &Value) -> Vec<String> {
    let queues: BTreeMap<_, _> = of_type(template, "AWS::SQS::Queue").collect();
    let dead_letters =
        |queue: &Value| target(&queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]).map(str::to_owned);
    let owners: Vec<_> = queues.iter().filter_map(|(id, queue)| Some((*id, dead_letters(queue)?))).collect();
    let mut found = Vec::new();
    for (id, queue) in &queues {
        let used_by = owners.iter().filter(|(_, target)| target == id).count();
        match (dead_letters(queue), used_by) {
            (None, 0) => found.push(format!("{id} has no dead-letter queue")),
            (None, 1) => {
                if queue["Properties"]["MessageRetentionPeriod"] != FOURTEEN_DAYS {
                    found.push(format!("{id} forgets what died within 14 days"));
                }
            }
            (Some(dead), 0) => match queues.get(dead.as_str()) {
                Some(dead) if dead["Properties"]["FifoQueue"] == queue["Properties"]["FifoQueue"] => {}
                _ => found.push(format!("{id} has a dead-letter queue of another kind, or none that exists")),
            },
            _ => found.push(format!("{id} is the dead-letter queue of several, or has one itself")),
        }
    }
    found
}

/// Lambda's own advice, so that a message is not handed out twice while throttled invocations wait.
pub(super) fn visibility(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (function, _, _, mapping) in events(template).filter(|(_, _, kind, _)| *kind == "SQS") {
        let timeout = number(template, &template["Resources"][function]["Properties"]["Timeout"]);
        let queue = target(&mapping["Queue"]).unwrap_or_default();
        let visibility = number(template, &template["Resources"][queue]["Properties"]["VisibilityTimeout"]);
        if timeout == 0 || visibility < 6 * timeout {
            found.push(format!("{queue} hides for {visibility} s, {function} runs for {timeout} s"));
        }
    }
    found
}

/// Without this answer type one failed record returns the whole batch; without a maximum one queue takes all Lambda.
pub(super) fn mappings(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (function, event, _, mapping) in events(template).filter(|(_, _, kind, _)| *kind == "SQS") {
        if mapping["FunctionResponseTypes"] != parse("[ReportBatchItemFailures]") {
            found.push(format!("{function}.{event} does not report single failures"));
        }
        if number(template, &mapping["ScalingConfig"]["MaximumConcurrency"]) < 2 {
            found.push(format!("{function}.{event} has no maximum of concurrency"));
        }
    }
    found
}

/// FIFO queues run at high throughput, and the queues whose text is fixed are as fixed.
pub(super) fn queues(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (id, queue) in of_type(template, "AWS::SQS::Queue") {
        let properties = &queue["Properties"];
        if properties["SqsManagedSseEnabled"] != parse("!If [HasKey, false, true]") {
            found.push(format!("{id} is not encrypted"));
        }
        let fast = properties["DeduplicationScope"] == "messageGroup"
            && properties["FifoThroughputLimit"] == "perMessageGroupId";
        if properties["FifoQueue"] == true && properties.get("RedrivePolicy").is_some() && !fast {
            found.push(format!("{id} has the throughput of one group"));
        }
    }
    if template["Resources"]["OutboundQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] != 1000 {
        found.push("the outbound queue gives up before the sender does".into());
    }
    if template["Resources"]["EventsQueue"]["Properties"]["MessageRetentionPeriod"] != FOURTEEN_DAYS {
        found.push("the events queue keeps less than 14 days".into());
    }
    found
}

/// No update of the stack may write a secret again, so their definitions never change by a letter.
pub(super) fn secrets(template: &Value) -> Vec<String> {
    let expected = parse(pinned::SECRETS);
    let actual: BTreeMap<_, _> = of_type(template, "AWS::SecretsManager::Secret").collect();
    if entries(&expected).collect::<BTreeMap<_, _>>() == actual {
        Vec::new()
    } else {
        vec!["the secrets are not defined as they were: an update would overwrite what people put there".into()]
    }
}

/// Keys, indexes, TTL, backups and encryption of the table.
pub(super) fn table(template: &Value) -> Vec<String> {
    let actual = &template["Resources"]["Table"];
    if *actual == parse(pinned::TABLE) { Vec::new() } else { vec![format!("the table is another: {actual:?}")] }
}

/// Nothing that people would miss goes with the stack.
pub(super) fn retained(template: &Value) -> Vec<String> {
    resources(template)
        .filter(|(_, resource)| pinned::STATEFUL.contains(&text(&resource["Type"])))
        .filter(|(_, it)| it["DeletionPolicy"] != "Retain" || it["UpdateReplacePolicy"] != "Retain")
        .map(|(id, _)| format!("{id} is deleted with the stack"))
        .collect()
}

/// Roles name actions and resources; the few patterns are listed.
pub(super) fn wildcards(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (owner, statement) in grants(template) {
        let actions = items(&statement["Action"]);
        let resources = items(&statement["Resource"]);
        if statement["Effect"] != "Allow" || actions.is_empty() || resources.is_empty() {
            found.push(format!("{owner} has a statement that is not a plain Allow"));
        }
        found.extend(
            actions.iter().filter(|it| text(it).contains('*')).map(|it| format!("{owner} may do {}", text(it))),
        );
        found.extend(
            resources
                .iter()
                .filter(|it| text(it).contains('*') && !pinned::PATTERNS.contains(&text(it)))
                // X-Ray knows no resources.
                .filter(|it| text(it) != "*" || !actions.iter().all(|it| text(it).starts_with("xray:Put")))
                .map(|it| format!("{owner} reaches {}", text(it))),
        );
        for key in ["NotAction", "NotResource", "NotPrincipal"] {
            if statement.get(key).is_some() {
                found.push(format!("{owner} has a {key}"));
            }
        }
    }
    for (id, role) in of_type(template, "AWS::IAM::Role") {
        if role["Properties"].get("ManagedPolicyArns").is_some() {
            found.push(format!("{id} has a policy that is not written here"));
        }
        for trust in statements(&role["Properties"]["AssumeRolePolicyDocument"]) {
            if trust["Principal"] != parse("{ Service: lambda.amazonaws.com }") {
                found.push(format!("{id} may be taken by someone other than Lambda"));
            }
        }
    }
    found
}

/// Each function has a role of its own; the public one reads no token, and none writes a secret.
pub(super) fn roles(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (id, function) in functions(template) {
        let properties = &function["Properties"];
        let role = target(&properties["Role"]).unwrap_or_default();
        if template["Resources"][role]["Type"] != "AWS::IAM::Role" || !seen.insert(role) {
            found.push(format!("{id} has no role of its own"));
        }
        if properties.get("Policies").is_some() {
            found.push(format!("{id} has policies beside its role"));
        }
        let secret = if id == "Webhook" { "WebhookSecret" } else { "TokensSecret" };
        for (_, statement) in grants(template).into_iter().filter(|(owner, _)| *owner == role) {
            let touches_secrets = items(&statement["Action"]).iter().any(|it| text(it).starts_with("secretsmanager:"));
            let reads_its_own = statement["Action"] == "secretsmanager:GetSecretValue"
                && items(&statement["Resource"]).iter().all(|it| target(it) == Some(secret));
            if touches_secrets && !reads_its_own {
                found.push(format!("{id} does more than read {secret}"));
            }
        }
    }
    let boundary = parse("!If [HasPermissionsBoundary, !Ref PermissionsBoundary, !Ref AWS::NoValue]");
    let roles = of_type(template, "AWS::IAM::Role").map(|(id, role)| (id.to_owned(), &role["Properties"]));
    let schedules = events(template)
        .filter(|(_, _, kind, _)| *kind == "ScheduleV2")
        .map(|(function, event, _, properties)| (format!("{function}.{event}"), properties));
    for (id, properties) in roles.chain(schedules) {
        if properties["PermissionsBoundary"] != boundary {
            found.push(format!("{id} escapes the permissions boundary"));
        }
    }
    found
}

/// Each function's environment, by name: no more, no less.
pub(super) fn environments(template: &Value) -> Vec<String> {
    let actual: BTreeMap<_, _> = functions(template)
        .map(|(id, function)| {
            let names = entries(&function["Properties"]["Environment"]["Variables"]).map(|(name, _)| name).collect();
            (id, names)
        })
        .collect();
    let expected: BTreeMap<_, BTreeSet<_>> =
        pinned::ENVIRONMENTS.iter().map(|(id, names)| (*id, names.iter().copied().collect())).collect();
    if actual == expected { Vec::new() } else { vec![format!("the environments are {actual:?}")] }
}

/// What the variables point to: a name spelled right with the wrong queue behind it is worse than a missing one.
pub(super) fn variables(template: &Value) -> Vec<String> {
    let expected: BTreeMap<_, _> = pinned::VARIABLES.iter().copied().collect();
    functions(template)
        .flat_map(|(id, function)| entries(&function["Properties"]["Environment"]["Variables"]).map(move |it| (id, it)))
        .filter(|(_, (name, value))| target(value) != expected.get(name).copied())
        .map(|(id, (name, value))| format!("{id}.{name} is {value:?}"))
        .collect()
}

/// The only public routes are Meta's two and that of links to files, and there is no other way in.
pub(super) fn routes(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (function, event, kind, route) in events(template) {
        match kind {
            "SQS" | "ScheduleV2" => continue,
            "HttpApi" => {}
            other => found.push(format!("{function}.{event} is a way in of another kind: {other}")),
        }
        if target(&route["ApiId"]) != Some("HttpApi") {
            found.push(format!("{function}.{event} is on an API of its own"));
        }
        let public = function == "Webhook"
            && route["Path"] == "/webhook"
            && (route["Method"] == "GET" || route["Method"] == "POST");
        let path = text(&route["Path"]);
        let public = public || (function == "Api" && path == "/f/{token}" && route["Method"] == "GET");
        let managed = function == "Api" && (path == "/v1" || path == "/v1/{proxy+}") && route["Method"] == "ANY";
        if !public && !managed {
            found.push(format!("{function}.{event} is not a route we know"));
        }
        if !public && route["Auth"]["Authorizer"] != "AWS_IAM" {
            found.push(format!("{function}.{event} asks for no signature"));
        }
    }
    let api = &template["Resources"]["HttpApi"]["Properties"];
    if api["Auth"]["EnableIamAuthorizer"] != true {
        found.push("the API cannot check IAM".into());
    }
    if number(template, &api["DefaultRouteSettings"]["ThrottlingRateLimit"]) == 0
        || number(template, &api["DefaultRouteSettings"]["ThrottlingBurstLimit"]) == 0
    {
        found.push("the API is not throttled".into());
    }
    for guessed in ["GET /webhook", "GET /f/{token}"] {
        if !(1..=100).contains(&number(template, &api["RouteSettings"][guessed]["ThrottlingRateLimit"])) {
            found.push(format!("anybody may guess at {guessed}"));
        }
    }
    for (id, function) in functions(template) {
        if function["Properties"].get("FunctionUrlConfig").is_some() {
            found.push(format!("{id} has an address of its own"));
        }
    }
    found.extend(of_type(template, "AWS::Serverless::Api").map(|(id, _)| format!("{id} is a second API")));
    found
}

/// Logs are JSON, in groups of the stack that forget; the access log holds nothing that a person could be found by.
pub(super) fn logs(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (id, group) in of_type(template, "AWS::Logs::LogGroup") {
        if number(template, &group["Properties"]["RetentionInDays"]) == 0 {
            found.push(format!("{id} keeps everything for ever"));
        }
    }
    let mut seen = BTreeSet::new();
    for (id, function) in functions(template) {
        let logging = &function["Properties"]["LoggingConfig"];
        let group = target(&logging["LogGroup"]).unwrap_or_default();
        if template["Resources"][group]["Type"] != "AWS::Logs::LogGroup" || !seen.insert(group) {
            found.push(format!("{id} has no log group of its own"));
        }
        if logging["LogFormat"] != "JSON" {
            found.push(format!("{id} does not log JSON"));
        }
    }
    let access = &template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"];
    if target(&access["DestinationArn"]).is_none() {
        found.push("the API keeps no access log".into());
    }
    for variable in text(&access["Format"]).split("$context.").skip(1) {
        let name = variable.split('"').next().unwrap_or_default();
        if !pinned::LOGGED.contains(&name) {
            found.push(format!("the access log holds {name}"));
        }
    }
    found
}

/// Several stacks fit into one account: whatever has a name has the stack's in it.
pub(super) fn names(template: &Value) -> Vec<String> {
    let named = resources(template)
        .flat_map(|(id, resource)| entries(&resource["Properties"]).map(move |(key, value)| (id, key, value)))
        .filter(|(_, key, value)| pinned::NAMES.contains(key) && !text(value).contains("${AWS::StackName}"))
        // The name of another resource of the stack.
        .filter(|(_, _, value)| target(value).is_none_or(|id| template["Resources"].get(id).is_none()))
        .map(|(id, key, _)| format!("{id} has a {key}"));
    let scheduled = events(template)
        .filter(|(_, _, kind, properties)| *kind == "ScheduleV2" && properties["OmitName"] != true)
        .map(|(function, event, _, _)| format!("{function}.{event} gets its name from SAM"));
    named.chain(scheduled).collect()
}

/// Each queue and the bucket refuse plain HTTP, and no resource policy grants anything.
pub(super) fn tls_only(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut guarded = BTreeSet::new();
    let policies = of_type(template, "AWS::SQS::QueuePolicy").chain(of_type(template, "AWS::S3::BucketPolicy"));
    for (id, policy) in policies {
        let properties = &policy["Properties"];
        let owners: BTreeSet<_> =
            items(&properties["Queues"]).into_iter().chain(items(&properties["Bucket"])).filter_map(target).collect();
        for statement in statements(&properties["PolicyDocument"]) {
            let whole_service = ["sqs:*", "s3:*"].contains(&text(&statement["Action"]));
            let same_owner = items(&statement["Resource"]).iter().all(|it| {
                let owner = target(it)
                    .unwrap_or_else(|| text(it).trim_start_matches("${").split('.').next().unwrap_or_default());
                owners.contains(owner)
            });
            if statement["Effect"] == "Deny"
                && statement["Principal"] == "*"
                && whole_service
                && same_owner
                && statement["Condition"] == parse(r#"{ Bool: { "aws:SecureTransport": "false" } }"#)
            {
                guarded.extend(owners.iter().copied());
            } else {
                found.push(format!("{id} says something other than: only with TLS"));
            }
        }
    }
    let stores = of_type(template, "AWS::SQS::Queue").chain(of_type(template, "AWS::S3::Bucket"));
    found.extend(stores.filter(|(id, _)| !guarded.contains(id)).map(|(id, _)| format!("{id} takes plain HTTP")));
    found
}

/// The bucket is private, encrypted, and forgets uploads that broke off.
pub(super) fn bucket(template: &Value) -> Vec<String> {
    let properties = &template["Resources"]["Bucket"]["Properties"];
    let mut found = Vec::new();
    for block in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
        if properties["PublicAccessBlockConfiguration"][block] != true {
            found.push(format!("the bucket lacks {block}"));
        }
    }
    if properties["OwnershipControls"] != parse("{ Rules: [{ ObjectOwnership: BucketOwnerEnforced }] }") {
        found.push("others may own objects in the bucket".into());
    }
    if properties.get("BucketEncryption").is_none() {
        found.push("the bucket is not encrypted".into());
    }
    let rules = items(&properties["LifecycleConfiguration"]["Rules"]);
    if !rules.iter().any(|rule| rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 1) {
        found.push("the bucket keeps uploads that broke off".into());
    }
    // The media function ends links by the same number.
    let sent = rules.iter().find(|rule| rule["Prefix"] == model::send::UPLOADS);
    if sent.and_then(|rule| rule["ExpirationInDays"].as_i64()) != Some(model::send::UPLOAD_DAYS) {
        found.push("what was sent is removed at another time than its links end".into());
    }
    found
}

/// A message in a dead-letter queue is a bug, and someone hears of it.
pub(super) fn alarms(template: &Value) -> Vec<String> {
    let watched: BTreeSet<_> = of_type(template, "AWS::CloudWatch::Alarm")
        .map(|(_, alarm)| &alarm["Properties"])
        .filter(|it| it["AlarmActions"] == parse("[!Ref AlertTopic]") && it["Threshold"] == 0)
        .filter_map(|it| target(&it["Dimensions"][0]["Value"]))
        .collect();
    of_type(template, "AWS::SQS::Queue")
        .filter_map(|(_, queue)| target(&queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]))
        .filter(|dead| !watched.contains(dead))
        .map(|dead| format!("nobody hears of what is in {dead}"))
        .collect()
}

/// Five functions, each from its folder, built by cargo-lambda; schedules that say what they are.
pub(super) fn built(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let folders: BTreeMap<_, _> =
        functions(template).map(|(id, function)| (id, text(&function["Properties"]["CodeUri"]))).collect();
    if folders != pinned::FOLDERS.iter().copied().collect() {
        found.push(format!("the functions are {folders:?}"));
    }
    for (id, function) in functions(template) {
        if function["Metadata"] != parse("{ BuildMethod: rust-cargolambda }") {
            found.push(format!("{id} is not built by cargo-lambda"));
        }
    }
    if template["Globals"]["Function"] != parse(pinned::GLOBALS)
        || template["Parameters"]["Architecture"]["Default"] != "arm64"
    {
        found.push("the functions run on something else".into());
    }
    let inputs: BTreeMap<_, _> = events(template)
        .filter(|(_, _, kind, _)| *kind == "ScheduleV2")
        .map(|(function, _, _, properties)| (function, text(&properties["Input"])))
        .collect();
    if inputs != BTreeMap::from([("Sender", r#"{"waypost":"tick"}"#), ("TemplateSync", r#"{"waypost":"sync"}"#)]) {
        found.push(format!("the schedules say {inputs:?}"));
    }
    found
}

/// What teams paste and what a redeploy must find again.
pub(super) fn identity(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let outputs: BTreeSet<_> = entries(&template["Outputs"]).map(|(name, _)| name).collect();
    found
        .extend(pinned::OUTPUTS.iter().filter(|name| !outputs.contains(*name)).map(|name| format!("no output {name}")));
    for (id, kind) in pinned::LOGICAL_IDS {
        if template["Resources"][*id]["Type"] != *kind {
            found.push(format!("{id} is gone: a redeploy replaces it"));
        }
    }
    found
}
