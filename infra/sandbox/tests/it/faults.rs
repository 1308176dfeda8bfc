//! AWS on its bad days.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, BatchStatementErrorCodeEnum as Code, KeysAndAttributes};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use sandbox::{AwsConfig, Service, aws::faults::Fault};

use crate::{
    clients::{World, code, fresh},
    conformance::{
        dynamodb::{item, put, statement, table},
        sqs::{queue, send},
    },
};

#[tokio::test]
async fn errors_are_answered_as_often_as_asked() {
    let world = World::sandbox(AwsConfig::default()).await;
    let (dynamo, sqs, faults) = (world.dynamo(), world.sqs(), world.own().faults());
    let table = table(&dynamo).await;
    faults.add(Fault::throttle(Service::DynamoDb).operation("GetItem").times(1));
    let get = || dynamo.get_item().table_name(&table).set_key(Some(item("a", &[]))).send();
    let error = get().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_provisioned_throughput_exceeded_exception());
    get().await.unwrap();

    faults.add(Fault::unavailable().on(Service::Sqs));
    let url = format!("{}/000000000000/q", world.own().url());
    for _ in 0..3 {
        let failed = sqs.send_message().queue_url(&url).message_body("x").send().await;
        assert_eq!(code(failed), "InternalServerError");
    }
    faults.clear();
    assert!(!faults.pending());
    queue(&sqs, "q", &[]).await;
    send(&sqs, &url, "x").await;
}

#[tokio::test]
async fn a_lost_reply_leaves_the_work_done() {
    let world = World::sandbox(AwsConfig::default()).await;
    let (dynamo, sqs, faults) = (world.dynamo(), world.sqs(), world.own().faults());
    let url = queue(&sqs, &fresh("lost"), &[]).await;
    faults.add(Fault::lose_reply().on(Service::Sqs).operation("SendMessage").times(1));
    let lost = sqs.send_message().queue_url(&url).message_body("x").send().await.unwrap_err();
    assert!(lost.as_service_error().is_none());
    assert_eq!(world.own().sqs().counts(&url).unwrap().visible, 1);

    let table = table(&dynamo).await;
    faults.add(Fault::hang_up().on(Service::DynamoDb).operation("PutItem").times(1));
    faults.add(Fault::lose_reply().on(Service::DynamoDb).operation("PutItem").times(1));
    for expected in [0, 1] {
        dynamo.put_item().table_name(&table).set_item(Some(item("a", &[]))).send().await.unwrap_err();
        assert_eq!(dynamo.scan().table_name(&table).send().await.unwrap().count, expected);
    }
}

#[tokio::test]
async fn a_delay_delays() {
    let world = World::sandbox(AwsConfig::default()).await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("slow"), &[]).await;
    world.own().faults().add(Fault::delay(Duration::from_millis(300)).on(Service::Sqs).times(1));
    let started = Instant::now();
    send(&sqs, &url, "x").await;
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn entries_of_a_batch_fail_inside_a_200() {
    let world = World::sandbox(AwsConfig::default()).await;
    let (dynamo, sqs, faults) = (world.dynamo(), world.sqs(), world.own().faults());
    let url = queue(&sqs, &fresh("entries"), &[]).await;
    faults.add(Fault::fail_entries(&[1], "InternalError").operation("SendMessageBatch").times(1));
    let entry = |id: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(id).build().unwrap();
    let sent = sqs.send_message_batch().queue_url(&url).entries(entry("a")).entries(entry("b")).send().await.unwrap();
    assert_eq!(sent.failed[0].id, "b");
    assert!(!sent.failed[0].sender_fault);
    assert_eq!(world.own().sqs().counts(&url).unwrap().total(), 1);

    let table = table(&dynamo).await;
    put(&dynamo, &table, "there", &[]).await;
    let insert = |pk: &str| statement(format!(r#"INSERT INTO "{table}" VALUE {{'pk': '{pk}', 'sk': 'S'}}"#), &[]);
    let codes = async || {
        let batch = dynamo.batch_execute_statement().statements(insert("new")).statements(insert("there"));
        let answer = batch.send().await.unwrap();
        let code = |response: &aws_sdk_dynamodb::types::BatchStatementResponse| {
            response.error.as_ref().and_then(|error| error.code.clone())
        };
        answer.responses().iter().map(code).collect::<Vec<_>>()
    };
    faults.add(Fault::fail_entries(&[0], "ThrottlingError").operation("BatchExecuteStatement").times(1));
    assert_eq!(codes().await, [Some(Code::ThrottlingError), Some(Code::DuplicateItem)]);
    faults.add(Fault::fail_entries(&[], "ThrottlingError").operation("BatchExecuteStatement").times(1));
    assert_eq!(codes().await, [Some(Code::ThrottlingError), Some(Code::ThrottlingError)]);
    assert_eq!(codes().await, [None, Some(Code::DuplicateItem)]);

    faults.add(Fault::fail_entries(&[1], "").operation("BatchGetItem").times(1));
    let keys = KeysAndAttributes::builder().keys(item("there", &[])).keys(item("new", &[])).build().unwrap();
    let read = dynamo.batch_get_item().request_items(&table, keys).send().await.unwrap();
    assert_eq!(read.responses.unwrap()[&table].len(), 1);
    let left = &read.unprocessed_keys.unwrap()[&table].keys;
    assert_eq!(left[0]["pk"], AttributeValue::S("new".to_owned()));
}
