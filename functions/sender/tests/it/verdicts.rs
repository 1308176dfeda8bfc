//! Each kind of refusal, by what it makes of the send.

use serde_json::json;

use crate::world::{ANA, Batch, NUMBER, World};

/// (code, state, the error's code, whether the record stays)
#[tokio::test]
async fn each_refusal_has_its_own_end() {
    let world = World::start().await;
    let cases = [
        // Never.
        (131_047, "failed", "131047", false),
        (131_026, "failed", "131026", false),
        (131_050, "failed", "131050", false),
        (132_001, "failed", "132001", false),
        (132_015, "failed", "132015", false),
        (100, "failed", "100", false),
        (131_009, "failed", "131009", false),
        (130_497, "failed", "130497", false),
        // Not now.
        (130_429, "queued", "130429", true),
        (131_056, "queued", "131056", true),
        (80_007, "queued", "80007", true),
        (131_016, "queued", "131016", true),
        (131_000, "queued", "131000", true),
        (471, "waiting", "471", false),
        // Not until somebody does something. Here for its own kind of message only.
        (131_063, "parked", "setup", false),
        (134_011, "parked", "setup", false),
        (134_102, "parked", "setup", false),
        // Last: nothing of the number goes on.
        (131_042, "parked", "billing", false),
    ];
    for (number, (code, state, error, stays)) in cases.into_iter().enumerate() {
        let id = world.text(&code.to_string(), &format!("1555012{number:04}")).await;
        world.refuse_with(code);
        assert_eq!(world.deliver().await, Batch { received: 1, failed: usize::from(stays) }, "{code}");
        assert_eq!(world.state(&id).await, (state.to_owned(), Some(error.to_owned())), "{code}");
        assert_eq!(world.calls(), number + 1, "{code}");
        let send = world.send(&id).await;
        let error = send.error.as_ref().unwrap();
        assert!(error.remedy.is_some() && error.raw.is_some(), "{code}");
        assert!(send.lease_until.is_none(), "{code}");
        assert_eq!(send.due_at.is_some(), state != "failed", "{code}");
        assert_eq!(world.told().iter().any(|(_, told, _)| told == id.as_str()), state == "failed", "{code}");
    }
    assert_eq!(world.queued().len(), 5);
    assert!(world.meta.sends().is_empty() && world.dead().is_empty());
}

/// Meta refuses marketing at once: the person's consent has it, and it is told.
#[tokio::test]
async fn a_refusal_of_marketing_is_remembered() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.refuse_with(131_050);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    let key = model::ContactKey::new(format!("wa:{ANA}"));
    let consent = world.store.consent(&model::PhoneNumberId::new(NUMBER), &key).await.unwrap();
    let deciding = consent.deciding().unwrap();
    assert_eq!((deciding.wish, deciding.source), (model::consent::Wish::Stop, model::consent::Source::Refused));
    assert_eq!(deciding.message.as_deref(), Some(id.as_str()));
    let told = world.events();
    let told = told.iter().find(|event| event["type"] == "consent.changed").unwrap();
    assert_eq!((&told["data"]["field"], &told["data"]["value"]["code"]), (&json!("131050"), &json!(131_050)));
    assert_eq!(told["contact"]["key"], key.as_str());
}

#[tokio::test]
async fn what_may_pass_is_tried_six_times_and_half_a_minute_apart() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"error": {"code": 131_016, "http": 503}}}));
    for attempt in 1..=5_u32 {
        assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
        assert_eq!(world.send(&id).await.attempts, attempt);
        world.wait(29);
        assert_eq!(world.deliver().await.received, 0, "attempt {attempt} came back too early");
        world.wait(900);
        world.hear(ANA).await;
    }
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await, ("failed".into(), Some("exhausted".into())));
    assert_eq!(world.calls(), 6);
    assert_eq!(world.told(), [("message.failed".into(), id.as_str().into(), "failed".into())]);
}

#[tokio::test]
async fn a_status_contradicts_a_refusal_and_cancels_the_retry() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"error": {"code": 131_000, "http": 500, "accept": true}}}));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    let wamid = world.meta.sends().pop().unwrap().wamid;
    world.report(&id, &wamid, "sent").await;
    world.wait(60);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    let send = world.send(&id).await;
    assert_eq!((send.state.as_str(), send.wamid.unwrap().as_str()), ("accepted", wamid.as_str()));
    assert_eq!((world.calls(), world.meta.sends().len()), (1, 1));
}

#[tokio::test]
async fn a_meta_that_cannot_be_reached_was_not_called() {
    let mut world = World::start().await;
    let id = world.text("one", ANA).await;
    // Nothing listens there.
    world.restart_with("http://127.0.0.1:1");
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 1 });
    assert_eq!(world.state(&id).await, ("queued".into(), Some("not_sent".into())));
    world.restart();
    world.wait(2);
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!((world.state(&id).await.0.as_str(), world.calls()), ("accepted", 1));
}

#[tokio::test]
async fn a_connection_that_breaks_proves_nothing() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": "reset_before"}));
    assert_eq!(world.deliver().await, Batch { received: 1, failed: 0 });
    assert_eq!(world.state(&id).await.0, "uncertain");
}

/// Meta's word counts, not our clock: nothing more is sent until the person writes again (contract §5.1).
#[tokio::test]
async fn metas_word_closes_the_window() {
    let world = World::start().await;
    let first = world.text("first", ANA).await;
    let second = world.text("second", ANA).await;
    world.wait(60);
    world.refuse_with(131_047);
    assert_eq!(world.deliver().await.failed, 0);
    while world.deliver().await.received > 0 {}
    assert_eq!(world.state(&first).await, ("failed".into(), Some("131047".into())));
    assert_eq!(world.state(&second).await, ("failed".into(), Some("window_closed".into())));
    assert_eq!(world.calls(), 1);
    world.meta.clear_faults();
    world.wait(1);
    let third = world.text("third", ANA).await;
    world.deliver().await;
    assert_eq!(world.state(&third).await.0, "accepted");
}

/// Meta's error whole, with members that this build does not know.
#[tokio::test]
async fn a_refusal_is_kept_whole() {
    let world = World::start().await;
    let id = world.text("one", ANA).await;
    world.fault(json!({"fault": {"error": {"code": 131_009, "subcode": 2_494_010, "details": "the field"}}}));
    world.deliver().await;
    let error = world.send(&id).await.error.unwrap();
    let raw: serde_json::Value = serde_json::from_str(error.raw.as_ref().unwrap().get()).unwrap();
    assert_eq!((&raw["code"], &raw["error_subcode"]), (&json!(131_009), &json!(2_494_010)));
    assert_eq!(raw["error_data"]["details"], "the field");
    for member in ["message", "type", "fbtrace_id"] {
        assert!(raw[member].as_str().is_some_and(|text| !text.is_empty()), "{raw}");
    }
    assert_eq!((error.code.as_str(), error.detail.as_deref()), ("131009", Some("the field")));
}
