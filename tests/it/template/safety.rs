//! What a deployment can be made to refuse: processing at all, AWS's own keys, and hosts without Meta's certificate.

use serde_yaml_ng::Value;

use super::holds;
use super::yaml::{events, items, of_type, parse, remove, set, statements, text};

/// One switch stops everything that takes from a queue or runs by the clock; what comes in is stored all the same.
fn stoppable(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (function, event, kind, properties) in events(template) {
        let stops = match kind {
            "SQS" => properties["Enabled"] == parse("!If [IsProcessing, true, false]"),
            "ScheduleV2" => properties["State"] == parse("!If [IsProcessing, ENABLED, DISABLED]"),
            _ => properties.get("Enabled").is_none(),
        };
        if !stops {
            found.push(format!("{function}.{event} does not stop, or is stopped"));
        }
    }
    if template["Parameters"]["Processing"]["Default"] != "on" {
        found.push("nothing runs unless somebody says so".into());
    }
    found
}

/// Whatever holds something of people's takes the key, where there is one; and only then may the functions use it.
fn encrypted(template: &Value) -> Vec<String> {
    let key = parse("!If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]");
    let kinds: &[(&str, &[&str])] = &[
        ("AWS::DynamoDB::Table", &["SSESpecification", "KMSMasterKeyId"]),
        ("AWS::Logs::LogGroup", &["KmsKeyId"]),
        ("AWS::SQS::Queue", &["KmsMasterKeyId"]),
        ("AWS::SecretsManager::Secret", &["KmsKeyId"]),
    ];
    let mut found = Vec::new();
    for (kind, path) in kinds {
        for (id, resource) in of_type(template, kind) {
            let given = path.iter().fold(&resource["Properties"], |value, step| &value[*step]);
            if *given != key {
                found.push(format!("{id} does not take the key"));
            }
        }
    }
    let bucket = &template["Resources"]["Bucket"]["Properties"]["BucketEncryption"];
    let default = &bucket["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"];
    if default["KMSMasterKeyID"] != key || default["SSEAlgorithm"] != parse("!If [HasKey, aws:kms, AES256]") {
        found.push("the bucket does not take the key".into());
    }
    if template["Globals"]["Function"]["KmsKeyArn"] != key {
        found.push("the variables do not take the key".into());
    }
    // Which function may do what with it is proven by what they are seen to use: `binaries/actions.rs`.
    let policy = &template["Resources"]["KeyPolicy"];
    let granted = statements(&policy["Properties"]["PolicyDocument"]);
    let only_the_key = granted.len() == 1 && granted[0]["Resource"] == parse("!Ref KmsKeyArn");
    let is_of_keys = granted.iter().flat_map(|statement| items(&statement["Action"])).map(text).all(is_of_kms);
    if policy["Condition"] != "HasKey" || !only_the_key || !is_of_keys {
        found.push("a key is granted otherwise than where there is one".into());
    }
    found
}

fn is_of_kms(action: &str) -> bool {
    action.starts_with("kms:")
}

/// With a truststore the host demands a certificate and the webhook demands Meta's, so that no other way leads to it.
fn certified(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let host = &template["Resources"]["Host"];
    let demanded = parse("!If [HasTruststore, { TruststoreUri: !Ref TruststoreUri }, !Ref AWS::NoValue]");
    if host["Condition"] != "HasDomain" || host["Properties"]["MutualTlsAuthentication"] != demanded {
        found.push("the host demands no certificate".into());
    }
    if host["Properties"]["DomainNameConfigurations"][0]["SecurityPolicy"] != "TLS_1_2" {
        found.push("the host speaks old TLS".into());
    }
    let webhook = &template["Resources"]["Webhook"]["Properties"]["Environment"]["Variables"];
    if webhook["CLIENT_CERTIFICATE_CN"] != parse(r#"!If [HasTruststore, !Ref ClientCertificateName, ""]"#) {
        found.push("the webhook does not look at the certificate".into());
    }
    let api = &template["Resources"]["HttpApi"]["Properties"];
    if api["DisableExecuteApiEndpoint"] != parse("!If [HasNoDefaultEndpoint, true, false]") {
        found.push("the default endpoint cannot be turned off".into());
    }
    found
}

