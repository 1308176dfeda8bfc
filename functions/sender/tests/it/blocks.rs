//! What keeps a number from sending: parked in order, one tried at a time, resumed by itself.

use model::send::Block;
use model::{PhoneNumberId, SendId};
use sandbox::meta::Number;
use serde_json::{Value, json};

use crate::world::{ANA, BEN, Batch, NUMBER, WABA, World};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

impl World {
    async fn block(&self) -> Option<Block> {
        self.store.sending(&PhoneNumberId::new(NUMBER)).await.unwrap().block
    }

    /// Ticks each minute, and delivers what that brings, for so long.
    async fn go_on(&self, seconds: u64) {
        for _ in 0..seconds / MINUTE {
            self.wait(MINUTE);
            self.tick().await;
            while self.deliver().await.received > 0 {}
        }
    }

    async fn template(&self, key: &str, to: &str) -> SendId {
        let message = json!({"to": to, "type": "template",
            "template": {"name": "hello_world", "language": {"code": "en_US"}}});
        let id = self.store_send(key, &message).await;
        self.queue(&id).await;
        id
    }
}

/// B-01: no hot loop, nothing lost, nothing twice, and nobody has to do anything here.
#[tokio::test]
async fn a_billing_block_is_tried_with_one_send_every_few_minutes() {
    let world = World::start().await;
    world.refuse_with(131_042);
    let mut queued = Vec::new();
    for number in 0..24 {
        queued.push(world.text(&number.to_string(), &format!("1555012{number:04}")).await);
    }
    while world.deliver().await.received > 0 {}
    // Those of the first batch were under way at once; none after them.
    let met = world.calls();
    assert!((1..=10).contains(&met), "{met} calls");
    for id in &queued {
        assert_eq!(world.state(id).await, ("parked".into(), Some("billing".into())));
    }
    let block = world.block().await.unwrap();
    assert_eq!(block.error.code, "billing");
    assert!(block.error.remedy.unwrap().contains("Billing") && block.error.raw.is_some());
    world.go_on(HOUR).await;
    assert_eq!(world.calls() - met, 12);
    assert_eq!(world.block().await.unwrap().since, block.since);

    world.meta.clear_faults();
    world.go_on(7 * MINUTE).await;
    let mut sent: Vec<_> = world.meta.sends().into_iter().filter_map(|sent| sent.opaque).collect();
    assert_eq!(sent.len(), 24);
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 24);
    assert!(world.block().await.is_none());
    assert!(world.queued().is_empty() && world.dead().is_empty() && world.told().is_empty());
}

/// Nobody else's sends wait for it: neither another number's of the same account, nor later ones of its own batch.
#[tokio::test]
async fn another_number_goes_on() {
    let world = World::start().await;
    let other = "100000000000002";
    world.add_channel(other).await;
    let number = Number::new(other, "+1 555-0102", "Other");
    assert!(world.meta.waba(WABA, |waba| waba.numbers.push(number)));
    let call = json!({"path": "/messages", "phone_number_id": NUMBER});
    world.fault(json!({"match": call, "fault": {"error": {"code": 131_042}}}));
    let mut ours = Vec::new();
    for (nth, phone) in [ANA, BEN].into_iter().enumerate() {
        ours.push(world.text(&nth.to_string(), phone).await);
        world.meta.open_window(other, phone);
        let message = json!({"to": phone, "type": "text", "text": {"body": "Hi"}});
        let envelope = json!({"v": 1, "id": phone, "phone_number_id": other, "message": message,
            "options": {"window": "meta"}});
        world.put(&envelope.to_string(), &format!("other-{phone}"), phone).await;
    }
    while world.deliver().await.received > 0 {}
    for id in &ours {
        assert_eq!(world.state(id).await, ("parked".into(), Some("billing".into())));
    }
    let sent: Vec<_> = world.meta.sends().into_iter().map(|sent| sent.phone_number_id).collect();
    assert_eq!(sent, [other, other]);
    assert!(world.store.sending(&PhoneNumberId::new(other)).await.unwrap().block.is_none());
}

/// Every code of class A, with and without a subcode: parked, with a remedy of its own.
#[tokio::test]
async fn each_token_error_parks_and_resumes() {
    let world = World::start().await;
    let mut remedies = std::collections::BTreeSet::new();
    let subcodes = [458, 459, 460, 463, 464, 467, 492].map(|subcode| (190, Some(subcode)));
    let codes = [(190, None), (0, None), (3, None), (10, None), (102, None), (200, None), (131_005, None)];
    for (number, (code, subcode)) in subcodes.into_iter().chain(codes).enumerate() {
        let fault = json!({"fault": {"error": {"code": code, "subcode": subcode, "details": "why"}}});
        world.fault(fault);
        let before = world.calls();
        let ids = [ANA, BEN].map(|to| (format!("{number}-{to}"), to));
        let mut parked = Vec::new();
        for (key, to) in &ids {
            parked.push(world.text(key, to).await);
            assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
        }
        for id in &parked {
            assert_eq!(world.state(id).await, ("parked".into(), Some("token".into())), "{code} {subcode:?}");
            let error = world.send(id).await.error.unwrap();
            let raw: Value = serde_json::from_str(error.raw.as_ref().unwrap().get()).unwrap();
            assert_eq!((&raw["code"], error.detail.as_deref()), (&json!(code), Some("why")));
            if subcode.is_some() {
                assert_eq!(raw["error_subcode"], json!(subcode));
                remedies.insert(error.remedy.unwrap());
            }
        }
        assert_eq!(world.calls(), before + 1, "{code} {subcode:?}");
        world.meta.clear_faults();
        world.go_on(7 * MINUTE).await;
        for id in &parked {
            assert_eq!(world.state(id).await.0, "accepted", "{code} {subcode:?}");
        }
        assert!(world.block().await.is_none());
    }
    assert_eq!(remedies.len(), 7);
}

