//! Each alarm of infra/observability.yaml is raised by its fault, and by nothing else: faults are played to the real
//! functions, and what these print is counted as CloudWatch counts it: by the embedded metric format.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use model::{SendId, SendOptions};
use sandbox::Service;
use sandbox::aws::faults::Fault;
use sandbox::meta::Token;
use serde_json::{Value, json};

use super::canary::{self, PHONE};
use super::custody::{a_message, queue};
use super::emf;
use super::mailbox::Post;
use super::passing;
use super::rig::{FUNCTIONS, NUMBER, Rig};
use super::view::Batch;
use super::walks;
use crate::lambda::Function;
use crate::system::eventually;
use crate::template::observability::{Metric, alarms, filters};
use crate::template::{pattern, yaml};

/// Of the stack that plays here.
const NAMESPACE: &str = "Waypost/waypost-local";

/// What CloudWatch would have seen of a rig.
struct Watch {
    rig: Rig,
    template: serde_yaml_ng::Value,
    /// Of the access log, which API Gateway writes.
    access: Vec<Value>,
    /// What only AWS can count: a function that was refused or broke off, a table that throttled.
    given: BTreeMap<(&'static str, &'static str), u64>,
}

impl Watch {
    async fn start() -> Self {
        let template = yaml::template();
        Self { rig: Rig::start().await, template, access: Vec::new(), given: BTreeMap::new() }
    }

    /// A request that was answered so.
    fn answered(&mut self, route: &str, status: u64) {
        let api = &self.template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"];
        let mut line = yaml::text(&api["Format"]).to_owned();
        for (variable, value) in [("$context.routeKey", route), ("$context.status", &status.to_string())] {
            assert!(line.contains(variable), "the access log lost its {variable}");
            line = line.replace(variable, value);
        }
        self.access.push(serde_json::from_str(&line).unwrap());
    }

    /// The alarms that are raised, and what is to be counted within their time has just been printed.
    fn raised(&self) -> BTreeSet<String> {
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
    fn counted(&self, name: &str) -> u64 {
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
            "EventsDeadLetterQueue" => &queues.events_dlq,
            "MediaQueue" => &queues.media,
            "MediaDeadLetterQueue" => &queues.media_dlq,
            "SyncDeadLetterQueue" => &queues.sync_dlq,
            other => panic!("an alarm looks at {other}"),
        }
    }

