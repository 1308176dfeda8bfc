use serde_json::json;

use crate::world::{NUMBER, WABA, World, at};

#[tokio::test]
async fn a_channel_is_added_read_changed_and_removed() {
    let world = World::empty().await;
    let new = json!({"phone_number_id": NUMBER, "waba_id": WABA, "name": " Shop ", "fallback_text": "?"});
    let added = world.post("/v1/channels", &new).await;
    assert_eq!(added.status, 201, "{}", added.text);
    assert_eq!(added.headers["location"], format!("/v1/channels/{NUMBER}"));
    assert_eq!(added.headers["cache-control"], "no-store");
    assert_eq!(
        added.json(),
        json!({"phone_number_id": NUMBER, "waba_id": WABA, "name": "Shop", "fallback_text": "?", "version": 1,
            "created_at": "2026-01-05T12:00:00Z", "updated_at": "2026-01-05T12:00:00Z",
            "limits": {"messages_per_second": 80, "shared_by": "waba", "shared_id": WABA},
            "unsupported_media": "link"})
    );
    let path = format!("/v1/channels/{NUMBER}");
    let mut shown = added.json();
    shown["sending"] = json!({"state": "ok"});
    assert_eq!(world.get(&path).await.json(), shown);
    world.clock.advance(std::time::Duration::from_mins(1));
    let changed = world.patch(&path, &json!({"version": 1, "name": "Store", "fallback_text": null})).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let changed = changed.json();
    assert_eq!((&changed["name"], &changed["version"]), (&json!("Store"), &json!(2)));
    assert_eq!((changed.get("fallback_text"), &changed["updated_at"]), (None, &json!("2026-01-05T12:01:00Z")));
    assert_eq!(world.delete(&path).await.status, 204);
    world.get(&path).await.is(404, "unknown_channel");
    world.delete(&path).await.is(404, "unknown_channel");
    world.patch(&path, &json!({"version": 1})).await.is(404, "unknown_channel");
    // Its name is free again.
    assert_eq!(world.post("/v1/channels", &new).await.status, 201);
}