/// Another process has not seen the refusal, and knows of it all the same.
#[tokio::test]
async fn a_new_process_does_not_find_out_for_itself() {
    let mut world = World::start().await;
    world.refuse_with(368);
    let first = world.text("first", ANA).await;
    world.deliver().await;
    world.restart();
    let second = world.text("second", BEN).await;
    world.deliver().await;
    assert_eq!(world.calls(), 1);
    for id in [&first, &second] {
        assert_eq!(world.state(id).await, ("parked".into(), Some("account".into())));
    }
    // And one that still believes it blocked parks nothing once it is not.
    world.meta.clear_faults();
    world.go_on(7 * MINUTE).await;
    let third = world.text("third", ANA).await;
    world.deliver().await;
    assert_eq!(world.state(&third).await.0, "accepted");
}

/// 131064: templates wait a day, and the rest goes on.
#[tokio::test]
async fn misfiled_templates_hold_up_templates_only() {
    let world = World::start().await;
    world.list_hello_world().await;
    let wrong = json!({"match": {"to": BEN}, "fault": {"error": {"code": 131_064}}});
    world.fault(wrong);
    let template = world.template("template", BEN).await;
    world.deliver().await;
    world.meta.clear_faults();
    let (next, text) = (world.template("next", ANA).await, world.text("text", "15550123003").await);
    while world.deliver().await.received > 0 {}
    for id in [&template, &next] {
        assert_eq!(world.state(id).await, ("parked".into(), Some("template_categories".into())));
    }
    assert_eq!((world.state(&text).await.0.as_str(), world.calls()), ("accepted", 2));
    assert!(world.block().await.is_some(), "a text proves nothing of templates");
    world.go_on(HOUR).await;
    assert_eq!(world.calls(), 2);
    world.wait(23 * HOUR);
    world.go_on(2 * MINUTE).await;
    for id in [&template, &next] {
        assert_eq!(world.state(id).await.0, "accepted");
    }
    assert!(world.block().await.is_none());
}

/// 131063 and the like are about one kind of message.
#[tokio::test]
async fn what_is_not_set_up_holds_up_nothing_else() {
    let world = World::start().await;
    world.fault(json!({"match": {"to": BEN}, "fault": {"error": {"code": 134_011}}, "times": 2}));
    let payment = world.text("payment", BEN).await;
    world.deliver().await;
    let other = world.text("other", ANA).await;
    world.deliver().await;
    assert_eq!(world.state(&payment).await, ("parked".into(), Some("setup".into())));
    assert_eq!(world.state(&other).await.0, "accepted");
    assert!(world.block().await.is_none());
    // Twice as long the second time.
    world.go_on(6 * MINUTE).await;
    assert_eq!((world.state(&payment).await.0.as_str(), world.calls()), ("parked", 3));
    world.go_on(7 * MINUTE).await;
    assert_eq!(world.calls(), 3);
    world.go_on(5 * MINUTE).await;
    assert_eq!((world.state(&payment).await.0.as_str(), world.calls()), ("accepted", 4));
}

/// The token was replaced, and now it is the bill: what is shown is what is wrong.
#[tokio::test]
async fn one_cause_may_hide_another() {
    let world = World::start().await;
    world.refuse_with(190);
    let id = world.text("one", ANA).await;
    world.deliver().await;
    let first = world.block().await.unwrap();
    world.refuse_with(131_042);
    world.go_on(6 * MINUTE).await;
    let second = world.block().await.unwrap();
    assert_eq!((second.error.code.as_str(), second.token.as_deref()), ("billing", None));
    assert!(second.since > first.since);
    assert_eq!(world.state(&id).await, ("parked".into(), Some("billing".into())));
    world.meta.clear_faults();
    world.go_on(7 * MINUTE).await;
    assert_eq!(world.state(&id).await.0, "accepted");
}

/// A removed channel does not keep what was parked for it for ever.
#[tokio::test]
async fn what_was_parked_for_a_removed_channel_fails() {
    let mut world = World::start().await;
    world.refuse_with(131_042);
    let id = world.text("one", ANA).await;
    world.deliver().await;
    world.store.delete_channel(&PhoneNumberId::new(NUMBER)).await.unwrap();
    world.restart();
    world.go_on(MINUTE).await;
    assert_eq!(world.state(&id).await, ("failed".into(), Some("unknown_channel".into())));
}
