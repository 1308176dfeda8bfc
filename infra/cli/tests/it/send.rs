//! `waypost send`: what is said of a send beside its content.

use serde_json::Value;

use crate::running::Running;
use crate::{json, run, stderr};

fn sent(local: &Running, args: &[&str]) -> Value {
    let queued = json(&[&["send"], args, &["--json", "--api", local.at("api")]].concat());
    json(&["message", "show", queued["id"].as_str().unwrap(), "--json", "--api", local.at("api")])
}

#[test]
fn a_send_waits_for_its_time_and_says_so() {
    let local = Running::start(&[]);
    let in_days = |days: i64| jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + days * 86_400).unwrap();
    let (at, late) = (in_days(1).to_string(), in_days(200).to_string());
    let later =
        sent(&local, &["+15550101", "Happy new year", "--window", "meta", "--send-at", &at, "--expires-in", "60m"]);
    assert_eq!(
        (&later["state"], &later["waits_for"], &later["waits_until"]),
        (&"waiting".into(), &"send_at".into(), &at.as_str().into())
    );
    // What the API refuses, it refuses here too.
    let late = ["send", "+15550101", "x", "--window", "meta", "--send-at", &late, "--api", local.at("api")];
    let refused = run(&late);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("180 days"), "{}", stderr(&refused));
    for wrong in
        [&["--send-at", "tomorrow"][..], &["--expires-in", "soon"], &["--variables", "[]"], &["--window", "open"]]
    {
        let args = [&["send", "+15550101", "x", "--api", local.at("api")][..], wrong].concat();
        assert_eq!(run(&args).status.code(), Some(64), "{wrong:?}");
    }
}

/// Nobody wrote: the template goes out instead, filled.
#[test]
fn a_template_goes_out_where_the_window_is_closed() {
    let local = Running::start(&[]);
    json(&["templates", "sync", "--wait", "--json", "--api", local.at("api")]);
    let instead = ["--fallback-template", "order_shipped", "--language", "en_US", "--param", "Ana", "--param", "A-17"];
    let fallback = sent(&local, &[&["+15550101", "It is on its way"][..], &instead].concat());
    assert_eq!(
        (&fallback["sent_as"], &fallback["sent_as_because"], &fallback["content"]["template"]["name"]),
        (&"fallback_template".into(), &"window_closed".into(), &"order_shipped".into())
    );
    let both = ["send", "+15550101", "--template", "order_shipped", "--fallback-template", "hello_world"];
    assert_eq!(run(&[&both[..], &["--api", local.at("api")]].concat()).status.code(), Some(64));

    let variables = r#"{"body": {"1": {"literal": "Ben"}, "2": {"value": "order"}}, "values": {"order": "A-18"}}"#;
    let filled = ["+15550102", "--template", "order_shipped", "--language", "en_US", "--variables", variables];
    let filled = sent(&local, &filled);
    assert_eq!(filled["content"]["template"]["components"][0]["parameters"][1]["text"], "A-18", "{filled}");
}

#[test]
fn a_send_follows_the_one_before_it() {
    let local = Running::start(&[]);
    json(&["trigger", "message", "Hello", "--meta", local.at("meta"), "--json", "--api", local.at("api")]);
    let first = sent(&local, &["+15550101", "one"]);
    let id = format!("--after-delivered={}", first["id"].as_str().unwrap());
    let args =
        ["send", "+15550101", "two", &id, "--on-uncertain", "resend", "--wait", "--json", "--api", local.at("api")];
    let second = json(&args);
    assert_eq!(second["state"], "accepted", "{second}");
}
