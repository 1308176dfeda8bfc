//! What takes minutes or days on AWS, by moving the sandbox's clock.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, TimeToLiveSpecification};
use aws_sdk_sqs::types::QueueAttributeName;
use jiff::Timestamp;
use sandbox::{AwsConfig, Clock};

use crate::{
    clients::{World, fresh},
    conformance::{
        dynamodb::{item, table},
        sqs::{bodies, fifo_queue, queue, receive_now, send, send_to_group},
    },
};

async fn standing_still() -> World {
    World::sandbox(AwsConfig { clock: Clock::standing(Timestamp::now()), ..AwsConfig::default() }).await
}

#[tokio::test]
async fn a_deduplication_id_is_remembered_for_five_minutes() {
    let world = standing_still().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "dedupe", &[]).await;
    let send = || {
        sqs.send_message().queue_url(&url).message_body("m").message_group_id("g").message_deduplication_id("id").send()
    };
    send().await.unwrap();
    world.own().clock().advance(Duration::from_secs(299));
    send().await.unwrap();
    assert_eq!(world.own().sqs().counts(&url).unwrap().visible, 1);
    // Counted from the first send, not from the duplicate.
    world.own().clock().advance(Duration::from_secs(1));
    send().await.unwrap();
    assert_eq!(world.own().sqs().counts(&url).unwrap().visible, 2);
}

#[tokio::test]
async fn visibility_ends_when_the_clock_says_so() {
    let world = standing_still().await;
    let sqs = world.sqs();
    let url = fifo_queue(&sqs, "visibility", &[(QueueAttributeName::VisibilityTimeout, "180")]).await;
    send_to_group(&sqs, &url, "g", "m").await;
    let first = sqs.receive_message().queue_url(&url).send().await.unwrap();
    assert_eq!(bodies(first.messages()), ["m"]);
    assert_eq!(world.own().sqs().counts(&url).unwrap().in_flight, 1);
    world.own().clock().advance(Duration::from_secs(179));
    assert!(receive_now(&sqs, &url).await.is_empty());
    // A long poll that is already waiting notices the jump.
    let waiting = {
        let (sqs, url) = (sqs.clone(), url.clone());
        tokio::spawn(async move {
            sqs.receive_message().queue_url(&url).wait_time_seconds(20).send().await.unwrap().messages
        })
    };
    tokio::task::yield_now().await;
    world.own().clock().advance(Duration::from_secs(1));
    assert_eq!(bodies(&waiting.await.unwrap().unwrap()), ["m"]);
}

#[tokio::test]
async fn messages_are_kept_as_long_as_the_queue_says() {
    let world = standing_still().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("retention"), &[(QueueAttributeName::MessageRetentionPeriod, "3600")]).await;
    send(&sqs, &url, "old").await;
    world.own().clock().advance(Duration::from_secs(3599));
    send(&sqs, &url, "new").await;
    assert_eq!(world.own().sqs().messages(&url).unwrap().len(), 2);
    world.own().clock().advance(Duration::from_secs(1));
    let left = world.own().sqs().messages(&url).unwrap();
    assert_eq!(left.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["new"]);
}

#[tokio::test]
async fn expired_items_go_when_swept() {
    let folder = tempfile::tempdir().unwrap();
    for data_dir in [None, Some(folder.path().to_owned())] {
        let world = World::sandbox(AwsConfig { data_dir, ..AwsConfig::default() }).await;
        let dynamo = world.dynamo();
        let table = table(&dynamo).await;
        let ttl = TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build().unwrap();
        dynamo.update_time_to_live().table_name(&table).time_to_live_specification(ttl).send().await.unwrap();
        let tomorrow = Timestamp::now().as_second() + 86_400;
        for (pk, expires) in [("soon", tomorrow), ("later", tomorrow + 86_400)] {
            let mut item = item(pk, &[]);
            item.insert("ttl".to_owned(), AttributeValue::N(expires.to_string()));
            dynamo.put_item().table_name(&table).set_item(Some(item)).send().await.unwrap();
        }
        let swept = world.own().dynamo().sweep(Timestamp::from_second(tomorrow + 1).unwrap()).await.unwrap();
        assert_eq!(swept, 1);
        let left = dynamo.scan().table_name(&table).send().await.unwrap();
        assert_eq!(left.items()[0]["pk"], AttributeValue::S("later".to_owned()));
    }
}
