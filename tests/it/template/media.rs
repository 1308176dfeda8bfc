//! What becomes of a file that cannot be copied: its job waits for as long as Meta keeps the file, and somebody hears of it
//! days before that (M-06).

use std::time::Duration;

use ::media::patience;
use serde_yaml_ng::Value;

use super::holds;
use super::yaml::{of_type, parse, remove, set, target};

const DAY: u64 = 24 * 60 * 60;

/// Each alarm is for somebody, reacts to one sight of trouble, and is over when the trouble is.
fn alarms(template: &Value) -> impl Iterator<Item = &Value> {
    of_type(template, "AWS::CloudWatch::Alarm").map(|(_, alarm)| &alarm["Properties"]).filter(|alarm| {
        alarm["AlarmActions"] == parse("[!Ref AlertTopic]")
            && alarm["ComparisonOperator"] == "GreaterThanThreshold"
            && alarm["TreatMissingData"] == "notBreaching"
            && alarm["EvaluationPeriods"] == 1
            && alarm["Period"].as_u64().is_some_and(|period| period <= DAY)
    })
}

/// Jobs that nobody takes, files that are tried in vain, jobs that died: each has an alarm, with days to spare.
fn alarmed(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let watches = |alarm: &Value, metric: &str, queue: &str| {
        alarm["Namespace"] == "AWS/SQS"
            && alarm["MetricName"] == metric
            && alarm["Statistic"] == "Maximum"
            && target(&alarm["Dimensions"][0]["Value"]) == Some(queue)
    };
    let untaken = alarms(template)
        .find(|alarm| watches(alarm, "ApproximateAgeOfOldestMessage", "MediaQueue"))
        .and_then(|alarm| alarm["Threshold"].as_u64());
    match untaken {
        // A batch in the middle of its time is no trouble.
        Some(age) if (1800..=DAY).contains(&age) => {}
        other => found.push(format!("nobody hears of jobs that nobody takes: {other:?}")),
    }
    let dead = alarms(template).any(|alarm| {
        watches(alarm, "ApproximateNumberOfMessagesVisible", "MediaDeadLetterQueue") && alarm["Threshold"] == 0
    });
    if !dead {
        found.push("nobody hears of jobs that died".into());
    }
    let counted = alarms(template).any(|alarm| {
        alarm["Namespace"] == parse("!Sub Waypost/${AWS::StackName}")
            && alarm["MetricName"] == "MediaOverdue"
            && alarm["Statistic"] == "Sum"
            && alarm["Threshold"] == 0
            && alarm["Period"].as_u64() >= Some(patience::wait(u32::MAX, 1.0).as_secs())
    });
    if !counted {
        found.push("nobody hears of files that are tried in vain".into());
    }
    found
}

/// The function ends a job, not the queue; but a job that no function can take ends before its file does.
fn patient(template: &Value) -> Vec<String> {
    let queue = &template["Resources"]["MediaQueue"]["Properties"];
    let seconds = |name: &str| queue[name].as_u64().unwrap_or_default();
    let receives = queue["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap_or_default();
    let life = patience::LIFE.as_secs();
    let mut found = Vec::new();
    // A quarter for attempts that Lambda broke off.
    if receives < u64::from(patience::attempts()) * 5 / 4 {
        found.push(format!("{receives} attempts are fewer than the function makes"));
    }
    if receives * seconds("VisibilityTimeout") > life - DAY {
        found.push(format!("after {receives} attempts that end nowhere the file is gone"));
    }
    if seconds("MessageRetentionPeriod") < life + DAY {
        found.push("the queue forgets jobs before Meta forgets files".into());
    }
    found
}

#[test]
fn someone_hears_in_time_of_files_that_are_not_copied() {
    assert!((1..=48).contains(&patience::OVERDUE_HOURS), "days before Meta deletes them");
    holds(
        alarmed,
        &[
            ("no alarm on untaken jobs", |t| remove(t, "Resources.MediaUntakenAlarm")),
            ("too late", |t| set(t, "Resources.MediaUntakenAlarm.Properties.Threshold", "518400")),
            ("on another queue", |t| {
                set(
                    t,
                    "Resources.MediaUntakenAlarm.Properties.Dimensions.0.Value",
                    "!GetAtt MediaDeadLetterQueue.QueueName",
                );
            }),
            ("for nobody", |t| remove(t, "Resources.MediaUntakenAlarm.Properties.AlarmActions")),
            ("averaged away", |t| set(t, "Resources.MediaUntakenAlarm.Properties.Statistic", "Average")),
            ("no alarm on dead jobs", |t| remove(t, "Resources.MediaDeadLetterAlarm")),
            ("no alarm on overdue files", |t| remove(t, "Resources.MediaOverdueAlarm")),
            ("another metric", |t| set(t, "Resources.MediaOverdueAlarm.Properties.MetricName", "Overdue")),
            ("over between two attempts", |t| set(t, "Resources.MediaOverdueAlarm.Properties.Period", "300")),
            ("only when there are many", |t| set(t, "Resources.MediaOverdueAlarm.Properties.Threshold", "100")),
        ],
    );
}

#[test]
fn a_job_stays_in_its_queue_for_as_long_as_meta_keeps_its_file() {
    assert_eq!(patience::LIFE, Duration::from_hours(7 * 24));
    holds(
        patient,
        &[
            ("gives up in hours", |t| set(t, "Resources.MediaQueue.Properties.RedrivePolicy.maxReceiveCount", "20")),
            ("never gives up", |t| set(t, "Resources.MediaQueue.Properties.RedrivePolicy.maxReceiveCount", "1000")),
            ("forgets", |t| set(t, "Resources.MediaQueue.Properties.MessageRetentionPeriod", "345600")),
            ("the default, which forgets", |t| remove(t, "Resources.MediaQueue.Properties.MessageRetentionPeriod")),
        ],
    );
}
