//! What somebody has to hear of sends: that a number cannot send, that a refusal was none, that many are in doubt. The
//! function says it in its log; here are the filters that count it, and the alarms on them.

use serde_yaml_ng::Value;

use super::holds;
use super::yaml::{of_type, parse, remove, set, target, text};

/// What the alarms on the sender's log look for in a line's member `metric`, and from how many in how many seconds on.
const ALARMED: &[(&str, u64, u64)] = &[("Parked", 1, 60), ("ContradictedRefusal", 1, 60), ("Uncertain", 10, 300)];

/// The same of the template as it is, for one name.
pub(crate) fn counted_of_sends(name: &str) -> Vec<(String, String, String)> {
    counted(&super::yaml::template()).into_iter().filter(|(_, _, counted)| counted == name).collect()
}

/// The member of a log line, its value, and the name of what is counted.
fn counted(template: &Value) -> Vec<(String, String, String)> {
    let filters = of_type(template, "AWS::Logs::MetricFilter").map(|(_, filter)| &filter["Properties"]);
    let senders = filters.filter(|it| target(&it["LogGroupName"]) == Some("SenderLogGroup"));
    senders
        .filter_map(|filter| {
            let pattern = text(&filter["FilterPattern"]).strip_prefix("{ $.")?.strip_suffix(" }")?;
            let (member, value) = pattern.split_once(" = ")?;
            let metric = &filter["MetricTransformations"][0];
            let own =
                metric["MetricNamespace"] == parse("!Sub Waypost/${AWS::StackName}") && metric["MetricValue"] == "1";
            let name = text(&metric["MetricName"]).to_owned();
            own.then(|| (member.to_owned(), value.trim_matches('"').to_owned(), name))
        })
        .collect()
}

fn alarmed(template: &Value) -> Vec<String> {
    let counted = counted(template);
    let alarms: Vec<&Value> =
        of_type(template, "AWS::CloudWatch::Alarm").map(|(_, alarm)| &alarm["Properties"]).collect();
    let heard = |value: &str, least: u64, seconds: u64| {
        let names = counted.iter().filter(|(member, counts, _)| member == "metric" && counts == value);
        names.map(|(_, _, name)| name).any(|name| {
            alarms.iter().any(|alarm| {
                let threshold = alarm["Threshold"].as_u64();
                let from = match text(&alarm["ComparisonOperator"]) {
                    "GreaterThanThreshold" => threshold.map(|most| most + 1),
                    "GreaterThanOrEqualToThreshold" => threshold,
                    _ => None,
                };
                alarm["Namespace"] == parse("!Sub Waypost/${AWS::StackName}")
                    && text(&alarm["MetricName"]) == name
                    && alarm["AlarmActions"] == parse("[!Ref AlertTopic]")
                    && alarm["Statistic"] == "Sum"
                    && alarm["TreatMissingData"] == "notBreaching"
                    && alarm["EvaluationPeriods"] == 1
                    && from == Some(least)
                    && alarm["Period"].as_u64() == Some(seconds)
            })
        })
    };
    let silent = ALARMED.iter().filter(|(value, least, seconds)| !heard(value, *least, *seconds));
    silent.map(|(value, ..)| format!("nobody hears of {value}")).collect()
}

#[test]
fn someone_hears_of_sends_that_need_them() {
    holds(
        alarmed,
        &[
            ("nothing counted", |t| remove(t, "Resources.SendsParkedMetric")),
            ("no alarm", |t| remove(t, "Resources.SendsParkedAlarm")),
            ("another log", |t| set(t, "Resources.SendsParkedMetric.Properties.LogGroupName", "!Ref ApiLogGroup")),
            ("another word", |t| {
                set(t, "Resources.SendsParkedMetric.Properties.FilterPattern", "'{ $.metric = \"parked\" }'");
            }),
            ("another metric", |t| set(t, "Resources.SendsParkedAlarm.Properties.MetricName", "Parked")),
            ("for nobody", |t| remove(t, "Resources.SendsParkedAlarm.Properties.AlarmActions")),
            ("only when there are many", |t| set(t, "Resources.SendsParkedAlarm.Properties.Threshold", "9")),
            ("no contradictions", |t| remove(t, "Resources.ContradictedRefusalMetric")),
            ("no alarm on contradictions", |t| remove(t, "Resources.ContradictedRefusalAlarm")),
            ("no doubt", |t| remove(t, "Resources.UncertainSendsMetric")),
            ("each doubt", |t| set(t, "Resources.UncertainSendsAlarm.Properties.Threshold", "1")),
            ("averaged away", |t| set(t, "Resources.UncertainSendsAlarm.Properties.Statistic", "Average")),
        ],
    );
}