/// Every address that is handed out is one that answers: the host of one's own where there is one, which Meta shows its
/// certificate to, and the default endpoint for all others as long as it is on.
fn addressed(template: &Value) -> Vec<String> {
    let default = "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}";
    let own = |condition: &str, path: &str| {
        parse(&format!("!If [{condition}, !Sub 'https://${{DomainName}}{path}', !Sub '{default}{path}']"))
    };
    let links = parse("!If [HasNoDefaultEndpoint, !Sub 'https://${DomainName}', !GetAtt HttpApi.ApiEndpoint]");
    let addresses = [
        ("callback", &template["Outputs"]["CallbackUrl"]["Value"], own("HasDomain", "/webhook")),
        ("API", &template["Outputs"]["ApiUrl"]["Value"], own("HasNoDefaultEndpoint", "")),
        ("links", &template["Resources"]["Media"]["Properties"]["Environment"]["Variables"]["PUBLIC_URL"], links),
    ];
    addresses
        .into_iter()
        .filter(|(_, given, expected)| *given != expected)
        .map(|(what, given, _)| format!("the address of the {what} is {given:?}"))
        .collect()
}

#[test]
fn every_address_that_is_handed_out_answers() {
    holds(
        addressed,
        &[
            ("the default endpoint's, with a host of one's own", |t| {
                let default = "!Sub https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/webhook";
                set(t, "Outputs.CallbackUrl.Value", default);
            }),
            ("another callback path", |t| {
                set(t, "Outputs.CallbackUrl.Value", "!Sub https://${HttpApi}.example.com/webhook");
            }),
            ("an API behind certificates", |t| {
                let api = "!Sub 'https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}'";
                set(t, "Outputs.ApiUrl.Value", &format!("!If [HasDomain, !Sub 'https://${{DomainName}}', {api}]"));
            }),
            ("links that nobody answers", |t| {
                set(t, "Resources.Media.Properties.Environment.Variables.PUBLIC_URL", "!GetAtt HttpApi.ApiEndpoint");
            }),
        ],
    );
}

#[test]
fn one_switch_stops_everything_but_the_webhook() {
    holds(
        stoppable,
        &[
            ("senders go on", |t| remove(t, "Resources.Sender.Properties.Events.Outbound.Properties.Enabled")),
            ("the tick goes on", |t| remove(t, "Resources.Sender.Properties.Events.Tick.Properties.State")),
            ("off for good", |t| set(t, "Parameters.Processing.Default", "'off'")),
            ("the webhook stops", |t| {
                let path = "Resources.Webhook.Properties.Events.Notification.Properties.Enabled";
                set(t, path, "!If [IsProcessing, true, false]");
            }),
        ],
    );
}

#[test]
fn a_key_of_ones_own_encrypts_everything() {
    holds(
        encrypted,
        &[
            ("a queue", |t| remove(t, "Resources.SyncDeadLetterQueue.Properties.KmsMasterKeyId")),
            ("a log", |t| remove(t, "Resources.AccessLogGroup.Properties.KmsKeyId")),
            ("a secret", |t| remove(t, "Resources.TokensSecret.Properties.KmsKeyId")),
            ("the table", |t| remove(t, "Resources.Table.Properties.SSESpecification.KMSMasterKeyId")),
            ("the bucket", |t| {
                let path = "Resources.Bucket.Properties.BucketEncryption.ServerSideEncryptionConfiguration.0";
                set(t, &format!("{path}.ServerSideEncryptionByDefault"), "{ SSEAlgorithm: AES256 }");
            }),
            ("the variables", |t| remove(t, "Globals.Function.KmsKeyArn")),
            ("any key", |t| {
                set(t, "Resources.KeyPolicy.Properties.PolicyDocument.Statement.0.Resource", "'*'");
            }),
            ("granted always", |t| remove(t, "Resources.KeyPolicy.Condition")),
        ],
    );
}

#[test]
fn a_truststore_leaves_no_way_without_metas_certificate() {
    holds(
        certified,
        &[
            ("not demanded", |t| remove(t, "Resources.Host.Properties.MutualTlsAuthentication")),
            ("not looked at", |t| {
                set(t, "Resources.Webhook.Properties.Environment.Variables.CLIENT_CERTIFICATE_CN", "''");
            }),
            ("old TLS", |t| {
                set(t, "Resources.Host.Properties.DomainNameConfigurations.0.SecurityPolicy", "TLS_1_0");
            }),
            ("another way in", |t| remove(t, "Resources.HttpApi.Properties.DisableExecuteApiEndpoint")),
        ],
    );
}
