//! `waypost doctor` as a command. What it finds: `faults.rs`.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::json;

use crate::world::World;

const DOCUMENT: &str = include_str!("../../../docs/doctor.md");

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

/// What is said of the silence before is not said beside the message that ended it.
#[test]
fn somebody_is_waited_for_and_writes() {
    let world = World::start();
    let quiet = world.json(&["doctor"]).0.to_string();
    assert!(quiet.contains("nothing_received"), "{quiet}");
    let at = |name| world.running.at(name);
    let mut waiting = crate::waypost()
        .args(["doctor", "--wait-inbound", "120", "--api", at("api"), "--aws-endpoint", at("aws")])
        .env("WAYPOST_GRAPH_URL", at("meta"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(waiting.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(told.starts_with("Write to +1 555-0100"), "{told}");
    world.at_meta("users/15550142/messages", &json!({"text": "Hello"}));
    let output = waiting.wait_with_output().unwrap();
    let found = crate::stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{found}");
    assert!(found.contains("[inbound]") && !found.contains("[nothing_received]"), "{found}");
}

#[test]
fn a_system_that_is_not_there_is_69() {
    let args = ["doctor", "--api", "http://127.0.0.1:9", "--json"];
    assert_eq!(crate::run(&args).status.code(), Some(69));
}

/// The page has each check there is, and no other.
#[test]
fn the_page_lists_the_checks() {
    let (_, checks) = DOCUMENT.split_once("\n## The checks\n").unwrap();
    let rows = checks.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let mut listed: Vec<(&str, &str)> =
        rows.filter_map(|(id, rest)| Some((id, rest.split('|').nth(1)?.trim()))).collect();
    let mut checks: Vec<(&str, &str)> = model::health::ALL.iter().map(|check| (check.id, check.looks_at)).collect();
    listed.sort_unstable();
    checks.sort_unstable();
    assert_eq!(listed, checks);
}
