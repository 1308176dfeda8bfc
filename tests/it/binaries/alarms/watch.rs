//! What CloudWatch would have seen of a rig, and the alarms that it would raise.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use model::SendId;
use serde_json::Value;

use crate::binaries::emf;
use crate::binaries::rig::{FUNCTIONS, NUMBER, Rig};
use crate::lambda::Function;
use crate::system::eventually;
use crate::template::observability::{Metric, alarms, filters};
use crate::template::{pattern, yaml};

/// Of the stack that plays here.
const NAMESPACE: &str = "Waypost/waypost-local";

/// What CloudWatch would have seen of a rig.
pub(super) struct Watch {
    pub(super) rig: Rig,
    template: serde_yaml_ng::Value,
    /// Of the access log, which API Gateway writes.
    access: Vec<Value>,
    /// What only AWS can count: a function that was refused or broke off, a table that throttled.
    pub(super) given: BTreeMap<(&'static str, &'static str), u64>,
}

impl Watch {
    pub(super) async fn start() -> Self {
        let template = yaml::template();
        Self { rig: Rig::start().await, template, access: Vec::new(), given: BTreeMap::new() }
    }

    /// A request that was answered so.
    pub(super) fn answered(&mut self, route: &str, status: u64) {
        let api = &self.template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"];
        let mut line = yaml::text(&api["Format"]).to_owned();
        for (variable, value) in [("$context.routeKey", route), ("$context.status", &status.to_string())] {
            assert!(line.contains(variable), "the access log lost its {variable}");
            line = line.replace(variable, value);
        }
        self.access.push(serde_json::from_str(&line).unwrap());
    }

    /// The alarms that are raised, and what is to be counted within their time has just been printed.
    pub(super) fn raised(&self) -> BTreeSet<String> {
        let raised = alarms(&self.template).into_iter().filter(|alarm| {
            let seen: u64 = alarm.metrics.iter().map(|metric| self.value(metric)).sum();
            seen >= alarm.least.unwrap()
        });
        raised.map(|alarm| alarm.id).collect()
    }

    fn value(&self, metric: &Metric) -> u64 {
        let Some(namespace) = metric.namespace.as_deref() else { return self.counted(&metric.name) };
        let named = metric.dimensions[0].1.as_str();
        match (namespace, metric.name.as_str()) {
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible") => {
                u64::try_from(self.rig.aws().sqs().counts(self.queue(named)).unwrap().visible).unwrap()
            }
            ("AWS/SQS", "ApproximateAgeOfOldestMessage") => {
                let messages = self.rig.aws().sqs().messages(self.queue(named)).unwrap();
                let now = self.rig.local.clock().now();
                // Nor does CloudWatch count what was received three times.
                let ages = messages.iter().filter(|it| it.receive_count < 3).map(|it| now.duration_since(it.sent_at));
                ages.max().map_or(0, |age| u64::try_from(age.as_secs()).unwrap_or(0))
            }
            ("AWS/ApiGateway", "5xx") => {
                let failed = self.access.iter().filter(|line| line["status"].as_str().unwrap().starts_with('5'));
                failed.count().try_into().unwrap()
            }
            // Given once, for the first of those that are summed.
            (namespace, name) => {
                let first = matches!(named, "Api" | "Table") && metric.dimensions.len() == 1;
                let given = self.given.iter().find(|((space, given), _)| (*space, *given) == (namespace, name));
                given.filter(|_| first).map_or(0, |(_, value)| *value)
            }
        }
    }

    /// Of the stack's own namespace: what functions print as metrics, and what filters count in the access log.
    pub(super) fn counted(&self, name: &str) -> u64 {
        let printed = FUNCTIONS.iter().map(|(function, _)| {
            let printed = self.rig.printed(function);
            let lines = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            lines.map(|line| emf::value(&line, NAMESPACE, name)).sum::<u64>()
        });
        let filtered = filters(&self.template).into_iter().filter(|filter| filter.metric == name).map(|filter| {
            assert_eq!(filter.log, "AccessLogGroup", "functions print metrics");
            u64::try_from(self.access.iter().filter(|line| pattern::counts(&filter.pattern, line)).count()).unwrap()
        });
        printed.chain(filtered).sum()
    }

    fn queue(&self, id: &str) -> &str {
        let queues = &self.rig.local.ready().queues;
        match id {
            "OutboundQueue" => &queues.outbound,
            "OutboundDeadLetterQueue" => &queues.outbound_dlq,
            "EventsQueue" => &queues.events,
            "EventsDeadLetterQueue" => &queues.events_dlq,
            "MediaQueue" => &queues.media,
            "MediaDeadLetterQueue" => &queues.media_dlq,
            "SyncDeadLetterQueue" => &queues.sync_dlq,
            other => panic!("an alarm looks at {other}"),
        }
    }

    /// What is printed reaches us a moment later.
    pub(super) async fn raises(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|id| (*id).to_owned()).collect();
        eventually(&format!("{expected:?}"), async || (self.raised() == expected).then_some(())).await;
    }

    pub(super) async fn put(&self, queue: &str) {
        let request = self.rig.sqs().send_message().queue_url(queue).message_body("{}");
        // New each time, or the queue drops it as one that it has had.
        let fifo = queue.contains(".fifo").then(|| self.rig.local.clock().now().as_nanosecond().to_string());
        request.set_message_group_id(fifo.clone()).set_message_deduplication_id(fifo).send().await.unwrap();
    }

    /// Queues a send by the API.
    pub(super) async fn send(&self, body: &Value) {
        let api = self.rig.process("api").await;
        let path = format!("/v1/channels/{NUMBER}/messages");
        let asked = self.rig.ask(&api, "POST", &path, None, body).await.unwrap();
        assert_eq!(asked.status, 202, "{}", asked.body);
    }

    /// The schedule calls the sync.
    pub(super) async fn looks(&self, sync: &Function) {
        sync.invoke(self.rig.schedule("template-sync"), self.rig.timeout("template-sync")).await;
    }

    /// Somebody else writes to the table.
    pub(super) async fn spoil(&self, id: &SendId, member: &str, value: &str) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.rig.dynamodb().update_item().table_name(&self.rig.local.ready().table);
        let update = update.key("pk", text(&format!("S#{id}"))).key("sk", text("SEND"));
        let update = update.update_expression("SET #member = :value").expression_attribute_names("#member", member);
        update.expression_attribute_values(":value", text(value)).send().await.unwrap();
    }

    pub(super) fn fault(&self, rule: Value) {
        self.rig.meta().fault(serde_json::from_value(rule).unwrap());
    }

    pub(super) async fn close(self) {
        self.rig.close().await;
    }
}