    /// What is printed reaches us a moment later.
    async fn raises(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|id| (*id).to_owned()).collect();
        eventually(&format!("{expected:?}"), async || (self.raised() == expected).then_some(())).await;
    }

    async fn put(&self, queue: &str) {
        let request = self.rig.sqs().send_message().queue_url(queue).message_body("{}");
        // New each time, or the queue drops it as one that it has had.
        let fifo = queue.contains(".fifo").then(|| self.rig.local.clock().now().as_nanosecond().to_string());
        request.set_message_group_id(fifo.clone()).set_message_deduplication_id(fifo).send().await.unwrap();
    }

    /// Queues a send by the API.
    async fn send(&self, body: &Value) {
        let api = self.rig.process("api").await;
        let path = format!("/v1/channels/{NUMBER}/messages");
        let asked = self.rig.ask(&api, "POST", &path, None, body).await.unwrap();
        assert_eq!(asked.status, 202, "{}", asked.body);
    }

    /// The schedule calls the sync.
    async fn looks(&self, sync: &Function) {
        sync.invoke(self.rig.schedule("template-sync"), self.rig.timeout("template-sync")).await;
    }

    /// Somebody else writes to the table.
    async fn spoil(&self, id: &SendId, member: &str, value: &str) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.rig.dynamodb().update_item().table_name(&self.rig.local.ready().table);
        let update = update.key("pk", text(&format!("S#{id}"))).key("sk", text("SEND"));
        let update = update.update_expression("SET #member = :value").expression_attribute_names("#member", member);
        update.expression_attribute_values(":value", text(value)).send().await.unwrap();
    }

    fn fault(&self, rule: Value) {
        self.rig.meta().fault(serde_json::from_value(rule).unwrap());
    }

    async fn close(self) {
        self.rig.close().await;
    }
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strangers_and_meta_post() {
    let watch = Watch::start().await;
    let webhook = watch.rig.process("webhook").await;
    let forged = Post { body: "{}".to_owned(), signature: format!("sha256={}", "0".repeat(64)) };
    for round in 1..=20 {
        assert_eq!(watch.rig.post(&webhook, &forged, false).await, Some(401));
        if round == 19 {
            eventually("19 lines", async || (watch.counted("BadSignature") == 19).then_some(())).await;
            watch.raises(&[]).await;
        }
    }
    watch.raises(&["BadSignatureAlarm"]).await;
    assert_eq!(watch.rig.post(&webhook, &Rig::signed(&json!({})), false).await, Some(200));
    watch.raises(&["BadSignatureAlarm", "UnprocessableAlarm"]).await;
    webhook.stop().await;
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered() {
    let mut watch = Watch::start().await;
    let (webhook, api) = (watch.rig.process("webhook").await, watch.rig.process("api").await);
    watch.rig.meta().write_in(PHONE, &json!({"text": canary::TEXT})).await.unwrap();
    let post = watch.rig.mailbox.take().pop().unwrap();
    watch.rig.aws().faults().add(Fault::unavailable().on(Service::DynamoDb));
    for round in 1..=5 {
        let status = watch.rig.post(&webhook, &post, false).await.unwrap();
        watch.answered("POST /webhook", status);
        watch.raises(if round < 5 { &[] } else { &["WebhookErrorAlarm"] }).await;
    }
    for _ in 0..5 {
        let status = watch.rig.get(&api, "/v1/channels").await.status;
        watch.answered("ANY /v1/{proxy+}", status);
    }
    watch.raises(&["ServerErrorAlarm", "WebhookErrorAlarm"]).await;
    webhook.stop().await;
    api.stop().await;
    watch.close().await;

    // The requests that API Gateway refuses reach no function.
    let mut watch = Watch::start().await;
    for round in 1..=100 {
        watch.answered("POST /webhook", 429);
        watch.raises(if round < 100 { &[] } else { &["ThrottledRequestAlarm"] }).await;
    }
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_in_queues() {
    let watch = Watch::start().await;
    let queues = watch.rig.local.ready().queues.clone();
    watch.put(&queues.outbound).await;
    let sender = watch.rig.process("sender").await;
    let batch = watch.rig.deliver(&sender, "sender", &queues.outbound).await;
    assert_eq!(batch, Some(Batch { received: 1, failed: 0 }));
    watch.raises(&["OutboundDeadLetterAlarm"]).await;
    watch.rig.aws().sqs().clear(&queues.outbound_dlq).unwrap();
    for (queue, alarm) in [
        (&queues.events_dlq, "EventsDeadLetterAlarm"),
        (&queues.media_dlq, "MediaDeadLetterAlarm"),
        (&queues.sync_dlq, "SyncDeadLetterAlarm"),
    ] {
        watch.raises(&[]).await;
        watch.put(queue).await;
        watch.raises(&[alarm]).await;
        watch.rig.aws().sqs().clear(queue).unwrap();
    }
    for (queue, minutes, alarm) in
        [(&queues.outbound, 30, "OutboundAgeAlarm"), (&queues.media, 120, "MediaUntakenAlarm")]
    {
        watch.put(queue).await;
        watch.rig.local.clock().advance(Duration::from_mins(minutes - 1));
        watch.raises(&[]).await;
        watch.rig.local.clock().advance(Duration::from_mins(2));
        watch.raises(&[alarm]).await;
        watch.rig.aws().sqs().clear(queue).unwrap();
    }
    sender.stop().await;
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_not_copied() {
    let watch = Watch::start().await;
    let media = watch.rig.process("media").await;
    for (hours, alarm) in [(11, None), (12, Some("MediaOverdueAlarm"))] {
        let message = a_message(&watch.rig).await;
        let sent = Timestamp::now() - SignedDuration::from_hours(hours) - SignedDuration::from_mins(1);
        queue(&watch.rig, &message, "404404404", sent).await;
        let batch = watch.rig.deliver(&media, "media", &watch.rig.local.ready().queues.media).await;
        assert_eq!(batch, Some(Batch { received: 1, failed: 1 }));
        let tried = |printed: &str| printed.contains("a file could not be copied yet");
        eventually("the line", async || tried(&watch.rig.printed("media")).then_some(())).await;
        watch.raises(alarm.as_slice()).await;
    }
    media.stop().await;
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_cannot_send() {
    for (path, function) in [("/messages", "sender"), ("/media", "media")] {
        let watch = Watch::start().await;
        walks::inbound(&watch.rig).await;
        let queues = watch.rig.local.ready().queues.clone();
        let (sender, media) = (watch.rig.process("sender").await, watch.rig.process("media").await);
        watch.fault(json!({"match": {"path": path, "method": "POST"}, "fault": {"error": {"code": 190}}}));
        let (bucket, key) = (watch.rig.local.ready().bucket.clone(), "library/canary.png");
        let body = aws_sdk_s3::primitives::ByteStream::from_static(b"\x89PNG canary");
        watch.rig.s3().put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
        let picture = json!({"to": PHONE, "type": "image", "image": {}, "waypost": {"media": {"key": key}}});
        let text = json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}});
        watch.raises(&[]).await;
        watch.send(if function == "media" { &picture } else { &text }).await;
        watch.rig.deliver(&media, "media", &queues.media).await.unwrap();
        watch.rig.deliver(&sender, "sender", &queues.outbound).await.unwrap();
        watch.raises(&["SendsParkedAlarm"]).await;
        assert!(watch.rig.printed(function).contains("\"metric\":\"Parked\""), "{function} parks by itself");
        sender.stop().await;
        media.stop().await;
        watch.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_in_doubt() {
    let watch = Watch::start().await;
    walks::sync(&watch.rig).await;
    let sender = watch.rig.process("sender").await;
    let outbound = watch.rig.local.ready().queues.outbound.clone();
    watch.fault(json!({"match": {"path": "/messages"}, "fault": "lost_reply", "times": 10}));
    for round in 0..10 {
        watch
            .send(&json!({"to": format!("+1555017793{round}"), "type": "template",
            "template": {"name": "hello_world", "language": {"code": "en_US"}}}))
            .await;
        watch.rig.deliver(&sender, "sender", &outbound).await.unwrap();
        eventually("the line", async || (watch.counted("Uncertain") == round + 1).then_some(())).await;
        watch.raises(if round < 9 { &[] } else { &["UncertainSendsAlarm"] }).await;
    }
    sender.stop().await;
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_was_none() {
    let watch = Watch::start().await;
    walks::inbound(&watch.rig).await;
    let (webhook, sender) = (watch.rig.process("webhook").await, watch.rig.process("sender").await);
    let outbound = watch.rig.local.ready().queues.outbound.clone();
    watch.fault(json!({"match": {"path": "/messages"}, "fault": {"error": {"code": 131_000, "http": 500, "accept": true}}, "times": 1}));
    watch.send(&json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}})).await;
    assert_eq!(watch.rig.deliver(&sender, "sender", &outbound).await, Some(Batch { received: 1, failed: 1 }));
    watch.raises(&[]).await;
    let sent = watch.rig.meta().sends().pop().unwrap();
    watch.rig.meta().report(&sent.wamid, "sent", None).await.unwrap();
    assert_eq!(watch.rig.take_mail(&webhook).await, 1);
    watch.rig.local.clock().advance(Duration::from_mins(1));
    assert_eq!(watch.rig.deliver(&sender, "sender", &outbound).await, Some(Batch { received: 1, failed: 0 }));
    watch.raises(&["ContradictedRefusalAlarm"]).await;
    webhook.stop().await;
    sender.stop().await;
    watch.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn syncs_that_fail() {
    let watch = Watch::start().await;
    let sync = watch.rig.process("template-sync").await;
    let run = async |failed: u64| {
        let answer = sync.invoke(watch.rig.schedule("template-sync"), watch.rig.timeout("template-sync")).await;
        assert_eq!(answer.answer()["failed"], failed);
    };
    let fault = json!({"match": {"path": "message_templates"}, "fault": {"error": {"code": 100}}, "times": 1});
    let failures = || watch.rig.printed("template-sync").matches("templates could not be synced").count();
    // One that failed, and one that worked in between, are no two.
    for (round, (failed, alarm)) in
        [(1, None), (0, None), (1, None), (1, Some("SyncFailedAlarm"))].into_iter().enumerate()
    {
        if failed == 1 {
            watch.fault(fault.clone());
        }
        run(failed).await;
        let expected = if round == 0 { 1 } else { round };
        eventually("the line", async || (failures() == expected).then_some(())).await;
        watch.raises(alarm.as_slice()).await;
    }
    sync.stop().await;
    watch.close().await;
}

/// What the schedule finds of tokens, and of numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_schedule_finds() {
    let token = |change: fn(&mut Token)| {
        let mut token = Token::system_user(canary::TOKEN, sandbox::meta::local::APP_ID);
        change(&mut token);
        token
    };
    let soon = |token: &mut Token| token.expires_at = Some(Timestamp::now() + SignedDuration::from_hours(24));
    for (token, alarm) in
        [(token(|token| token.invalid = Some(460)), "TokenInvalidAlarm"), (token(soon), "TokenExpiringAlarm")]
    {
        let watch = Watch::start().await;
        let sync = watch.rig.process("template-sync").await;
        watch.looks(&sync).await;
        watch.raises(&[]).await;
        watch.rig.meta().put_token(token);
        watch.looks(&sync).await;
        watch.raises(&[alarm]).await;
        sync.stop().await;
        watch.close().await;
    }
    let watch = Watch::start().await;
    let sync = watch.rig.process("template-sync").await;
    let quality = |rating: &str| {
        watch.rig.meta().number(NUMBER, |number| drop(number.node.insert("quality_rating".into(), rating.into())));
    };
    quality("YELLOW");
    // First seen so, and then better: nothing was lowered.
    for rating in ["YELLOW", "GREEN"] {
        quality(rating);
        watch.looks(&sync).await;
        watch.raises(&[]).await;
    }
    quality("RED");
    watch.looks(&sync).await;
    watch.raises(&["DowngradedAlarm"]).await;
    watch.looks(&sync).await;
    assert_eq!(watch.counted("Downgraded"), 1, "once for each change");
    sync.stop().await;
    watch.close().await;
}

/// In doubt until it is given up, or sent again where that was asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubts_that_end() {
    for (on_uncertain, metric, alarm) in
        [(None, "Unconfirmed", "UnconfirmedSendsAlarm"), (Some("resend"), "Resent", "ResentAlarm")]
    {
        let watch = Watch::start().await;
        walks::sync(&watch.rig).await;
        let sender = watch.rig.process_with("sender", |environment| {
            environment.insert("UNCERTAIN_AFTER_S".into(), "1".into());
        });
        let sender = sender.await;
        let outbound = watch.rig.local.ready().queues.outbound.clone();
        watch.fault(json!({"match": {"path": "/messages"}, "fault": {"html": {"accept": false}}}));
        let mut ended = 0;
        for (many, raised) in [(9, false), (1, true)] {
            for _ in 0..many {
                ended += 1;
                let mut message = json!({"to": format!("+155501779{ended:02}"), "type": "template",
                    "template": {"name": "hello_world", "language": {"code": "en_US"}}});
                if let Some(how) = on_uncertain {
                    message["waypost"] = json!({ "on_uncertain": how });
                }
                watch.send(&message).await;
                watch.rig.deliver(&sender, "sender", &outbound).await.unwrap();
            }
            eventually(&format!("{ended} {metric}"), async || {
                sender.invoke(watch.rig.schedule("sender"), watch.rig.timeout("sender")).await;
                // What was sent again is in doubt again, and taken with the last.
                (watch.counted(metric) >= ended).then_some(())
            })
            .await;
            assert_eq!(watch.raised().contains(alarm), raised, "{metric}: {ended}");
        }
        sender.stop().await;
        watch.close().await;
    }
}

