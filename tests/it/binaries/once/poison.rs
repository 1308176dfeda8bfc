//! One of ten is bad (fault matrix 7, R6): the other nine are sent once, the bad one is where somebody looks for it, and
//! none of them comes back on its account.

use aws_sdk_dynamodb::types::AttributeValue;
use model::{ContactKey, PhoneNumberId};
use serde_json::{Value, json};

use super::people;
use crate::binaries::checker;
use crate::binaries::fleet::queue;
use crate::binaries::passing::{Statuses, hear, run_its_course};
use crate::binaries::rig::{NUMBER, Rig};
use crate::binaries::view::Batch;

const PLACE: usize = 4;

/// What is wrong with it only somebody can find out: that is what dead letters are for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_read_goes_to_the_dead_letters_alone() {
    for poison in ["not an envelope", r#"{"v":2,"id":"later"}"#] {
        let rig = Rig::start().await;
        let outbound = &rig.local.ready().queues.outbound;
        let request = rig.sqs().send_message().queue_url(outbound).message_body(poison);
        // In a group with a good one, which it must not hold up either.
        let (number, first) = (PhoneNumberId::new(NUMBER), ContactKey::new(format!("wa:{}", people(1)[0])));
        let request = request.message_group_id(queue::person_group(&number, &first));
        request.message_deduplication_id("poison").send().await.unwrap();
        let ids = good(&rig, 9).await;
        assert_eq!(one_batch(&rig).await, Batch { received: 10, failed: 0 }, "{poison}");
        let dead = &rig.local.ready().queues.outbound_dlq;
        let bodies: Vec<String> = rig.aws().sqs().messages(dead).unwrap().into_iter().map(|dead| dead.body).collect();
        assert_eq!((rig.meta().sends().len(), bodies), (9, vec![poison.to_owned()]));
        rig.aws().sqs().clear(dead).unwrap();
        judged(rig, ids, 9).await;
    }
}

/// A send whose item nobody can read any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_that_nobody_can_read_goes_to_the_dead_letters_alone() {
    let rig = Rig::start().await;
    let mut ids = good(&rig, 10).await;
    let spoiled = ids.remove(PLACE);
    let key = |name: &str| AttributeValue::S(if name == "pk" { format!("S#{spoiled}") } else { "SEND".to_owned() });
    let table = &rig.local.ready().table;
    let update = rig.dynamodb().update_item().table_name(table).key("pk", key("pk")).key("sk", key("sk"));
    let update = update.update_expression("SET #state = :state").expression_attribute_names("#state", "state");
    update.expression_attribute_values(":state", AttributeValue::S("bewitched".into())).send().await.unwrap();
    assert_eq!(one_batch(&rig).await, Batch { received: 10, failed: 0 });
    assert_eq!((rig.meta().sends().len(), rig.dead()), (9, 1));
    rig.aws().sqs().clear(&rig.local.ready().queues.outbound_dlq).unwrap();
    let delete = rig.dynamodb().delete_item().table_name(table).key("pk", key("pk")).key("sk", key("sk"));
    delete.send().await.unwrap();
    judged(rig, ids, 9).await;
}

/// What Meta refuses for good fails, visibly, and is told; it is no dead letter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_meta_refuses_fails_alone() {
    let rig = Rig::start().await;
    let ids = good(&rig, 10).await;
    let refused = json!({"match": {"to": people(10)[PLACE]}, "fault": {"error": {"code": 131_026}}});
    rig.meta().fault(serde_json::from_value(refused).unwrap());
    assert_eq!(one_batch(&rig).await, Batch { received: 10, failed: 0 });
    let told: Vec<Value> = rig.events().into_iter().filter(|event| event["type"] == "message.failed").collect();
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(told["data"]["id"], ids[PLACE].as_str());
    judged(rig, ids, 9).await;
}

/// What Meta puts off comes back alone, and is then sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_meta_puts_off_comes_back_alone() {
    let rig = Rig::start().await;
    let ids = good(&rig, 10).await;
    let later = json!({"match": {"to": people(10)[PLACE]}, "times": 1, "fault": {"error": {"code": 131_056}}});
    rig.meta().fault(serde_json::from_value(later).unwrap());
    assert_eq!(one_batch(&rig).await, Batch { received: 10, failed: 1 });
    let left = rig.queued(&rig.local.ready().queues.outbound);
    assert_eq!(left.iter().map(|record| &record["id"]).collect::<Vec<_>>(), [ids[PLACE].as_str()]);
    judged(rig, ids, 10).await;
}

/// A record to each of so many people.
async fn good(rig: &Rig, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for phone in people(count) {
        hear(rig, &phone).await;
        ids.push(queue(rig, &phone, &phone).await);
    }
    ids
}

async fn one_batch(rig: &Rig) -> Batch {
    let sender = rig.process("sender").await;
    rig.deliver(&sender, "sender", &rig.local.ready().queues.outbound).await.expect("an answer")
}

async fn judged(rig: Rig, ids: Vec<String>, accepted: usize) {
    rig.meta().clear_faults();
    let api = rig.process("api").await;
    let run = run_its_course(&rig, &api, ids, Statuses::Late).await;
    assert_eq!((checker::outbound(&run), run.accepted.len()), (vec![], accepted), "{run:?}");
    drop(api);
    rig.close().await;
}
