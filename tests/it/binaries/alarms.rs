//! Each alarm of infra/observability.yaml is raised by its fault, and by nothing else: faults are played to the real
//! functions, and what these print is counted as CloudWatch counts it: by the embedded metric format.

mod queues;
mod received;
mod schedule;
mod sends;
mod watch;

use std::collections::BTreeSet;

use super::walks;
use crate::system::eventually;
use crate::template::observability::alarms;
use crate::template::yaml;
use watch::Watch;

/// A day on which all is well: one forged POST, and one guess at the verify token, are nobody's trouble.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_alarm_is_raised_while_all_is_well() {
    let mut watch = Watch::start().await;
    for (route, status) in [("GET /webhook", 200), ("GET /webhook", 403), ("POST /webhook", 401)] {
        watch.answered(route, status);
    }
    for _ in 0..20 {
        watch.answered("POST /webhook", 200);
        watch.answered("ANY /v1/{proxy+}", 404);
    }
    walks::handshake(&watch.rig).await;
    walks::inbound(&watch.rig).await;
    walks::outbound(&watch.rig).await;
    walks::media(&watch.rig).await;
    walks::sync(&watch.rig).await;
    for (function, last) in [("webhook", "ingested"), ("media", "a file was copied"), ("template-sync", "in step")] {
        eventually(last, async || watch.rig.printed(function).contains(last).then_some(())).await;
    }
    assert_eq!(watch.raised(), BTreeSet::new());
    watch.close().await;
}

/// What AWS counts of its own, when it is as much as the alarm says and when it is one less.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_aws_counts() {
    let mut watch = Watch::start().await;
    for (namespace, name, least, alarm) in [
        ("AWS/Lambda", "Errors", 10, "FunctionErrorsAlarm"),
        ("AWS/Lambda", "Throttles", 10, "FunctionThrottlesAlarm"),
        ("AWS/DynamoDB", "ReadThrottleEvents", 100, "TableThrottlesAlarm"),
        ("AWS/DynamoDB", "WriteThrottleEvents", 100, "TableThrottlesAlarm"),
    ] {
        watch.given = [((namespace, name), least - 1)].into();
        watch.raises(&[]).await;
        watch.given = [((namespace, name), least)].into();
        watch.raises(&[alarm]).await;
    }
    watch.close().await;
}

/// Of every alarm there is, a test here raises it.
#[test]
fn no_alarm_is_forgotten() {
    const HERE: &str = concat!(
        include_str!("alarms.rs"),
        include_str!("alarms/queues.rs"),
        include_str!("alarms/received.rs"),
        include_str!("alarms/schedule.rs"),
        include_str!("alarms/sends.rs"),
    );
    let forgotten: Vec<String> = alarms(&yaml::template())
        .into_iter()
        .map(|alarm| alarm.id)
        .filter(|id| !HERE.contains(&format!("\"{id}\"")))
        .collect();
    assert_eq!(forgotten, Vec::<String>::new());
}
