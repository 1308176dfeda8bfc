//! Templates are looked at again before Meta is called: what is known here, Meta is not asked (issue 4 items 2 and 9).

use jiff::SignedDuration;
use model::consent::{Signal, Source, Wish};
use model::contact::MergedBy;
use model::template::Schema;
use model::{ContactKey, PhoneNumberId, SendId, Template, Timestamp, WabaId};
use serde_json::{Value, json};
use store::{MergeOutcome, Merging, NewConsent};

use crate::world::{ANA, BEN, NUMBER, WABA, World, raw, text};

fn listed(name: &str, category: &str, status: &str, body: &str) -> Value {
    json!({"id": "900000000000001", "name": name, "language": "en_US", "category": category, "status": status,
        "components": [{"type": "BODY", "text": body}]})
}

fn order(body: &str) -> Value {
    listed("order_shipped", "UTILITY", "APPROVED", body)
}

fn template(name: &str, values: &[&str]) -> Value {
    let parameters: Vec<Value> = values.iter().map(|value| json!({"type": "text", "text": value})).collect();
    let components = if values.is_empty() { json!([]) } else { json!([{"type": "body", "parameters": parameters}]) };
    json!({"name": name, "language": {"code": "en_US"}, "components": components})
}

fn message(to: &str, template: &Value) -> Value {
    json!({"to": to, "type": "template", "template": template})
}

fn schema(listed: &Value) -> String {
    let template = Template::parse(&WabaId::new(WABA), &raw(listed), Timestamp::UNIX_EPOCH).unwrap();
    Schema::of(&template).hash()
}

const TWO: &str = "Hi {{1}}, your order {{2}} is on the way and arrives within two days.";

impl World {
    /// Stores and queues a template message to Ana, and delivers it.
    async fn sends(&self, key: &str, message: &Value) -> SendId {
        let id = self.store_send(key, message).await;
        self.queue(&id).await;
        self.deliver().await;
        id
    }

    async fn failed_with(&self, id: &SendId, code: &str) {
        assert_eq!(self.state(id).await, ("failed".to_owned(), Some(code.to_owned())));
        assert_eq!(self.calls(), 0);
    }
}

#[tokio::test]
async fn what_is_known_and_fits_is_sent() {
    let world = World::start().await;
    world.list(&[order(TWO)]).await;
    let id = world.sends("a", &message(ANA, &template("order_shipped", &["Ana", "A-17"]))).await;
    assert_eq!(world.state(&id).await, ("accepted".to_owned(), None));
    assert_eq!((world.calls(), world.syncs().len()), (1, 0));
}

#[tokio::test]
async fn what_cannot_be_sent_costs_no_call() {
    for (status, code) in
        [("PAUSED", "template_paused"), ("DISABLED", "template_disabled"), ("REJECTED", "template_not_approved")]
    {
        let world = World::start().await;
        world.list(&[listed("order_shipped", "UTILITY", status, TWO)]).await;
        let id = world.sends("a", &message(ANA, &template("order_shipped", &["Ana", "A-17"]))).await;
        world.failed_with(&id, code).await;
        assert_eq!(world.told().len(), 1);
    }
}

#[tokio::test]
async fn parameters_are_checked_where_nobody_checked_them() {
    let world = World::start().await;
    world.list(&[order(TWO)]).await;
    let id = world.sends("a", &message(ANA, &template("order_shipped", &["Ana"]))).await;
    world.failed_with(&id, "template_mismatch").await;
    let error = world.send(&id).await.error.unwrap();
    assert!(error.detail.unwrap().starts_with("template.components[0].parameters must hold 2 parameters"));
}

#[tokio::test]
async fn a_template_that_changed_since_it_was_queued_is_told() {
    let world = World::start().await;
    let then = order(TWO);
    let filled = message(ANA, &template("order_shipped", &["Ana", "A-17"]));
    // The words may change.
    world.list(&[order("Dear {{1}}, your order {{2}} is here.")]).await;
    let same = world.store_with("a", &filled, &json!({}), Some(schema(&then))).await;
    world.queue(&same).await;
    world.deliver().await;
    assert_eq!((world.state(&same).await.0.as_str(), world.calls()), ("accepted", 1));
    world.wait(10);
    world.list(&[order("Hi {{1}}, your order {{2}} arrives at {{3}}.")]).await;
    let changed = world.store_with("b", &filled, &json!({}), Some(schema(&then))).await;
    world.queue(&changed).await;
    world.deliver().await;
    assert_eq!(world.state(&changed).await.1.as_deref(), Some("template_changed"));
    assert_eq!(world.calls(), 1);
}

