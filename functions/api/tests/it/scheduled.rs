//! Options that say when: they are checked, kept and shown.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::World;

fn text(options: &Value) -> Value {
    json!({"to": "+15550101", "type": "text", "text": {"body": "hi"}, "waypost": options})
}

#[tokio::test]
async fn what_has_a_time_waits_for_it_out_of_the_queue() {
    let world = World::new().await;
    // Whether the window is open then, nobody knows yet.
    let body = text(&json!({"send_at": "2026-01-05T13:00:00+01:00", "expires_in": 600}));
    world.send(&body).await.is(422, "window_closed");
    let body = text(&json!({"send_at": "2026-01-05T14:00:00+01:00", "expires_in": 600}));
    let answer = world.send_keyed("later", &body.to_string()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["state"]), (202, &json!("waiting")));
    assert!(world.queued(&world.outbound).is_empty());
    let path = format!("/v1/messages/{}", answer.json()["id"].as_str().unwrap());
    let shown = world.get(&path).await.json();
    assert_eq!((&shown["state"], &shown["waits_for"]), (&json!("waiting"), &json!("send_at")));
    assert_eq!(
        (&shown["waits_until"], &shown["expires_at"]),
        (&json!("2026-01-05T13:00:00Z"), &json!("2026-01-05T13:10:00Z"))
    );
    // Told again, nothing is queued either.
    world.clock.advance(Duration::from_mins(1));
    let again = world.send_keyed("later", &body.to_string()).await;
    assert_eq!((again.status.as_u16(), &again.json()["state"]), (202, &json!("waiting")));
    assert!(world.queued(&world.outbound).is_empty());
    assert_eq!(world.delete(&path).await.status, 200);
    assert_eq!(world.get(&path).await.json()["state"], "cancelled");
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let world = World::new().await;
    for (options, field) in [
        (json!({"send_at": "2026-07-05T12:00:00Z"}), "waypost.send_at"),
        (json!({"expires_in": 0}), "waypost.expires_in"),
        (json!({"on_uncertain": "again"}), "waypost.on_uncertain"),
        (json!({"after_delivered": "snd_aaaaaaaaaaaaaaaaaaaaaaaa"}), "waypost.after_delivered"),
    ] {
        let refused = world.send(&text(&options)).await;
        refused.is(422, "invalid_message");
        assert_eq!(refused.json()["field"], field);
    }
    assert!(world.queued(&world.outbound).is_empty());
}

#[tokio::test]
async fn what_it_follows_is_a_send_of_this_channel() {
    let world = World::new().await;
    let first = world.send(&text(&json!({"window": "meta"}))).await.json()["id"].clone();
    for after in [json!(true), first] {
        let answer = world.send(&text(&json!({"window": "meta", "after_delivered": after}))).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    assert_eq!(world.queued(&world.outbound).len(), 3);
}
