//! A function that cannot work does not start, and says why.

use std::collections::BTreeMap;

use super::rig::{FUNCTIONS, Rig};

/// They have defaults.
const OPTIONAL: [&str; 12] = [
    "GRAPH_BASE_URL",
    "GRAPH_VERSION",
    "EVENT_TYPES",
    "UNCERTAIN_AFTER_S",
    "HOLD_S",
    "FILE_LINK_DAYS",
    "MESSAGE_RETENTION_DAYS",
    "CONSENT_RETENTION_DAYS",
    "RAW_RETENTION_DAYS",
    "LOG_LEVEL",
    "METRIC_NAMESPACE",
    "CLIENT_CERTIFICATE_CN",
];

/// What it prints, having refused to start.
async fn refused(rig: &Rig, function: &str, environment: &BTreeMap<String, String>) -> String {
    let process = rig.process_with(function, |own| own.clone_from(environment)).await;
    let status = process.ended().await;
    let printed = process.output().whole().await;
    assert!(!status.success(), "{function} ended well: {printed}");
    printed
}

#[tokio::test]
async fn a_missing_variable_is_named() {
    let rig = Rig::start().await;
    let mut tried = 0;
    for (function, _) in FUNCTIONS {
        let environment = rig.environment(function);
        for name in environment.keys().filter(|name| !name.starts_with("AWS_") && !OPTIONAL.contains(&name.as_str())) {
            let mut without = environment.clone();
            without.remove(name);
            let printed = refused(&rig, function, &without).await;
            let says = format!("the environment variable {name} is missing");
            assert!(printed.contains(&says), "{function} without {name}: {printed}");
            tried += 1;
        }
        assert_eq!(rig.toward_aws(function).totals().requests, 0, "{function} called AWS all the same");
    }
    assert!(tried >= 20, "only {tried} variables were tried");
    rig.close().await;
}

#[tokio::test]
async fn a_graph_that_is_neither_https_nor_here_is_refused() {
    let rig = Rig::start().await;
    for function in ["sender", "template-sync", "media"] {
        for url in ["http://example.com", "http://169.254.169.254", "ftp://127.0.0.1", "http://127.0.0.1.example.com"] {
            let mut environment = rig.environment(function);
            environment.insert("GRAPH_BASE_URL".into(), url.into());
            let printed = refused(&rig, function, &environment).await;
            assert!(printed.contains("GRAPH_BASE_URL"), "{function} with {url}: {printed}");
        }
    }
    rig.close().await;
}
