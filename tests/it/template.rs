//! `infra/template.yaml` keeps its rules, and each rule notices when it is broken (A-09).
//!
//! Every rule is a function from a template to what is wrong with it. Each test runs its rule over the template as it
//! is, and over copies with a fault planted.

mod fanout;
mod media;
pub(crate) mod observability;
pub(crate) mod pattern;
mod pinned;
mod rules;
mod safety;
mod sends;
pub(crate) mod yaml;

pub(crate) use pinned::ENVIRONMENTS;
use serde_yaml_ng::Value;

use yaml::{at, parse, remove, set};

type Rule = fn(&Value) -> Vec<String>;
type Fault = (&'static str, fn(&mut Value));

/// The rule finds nothing in the template, and something in each copy with a fault.
#[track_caller]
fn holds(rule: Rule, faults: &[Fault]) {
    let template = yaml::template();
    assert_eq!(rule(&template), Vec::<String>::new());
    for (name, plant) in faults {
        let mut broken = template.clone();
        plant(&mut broken);
        assert_ne!(broken, template, "{name}: nothing was planted");
        assert_ne!(rule(&broken), Vec::<String>::new(), "{name}: the rule did not notice");
    }
}

#[test]
fn every_queue_has_a_dead_letter_queue_of_its_own() {
    holds(
        rules::dead_letter_queues,
        &[
            ("a queue without one", |t| remove(t, "Resources.MediaQueue.Properties.RedrivePolicy")),
            ("a new queue without one", |t| set(t, "Resources.Extra", "{ Type: AWS::SQS::Queue, Properties: {} }")),
            ("one for two", |t| {
                set(
                    t,
                    "Resources.SyncQueue.Properties.RedrivePolicy.deadLetterTargetArn",
                    "!GetAtt MediaDeadLetterQueue.Arn",
                );
            }),
            ("of another kind", |t| remove(t, "Resources.EventsDeadLetterQueue.Properties.FifoQueue")),
            ("that forgets", |t| {
                set(t, "Resources.EventsDeadLetterQueue.Properties.MessageRetentionPeriod", "86400");
            }),
        ],
    );
}

#[test]
fn a_mapped_queue_hides_a_message_six_times_as_long_as_its_function_runs() {
    holds(
        rules::visibility,
        &[
            ("a shorter visibility", |t| set(t, "Resources.OutboundQueue.Properties.VisibilityTimeout", "179")),
            ("a longer timeout", |t| set(t, "Resources.Sender.Properties.Timeout", "31")),
            ("the default of both", |t| remove(t, "Resources.MediaQueue.Properties.VisibilityTimeout")),
        ],
    );
}

#[test]
fn every_mapping_reports_single_failures_and_has_a_maximum() {
    holds(
        rules::mappings,
        &[
            ("no answer type", |t| {
                remove(t, "Resources.Sender.Properties.Events.Outbound.Properties.FunctionResponseTypes");
            }),
            ("no maximum", |t| remove(t, "Resources.Media.Properties.Events.Jobs.Properties.ScalingConfig")),
            ("a maximum of one", |t| set(t, "Parameters.SenderConcurrency.Default", "1")),
        ],
    );
}

#[test]
fn queues_are_encrypted_fast_and_patient() {
    holds(
        rules::queues,
        &[
            ("not encrypted", |t| remove(t, "Resources.SyncDeadLetterQueue.Properties.SqsManagedSseEnabled")),
            ("slow", |t| remove(t, "Resources.EventsQueue.Properties.FifoThroughputLimit")),
            ("gives up", |t| {
                set(t, "Resources.OutboundQueue.Properties.RedrivePolicy.maxReceiveCount", "5");
            }),
            ("forgets events", |t| remove(t, "Resources.EventsQueue.Properties.MessageRetentionPeriod")),
        ],
    );
}

#[test]
fn no_update_writes_a_secret_again() {
    holds(
        rules::secrets,
        &[
            ("a longer verify token", |t| {
                set(t, "Resources.WebhookSecret.Properties.GenerateSecretString.PasswordLength", "64");
            }),
            ("one more key", |t| {
                set(t, "Resources.TokensSecret.Properties.SecretString", r#"'{"app_id":"","default":"","x":""}'"#);
            }),
            ("another description", |t| set(t, "Resources.TokensSecret.Properties.Description", "tokens")),
            ("another id", |t| {
                let secret = at(t, "Resources.TokensSecret").clone();
                remove(t, "Resources.TokensSecret");
                *at(t, "Resources.AccessTokens") = secret;
            }),
        ],
    );
}

#[test]
fn the_table_is_the_one_that_the_store_knows() {
    holds(
        rules::table,
        &[
            ("an index less", |t| {
                at(t, "Resources.Table.Properties.GlobalSecondaryIndexes").as_sequence_mut().unwrap().pop();
            }),
            ("no TTL", |t| remove(t, "Resources.Table.Properties.TimeToLiveSpecification")),
            ("no backups", |t| remove(t, "Resources.Table.Properties.PointInTimeRecoverySpecification")),
            ("provisioned", |t| set(t, "Resources.Table.Properties.BillingMode", "PROVISIONED")),
        ],
    );
}

#[test]
fn what_people_would_miss_outlives_the_stack() {
    holds(
        rules::retained,
        &[
            ("the table goes", |t| remove(t, "Resources.Table.DeletionPolicy")),
            ("the bucket is replaced", |t| remove(t, "Resources.Bucket.UpdateReplacePolicy")),
            ("a new secret goes", |t| {
                set(t, "Resources.Extra", "{ Type: AWS::SecretsManager::Secret, DeletionPolicy: Delete }");
            }),
        ],
    );
}

#[test]
fn policies_name_actions_and_resources() {
    holds(
        rules::wildcards,
        &[
            ("any action", |t| {
                set(t, "Resources.WebhookRole.Properties.Policies.0.PolicyDocument.Statement.1.Action", "dynamodb:*");
            }),
            ("any resource", |t| {
                set(t, "Resources.SenderRole.Properties.Policies.0.PolicyDocument.Statement.1.Resource", "['*']");
            }),
            ("any object", |t| {
                set(
                    t,
                    "Resources.MediaRole.Properties.Policies.0.PolicyDocument.Statement.4.Resource",
                    r#"!Sub "${Bucket.Arn}/*""#,
                );
            }),
            ("traces of everybody", |t| {
                let path = "Resources.TracingPolicy.Properties.PolicyDocument.Statement.0.Action";
                set(t, path, "[xray:PutTraceSegments, xray:GetTraceSummaries]");
            }),
            ("any API", |t| {
                set(
                    t,
                    "Resources.OperatorPolicy.Properties.PolicyDocument.Statement.0.Resource",
                    "'arn:aws:execute-api:*:*:*'",
                );
            }),
            ("everything but", |t| {
                let path = "Resources.ApiRole.Properties.Policies.0.PolicyDocument.Statement.1";
                remove(t, &format!("{path}.Action"));
                set(t, &format!("{path}.NotAction"), "dynamodb:DeleteTable");
            }),
            ("a policy of AWS's", |t| {
                set(t, "Resources.ApiRole.Properties.ManagedPolicyArns", "['arn:aws:iam::aws:policy/PowerUserAccess']");
            }),
            ("a role for all", |t| {
                set(t, "Resources.ApiRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal", "{ AWS: '*' }");
            }),
        ],
    );
}

#[test]
fn each_function_has_a_role_of_its_own_that_reads_one_secret() {
    holds(
        rules::roles,
        &[
            ("a shared role", |t| set(t, "Resources.Media.Properties.Role", "!GetAtt SenderRole.Arn")),
            ("a role from SAM", |t| remove(t, "Resources.Api.Properties.Role")),
            ("a policy beside the role", |t| set(t, "Resources.Api.Properties.Policies", "[AmazonSQSFullAccess]")),
            ("the public function reads tokens", |t| {
                set(
                    t,
                    "Resources.WebhookRole.Properties.Policies.0.PolicyDocument.Statement.5.Resource",
                    "[!Ref WebhookSecret, !Ref TokensSecret]",
                );
            }),
            ("a function writes a secret", |t| {
                set(
                    t,
                    "Resources.SenderRole.Properties.Policies.0.PolicyDocument.Statement.6.Action",
                    "[secretsmanager:GetSecretValue, secretsmanager:PutSecretValue]",
                );
            }),
            ("a role without boundary", |t| remove(t, "Resources.MediaRole.Properties.PermissionsBoundary")),
            ("a schedule without boundary", |t| {
                remove(t, "Resources.Sender.Properties.Events.Tick.Properties.PermissionsBoundary");
            }),
        ],
    );
}

#[test]
fn each_function_gets_the_variables_it_needs_and_no_other() {
    holds(
        rules::environments,
        &[
            ("one less", |t| remove(t, "Resources.Sender.Properties.Environment.Variables.UNCERTAIN_AFTER_S")),
            ("one more", |t| {
                set(t, "Resources.Webhook.Properties.Environment.Variables.TOKENS_SECRET_ID", "!Ref TokensSecret");
            }),
            ("one for all", |t| {
                set(t, "Resources.New", "{ Type: AWS::Serverless::Function, Properties: {} }");
            }),
        ],
    );
    holds(
        rules::variables,
        &[
            ("the wrong queue", |t| {
                set(t, "Resources.Sender.Properties.Environment.Variables.EVENTS_QUEUE_URL", "!Ref OutboundQueue");
            }),
            ("a literal", |t| set(t, "Resources.Api.Properties.Environment.Variables.TABLE_NAME", "waypost")),
        ],
    );
}

#[test]
fn only_metas_routes_are_public() {
    holds(
        rules::routes,
        &[
            ("an open route", |t| remove(t, "Resources.Api.Properties.Events.Root.Properties.Auth")),
            ("another public path", |t| {
                set(t, "Resources.Webhook.Properties.Events.Handshake.Properties.Path", "/status");
            }),
            ("any method", |t| set(t, "Resources.Webhook.Properties.Events.Notification.Properties.Method", "ANY")),
            ("an API of its own", |t| remove(t, "Resources.Api.Properties.Events.Everything.Properties.ApiId")),
            ("no authorizer", |t| remove(t, "Resources.HttpApi.Properties.Auth.EnableIamAuthorizer")),
            ("no throttling", |t| remove(t, "Resources.HttpApi.Properties.DefaultRouteSettings")),
            ("a function URL", |t| {
                set(t, "Resources.Api.Properties.FunctionUrlConfig", "{ AuthType: NONE }");
            }),
            ("links without a limit", |t| remove(t, "Resources.HttpApi.Properties.RouteSettings.GET /f/{token}")),
            ("another method of the links", |t| {
                set(t, "Resources.Api.Properties.Events.Link.Properties.Method", "ANY");
            }),
        ],
    );
}

#[test]
fn logs_are_json_that_is_forgotten_and_names_nobody() {
    holds(
        rules::logs,
        &[
            ("kept for ever", |t| remove(t, "Resources.ApiLogGroup.Properties.RetentionInDays")),
            ("a group that Lambda makes", |t| remove(t, "Resources.Sender.Properties.LoggingConfig")),
            ("one group for two", |t| {
                set(t, "Resources.Sender.Properties.LoggingConfig.LogGroup", "!Ref MediaLogGroup");
            }),
            ("text", |t| set(t, "Resources.Media.Properties.LoggingConfig.LogFormat", "Text")),
            ("no access log", |t| remove(t, "Resources.HttpApi.Properties.AccessLogSettings")),
            ("the verify token", |t| {
                let path = "Resources.HttpApi.Properties.AccessLogSettings.Format";
                set(t, path, r#"'{"q":"$context.requestOverride.querystring.hub"}'"#);
            }),
            ("a path", |t| {
                set(t, "Resources.HttpApi.Properties.AccessLogSettings.Format", r#"'{"p":"$context.path"}'"#);
            }),
        ],
    );
}

#[test]
fn nothing_has_a_name_that_a_second_stack_would_want() {
    holds(
        rules::names,
        &[
            ("a table", |t| set(t, "Resources.Table.Properties.TableName", "waypost")),
            ("a log group", |t| set(t, "Resources.ApiLogGroup.Properties.LogGroupName", "/aws/lambda/api")),
            ("a schedule", |t| remove(t, "Resources.Sender.Properties.Events.Tick.Properties.OmitName")),
        ],
    );
}

#[test]
fn queues_and_bucket_refuse_plain_http() {
    holds(
        rules::tls_only,
        &[
            ("an unguarded queue", |t| remove(t, "Resources.SyncDeadLetterQueuePolicy")),
            ("an unguarded bucket", |t| remove(t, "Resources.BucketPolicy")),
            ("the wrong queue", |t| {
                set(t, "Resources.MediaQueuePolicy.Properties.Queues", "[!Ref SyncQueue]");
            }),
            ("a grant", |t| {
                set(t, "Resources.EventsQueuePolicy.Properties.PolicyDocument.Statement.0.Effect", "Allow");
            }),
        ],
    );
}

#[test]
fn the_bucket_is_private_and_tidy() {
    holds(
        rules::bucket,
        &[
            ("public", |t| {
                set(t, "Resources.Bucket.Properties.PublicAccessBlockConfiguration.BlockPublicPolicy", "false");
            }),
            ("owned by others", |t| remove(t, "Resources.Bucket.Properties.OwnershipControls")),
            ("not encrypted", |t| remove(t, "Resources.Bucket.Properties.BucketEncryption")),
            ("untidy", |t| remove(t, "Resources.Bucket.Properties.LifecycleConfiguration")),
            ("forgets before links end", |t| {
                set(t, "Resources.Bucket.Properties.LifecycleConfiguration.Rules.3.ExpirationInDays", "7");
            }),
        ],
    );
}

#[test]
fn someone_hears_of_every_dead_letter() {
    holds(
        rules::alarms,
        &[
            ("no alarm", |t| remove(t, "Resources.MediaDeadLetterAlarm")),
            ("an alarm for nobody", |t| remove(t, "Resources.SyncDeadLetterAlarm.Properties.AlarmActions")),
            ("an alarm on the wrong queue", |t| {
                set(
                    t,
                    "Resources.EventsDeadLetterAlarm.Properties.Dimensions.0.Value",
                    "!GetAtt EventsQueue.QueueName",
                );
            }),
        ],
    );
}

#[test]
fn five_functions_are_built_from_their_folders() {
    holds(
        rules::built,
        &[
            ("another folder", |t| set(t, "Resources.Api.Properties.CodeUri", "../functions/sender")),
            ("another builder", |t| remove(t, "Resources.Api.Metadata")),
            ("another runtime", |t| set(t, "Globals.Function.Runtime", "provided.al2")),
            ("a schedule that says nothing", |t| {
                remove(t, "Resources.TemplateSync.Properties.Events.Schedule.Properties.Input");
            }),
        ],
    );
    for (_, folder) in pinned::FOLDERS {
        // The folders are written as seen from infra, which lies beside tests.
        let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("Cargo.toml");
        assert!(manifest.exists(), "{folder} is not a function's folder");
    }
}

#[test]
fn a_redeploy_finds_everything_again() {
    holds(
        rules::identity,
        &[
            ("an output less", |t| remove(t, "Outputs.EventsQueueUrl")),
            ("another API", |t| {
                let api = at(t, "Resources.HttpApi").clone();
                remove(t, "Resources.HttpApi");
                *at(t, "Resources.PublicApi") = api;
            }),
        ],
    );
}

/// `deploy` must take what `build` made: with the source template it would upload sources instead of binaries.
#[test]
fn samconfig_names_the_template_for_build_and_validate_only() {
    let config = include_str!("../../samconfig.toml");
    let section = |name: &str| {
        let start = config.find(&format!("[default.{name}.parameters]\n")).unwrap();
        let body = &config[start + 1..];
        body[..body.find("\n[").unwrap_or(body.len())].lines().filter(|line| !line.starts_with('#')).collect::<String>()
    };
    assert!(section("build").contains("infra/template.yaml"));
    assert!(section("validate").contains("infra/template.yaml"));
    assert!(!section("deploy").contains("template"));
    assert!(section("deploy").contains("CAPABILITY_IAM\""));
}

#[test]
fn intrinsics_are_read_as_cloudformation_reads_them() {
    assert_eq!(yaml::target(&parse("!GetAtt A.Arn")), Some("A"));
    assert_eq!(yaml::target(&parse("!Ref A")), Some("A"));
    assert_eq!(yaml::target(&parse("!Sub A")), None);
    assert_eq!(yaml::items(&parse("a")), yaml::items(&parse("[a]")));
}
