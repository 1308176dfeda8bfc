//! What usually happens, and what comes twice.

use std::time::Duration;

use jiff::SignedDuration;
use sandbox::Service;
use sandbox::aws::faults::Fault;
use serde_json::{Value, json};

use crate::world::{ANA, BEN, Batch, NUMBER, World, text};

#[tokio::test]
async fn a_send_reaches_meta_once_and_is_accepted() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    let sends = world.meta.sends();
    let [sent] = sends.as_slice() else { panic!("{} sends", sends.len()) };
    let request: Value = serde_json::from_str(sent.request.get()).unwrap();
    assert_eq!(
        request,
        json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": format!("+{ANA}"), "type": "text",
            "text": {"body": "one"}, "biz_opaque_callback_data": id,
        })
    );
    let send = world.send(&id).await;
    assert_eq!(send.state.as_str(), "accepted");
    assert_eq!(send.wamid.as_ref().unwrap().as_str(), sent.wamid);
    assert!(send.lease_until.is_none() && send.due_at.is_none() && send.error.is_none());
    assert!(world.queued().is_empty() && world.dead().is_empty() && world.events().is_empty());
}

#[tokio::test]
async fn a_record_that_comes_again_calls_nobody() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.deliver().await;
    // Beyond the five minutes in which SQS would drop it.
    world.wait(301);
    world.queue(&id).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.calls(), world.meta.sends().len()), (1, 1));
    assert!(world.queued().is_empty());
}

#[tokio::test]
async fn of_two_senders_one_calls_and_the_other_waits() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    // In another group, or SQS would keep it back until the first is done.
    let again = json!({"v": 1, "id": id, "phone_number_id": NUMBER}).to_string();
    world.fault(json!({"fault": {"delay": {"ms": 400}}}));
    let second = async {
        while world.calls() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.put(&again, "another", "again").await;
        world.deliver().await
    };
    let (first, second) = tokio::join!(world.deliver(), second);
    assert_eq!((first, second), (Batch { received: 1, failed: 0 }, Batch { received: 1, failed: 1 }));
    // Longer than any invocation lives.
    assert!(sender::LEASE > SignedDuration::from_secs(30));
    world.wait(30);
    assert_eq!(world.deliver().await.received, 0);
    world.wait(60);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls(), world.meta.sends().len()), ("accepted", 1, 1));
}

#[tokio::test]
async fn a_window_that_closed_meanwhile_costs_no_call() {
    let world = World::start().await;
    let id = world.text("late", ANA).await;
    // A minute before Meta's clock would say so.
    world.wait(24 * 3600 - 60);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.calls(), 0);
    assert_eq!(world.state(&id).await, ("failed".into(), Some("window_closed".into())));
    let events = world.events();
    let [event] = events.as_slice() else { panic!("{} events", events.len()) };
    assert_eq!(
        (&event["type"], &event["v"], &event["waba_id"]),
        (&json!("message.failed"), &json!(1), &json!("200000000000001"))
    );
    assert_eq!(event["phone_number_id"], NUMBER);
    assert_eq!((&event["contact"]["phone"], &event["contact"]["name"]), (&json!(format!("+{ANA}")), &json!("Ana")));
    let data = &event["data"];
    assert_eq!((&data["id"], &data["state"]), (&json!(id), &json!("failed")));
    assert_eq!(
        (&data["errors"][0]["source"], &data["errors"][0]["code"]),
        (&json!("waypost"), &json!("window_closed"))
    );
    assert!(data["errors"][0]["remedy"].as_str().unwrap().contains("template"));
    assert_eq!(data["content"]["text"]["body"], "late");
}