/// What only a fault of ours, or of whoever writes to the table, brings about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_that_are_not_as_they_have_to_be() {
    let watch = Watch::start().await;
    let sender = watch.rig.process("sender").await;
    let tick = async || {
        sender.invoke(watch.rig.schedule("sender"), watch.rig.timeout("sender")).await;
    };
    let asked_at = Timestamp::now() - SignedDuration::from_mins(20);
    let send = passing::stored_at(&watch.rig, PHONE, "corrupt", SendOptions::default(), asked_at).await;
    watch.spoil(&send.id, "state", "imagined").await;
    watch.raises(&[]).await;
    tick().await;
    watch.raises(&["CorruptItemAlarm"]).await;
    sender.stop().await;
    watch.close().await;

    let watch = Watch::start().await;
    let sender = watch.rig.process("sender").await;
    let outbound = watch.rig.local.ready().queues.outbound.clone();
    walks::inbound(&watch.rig).await;
    watch.fault(json!({"match": {"path": "/messages"}, "fault": {"delay": {"ms": 3_000}}, "times": 1}));
    watch.send(&json!({"to": PHONE, "type": "text", "text": {"body": canary::TEXT}})).await;
    let before = watch.rig.meta().sends().len();
    watch.raises(&[]).await;
    let spoiled = async {
        eventually("the call", async || (watch.rig.meta().sends().len() > before).then_some(())).await;
        let id = watch.rig.meta().sends().pop().unwrap().opaque.unwrap();
        watch.spoil(&SendId::parse(&id).unwrap(), "state", "cancelled").await;
    };
    let (_, ()) = futures::future::join(watch.rig.deliver(&sender, "sender", &outbound), spoiled).await;
    watch.raises(&["MisplacedSendAlarm"]).await;
    sender.stop().await;
    watch.close().await;
}

/// Requests that bear no certificate of Meta's, where one is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_without_a_certificate() {
    let watch = Watch::start().await;
    let webhook = watch.rig.process_with("webhook", |environment| {
        environment.insert("CLIENT_CERTIFICATE_CN".into(), "client.webhooks.fbclientcerts.com".into());
    });
    let webhook = webhook.await;
    let post = Rig::signed(&json!({}));
    for round in 1..=20 {
        assert_eq!(watch.rig.post(&webhook, &post, false).await, Some(403));
        eventually("a line", async || (watch.counted("BadCertificate") == round).then_some(())).await;
        watch.raises(if round < 20 { &[] } else { &["BadCertificateAlarm"] }).await;
    }
    webhook.stop().await;
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

/// Of every alarm there is, this file raises it.
#[test]
fn no_alarm_is_forgotten() {
    const HERE: &str = include_str!("alarms.rs");
    let forgotten: Vec<String> = alarms(&yaml::template())
        .into_iter()
        .map(|alarm| alarm.id)
        .filter(|id| !HERE.contains(&format!("\"{id}\"")))
        .collect();
    assert_eq!(forgotten, Vec::<String>::new());
}
