//! One POST to the webhook: the answer's time, and what it took.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use local::{Local, Options, Pace};
use sandbox::proxy::Totals;
use sandbox::{Proxy, ProxyOptions};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::lambda::{Function, Outcome};

/// Times each kind of POST is measured.
const ROUNDS: usize = 9;

/// So many messages from so many people, one change each.
#[derive(Clone, Copy)]
pub(crate) struct Post {
    name: &'static str,
    changes: usize,
    people: usize,
}

pub(crate) const POSTS: [Post; 3] = [
    Post { name: "1 change", changes: 1, people: 1 },
    Post { name: "20 changes from 20 people", changes: 20, people: 20 },
    Post { name: "1,000 changes from 200 people", changes: 1_000, people: 200 },
];

pub(crate) async fn measure(post: Post) {
    let idle = ["sender", "media", "template-sync"].map(str::to_owned).into();
    let options = Options { idle, tick: Pace::Never, sync: Pace::Never, ..Options::default() };
    let account = options.account.clone();
    let system = Local::start(options).await.unwrap();
    let ready = system.ready().clone();
    let asking = ProxyOptions { ask_for_capacity: true, ..ProxyOptions::default() };
    let proxy = Proxy::start(&ready.aws, asking).await.unwrap();
    let environment: BTreeMap<String, String> = [
        ("AWS_ENDPOINT_URL", proxy.url()),
        ("AWS_ACCESS_KEY_ID", "bench".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "bench".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("TABLE_NAME", ready.table.clone()),
        ("EVENTS_QUEUE_URL", ready.queues.events.clone()),
        ("MEDIA_QUEUE_URL", ready.queues.media.clone()),
        ("MEDIA_BUCKET", ready.bucket.clone()),
        ("WEBHOOK_SECRET_ID", ready.webhook_secret_id.clone()),
        ("LOG_LEVEL", "info".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let function = Function::start("webhook", &environment).await;

    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    let mut totals: Vec<Totals> = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let body = body(post, round, &account.phone_number_id, &account.waba_id);
        let event = api_gateway(&body, &account.app_secret);
        let stored_before = stored(&system).await;
        system.aws().sqs().clear(&ready.queues.events).unwrap();
        proxy.reset();
        let started = Instant::now();
        let outcome = function.invoke(event, Duration::from_secs(10)).await;
        times.push(started.elapsed());
        totals.push(proxy.totals());
        let Outcome::Answered(answer) = outcome else { panic!("{}: {outcome:?}", post.name) };
        assert_eq!(answer["statusCode"], 200, "{}", post.name);
        assert_eq!(stored(&system).await - stored_before, post.changes, "{}: every message is stored", post.name);
        assert_eq!(events(&system), post.changes, "{}: every message is published, once", post.name);
    }
    let new = totals.first().unwrap().clone();
    let known = totals.last().unwrap().clone();
    row(&format!("{}, new", post.name), &times[..1], &new, post.changes);
    row(&format!("{}, known", post.name), &times[1..], &known, post.changes);
    let size = body(post, 0, &account.phone_number_id, &account.waba_id).len();
    println!("  {size} bytes in; {} bytes to AWS; {:?}", known.request_bytes, calls(&known));
    system.shutdown().await;
}

fn row(name: &str, times: &[Duration], totals: &Totals, events: usize) {
    let mut millis: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1_000.0).collect();
    millis.sort_by(f64::total_cmp);
    let (min, median) = (millis[0], millis[millis.len() / 2]);
    println!(
        "{name:<34} {min:>8.1} {median:>8.1} {:>9} {:>11.1} {:>11.1} {events:>9}",
        totals.requests, totals.read_units, totals.write_units
    );
}

fn calls(totals: &Totals) -> BTreeMap<String, u32> {
    totals.calls.iter().map(|(call, count)| (call.to_string(), *count)).collect()
}

/// Messages in the table.
async fn stored(system: &Local) -> usize {
    let client = client(&system.ready().aws);
    let mut from = None;
    let mut count = 0;
    loop {
        let page = client
            .scan()
            .table_name(&system.ready().table)
            .filter_expression("sk = :message")
            .expression_attribute_values(":message", aws_sdk_dynamodb::types::AttributeValue::S("MESSAGE".into()))
            .projection_expression("pk")
            .set_exclusive_start_key(from)
            .send()
            .await
            .unwrap();
        count += page.items().len();
        from = page.last_evaluated_key;
        if from.is_none() {
            return count;
        }
    }
}

fn client(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
        .region(aws_sdk_dynamodb::config::Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(aws_credential_types::Credentials::from_keys("bench", "bench", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// Different events on the queue.
fn events(system: &Local) -> usize {
    let messages = system.aws().sqs().messages(&system.ready().queues.events).unwrap();
    let ids: BTreeSet<String> = messages
        .iter()
        .map(|message| serde_json::from_str::<Value>(&message.body).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    ids.len()
}

fn body(post: Post, round: usize, number: &str, waba: &str) -> String {
    let changes: Vec<Value> = (0..post.changes)
        .map(|change| {
            let person = format!("1555{:07}", change % post.people);
            json!({"field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "15550100", "phone_number_id": number},
                "contacts": [{"profile": {"name": format!("Person {person}")}, "wa_id": person}],
                "messages": [{
                    "from": person, "id": format!("wamid.bench-{round}-{change}-{}", "x".repeat(40)),
                    "timestamp": (1_767_225_600 + round * 1_000 + change).to_string(),
                    "type": "text", "text": {"body": format!("Message {change} of round {round}. {}", "la ".repeat(30))},
                }],
            }})
        })
        .collect();
    json!({"object": "whatsapp_business_account", "entry": [{"id": waba, "changes": changes}]}).to_string()
}

/// The event that API Gateway makes of a POST (payload format 2.0).
fn api_gateway(body: &str, app_secret: &str) -> Value {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    json!({
        "version": "2.0", "routeKey": "POST /webhook", "rawPath": "/webhook", "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-hub-signature-256": signature},
        "requestContext": {
            "accountId": "000000000000", "apiId": "bench", "domainName": "bench.local", "domainPrefix": "bench",
            "http": {"method": "POST", "path": "/webhook", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"},
            "requestId": "bench", "routeKey": "POST /webhook", "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_i64,
        },
        "body": body, "isBase64Encoded": false,
    })
}
