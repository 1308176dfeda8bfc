//! `waypost support-bundle`: canaries in every place that something could leak from, and none of them in the file.

use serde_json::{Value, json};

use crate::world::{APP, NUMBER, SECRETS, WABA, World};
use crate::{stderr, stdout};

const SECTIONS: [&str; 9] =
    ["versions", "stack", "channels", "secrets", "queues", "doctor", "sync", "errors", "quarantine"];
/// What is planted as it is; the rest is known from the start.
const PLANTED: [&str; 14] = [
    "canary-channel",
    "Canary Verified",
    "canary fallback",
    "canary-opt-out",
    "canary-token-in-url",
    "canary-account-override",
    "Canary Business says",
    "canary template text",
    "Canary Person",
    "canary body of a person",
    "canary body of ours",
    "canary error details",
    "canary-previous-app-secret",
    "canary-own-token-of-an-account",
];
const FROM_THE_START: [&str; 6] =
    ["local-access-token", "local-app-secret", "local-verify-token", "15550100", "15550142", "wa:15550142"];

fn bundle(world: &World, args: &[&str], folder: &tempfile::TempDir) -> (String, Value) {
    let file = folder.path().join("bundle.json");
    let args = [&["support-bundle", "--output", file.to_str().unwrap()], args].concat();
    let (told, code) = world.json_with(&args, &[("WAYPOST_PIN", "135790")]);
    assert_eq!(code, 0, "{told}");
    (std::fs::read_to_string(&file).unwrap_or_default(), told)
}

/// A system that is in trouble everywhere, with people in it.
fn troubled() -> (World, String) {
    let world = World::start();
    world.at_meta("users/15550142", &json!({"name": "Canary Person"}));
    let written = world.at_meta("users/15550142/messages", &json!({"text": "canary body of a person"}));
    let wamid = written["wamid"].as_str().unwrap().to_owned();
    let sent = world.api(&["send", "+15550142", "canary body of ours", "--wait"]);
    world.api(&["trigger", "status", sent["id"].as_str().unwrap(), "failed", "--error", "131026"]);
    let fault = json!({"match": {"path": "/messages"}, "times": 1,
        "fault": {"error": {"code": 131_051, "details": "canary error details"}}});
    world.at_meta("faults", &fault);
    let refused = crate::run(&["send", "+15550142", "canary body of ours", "--wait", "--api", world.running.at("api")]);
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    world.api(&["channel", "rename", NUMBER, "canary-channel"]);
    world.api(&[
        "channel",
        "set",
        "canary-channel",
        "--fallback-text",
        "canary fallback",
        "--opt-out",
        "canary-opt-out",
    ]);
    let fields = json!({"verified_name": "Canary Verified"});
    world.at_meta(&format!("numbers/{NUMBER}"), &json!({"fields": fields}));
    let error = json!({"error_code": 141_014, "error_description": "Canary Business says", "possible_solution": "do"});
    let entity = json!({"entity_type": "WABA", "id": WABA, "can_send_message": "LIMITED", "errors": [error]});
    let health = json!({"health_status": {"can_send_message": "LIMITED", "entities": [entity]}});
    let overridden = json!([{"app_id": APP, "override_url": "http://127.0.0.1:9/canary-account-override"}]);
    world.at_meta(&format!("wabas/{WABA}"), &json!({"fields": health, "subscribed": overridden}));
    let callback = json!({"callback_url": "http://127.0.0.1:9/hook?key=canary-token-in-url"});
    world.at_meta(&format!("apps/{APP}"), &callback);
    let components = json!([{"type": "BODY", "text": "canary template text"}]);
    world.at_meta("templates", &json!({"name": "canary_template", "language": "en_US", "components": components}));
    world.api(&["templates", "sync", "--wait"]);
    let mut secret = world.secret(SECRETS[0]).0;
    secret["app_secret"] = json!(["local-app-secret", "canary-previous-app-secret"]);
    world.put_secret(SECRETS[0], &secret);
    let mut tokens = world.secret(SECRETS[1]).0;
    tokens["200000000000077"] = "canary-own-token-of-an-account".into();
    world.put_secret(SECRETS[1], &tokens);
    world.to_queue("sync_dlq", "SendMessage", json!({"MessageBody": "canary body of a person"}));
    (world, wamid)
}