#[tokio::test]
async fn a_template_needs_no_window() {
    let world = World::start().await;
    let template = json!({"to": ANA, "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    world
        .list(&[json!({"id": "900000000000001", "name": "hello_world", "language": "en_US", "category": "UTILITY",
            "status": "APPROVED", "components": [{"type": "BODY", "text": "Welcome."}]})])
        .await;
    let id = world.store_send("template", &template).await;
    world.queue(&id).await;
    world.deliver().await;
    assert_eq!(world.state(&id).await, ("accepted".into(), None));
}

#[tokio::test]
async fn people_are_served_side_by_side_and_each_in_order() {
    let world = World::start().await;
    for (key, to) in [("a1", ANA), ("b1", BEN), ("a2", ANA), ("a3", ANA), ("b2", BEN)] {
        world.text(key, to).await;
    }
    world.fault(json!({"fault": {"delay": {"ms": 30}}}));
    assert_eq!(world.deliver().await, Batch { received: 5, failed: 0 });
    let to = |person: &str| -> Vec<String> {
        let sends = world.meta.sends();
        let theirs = sends.iter().filter(|send| send.wa_id.as_deref() == Some(person));
        let body = |request: &str| serde_json::from_str::<Value>(request).unwrap()["text"]["body"].clone();
        theirs.map(|send| body(send.request.get()).as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(to(ANA), ["a1", "a2", "a3"]);
    assert_eq!(to(BEN), ["b1", "b2"]);
}

#[tokio::test]
async fn what_follows_a_delayed_one_waits_with_it() {
    let world = World::start().await;
    let first = world.text("first", ANA).await;
    let second = world.text("second", ANA).await;
    let other = world.text("other", BEN).await;
    world.fault(json!({"match": {"to": ANA}, "fault": {"error": {"code": 131_056}}, "times": 1}));
    assert_eq!(world.deliver().await, Batch { received: 3, failed: 2 });
    assert_eq!(world.state(&other).await.0, "accepted");
    assert_eq!(world.state(&first).await, ("queued".into(), Some("131056".into())));
    // Untried: nothing but the first call to Ana, and the one to Ben.
    assert_eq!((world.state(&second).await, world.calls()), (("queued".into(), None), 2));
    assert_eq!(world.deliver().await.received, 0);
    // Meta's schedule for the pair begins with a second, for both.
    world.wait(1);
    assert_eq!(world.deliver().await, Batch { received: 2, failed: 0 });
    assert_eq!((world.state(&first).await.0, world.state(&second).await.0), ("accepted".into(), "accepted".into()));
}

#[tokio::test]
async fn nothing_is_begun_that_the_deadline_would_cut() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    assert_eq!(world.deliver_within(SignedDuration::from_secs(3)).await, Batch { received: 1, failed: 1 });
    let send = world.send(&id).await;
    assert_eq!((send.state.as_str(), send.attempts, world.calls()), ("queued", 0, 0));
    world.wait(1);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await.0, "accepted");
}

#[tokio::test]
async fn a_status_may_come_before_metas_answer() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"delay": {"ms": 400}}}));
    let overtaking = async {
        let sent = loop {
            if let Some(sent) = world.meta.sends().pop() {
                break sent;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(world.state(&id).await.0, "sending");
        world.report(&id, &sent.wamid, "sent").await;
        world.report(&id, &sent.wamid, "delivered").await;
        sent.wamid
    };
    let (batch, wamid) = tokio::join!(world.deliver(), overtaking);
    assert_eq!(batch, Batch { received: 1, failed: 0 });
    let send = world.send(&id).await;
    assert_eq!((send.state.as_str(), send.wamid.as_ref().unwrap().as_str()), ("accepted", wamid.as_str()));
    assert_eq!(send.statuses.keys().collect::<Vec<_>>(), ["delivered", "sent"]);
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_still_ones_own() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    // After its share of the rate and letting it through.
    world.aws.faults().add(Fault::lose_reply().on(Service::DynamoDb).operation("UpdateItem").after(2).times(1));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
}

#[tokio::test]
async fn a_settling_whose_answer_was_lost_is_done() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.aws.faults().add(Fault::lose_reply().on(Service::DynamoDb).operation("UpdateItem").after(3).times(1));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
}

#[tokio::test]
async fn a_failure_is_told_even_where_telling_it_failed_first() {
    let world = World::start().await;
    let id = world.store_send("closed", &text(ANA, "closed")).await;
    world.queue(&id).await;
    let fault = Fault::fail_entries(&[], "InternalError").on(Service::Sqs).operation("SendMessageBatch");
    world.aws.faults().add(fault.times(1));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!((world.state(&id).await.0.as_str(), world.events().len()), ("failed", 0));
    world.wait(181);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.told(), [("message.failed".into(), id.as_str().into(), "failed".into())]);
    assert!(world.queued().is_empty());
}

#[tokio::test]
async fn a_table_that_is_away_costs_time_and_no_call() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.aws.faults().add(Fault::unavailable().on(Service::DynamoDb));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!(world.calls(), 0);
    world.aws.faults().clear();
    world.wait(181);
    world.hear(ANA).await;
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
}

#[tokio::test]
async fn an_event_that_is_none_of_ours_is_an_error() {
    let world = World::start().await;
    for payload in [json!({}), json!({"waypost": "tock"}), json!([]), json!({"Records": [{"body": "x"}]})] {
        let deadline = world.now() + SignedDuration::from_secs(30);
        let clock = world.clock.clone();
        assert!(sender::handle(&world.app, payload, deadline, &move || clock.now()).await.is_err());
    }
}