#[tokio::test]
async fn an_unknown_template_asks_for_one_listing_and_waits_for_it() {
    let world = World::start().await;
    let id = world.sends("a", &message(ANA, &template("order_shipped", &["Ana", "A-17"]))).await;
    let other = world.sends("b", &message(BEN, &template("order_shipped", &["Ben", "A-18"]))).await;
    assert_eq!((world.state(&id).await.0.as_str(), world.state(&other).await.0.as_str()), ("waiting", "waiting"));
    let missed_at = world.now();
    assert_eq!(world.syncs(), [json!({"v": 1, "waba_id": WABA, "changed_at": missed_at})]);
    // Nothing came of it yet: it goes on waiting, and nobody asks again.
    world.wait(60);
    world.tick().await;
    world.deliver().await;
    assert_eq!((world.state(&id).await.0.as_str(), world.syncs().len(), world.calls()), ("waiting", 1, 0));
    world.list(&[order(TWO)]).await;
    world.wait(60);
    world.tick().await;
    world.deliver().await;
    for id in [id, other] {
        assert_eq!(world.state(&id).await.0, "accepted");
    }
    assert_eq!((world.syncs().len(), world.calls()), (1, 2));
}

#[tokio::test]
async fn one_that_no_listing_has_fails_and_names_its_languages() {
    let world = World::start().await;
    let mut german = order(TWO);
    german["language"] = json!("de");
    world.list(&[german.clone()]).await;
    world.wait(3600);
    let id = world.sends("a", &message(ANA, &template("order_shipped", &["Ana", "A-17"]))).await;
    assert_eq!(world.state(&id).await.0, "waiting");
    world.wait(30);
    world.list(&[german]).await;
    world.wait(30);
    world.tick().await;
    world.deliver().await;
    world.failed_with(&id, "template_unknown").await;
    let detail = world.send(&id).await.error.unwrap().detail.unwrap();
    assert_eq!(detail, "The last complete listing has it in de only.");
    // A listing as young as that is not made again.
    let next = world.sends("b", &message(ANA, &template("order_shipped", &["Ana", "A-17"]))).await;
    world.failed_with(&next, "template_unknown").await;
    assert_eq!(world.syncs().len(), 1);
}

#[tokio::test]
async fn where_no_listing_can_be_made_it_fails_in_the_end() {
    let world = World::start().await;
    let id = world.sends("a", &message(ANA, &template("order_shipped", &["Ana", "A-17"]))).await;
    for _ in 0..2 {
        world.wait(1_800);
        world.tick().await;
        world.deliver().await;
    }
    world.failed_with(&id, "template_unknown").await;
    assert_eq!(world.syncs().len(), 1);
}

#[tokio::test]
async fn metas_own_refusal_of_a_template_counts_at_once() {
    for (code, then) in [(132_015, Some("template_paused")), (132_016, Some("template_disabled")), (132_001, None)] {
        let world = World::start().await;
        world.list(&[order(TWO)]).await;
        world.refuse_with(code);
        let filled = |to: &str| message(to, &template("order_shipped", &["Ana", "A-17"]));
        let first = world.sends("a", &filled(ANA)).await;
        assert_eq!(world.state(&first).await, ("failed".to_owned(), Some(code.to_string())));
        let second = world.sends("b", &filled(BEN)).await;
        let expected = then.map_or_else(|| code.to_string(), str::to_owned);
        assert_eq!(world.state(&second).await, ("failed".to_owned(), Some(expected)));
        assert_eq!(world.calls(), if then.is_some() { 1 } else { 2 });
        assert_eq!(world.syncs().len(), 1, "{code}");
        // A listing that began since then has the last word.
        world.wait(30);
        world.meta.clear_faults();
        world.list(&[order(TWO)]).await;
        let third = world.sends("c", &filled(ANA)).await;
        assert_eq!(world.state(&third).await.0, "accepted", "{code}");
    }
}

#[tokio::test]
async fn marketing_goes_to_nobody_who_stopped_it() {
    let world = World::start().await;
    let utility = order(TWO);
    world.list(&[listed("monthly_offer", "MARKETING", "APPROVED", "Hi {{1}}, here is our offer."), utility]).await;
    let stop = Signal {
        source: Source::Words,
        wish: Wish::Stop,
        at: world.now() - SignedDuration::from_hours(1),
        message: None,
        reason: None,
    };
    let contact = ContactKey::new(format!("wa:{ANA}"));
    let new = NewConsent { phone_number_id: PhoneNumberId::new(NUMBER), contact, signal: stop };
    world.store.record_consent(&new, world.now()).await.unwrap();
    let offer = |to: &str| message(to, &template("monthly_offer", &["Ana"]));
    let id = world.sends("a", &offer(ANA)).await;
    world.failed_with(&id, "opted_out").await;
    let error = world.send(&id).await.error.unwrap();
    assert!(error.detail.unwrap().starts_with("Told by words at 2026-03-02T11:00:00Z."));
    let passes = world.sends("b", &message(ANA, &template("order_shipped", &["Ana", "A-17"]))).await;
    let wanted = world.sends("c", &offer(BEN)).await;
    for id in [passes, wanted] {
        assert_eq!(world.state(&id).await.0, "accepted");
    }
}