#[test]
fn nothing_that_is_not_for_others_is_in_it() {
    let (world, wamid) = troubled();
    let folder = tempfile::tempdir().unwrap();
    let (written, told) = bundle(&world, &[], &folder);
    let canaries: Vec<&str> = PLANTED.iter().chain(&FROM_THE_START).copied().chain([wamid.as_str()]).collect();
    // They are where the bundle is made from; else their absence would say nothing.
    let seen: String = [
        world.json(&["doctor"]).0,
        world.api(&["channel", "show", NUMBER]),
        world.api(&["inbox"]),
        world.api(&["contacts", "show", "+15550142"]),
        world.api(&["templates", "list"]),
        world.secret(SECRETS[0]).0,
        world.secret(SECRETS[1]).0,
    ]
    .iter()
    .map(Value::to_string)
    .collect();
    for canary in &canaries {
        let is_there = seen.contains(canary) || seen.replace(['-', ' ', '+'], "").contains(canary);
        assert!(is_there, "{canary} is not planted");
    }
    let bare = written.replace(['-', ' ', '+'], "");
    for canary in canaries.iter().chain(&["135790", "canary", "Canary", "wamid.", "wa:"]) {
        assert!(!written.contains(canary), "{canary} is in {written}");
        assert!(!bare.contains(&canary.replace(['-', ' ', '+'], "")), "{canary} is in {written}");
    }
    assert!(!told.to_string().contains("anary"), "{told}");

    let bundle: Value = serde_json::from_str(&written).unwrap();
    let found: Vec<&str> = bundle["doctor"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    for id in ["account_override_elsewhere", "app_callback_elsewhere", "meta_blocks", "dead_letters"] {
        assert!(found.contains(&id), "{id} is not in {written}");
    }
    assert_eq!(bundle["channels"][0]["phone_number_id"], NUMBER);
    assert_eq!(bundle["secrets"]["app_secrets"], 2);
    assert_eq!(bundle["secrets"]["access_tokens_of"], json!(["200000000000077", "default"]));
    assert_eq!(
        (&bundle["queues"]["dead_letters"]["sync"], &bundle["queues"]["dead_letters"]["media"]),
        (&1.into(), &0.into())
    );
    let classes = bundle["errors"][0]["classes"].as_array().unwrap();
    let counted = |code: &str| classes.iter().any(|class| class["code"] == code && class["count"] == 1);
    assert!(counted("131026") && counted("131051"), "{classes:?}");
    assert_eq!(bundle["sync"][0]["last_attempt"]["state"], "succeeded");
    let mut sections: Vec<&str> = bundle.as_object().unwrap().keys().map(String::as_str).collect();
    sections.sort_unstable();
    let mut expected = SECTIONS.to_vec();
    expected.sort_unstable();
    assert_eq!(sections, expected);
    assert_eq!((&told["bytes"], told["contains"].as_array().unwrap().len()), (&json!(written.len()), SECTIONS.len()));
}

#[test]
fn what_is_in_it_is_said_first_and_no_file_is_overwritten() {
    let world = World::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle.json");
    let args = ["support-bundle", "--output", file.to_str().unwrap()];
    let said = stdout(&world.run(&[&args[..], &["--dry-run"]].concat()));
    assert!(SECTIONS.iter().all(|section| said.contains(section)) && said.contains("Nothing was written."), "{said}");
    assert!(!file.exists());
    let said = stdout(&world.run(&args));
    assert!(said.find("doctor").unwrap() < said.find("Written to").unwrap(), "{said}");
    let before = std::fs::read(&file).unwrap();
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o777,
        0o600
    );
    let again = world.run(&args);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("--output"), "{}", stderr(&again));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

/// It is made when something is broken.
#[test]
fn what_cannot_be_had_says_why() {
    let world = World::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle.json");
    let at = |name| world.running.at(name);
    let nowhere = "http://127.0.0.1:9";
    let args = ["support-bundle", "--output", file.to_str().unwrap(), "--api", at("api"), "--graph-url", at("meta")];
    let output = crate::run(&[&args[..], &["--aws-endpoint", nowhere]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let bundle: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(bundle["secrets"]["unavailable"].as_str().unwrap().contains("Secrets Manager"), "{bundle}");
    assert!(bundle["doctor"]["unavailable"].is_string() && bundle["channels"].is_array(), "{bundle}");
}
