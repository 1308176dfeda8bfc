//! The recording proxy between a real SDK client and the fake AWS.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use aws_sdk_sqs::types::QueueAttributeName;
use sandbox::{
    AwsConfig, Proxy, ProxyOptions, Service,
    meta::{Meta, MetaConfig, local},
    proxy::{Matching, Position},
};
use tokio::sync::oneshot;

use crate::{
    clients::{World, config, http},
    conformance::{
        dynamodb::{item, table},
        sqs::{queue, queue_attribute, send},
    },
};

/// An AWS, a proxy in front of it, and clients that go through the proxy.
async fn through_a_proxy() -> (World, World, Proxy) {
    let direct = World::sandbox(AwsConfig::default()).await;
    let options = ProxyOptions { name: "test".to_owned(), ..ProxyOptions::default() };
    let proxy = Proxy::start(&direct.own().url(), options).await.unwrap();
    let through = World { aws: None, config: config(&proxy.url()).await };
    (direct, through, proxy)
}

#[tokio::test]
async fn requests_are_counted_with_their_bytes_and_units() {
    let (direct, through, proxy) = through_a_proxy().await;
    let table = table(&direct.dynamo()).await;
    let dynamo = through.dynamo();
    let put = |pk: &str| {
        dynamo
            .put_item()
            .table_name(&table)
            .set_item(Some(item(pk, &[("v", &"x".repeat(1500))])))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
    };
    put("a").await.unwrap();
    put("b").await.unwrap();
    dynamo
        .get_item()
        .table_name(&table)
        .set_key(Some(item("a", &[])))
        .consistent_read(true)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    through.s3().create_bucket().bucket("files").send().await.unwrap();

    let records = proxy.records();
    let calls: Vec<_> = records.iter().map(|record| record.call.to_string()).collect();
    assert_eq!(calls, ["dynamodb:PutItem", "dynamodb:PutItem", "dynamodb:GetItem", "s3:CreateBucket"]);
    assert_eq!(records.iter().map(|record| record.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(records.iter().all(|record| record.status == Some(200)));
    assert!(records[0].request_bytes > 1500 && records[2].response_bytes > 1500);
    let totals = proxy.totals();
    assert_eq!((totals.write_units, totals.read_units), (4.0, 1.0));
    assert_eq!(totals.requests, 4);
    assert_eq!(totals.calls[&records[0].call], 2);
    assert_eq!(totals.connections, 1, "all clients share one connection pool");
    assert_eq!(proxy.connections(), 1);
    proxy.reset();
    assert!(proxy.records().is_empty());
}

#[tokio::test]
async fn matching_requests_are_delayed_and_dropped() {
    let (direct, through, proxy) = through_a_proxy().await;
    let url = queue(&direct.sqs(), "q", &[]).await;
    let sends = || Matching::service(Service::Sqs).operation("SendMessage");
    let send_through = || through.sqs().send_message().queue_url(&url).message_body("x").send();
    let stored = || direct.own().sqs().counts(&url).unwrap().total();

    proxy.drop_next(sends(), Position::BeforeForward, 1);
    assert!(send_through().await.unwrap_err().as_service_error().is_none());
    assert_eq!(stored(), 0);
    proxy.drop_next(sends(), Position::AfterForwardBeforeReply, 1);
    assert!(send_through().await.unwrap_err().as_service_error().is_none());
    assert_eq!(stored(), 1);
    assert_eq!(proxy.records().iter().map(|record| record.status).collect::<Vec<_>>(), [None, None]);
    proxy.drop_next(sends(), Position::AfterReply, 1);
    let connections = proxy.connections();
    send_through().await.unwrap();
    send_through().await.unwrap();
    assert_eq!(stored(), 3);
    assert_eq!(proxy.connections(), connections + 2, "one for each: those before were dropped");

    proxy.delay(sends(), Duration::from_millis(300));
    let started = Instant::now();
    send_through().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    let started = Instant::now();
    queue_attribute(&through.sqs(), &url, QueueAttributeName::QueueArn).await;
    assert!(started.elapsed() < Duration::from_millis(300));
}

#[tokio::test]
async fn a_hook_runs_exactly_where_it_was_set() {
    let (direct, through, proxy) = through_a_proxy().await;
    let url = queue(&direct.sqs(), "q", &[]).await;
    let cases = [
        // Stored when the hook runs; whether the client gets its answer.
        (Position::BeforeForward, 1, false),
        (Position::AfterForwardBeforeReply, 2, false),
        (Position::AfterReply, 2, true),
    ];
    for (position, stored_then, answered) in cases {
        proxy.reset();
        direct.own().sqs().clear(&url).unwrap();
        let (done, ran) = oneshot::channel();
        proxy.on_request(2, position, move |record| async move { done.send(record).unwrap() });
        send(&through.sqs(), &url, "first").await;
        let second = through.sqs().send_message().queue_url(&url).message_body("second").send().await;
        assert_eq!(second.is_ok(), answered, "{position:?}");
        let record = ran.await.unwrap();
        assert_eq!(direct.own().sqs().counts(&url).unwrap().total(), stored_then, "{position:?}");
        assert_eq!((record.seq, record.call.operation.as_str()), (2, "SendMessage"));
        send(&through.sqs(), &url, "third").await;
    }
}

#[tokio::test]
async fn a_hook_outlives_the_client_it_kills() {
    let (direct, through, proxy) = through_a_proxy().await;
    let url = queue(&direct.sqs(), "q", &[]).await;
    let (begun, has_begun) = oneshot::channel();
    let (killed, is_killed) = oneshot::channel();
    let (done, ran) = oneshot::channel();
    proxy.on_request(1, Position::BeforeForward, move |_| async move {
        begun.send(()).unwrap();
        is_killed.await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        done.send(()).unwrap();
    });
    let client = tokio::spawn(through.sqs().send_message().queue_url(&url).message_body("x").send());
    has_begun.await.unwrap();
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    killed.send(()).unwrap();
    ran.await.unwrap();
    assert_eq!(direct.own().sqs().counts(&url).unwrap().total(), 0);
}

#[tokio::test]
async fn large_bodies_stream_through() {
    let (_direct, through, proxy) = through_a_proxy().await;
    let s3 = through.s3();
    s3.create_bucket().bucket("files").send().await.unwrap();
    let content = vec![7_u8; 20 * 1024 * 1024];
    s3.put_object().bucket("files").key("large").body(content.clone().into()).send().await.unwrap();
    let got = s3.get_object().bucket("files").key("large").send().await.unwrap();
    assert!(got.body.collect().await.unwrap().to_vec() == content);
    assert_eq!(proxy.records()[2].response_bytes, 20 * 1024 * 1024);
}

#[tokio::test]
async fn the_fake_meta_is_recorded_by_classes_of_paths() {
    let config = MetaConfig { port: 0, ..MetaConfig::local() };
    let meta = Meta::start(config).await.unwrap();
    let proxy = Proxy::start(&meta.url(), ProxyOptions::default()).await.unwrap();
    let client = http();
    let number = format!("{}/v24.0/{}", proxy.url(), local::PHONE_NUMBER_ID);
    let get = || client.get(format!("{number}?access_token={}", local::ACCESS_TOKEN)).send();
    assert_eq!(get().await.unwrap().status(), 200);
    proxy.drop_next(Matching::all().operation("/{id}"), Position::AfterForwardBeforeReply, 1);
    get().await.unwrap_err();
    let records = proxy.records();
    assert_eq!(records[0].call.to_string(), "http:GET /v24.0/{id}");
    assert!(!format!("{records:?}").contains(local::ACCESS_TOKEN));
    assert_eq!(records.iter().map(|record| record.status).collect::<Vec<_>>(), [Some(200), None]);
    proxy.shutdown().await;
    meta.shutdown().await;
}

#[tokio::test]
async fn units_are_counted_for_a_client_that_does_not_ask() {
    let direct = World::sandbox(AwsConfig::default()).await;
    let table = table(&direct.dynamo()).await;
    for (ask_for_capacity, units) in [(true, 2.0), (false, 0.0)] {
        let options = ProxyOptions { ask_for_capacity, ..ProxyOptions::default() };
        let proxy = Proxy::start(&direct.own().url(), options).await.unwrap();
        let through = World { aws: None, config: config(&proxy.url()).await };
        let item = item("a", &[("v", &"x".repeat(1500))]);
        let put = through.dynamo().put_item().table_name(&table).set_item(Some(item)).send().await.unwrap();
        assert_eq!(proxy.totals().write_units.to_bits(), f64::to_bits(units));
        assert_eq!(put.consumed_capacity().is_some(), ask_for_capacity);
    }
}

#[tokio::test]
async fn what_a_request_is_about_is_named_by_whoever_knows() {
    let direct = World::sandbox(AwsConfig::default()).await;
    let table = table(&direct.dynamo()).await;
    let subject: fn(&[u8]) -> String = |body| {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        body["Item"]["pk"]["S"].as_str().unwrap_or_default().to_owned()
    };
    for (subject, named) in [(Some(subject), ["about a", ""]), (None, ["", ""])] {
        let options = ProxyOptions { subject, ask_for_capacity: true, ..ProxyOptions::default() };
        let proxy = Proxy::start(&direct.own().url(), options).await.unwrap();
        let through = World { aws: None, config: config(&proxy.url()).await };
        let item = item("about a", &[]);
        through.dynamo().put_item().table_name(&table).set_item(Some(item)).send().await.unwrap();
        through.s3().list_buckets().send().await.unwrap();
        let subjects: Vec<String> = proxy.records().into_iter().map(|record| record.subject).collect();
        assert_eq!(subjects, named);
    }
}
