use std::time::Duration;

use super::*;

fn read_with(text: &str, given: &[(&'static str, &str)]) -> Result<Stack, Error> {
    let given = given.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Stack::read(text, &given, "http://127.0.0.1:1", "http://127.0.0.1:2")
}

fn function<'s>(stack: &'s Stack, code: &str) -> &'s Function {
    stack.functions.iter().find(|function| function.code == code).unwrap()
}

/// Plants a change in the real template.
fn planted(old: &str, new: &str) -> String {
    assert!(TEMPLATE.contains(old), "the template no longer says {old}");
    read_with(&TEMPLATE.replacen(old, new, 1), &[]).unwrap_err().to_string()
}

#[test]
fn the_template_is_read_whole() {
    let stack = read_with(TEMPLATE, &[("EventTypes", "*")]).unwrap();
    let codes: Vec<_> = stack.functions.iter().map(|function| function.code.as_str()).collect();
    assert_eq!(codes.len(), 5);
    let webhook = function(&stack, "webhook");
    assert_eq!(webhook.timeout, Duration::from_secs(10));
    assert_eq!(webhook.environment["EVENT_TYPES"], "*");
    assert_eq!(webhook.environment["EVENTS_QUEUE_URL"], stack.output("EventsQueueUrl"));
    assert!(webhook.routes.iter().any(|route| route.method == "POST" && route.path == "/webhook"));
    assert!(function(&stack, "api").routes.iter().any(|route| route.path == "/v1/{proxy+}"));

    let sender = function(&stack, "sender");
    assert!(sender.mappings.iter().all(|mapping| mapping.partial_failures && mapping.batch_size == 10));
    assert_eq!(sender.schedules.first().unwrap().every, Duration::from_mins(1));
    assert_eq!(sender.environment["TOKENS_SECRET_ID"], stack.secrets["TokensSecret"]);

    let outbound = stack.queues.iter().find(|queue| queue.url == stack.output("OutboundQueueUrl")).unwrap();
    assert_eq!(outbound.arn, sender.mappings.first().unwrap().queue_arn);
    assert_eq!(outbound.attributes["FifoQueue"], "true");
    assert!(outbound.attributes["RedrivePolicy"].contains("waypost-local-OutboundDeadLetterQueue.fifo"));
    assert_eq!(outbound.name, "waypost-local-OutboundQueue.fifo");
    assert_eq!(stack.tables.first().unwrap().ttl.as_deref(), Some("ttl"));
}

#[test]
fn what_cannot_be_played_is_named() {
    let error = planted("Type: SQS\n", "Type: Kinesis\n");
    assert!(error.contains("Sender") && error.contains("Outbound") && error.contains("Kinesis"), "{error}");
    let error = planted("BatchSize: 10\n", "FilterCriteria: {}\n");
    assert!(error.contains("FilterCriteria"), "{error}");
    let error = planted("ScheduleExpression: rate(1 minute)", "ScheduleExpression: cron(* * * * ? *)");
    assert!(error.contains("cron("), "{error}");
    let error = planted("Type: AWS::SNS::Topic\n", "Type: AWS::SES::Identity\n");
    assert!(error.contains("AlertTopic") && error.contains("AWS::SES::Identity"), "{error}");
    let error = planted("TimeToLiveSpecification:", "StreamSpecification:");
    assert!(error.contains("StreamSpecification"), "{error}");
}

#[test]
fn a_parameter_the_template_lost_is_named() {
    let error = read_with(TEMPLATE, &[("Gone", "x")]).unwrap_err().to_string();
    assert!(error.contains("Gone"), "{error}");
}
