//! `infra/observability.yaml`: every alarm is heard, measures something that there is, and is in infra/docs/operate.md, which
//! names what is counted; the dashboard shows nothing else. That each is raised by its fault and by nothing else: `binaries/alarms.rs`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

use super::holds;
use super::yaml::{entries, items, of_type, parse, remove, set, target, text};

const PAGE: &str = include_str!("../../../infra/docs/operate.md");

/// AWS's metrics, with the dimensions that they are kept by (the services' own pages on CloudWatch).
const OF_AWS: &[(&str, &str, &[&str])] = &[
    ("AWS/ApiGateway", "4xx", &["ApiId"]),
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/ApiGateway", "Count", &["ApiId"]),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits", &["TableName"]),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", &["TableName"]),
    ("AWS/DynamoDB", "ReadThrottleEvents", &["TableName"]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &["TableName"]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &["TableName", "GlobalSecondaryIndexName"]),
    ("AWS/Lambda", "ConcurrentExecutions", &["FunctionName"]),
    ("AWS/Lambda", "Duration", &["FunctionName"]),
    ("AWS/Lambda", "Errors", &["FunctionName"]),
    ("AWS/Lambda", "Throttles", &["FunctionName"]),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", &["QueueName"]),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", &["QueueName"]),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", &["QueueName"]),
];

/// What each dimension names, by the type of its resource.
const NAMED: &[(&str, &str)] = &[
    ("ApiId", "AWS::Serverless::HttpApi"),
    ("FunctionName", "AWS::Serverless::Function"),
    ("QueueName", "AWS::SQS::Queue"),
    ("TableName", "AWS::DynamoDB::Table"),
];

/// What the functions count, in lines of their own: every `metric = "…"` in what ships.
pub(crate) fn printed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders: Vec<PathBuf> =
        ["functions", "shared"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.extend((!entry.ends_with("tests")).then_some(entry));
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&entry).unwrap();
                let ours = source.split("#[cfg(test)]").next().unwrap_or_default();
                let words = ours.split("metric = \"").skip(1).filter_map(|rest| rest.split('"').next());
                found.extend(words.map(str::to_owned));
            }
        }
    }
    found
}

/// Heard of in another way: what is buried is in a dead-letter queue, which has an alarm.
const HEARD_ELSEWHERE: [&str; 1] = ["Buried"];

/// A filter on a log group that counts lines.
#[derive(Debug)]
pub(crate) struct Filter {
    /// Logical id.
    pub(crate) log: String,
    pub(crate) pattern: String,
    /// The name, in the stack's own namespace.
    pub(crate) metric: String,
}

/// What an alarm looks at: of several, the sum.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// Logical id.
    pub(crate) id: String,
    pub(crate) metrics: Vec<Metric>,
    /// From here on it is raised; `None` where that is not said in a way that is understood.
    pub(crate) least: Option<u64>,
    pub(crate) seconds: u64,
}

#[derive(Debug)]
pub(crate) struct Metric {
    /// `None` is the stack's own.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    /// Name, and a logical id or text.
    pub(crate) dimensions: Vec<(String, String)>,
}

pub(crate) fn filters(template: &Value) -> Vec<Filter> {
    let filters = of_type(template, "AWS::Logs::MetricFilter").map(|(_, filter)| &filter["Properties"]);
    filters
        .filter_map(|filter| {
            let metric = &filter["MetricTransformations"][0];
            let own = metric["MetricNamespace"] == own_namespace() && metric["MetricValue"] == "1";
            own.then(|| Filter {
                log: target(&filter["LogGroupName"]).unwrap_or_default().to_owned(),
                pattern: text(&filter["FilterPattern"]).to_owned(),
                metric: text(&metric["MetricName"]).to_owned(),
            })
        })
        .collect()
}

pub(crate) fn alarms(template: &Value) -> Vec<Alarm> {
    of_type(template, "AWS::CloudWatch::Alarm").map(|(id, alarm)| Alarm::read(id, &alarm["Properties"])).collect()
}

fn own_namespace() -> Value {
    parse("!Sub Waypost/${AWS::StackName}")
}

impl Alarm {
    fn read(id: &str, alarm: &Value) -> Self {
        let several = items(&alarm["Metrics"]);
        let summed = several.iter().any(|one| one["Expression"] == "SUM(METRICS())");
        let several: Vec<&Value> =
            several.iter().map(|one| &one["MetricStat"]).filter(|stat| !stat.is_null()).collect();
        let (metrics, seconds) = match several.first() {
            Some(stat) => {
                let alike = several.iter().all(|one| one["Period"] == stat["Period"] && one["Stat"] == "Sum");
                let metrics = several.iter().map(|one| Metric::read(&one["Metric"])).collect();
                (metrics, if alike && summed { stat["Period"].as_u64() } else { None })
            }
            None => (vec![Metric::read(alarm)], alarm["Period"].as_u64()),
        };
        let threshold = alarm["Threshold"].as_u64();
        let least = match text(&alarm["ComparisonOperator"]) {
            "GreaterThanThreshold" => threshold.map(|most| most + 1),
            "GreaterThanOrEqualToThreshold" => threshold.filter(|least| *least > 0),
            _ => None,
        };
        Self { id: id.to_owned(), metrics, least, seconds: seconds.unwrap_or_default() }
    }
}

