//! The business profile: read, changed, and never somebody else's change lost (P-01 to P-10). What counts is what Meta was
//! sent.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use crate::world::{NUMBER, World};

fn path(rest: &str) -> String {
    format!("/v1/channels/{NUMBER}/profile{rest}")
}

/// A PNG's beginning, which is all that tells its size.
fn png(side: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    png.extend(side.to_be_bytes());
    png.extend(side.to_be_bytes());
    png.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    png
}

impl World {
    /// What Meta was sent of profiles, in order.
    fn profiles_sent(&self) -> Vec<Value> {
        let mut sent = Vec::new();
        assert!(self.meta.number(NUMBER, |number| sent.clone_from(&number.profile_updates)));
        sent.into_iter().map(Value::from).collect()
    }

    /// Somebody else changes it, in the app or in WhatsApp Manager.
    fn at_meta(&self, member: &str, value: Value) {
        assert!(self.meta.number(NUMBER, |number| drop(number.profile.insert(member.into(), value))));
    }

    async fn synced(&self) -> Value {
        let answer = self.post(&path("/sync"), &Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.clock.advance(Duration::from_secs(1));
        answer.json()
    }

    async fn changed(&self, query: &str, body: &Value) -> Value {
        let answer = self.patch(&path(query), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.clock.advance(Duration::from_secs(1));
        answer.json()
    }

    async fn uploaded(&self, key: &str, content: Vec<u8>) -> Value {
        self.s3.put_object().bucket("media").key(key).body(ByteStream::from(content)).send().await.unwrap();
        json!({"photo": {"key": key}})
    }
}

/// P-01: read, stored with its time, and what differs from the last time told.
#[tokio::test]
async fn a_profile_is_read_and_kept() {
    let world = World::new().await;
    world.get(&path("")).await.is(404, "not_found");
    world.get("/v1/channels/1/profile").await.is(404, "unknown_channel");
    let first = world.synced().await;
    assert_eq!(
        first,
        json!({"changes": [], "profile": {"about": "Hey there! I am using WhatsApp.", "websites": [], "vertical": "RETAIL",
            "vertical_label": "Shopping and Retail", "synced_at": "2026-01-05T12:00:00Z"}})
    );
    assert_eq!(world.get(&path("")).await.json(), first["profile"]);
    // Newer than this build: kept as it is.
    world.at_meta("vertical", json!("ROBOTS"));
    world.at_meta("email", json!("ana@shop.example"));
    world.at_meta("profile_picture_url", json!("https://pps.example/v/1_n.jpg?oe=1"));
    let second = world.synced().await;
    let changes = second["changes"].as_array().unwrap();
    let fields: Vec<_> = changes.iter().map(|change| change["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["email", "vertical", "photo"], "{second}");
    assert_eq!((&changes[1]["from"], &changes[1]["to"]), (&json!("RETAIL"), &json!("ROBOTS")));
    let shown = world.get(&path("")).await.json();
    assert_eq!((&shown["vertical"], &shown["vertical_label"]), (&json!("ROBOTS"), &json!("ROBOTS")));
    assert_eq!(shown["synced_at"], "2026-01-05T12:00:01Z");
    // A link that was renewed is no change.
    world.at_meta("profile_picture_url", json!("https://cdn.example/v/1_n.jpg?oe=2"));
    assert_eq!(world.synced().await["changes"], json!([]));
    assert!(world.profiles_sent().is_empty());
}

/// P-02: a dry run sends nothing, and a change what differs.
#[tokio::test]
async fn only_what_differs_is_sent() {
    let world = World::new().await;
    world.synced().await;
    let wanted = json!({"about": "Hey there! I am using WhatsApp.", "address": "1 Demo St", "vertical": "Education",
        "websites": ["https://shop.example"], "email": ""});
    let planned = world.changed("?dry_run=true", &wanted).await;
    assert_eq!(planned["outcome"], "planned");
    assert_eq!(
        planned["changes"],
        json!([{"field": "address", "from": null, "to": "1 Demo St"},
            {"field": "websites", "from": null, "to": ["https://shop.example"]},
            {"field": "vertical", "from": "RETAIL", "to": "EDU"}])
    );
    assert!(world.profiles_sent().is_empty());
    let changed = world.changed("", &wanted).await;
    assert_eq!((&changed["outcome"], &changed["changes"]), (&json!("changed"), &planned["changes"]));
    let sent = json!({"messaging_product": "whatsapp", "address": "1 Demo St", "vertical": "EDU",
        "websites": ["https://shop.example"]});
    assert_eq!(world.profiles_sent(), [sent]);
    assert_eq!(world.get(&path("")).await.json(), changed["profile"]);
    assert_eq!(world.changed("", &wanted).await["outcome"], "unchanged");
    // Taken away again.
    let cleared = world.changed("", &json!({"websites": [], "address": null})).await;
    assert_eq!(cleared["profile"]["websites"], json!([]));
    assert_eq!(cleared["profile"].get("address"), None);
    assert_eq!(world.profiles_sent().len(), 2);
}

/// P-02: what somebody else changed since is told and not lost, unless that is meant.
#[tokio::test]
async fn a_change_made_meanwhile_is_not_lost() {
    let world = World::new().await;
    world.synced().await;
    world.at_meta("address", json!("2 Other St"));
    let wanted = json!({"address": "1 Demo St"});
    let planned = world.changed("?dry_run=true", &wanted).await;
    assert_eq!(planned["drift"], json!([{"field": "address", "from": null, "to": "2 Other St"}]));
    assert_eq!(planned["changes"], json!([{"field": "address", "from": "2 Other St", "to": "1 Demo St"}]));
    for wanted in [&wanted, &json!({"email": "ana@shop.example"})] {
        let refused = world.patch(&path(""), wanted).await;
        refused.is(409, "conflict");
        assert_eq!(refused.json()["drift"], planned["drift"]);
    }
    assert!(world.profiles_sent().is_empty());
    // Whoever has seen it goes on.
    let synced = world.synced().await;
    assert_eq!(synced["changes"], planned["drift"]);
    assert_eq!(world.changed("", &json!({"email": "ana@shop.example"})).await["profile"]["address"], "2 Other St");
    // Or says that it is not wanted.
    world.at_meta("address", json!("3 Third St"));
    let overwritten = world.changed("?overwrite=true", &wanted).await;
    assert_eq!((&overwritten["outcome"], &overwritten["drift"][0]["to"]), (&json!("changed"), &json!("3 Third St")));
    assert_eq!(overwritten["profile"]["address"], "1 Demo St");
    // Where Meta has what is wanted there is nothing to lose, and it is read.
    world.at_meta("address", json!("4 Fourth St"));
    assert_eq!(world.changed("", &json!({"address": "4 Fourth St"})).await["outcome"], "unchanged");
    assert_eq!(world.changed("", &json!({"email": null})).await["outcome"], "changed");
    // What was never read is read first.
    let fresh = World::new().await;
    fresh.at_meta("address", json!("2 Other St"));
    assert_eq!(fresh.changed("", &wanted).await["outcome"], "changed");
}

/// P-04 to P-10: what breaks a rule does not reach Meta.
#[tokio::test]
async fn what_breaks_a_rule_is_refused_here() {
    let world = World::new().await;
    world.synced().await;
    for (body, field, id) in [
        (json!({"address": "ä".repeat(257)}), "address", Some("address_length")),
        (json!({"description": "x".repeat(513)}), "description", Some("description_length")),
        (json!({"email": "nobody"}), "email", Some("email_syntax")),
        (json!({"websites": ["ftp://shop.example"]}), "websites[0]", Some("website_scheme")),
        (json!({"vertical": ""}), "vertical", Some("vertical_empty")),
        (json!({"vertical": "Piracy"}), "vertical", Some("vertical_unknown")),
        (json!({"about": null}), "about", Some("about_empty")),
        (json!({"display_name": "Shop"}), "display_name", None),
        (json!({"photo": "logo.png"}), "photo", None),
    ] {
        let refused = world.patch(&path(""), &body).await;
        refused.is(422, "invalid_request");
        let problem = refused.json();
        assert_eq!((problem["field"].as_str(), problem["findings"][0]["id"].as_str()), (Some(field), id), "{problem}");
    }
    world.patch(&path(""), &json!([1])).await.is(422, "invalid_request");
    world.patch(&path("?force=true"), &json!({})).await.is(400, "invalid_query");
    assert!(world.profiles_sent().is_empty());
    let long = world.changed("", &json!({"description": "x".repeat(300)})).await;
    assert_eq!(long["warnings"][0]["id"], "description_long", "{long}");
}

/// P-05: what Meta refuses is told with Meta's own code.
#[tokio::test]
async fn metas_refusal_is_told_as_it_stands() {
    let world = World::new().await;
    world.synced().await;
    let rule = |fault: Value| {
        let matching = json!({"path": "whatsapp_business_profile", "method": "POST"});
        serde_json::from_value(json!({"match": matching, "times": 1, "fault": fault})).unwrap()
    };
    world.meta.fault(rule(json!({"error": {"code": 100, "details": "Param description is too long"}})));
    let refused = world.patch(&path(""), &json!({"description": "x".repeat(300)})).await;
    refused.is(502, "meta_refused");
    let problem = refused.json();
    assert_eq!(problem["meta"]["code"], 100);
    assert!(problem["detail"].as_str().unwrap().contains("Param description is too long"), "{problem}");
    // The answer to a change that was made is lost: what Meta has tells.
    world.meta.fault(rule(json!({"lost_reply": {}})));
    let lost = world.changed("", &json!({"description": "Shoes."})).await;
    assert_eq!((&lost["outcome"], &lost["profile"]["description"]), (&json!("changed"), &json!("Shoes.")));
    world.meta.fault(rule(json!({"error": {"code": 190, "subcode": 463}})));
    world.patch(&path(""), &json!({"description": "Boots."})).await.is(503, "token_refused");
    assert_eq!(world.get(&path("")).await.json()["description"], "Shoes.");
}

/// P-03: by resumable upload, once.
#[tokio::test]
async fn a_photo_is_uploaded_once() {
    let world = World::new().await;
    world.s3.create_bucket().bucket("media").send().await.unwrap();
    world.synced().await;
    let photo = world.uploaded("outbound/1/a", png(640)).await;
    let planned = world.changed("?dry_run=true", &photo).await;
    assert_eq!(planned["changes"], json!([{"field": "photo", "from": null, "to": "image/png, 640x640"}]));
    let uploads = |world: &World| world.meta.calls().iter().filter(|call| call.path.contains("upload")).count();
    assert_eq!(uploads(&world), 0);
    let changed = world.changed("", &photo).await;
    let sent = world.profiles_sent();
    assert_eq!(sent[0].as_object().unwrap().len(), 2);
    assert!(sent[0]["profile_picture_handle"].as_str().unwrap().starts_with("4:"), "{sent:?}");
    assert_eq!((uploads(&world), changed["profile"]["photo_sha256"].as_str().unwrap().len()), (2, 64));
    assert_eq!(world.changed("", &photo).await["outcome"], "unchanged");
    assert_eq!(world.synced().await["profile"]["photo_sha256"], changed["profile"]["photo_sha256"]);
    // Another one is set elsewhere: the same file is a change again.
    world.at_meta("profile_picture_url", json!("https://pps.example/v/other.jpg?oe=1"));
    assert_eq!(world.synced().await["profile"].get("photo_sha256"), None);
    assert_eq!(world.changed("?dry_run=true", &photo).await["outcome"], "planned");

    let mut large = png(640);
    large.resize(5 * 1024 * 1024 + 1, 0);
    for (key, content, id) in [
        ("outbound/1/small", png(191), Some("photo_small")),
        ("outbound/1/gif", b"GIF89a\x80\x02\x80\x02 canary".to_vec(), Some("photo_type")),
        ("outbound/1/large", large, None),
        ("raw/1/a", png(640), None),
    ] {
        let refused = world.patch(&path(""), &world.uploaded(key, content).await).await;
        refused.is(422, "invalid_request");
        assert_eq!(refused.json()["findings"][0]["id"].as_str(), id, "{}", refused.text);
    }
    world.patch(&path(""), &json!({"photo": {"key": "outbound/1/none"}})).await.is(422, "invalid_request");
    let warned = world.uploaded("outbound/1/wide", png(1024)).await;
    assert_eq!(world.changed("", &warned).await["warnings"][0]["id"], "photo_recommended");
}