/// Whichever part of a merged person said it.
#[tokio::test]
async fn a_person_in_two_parts_stopped_in_either() {
    let world = World::start().await;
    world.list(&[listed("monthly_offer", "MARKETING", "APPROVED", "Hi {{1}}, here is our offer.")]).await;
    let number = PhoneNumberId::new(NUMBER);
    let [ana, ben] = [ANA, BEN].map(|phone| ContactKey::new(format!("wa:{phone}")));
    for phone in [ANA, BEN] {
        world.hear(phone).await;
    }
    let at = world.now() - SignedDuration::from_hours(1);
    let signal = Signal { source: Source::Words, wish: Wish::Stop, at, message: None, reason: None };
    let new = NewConsent { phone_number_id: number.clone(), contact: ben.clone(), signal };
    world.store.record_consent(&new, world.now()).await.unwrap();
    let merging = Merging { from: ben, into: ana, by: MergedBy::Operator, reason: "one".to_owned() };
    let merged = world.store.merge(&number, &merging, false, world.now()).await.unwrap();
    assert!(matches!(merged, MergeOutcome::Merged(_)));
    for (key, phone) in [("a", ANA), ("b", BEN)] {
        let id = world.sends(key, &message(phone, &template("monthly_offer", &["Ana"]))).await;
        world.failed_with(&id, "opted_out").await;
    }
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn a_fallback_goes_out_where_the_window_has_closed() {
    let world = World::start().await;
    world.list(&[order(TWO)]).await;
    let options = json!({"fallback_template": template("order_shipped", &["Ana", "A-17"])});
    let id = world.store_with("a", &text(ANA, "secret"), &options, None).await;
    world.queue(&id).await;
    world.deliver().await;
    let send = world.send(&id).await;
    assert_eq!((send.state.as_str(), send.kind.as_str()), ("accepted", "template"));
    assert_eq!(send.fell_back.unwrap().as_str(), "window_closed");
    let body: Value = serde_json::from_str(world.meta.sends()[0].request.get()).unwrap();
    assert_eq!((&body["type"], &body["template"]["name"]), (&json!("template"), &json!("order_shipped")));
    assert!(body["text"].is_null());
}

#[tokio::test]
async fn a_fallback_goes_out_where_meta_says_the_window_is_closed() {
    let world = World::start().await;
    world.list(&[order(TWO)]).await;
    world.hear(ANA).await;
    world.fault(json!({"times": 1, "fault": {"error": {"code": 131_047}}}));
    let options = json!({"fallback_template": template("order_shipped", &["Ana", "A-17"])});
    let id = world.store_with("a", &text(ANA, "Hi"), &options, None).await;
    world.queue(&id).await;
    world.deliver().await;
    assert_eq!(world.state(&id).await.0, "queued");
    world.wait(2);
    world.deliver().await;
    let send = world.send(&id).await;
    assert_eq!((send.state.as_str(), send.fell_back.unwrap().as_str()), ("accepted", "131047"));
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn a_message_whose_window_is_open_needs_no_fallback() {
    let world = World::start().await;
    world.hear(ANA).await;
    let options = json!({"fallback_template": template("order_shipped", &["Ana", "A-17"])});
    let id = world.store_with("a", &text(ANA, "Hi"), &options, None).await;
    world.queue(&id).await;
    world.deliver().await;
    let send = world.send(&id).await;
    assert_eq!((send.state.as_str(), send.kind.as_str(), send.fell_back), ("accepted", "text", None));
}

#[tokio::test]
async fn variables_of_an_envelope_are_filled_when_it_is_stored() {
    let world = World::start().await;
    world.list(&[order(TWO)]).await;
    world.hear(ANA).await;
    let envelope = |id: &str, variable: Value| {
        json!({"v": 1, "id": id, "phone_number_id": NUMBER, "message": message(ANA, &template("order_shipped", &[])),
            "options": {"variables": {"body": {"1": {"contact": "name"}, "2": variable}}}})
        .to_string()
    };
    world.put(&envelope("one", json!("A\n17")), "g", "1").await;
    world.put(&envelope("two", json!({"value": "order"})), "g", "2").await;
    world.put(&envelope("three", json!({"value": "order", "missing": "skip"})), "g", "3").await;
    world.deliver().await;
    let number = PhoneNumberId::new(NUMBER);
    let id = |id: &str| SendId::from_idempotency(&number, id);
    let sent = world.send(&id("one")).await;
    let content: Value = serde_json::from_str(sent.message.get()).unwrap();
    let texts = &content["template"]["components"][0]["parameters"];
    assert_eq!((&texts[0]["text"], &texts[1]["text"]), (&json!("Ana"), &json!("A 17")));
    assert_eq!(sent.state.as_str(), "accepted");
    let failed = world.state(&id("two")).await;
    assert_eq!(failed, ("failed".to_owned(), Some("variable_missing".to_owned())));
    assert_eq!(world.state(&id("three")).await, ("cancelled".to_owned(), Some("skipped".to_owned())));
    assert_eq!(world.calls(), 1);
}
