//! Whether a person wants marketing (item 8 of the inbound issue).

use model::ContactKey;
use model::consent::{Signal, Source, Wish};
use serde_json::{Value, json};
use store::{Inbound, NewConsent};

use crate::world::{NUMBER, World, at, number};

fn path(key: &str) -> String {
    format!("/v1/channels/{NUMBER}/contacts/{key}/consent")
}

async fn says(world: &World, source: Source, wish: Wish, when: &str) {
    let message = (source == Source::Words).then(|| format!("wamid.{when}"));
    let signal = Signal { source, wish, at: at(when), message, reason: None };
    let said = NewConsent { phone_number_id: number(), contact: ContactKey::new("wa:15550101"), signal };
    world.record(Inbound { consents: vec![said], ..Inbound::default() }).await;
}

#[tokio::test]
async fn the_newest_word_holds_and_meta_overrules() {
    let world = World::new().await;
    let nothing = world.get(&path("+15550101")).await.json();
    assert_eq!(nothing, json!({"key": "wa:15550101", "state": "unknown", "history": []}));
    says(&world, Source::Words, Wish::Stop, "2026-01-04T10:00:00Z").await;
    says(&world, Source::Words, Wish::Resume, "2026-01-03T10:00:00Z").await;
    let stopped = world.get(&path("wa:15550101")).await.json();
    let word = json!({"state": "stop", "at": "2026-01-04T10:00:00Z", "source": "words",
        "message_id": "wamid.2026-01-04T10:00:00Z"});
    assert_eq!((&stopped["state"], &stopped["since"], &stopped["because"]), (&json!("stop"), &word["at"], &word));
    assert_eq!((&stopped["history"][0], stopped["history"].as_array().unwrap().len()), (&word, 2));

    let asked = json!({"state": "resume", "reason": "told us on the phone"});
    let resumed = world.put(&path("15550101"), &asked).await;
    assert_eq!(resumed.status, 200, "{}", resumed.text);
    let because = resumed.json()["because"].clone();
    assert_eq!((&because["source"], &because["reason"]), (&json!("operator"), &asked["reason"]));
    let [event] = <[_; 1]>::try_from(world.queued(&world.events)).ok().unwrap();
    let event: Value = serde_json::from_str(&event.body).unwrap();
    assert_eq!((&event["type"], &event["contact"]["key"]), (&json!("consent.changed"), &json!("wa:15550101")));
    assert_eq!(event["data"], json!({"field": "operator", "value": asked}));

    says(&world, Source::Refused, Wish::Stop, "2026-01-01T10:00:00Z").await;
    assert_eq!(world.get(&path("15550101")).await.json()["because"]["source"], "131050");
    says(&world, Source::UserPreferences, Wish::Resume, "2026-01-02T10:00:00Z").await;
    assert_eq!(world.get(&path("15550101")).await.json()["state"], "resume");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused() {
    let world = World::new().await;
    for body in [
        json!({"state": "stop"}),
        json!({"state": "stop", "reason": " "}),
        json!({"state": "unknown", "reason": "x"}),
        json!({"state": "stop", "reason": "x".repeat(501)}),
        json!({"state": "stop", "reason": "x", "category": "all"}),
    ] {
        world.put(&path("15550101"), &body).await.is(422, "invalid_request");
    }
    world.put(&path("Ana"), &json!({"state": "stop", "reason": "x"})).await.is(404, "not_found");
    world.get("/v1/channels/9/contacts/15550101/consent").await.is(404, "unknown_channel");
}

#[tokio::test]
async fn a_channel_has_words_of_its_own() {
    let world = World::new().await;
    let channel = format!("/v1/channels/{NUMBER}");
    let own = json!({"version": 1, "opt_out_words": ["Genug", "no more!"], "opt_in_words": []});
    let changed = world.patch(&channel, &own).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(
        (&changed.json()["opt_out_words"], &changed.json()["opt_in_words"]),
        (&own["opt_out_words"], &json!([]))
    );
    let default = world.patch(&channel, &json!({"version": 2, "opt_out_words": null})).await.json();
    assert_eq!((default.get("opt_out_words"), &default["opt_in_words"]), (None, &json!([])));
    for words in [json!(["!"]), json!(["x".repeat(65)]), json!(vec!["a"; 101]), json!("stop")] {
        world.patch(&channel, &json!({"version": 3, "opt_out_words": words})).await.is(422, "invalid_request");
    }
    let both = json!({"version": 3, "opt_out_words": ["a"], "opt_in_words": ["A!"]});
    world.patch(&channel, &both).await.is(422, "invalid_request");
    // Nor with a list that is there already, or with the default.
    for one in [json!({"version": 3, "opt_in_words": ["stop!"]}), json!({"version": 3, "opt_out_words": ["a", "b"]})] {
        let allowed = one.get("opt_out_words").is_some();
        assert_eq!(world.patch(&channel, &one).await.status, if allowed { 200 } else { 422 });
    }
    world.patch(&channel, &json!({"version": 4, "opt_in_words": ["B"]})).await.is(422, "invalid_request");
    assert_eq!(world.patch(&channel, &json!({"version": 4, "opt_in_words": ["stop!"]})).await.status, 200);
    world.patch(&channel, &json!({"version": 5, "opt_out_words": null})).await.is(422, "invalid_request");
}