impl Metric {
    fn read(metric: &Value) -> Self {
        let dimension = |one: &&Value| {
            let value = &one["Value"];
            (text(&one["Name"]).to_owned(), target(value).unwrap_or(text(value)).to_owned())
        };
        Self {
            namespace: (metric["Namespace"] != own_namespace()).then(|| text(&metric["Namespace"]).to_owned()),
            name: text(&metric["MetricName"]).to_owned(),
            dimensions: items(&metric["Dimensions"]).iter().map(dimension).collect(),
        }
    }

    /// Whether CloudWatch would ever see it.
    fn exists(&self, template: &Value, counted: &[Filter]) -> bool {
        let Some(namespace) = &self.namespace else {
            let filtered = || counted.iter().any(|filter| filter.metric == self.name);
            return self.dimensions.is_empty() && (filtered() || printed().contains(&self.name));
        };
        let names: Vec<&str> = self.dimensions.iter().map(|(name, _)| name.as_str()).collect();
        let known = OF_AWS.contains(&(namespace.as_str(), self.name.as_str(), names.as_slice()));
        let indexes = items(&template["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]);
        known
            && self.dimensions.iter().all(|(name, value)| match NAMED.iter().find(|(named, _)| named == name) {
                Some((_, kind)) => template["Resources"][value.as_str()]["Type"] == *kind,
                None => indexes.iter().any(|index| index["IndexName"] == value.as_str()),
            })
    }
}

/// Somebody hears of it, at its first sight, and it is over when the trouble is.
fn heard(template: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (id, alarm) in of_type(template, "AWS::CloudWatch::Alarm") {
        let alarm = &alarm["Properties"];
        if alarm["AlarmActions"] != parse("[!Ref AlertTopic]") {
            found.push(format!("{id} is for nobody"));
        }
        if alarm["TreatMissingData"] != "notBreaching" || alarm["EvaluationPeriods"] != 1 {
            found.push(format!("{id} is raised too late, or by silence"));
        }
        if !text(&alarm["AlarmDescription"]).starts_with("Waypost: ") {
            found.push(format!("{id} does not say whose it is"));
        }
    }
    found
}

/// What is alarmed on is measured, and what is counted is alarmed on.
fn measured(template: &Value) -> Vec<String> {
    let (alarms, counted) = (alarms(template), filters(template));
    let mut found = Vec::new();
    for alarm in &alarms {
        let unknown = alarm.metrics.iter().filter(|metric| !metric.exists(template, &counted));
        found.extend(unknown.map(|metric| format!("{} looks at what nobody measures: {metric:?}", alarm.id)));
        if alarm.least.is_none() || alarm.seconds == 0 {
            found.push(format!("{} is raised by nothing that is understood", alarm.id));
        }
    }
    let looked_at: BTreeSet<&str> = alarms
        .iter()
        .flat_map(|alarm| &alarm.metrics)
        .filter(|metric| metric.namespace.is_none())
        .map(|metric| metric.name.as_str())
        .collect();
    let printed = printed();
    let names = counted.iter().map(|filter| &filter.metric).chain(&printed);
    let idle = names.filter(|name| !looked_at.contains(name.as_str()) && !HEARD_ELSEWHERE.contains(&name.as_str()));
    found.extend(idle.map(|name| format!("nobody hears of {name}")));
    for (id, function) in of_type(template, "AWS::Serverless::Function") {
        if function["Properties"]["Environment"]["Variables"]["METRIC_NAMESPACE"] != own_namespace() {
            found.push(format!("{id} counts in another namespace than the alarms look at"));
        }
    }
    let all = of_type(template, "AWS::Logs::MetricFilter").count();
    if counted.len() != all {
        found.push("a filter counts outside the stack's own namespace".into());
    }
    found
}

/// The page on operating it has a section for each alarm, and for no other.
fn described(template: &Value) -> Vec<String> {
    let headings: BTreeSet<&str> = PAGE.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let described: BTreeSet<&str> = headings.into_iter().filter(|heading| heading.ends_with("Alarm")).collect();
    let alarms = alarms(template);
    let known: BTreeSet<&str> = alarms.iter().map(|alarm| alarm.id.as_str()).collect();
    let differing = described.symmetric_difference(&known);
    let missing = printed().into_iter().filter(|name| !PAGE.contains(&format!("`{name}`")));
    let missing = missing.map(|name| format!("infra/docs/operate.md does not name the metric {name}"));
    differing
        .map(|id| format!("{id} is not both in the template and in infra/docs/operate.md"))
        .chain(missing)
        .collect()
}

/// Every metric that the dashboard shows is one that there is.
fn shown(template: &Value) -> Vec<String> {
    let body = &template["Resources"]["Overview"]["Properties"]["DashboardBody"];
    let passed = &template["Resources"]["Observability"]["Properties"]["Parameters"];
    let mut written = text(body).replace("${AWS::Region}", "us-east-1").replace("${Namespace}", "own");
    for (name, value) in entries(passed) {
        written = written.replace(&format!("${{{name}}}"), target(value).unwrap_or_default());
    }
    let Ok(body) = serde_json::from_str::<serde_json::Value>(&written) else {
        return vec!["the dashboard is no JSON".into()];
    };
    let counted = filters(template);
    let mut found = Vec::new();
    let widgets = body["widgets"].as_array().map(Vec::as_slice).unwrap_or_default();
    for metric in widgets.iter().flat_map(|widget| widget["properties"]["metrics"].as_array().into_iter().flatten()) {
        let words: Vec<String> =
            metric.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect();
        let [namespace, name, dimensions @ ..] = words.as_slice() else {
            found.push(format!("a metric without a name: {metric}"));
            continue;
        };
        let shown = Metric {
            namespace: (namespace != "own").then(|| namespace.clone()),
            name: name.clone(),
            dimensions: dimensions.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
        };
        if !shown.exists(template, &counted) {
            found.push(format!("the dashboard shows what nobody measures: {metric}"));
        }
    }
    if widgets.is_empty() {
        found.push("the dashboard shows nothing".into());
    }
    found
}

#[test]
fn every_alarm_is_heard() {
    holds(
        heard,
        &[
            ("for nobody", |t| remove(t, "Resources.TableThrottlesAlarm.Properties.AlarmActions")),
            ("by silence", |t| set(t, "Resources.BadSignatureAlarm.Properties.TreatMissingData", "breaching")),
            ("after an hour", |t| set(t, "Resources.OutboundAgeAlarm.Properties.EvaluationPeriods", "12")),
            ("of somebody", |t| set(t, "Resources.SyncFailedAlarm.Properties.AlarmDescription", "it failed")),
        ],
    );
}

#[test]
fn what_is_alarmed_on_is_measured() {
    holds(
        measured,
        &[
            ("nothing counted", |t| remove(t, "Resources.WebhookErrorMetric")),
            ("counted elsewhere", |t| {
                set(t, "Resources.Sender.Properties.Environment.Variables.METRIC_NAMESPACE", "Waypost");
            }),
            ("another name", |t| set(t, "Resources.BadSignatureAlarm.Properties.MetricName", "Forged")),
            ("nobody hears", |t| remove(t, "Resources.TokenExpiringAlarm")),
            ("another namespace", |t| {
                let path = "Resources.ThrottledRequestMetric.Properties.MetricTransformations.0.MetricNamespace";
                set(t, path, "Waypost");
            }),
            ("a metric that SQS has not", |t| {
                set(t, "Resources.OutboundAgeAlarm.Properties.MetricName", "AgeOfOldestMessage");
            }),
            ("by another dimension", |t| {
                let path = "Resources.FunctionErrorsAlarm.Properties.Metrics.1.MetricStat.Metric.Dimensions.0.Name";
                set(t, path, "QueueName");
            }),
            ("an index that is not", |t| {
                let path = "Resources.TableThrottlesAlarm.Properties.Metrics.3.MetricStat.Metric.Dimensions.1.Value";
                set(t, path, "lists");
            }),
            ("one of five", |t| {
                set(t, "Resources.FunctionThrottlesAlarm.Properties.Metrics.0.Expression", "webhook");
            }),
            ("always", |t| {
                let alarm = "Resources.ServerErrorAlarm.Properties.Threshold";
                set(t, alarm, "0");
            }),
        ],
    );
}

#[test]
fn every_alarm_is_in_the_page_on_operating_it() {
    holds(
        described,
        &[
            ("a new one", |t| {
                set(t, "Resources.NewAlarm", "{ Type: AWS::CloudWatch::Alarm, Properties: { Threshold: 1 } }");
            }),
            ("one less", |t| remove(t, "Resources.ContradictedRefusalAlarm")),
        ],
    );
}

#[test]
fn the_dashboard_shows_what_there_is() {
    holds(
        shown,
        &[
            ("no JSON", |t| set(t, "Resources.Overview.Properties.DashboardBody", "!Sub '{'")),
            ("nothing", |t| set(t, "Resources.Overview.Properties.DashboardBody", r#"!Sub '{"widgets": []}'"#)),
            ("what is counted no more", |t| remove(t, "Resources.ThrottledRequestMetric")),
            ("a queue that is none", |t| {
                set(t, "Resources.Observability.Properties.Parameters.EventsQueue", "!Ref Table");
            }),
        ],
    );
}
