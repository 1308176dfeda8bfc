//! `waypost doctor`: each fault planted at Meta, in the secrets or the queues and found, and nothing said without one.

use serde_json::{Value, json};

use crate::world::{APP, NUMBER, SECRETS, WABA, World, bad};

const DOCUMENT: &str = include_str!("../../../docs/doctor.md");

fn doctor(world: &World) -> (Vec<String>, i32) {
    let (document, code) = world.json(&["doctor"]);
    (bad(&document), code)
}

#[track_caller]
fn says(world: &World, ids: &[&str], code: i32) {
    let (document, exit) = world.json(&["doctor"]);
    let mut found = bad(&document);
    found.sort();
    assert_eq!((found, exit), (ids.iter().map(|id| (*id).to_owned()).collect(), code), "{document}");
}

#[test]
fn a_healthy_system_has_nothing_against_it() {
    let world = World::start();
    world.at_meta("users/15550142/messages", &json!({"text": "Hello"}));
    let (document, code) = world.json(&["doctor"]);
    assert_eq!(code, 0, "{document}");
    let findings = document["findings"].as_array().unwrap();
    for finding in findings {
        assert!(["ok", "manual"].contains(&finding["level"].as_str().unwrap()), "{finding}");
        let members: Vec<&str> = finding.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members.len(), 4, "{members:?}");
        assert!(["id", "level", "what", "remedy"].iter().all(|member| finding[*member].is_string()), "{finding}");
    }
    let ok = |id: &str| findings.iter().any(|finding| finding["id"] == id && finding["level"] == "ok");
    for id in ["token", "number", "subscription", "app", "callback", "sending", "queues"] {
        assert!(ok(id), "{id} is not looked at: {document}");
    }
    assert_eq!(world.writes(), Vec::<String>::new(), "it only looks");
    let output = world.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(0));
    let told = crate::stdout(&output);
    assert!(told.contains("live_mode") && !told.contains("local-access-token") && !told.contains("local-app-secret"));
}

#[test]
fn each_fault_of_app_and_callback_is_found() {
    let world = World::start();
    let app = |change: &Value| drop(world.at_meta(&format!("apps/{APP}"), change));
    app(&json!({"callback_url": "http://127.0.0.1:9/elsewhere"}));
    says(&world, &["app_callback_elsewhere"], 2);
    app(&json!({"callback_url": "", "fields": ["calls"]}));
    says(&world, &["messages_field_missing"], 2);
    app(&json!({"fields": ["messages"]}));
    says(&world, &["fields_missing"], 1);
    app(&json!({"fields": [], "secret": "reset-at-meta"}));
    says(&world, &["app_secret_wrong"], 2);
    app(&json!({"secret": "local-app-secret"}));
    says(&world, &[], 0);

    let account = |subscribed: Value| drop(world.at_meta(&format!("wabas/{WABA}"), &json!({"subscribed": subscribed})));
    account(json!([]));
    says(&world, &["app_not_subscribed"], 2);
    account(json!([{"app_id": "9"}]));
    says(&world, &["another_app_subscribed"], 2);
    account(json!([{"app_id": APP, "override_url": "http://127.0.0.1:9/elsewhere"}]));
    says(&world, &["account_override_elsewhere"], 2);
    account(json!([{"app_id": APP}]));
    let number = |change: Value| drop(world.at_meta(&format!("numbers/{NUMBER}"), &change));
    number(json!({"override_url": "http://127.0.0.1:9/elsewhere"}));
    says(&world, &["number_override_elsewhere"], 2);
    number(json!({"override_url": ""}));
    says(&world, &[], 0);
}

#[test]
fn each_fault_of_the_secrets_is_found() {
    let world = World::start();
    // The webhook has read its secret, and reads it again after a mismatch only.
    says(&world, &[], 0);
    let (webhook, tokens) = (world.secret(SECRETS[0]).0, world.secret(SECRETS[1]).0);
    let with = |secret: &Value, member: &str, value: Value| {
        let mut secret = secret.clone();
        secret[member] = value;
        secret
    };
    world.put_secret(SECRETS[0], &with(&webhook, "app_secret", json!([])));
    says(&world, &["app_secret_missing"], 2);
    world.put_secret(SECRETS[0], &webhook);
    world.put_secret(SECRETS[1], &with(&tokens, "app_id", json!("")));
    says(&world, &["app_id_missing"], 2);
    world.put_secret(SECRETS[1], &tokens);
    says(&world, &[], 0);
}

#[test]
fn a_send_is_explained_by_its_error() {
    let world = World::start();
    world.at_meta("users/15550142/messages", &json!({"text": "Hello"}));
    let sent = crate::json(&["send", "+15550142", "Hello", "--json", "--wait", "--api", world.running.at("api")]);
    let id = sent["id"].as_str().unwrap();
    let (fine, code) = world.json(&["doctor", "--message", id]);
    assert_eq!((bad(&fine), code), (vec![], 0));
    for (code, id_of) in [(131_026, "not_on_whatsapp"), (131_030, "not_on_test_list"), (131_042, "payment_method")] {
        let sent = crate::json(&["send", "+15550142", "Hello", "--json", "--wait", "--api", world.running.at("api")]);
        let id = sent["id"].as_str().unwrap();
        let args = ["trigger", "status", id, "failed", "--error", &code.to_string()];
        let posted = crate::run(&[&args[..], &["--api", world.running.at("api")]].concat());
        assert!(posted.status.success(), "{}", crate::stderr(&posted));
        let (document, _) = world.json(&["doctor", "--message", id]);
        assert!(bad(&document).contains(&id_of.to_owned()), "{document}");
    }
}

#[test]
fn a_system_that_is_not_there_is_69() {
    let args = ["doctor", "--api", "http://127.0.0.1:9", "--json"];
    assert_eq!(crate::run(&args).status.code(), Some(69));
}

#[test]
fn nobody_writing_is_an_error_where_it_was_waited_for() {
    let world = World::start();
    let (document, code) = world.json(&["doctor", "--wait-inbound", "1"]);
    assert_eq!((bad(&document), code), (vec!["inbound".to_owned()], 2));
    assert_eq!(doctor(&world), (vec![], 0));
}

/// The page has each check there is, and no other.
#[test]
fn the_page_lists_the_checks() {
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let mut listed: Vec<(&str, &str)> =
        rows.filter_map(|(id, rest)| Some((id, rest.split('|').nth(1)?.trim()))).collect();
    let mut checks: Vec<(&str, &str)> = model::health::ALL.iter().map(|check| (check.id, check.looks_at)).collect();
    listed.sort_unstable();
    checks.sort_unstable();
    assert_eq!(listed, checks);
}