/// H-01.
#[tokio::test]
async fn of_two_with_one_name_one_wins() {
    let world = World::empty().await;
    let new = |id: &str| json!({"phone_number_id": id, "waba_id": WABA, "name": "shop"});
    let (first, second) = (new("1"), new("2"));
    let (one, other) = tokio::join!(world.post("/v1/channels", &first), world.post("/v1/channels", &second));
    let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
    assert_eq!(won.status, 201, "{}", won.text);
    lost.is(409, "name_taken");
    let again = won.json();
    let again = json!({"phone_number_id": again["phone_number_id"], "waba_id": WABA, "name": "other"});
    world.post("/v1/channels", &again).await.is(409, "channel_exists");
    let list = world.get("/v1/channels").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

/// H-02.
#[tokio::test]
async fn a_change_to_an_old_version_is_refused() {
    let world = World::new().await;
    let other = json!({"phone_number_id": "2", "waba_id": WABA, "name": "other"});
    assert_eq!(world.post("/v1/channels", &other).await.status, 201);
    let path = format!("/v1/channels/{NUMBER}");
    assert_eq!(world.patch(&path, &json!({"version": 1, "name": "first"})).await.status, 200);
    let late = world.patch(&path, &json!({"version": 1, "name": "second"})).await;
    late.is(409, "conflict");
    assert_eq!(late.json()["version"], 2);
    world.patch(&path, &json!({"version": 2, "name": "OTHER"})).await.is(409, "name_taken");
    assert_eq!(world.get(&path).await.json()["name"], "first");
}

#[tokio::test]
async fn what_cannot_be_a_channel_is_refused_by_field() {
    let world = World::empty().await;
    for (body, field) in [
        (json!({"phone_number_id": "+1 555", "waba_id": WABA, "name": "a"}), "phone_number_id"),
        (json!({"phone_number_id": "1", "waba_id": "", "name": "a"}), "waba_id"),
        (json!({"phone_number_id": "1", "waba_id": WABA, "name": "  "}), "name"),
        (json!({"phone_number_id": "1", "waba_id": WABA, "name": "a".repeat(65)}), "name"),
        (
            json!({"phone_number_id": "1", "waba_id": WABA, "name": "a", "fallback_text": "a".repeat(1025)}),
            "fallback_text",
        ),
    ] {
        let refused = world.post("/v1/channels", &body).await;
        refused.is(422, "invalid_request");
        assert_eq!(refused.json()["field"], field);
    }
    for body in
        [json!([]), json!({"phone_number_id": "1"}), json!({"phone_number_id": "1", "waba_id": "2", "nam": "a"})]
    {
        world.post("/v1/channels", &body).await.is(422, "invalid_request");
    }
}

/// L-01, L-04, L-05, Z-01: a channel's own limits hold over Meta's, and `null` goes back to these.
#[tokio::test]
async fn limits_are_set_and_taken_back() {
    let world = World::new().await;
    let path = format!("/v1/channels/{NUMBER}");
    let health = store::NumberHealth {
        throughput: Some("HIGH".into()),
        messaging_limit: Some("TIER_2K".into()),
        account_mode: Some("SANDBOX".into()),
        portfolio_id: Some("4".into()),
        ..store::NumberHealth::default()
    };
    let number = model::PhoneNumberId::new(NUMBER);
    assert!(world.store.record_number_health(&number, &health, at("2026-01-05T12:00:00Z")).await.unwrap());
    let by_meta = json!({"messages_per_second": 1_000, "recipients_per_day": 2_000, "shared_by": "portfolio",
        "shared_id": "4", "test_recipients": 5});
    assert_eq!(world.get(&path).await.json()["limits"], by_meta);
    let own =
        json!({"messages_per_second": 20, "recipients_per_day": 50, "limit_scope": "number", "test_number": false});
    let mut change = own.clone();
    change["version"] = json!(1);
    let set = world.patch(&path, &change).await;
    assert_eq!(set.status, 200, "{}", set.text);
    let set = set.json();
    for (member, value) in own.as_object().unwrap() {
        assert_eq!(&set[member], value, "{member}");
    }
    let expected =
        json!({"messages_per_second": 20, "recipients_per_day": 50, "shared_by": "number", "shared_id": NUMBER});
    assert_eq!((&set["limits"], &set["portfolio_id"]), (&expected, &json!("4")));
    // What a change does not name stays.
    let back = json!({"version": 2, "messages_per_second": null, "recipients_per_day": null, "limit_scope": null});
    let back = world.patch(&path, &back).await.json();
    assert_eq!((back.get("messages_per_second"), &back["test_number"]), (None, &json!(false)));
    let back = world.patch(&path, &json!({"version": 3, "test_number": null})).await.json();
    assert_eq!(back["limits"], by_meta);
}

#[tokio::test]
async fn a_limit_that_cannot_be_is_refused_by_field() {
    let world = World::new().await;
    let path = format!("/v1/channels/{NUMBER}");
    for (field, given) in [
        ("messages_per_second", json!(0)),
        ("messages_per_second", json!(1_001)),
        ("messages_per_second", json!("fast")),
        ("recipients_per_day", json!(-1)),
        ("recipients_per_day", json!(1.5)),
        ("recipients_per_day", json!(1_000_001)),
        ("limit_scope", json!("waba")),
        ("limit_scope", json!(1)),
        ("test_number", json!("yes")),
    ] {
        let refused = world.patch(&path, &json!({"version": 1, field: given})).await;
        refused.is(422, "invalid_request");
        let refused = refused.json();
        assert_eq!((&refused["field"], &refused["given"]), (&json!(field), &json!(given.to_string())));
    }
    assert_eq!(world.get(&path).await.json()["version"], 1);
}

#[tokio::test]
async fn channels_come_in_pages() {
    let world = World::empty().await;
    for id in ["3", "1", "2"] {
        let new = json!({"phone_number_id": id, "waba_id": WABA, "name": id});
        assert_eq!(world.post("/v1/channels", &new).await.status, 201);
    }
    let first = world.get("/v1/channels?limit=2").await.json();
    let ids = |page: &serde_json::Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["phone_number_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&first), ["1", "2"]);
    let path = format!("/v1/channels?limit=2&cursor={}", first["cursor"].as_str().unwrap());
    let last = world.get(&path).await.json();
    assert_eq!((ids(&last), last.get("cursor")), (vec!["3".to_owned()], None));
}

/// B-01, X-04: what keeps the number from sending, in words, with what to do.
#[tokio::test]
async fn a_channel_says_why_it_does_not_send() {
    use model::send::{Block, BlockScope, ErrorSource};

    let world = World::new().await;
    let path = format!("/v1/channels/{NUMBER}");
    assert_eq!(world.get(&path).await.json()["sending"], json!({"state": "ok"}));
    let error = model::SendError {
        source: ErrorSource::Waypost,
        code: "billing".into(),
        title: "Meta has no valid way of being paid".into(),
        detail: Some("why".into()),
        remedy: Some("Pay.".into()),
        raw: Some(crate::seed::raw(r#"{"code":131042}"#)),
    };
    let now = world.clock.now();
    let retry_at = now + jiff::SignedDuration::from_mins(5);
    let block = Block { scope: BlockScope::Everything, error, since: now, retry_at, token: None };
    assert!(world.store.block(&crate::world::number(), &block, None, now).await.unwrap());
    assert_eq!(
        world.get(&path).await.json()["sending"],
        json!({"state": "parked", "cause": "billing", "title": "Meta has no valid way of being paid", "detail": "why",
            "remedy": "Pay.", "since": now, "retry_at": retry_at, "raw": {"code": 131_042}})
    );
    assert!(world.store.unblock(&crate::world::number(), now, now).await.unwrap());
    assert_eq!(world.get(&path).await.json()["sending"], json!({"state": "ok"}));
}

/// N-05: a channel with sends that are not over goes only when they are given up.
#[tokio::test]
async fn a_channel_with_pending_sends_stays() {
    let world = World::new().await;
    let path = format!("/v1/channels/{NUMBER}");
    let body = json!({"to": "+15550101", "type": "text", "text": {"body": "Hi"}, "waypost": {"window": "meta"}});
    let sent = world.send(&body).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    world.delete(&path).await.is(409, "sends_pending");
    let id = sent.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.delete(&format!("/v1/messages/{id}")).await.status, 200);
    assert_eq!(world.delete(&path).await.status, 204);

    assert_eq!(
        world.post("/v1/channels", &json!({"phone_number_id": NUMBER, "waba_id": WABA, "name": "shop"})).await.status,
        201
    );
    assert_eq!(world.send(&body).await.status, 202);
    world.delete(&path).await.is(409, "sends_pending");
    assert_eq!(world.delete(&format!("{path}?abandon_sends=true")).await.status, 204);
}
