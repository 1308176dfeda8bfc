//! What somebody has to hear of sends: that a number cannot send, that a refusal was none, that many are in doubt. The
//! function counts it in its log; here are the alarms on that, from how many in how many seconds on.

use serde_yaml_ng::Value;

use super::holds;
use super::observability::{alarms, printed};
use super::yaml::{of_type, remove, set};

const ALARMED: &[(&str, u64, u64)] = &[
    ("Parked", 1, 60),
    ("ContradictedRefusal", 1, 60),
    ("Misplaced", 1, 60),
    ("Corrupt", 1, 300),
    ("Uncertain", 10, 300),
    ("Unconfirmed", 10, 300),
    ("Resent", 10, 300),
];

fn alarmed(template: &Value) -> Vec<String> {
    let (alarms, printed) = (alarms(template), printed());
    let summed = |id: &str| {
        let of_this = of_type(template, "AWS::CloudWatch::Alarm").find(|(name, _)| *name == id);
        of_this.is_some_and(|(_, alarm)| alarm["Properties"]["Statistic"] == "Sum")
    };
    let heard = |name: &str, least: u64, seconds: u64| {
        printed.contains(name)
            && alarms.iter().any(|alarm| {
                let [metric] = alarm.metrics.as_slice() else { return false };
                metric.namespace.is_none()
                    && metric.name == name
                    && alarm.least == Some(least)
                    && alarm.seconds == seconds
                    && summed(&alarm.id)
            })
    };
    let silent = ALARMED.iter().filter(|(name, least, seconds)| !heard(name, *least, *seconds));
    silent.map(|(name, ..)| format!("nobody hears of {name}")).collect()
}

#[test]
fn someone_hears_of_sends_that_need_them() {
    holds(
        alarmed,
        &[
            ("no alarm", |t| remove(t, "Resources.SendsParkedAlarm")),
            ("another metric", |t| set(t, "Resources.SendsParkedAlarm.Properties.MetricName", "SendsParked")),
            ("only when there are many", |t| set(t, "Resources.SendsParkedAlarm.Properties.Threshold", "9")),
            ("no alarm on contradictions", |t| remove(t, "Resources.ContradictedRefusalAlarm")),
            ("each doubt", |t| set(t, "Resources.UncertainSendsAlarm.Properties.Threshold", "1")),
            ("averaged away", |t| set(t, "Resources.UncertainSendsAlarm.Properties.Statistic", "Average")),
        ],
    );
}
