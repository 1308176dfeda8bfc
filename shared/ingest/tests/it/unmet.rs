//! People whose identities are known before they ever write: a send to them, or its status, taught them.

use std::collections::BTreeSet;

use model::window::Standing;
use serde_json::json;

use crate::order::permutations;
use crate::said::{number_changed, status, text};
use crate::world::{World, now, second};

/// An alias is there and no contact. Everything that the first POST says is kept, though each of it makes the contact.
#[tokio::test]
async fn all_that_the_first_post_says_of_them_is_kept() {
    let world = World::new().await;
    let all = [
        text("before", &["15550101", "US.1"], 10),
        number_changed("change", &["15550101", "US.1"], &["15550199", "US.2"], 20),
        text("after", &["15550199", "US.2"], 30),
    ];
    for count in [2, 3] {
        for order in permutations(count) {
            let number = world.number().await;
            world.take(&number, &[status("sent", "sent", &["15550101", "US.1"], 1)]).await;
            let changes: Vec<_> = order.iter().map(|at| all[*at].clone()).collect();
            world.take(&number, &changes).await;
            let contact = world.find(&number, "US.2").await.unwrap();
            assert_eq!(contact.identity_since, Some(second(20)), "{order:?}");
            assert_eq!(contact.wa_id.as_ref().unwrap().as_str(), "15550199", "{order:?}");
            assert_eq!(contact.first_seen_at, second(10), "{order:?}");
            let standing = if count == 3 { Standing::Open } else { Standing::Renamed };
            assert_eq!(contact.window().standing(now()), standing, "{order:?}");
        }
    }
}

/// Two deliveries at once, of which the one that opens no window makes the contact: the other still opens it.
#[tokio::test]
async fn of_two_posts_at_once_neither_is_lost() {
    let world = World::new().await;
    for _ in 0..40 {
        let number = world.number().await;
        world.take(&number, &[status("sent", "sent", &["15550101", "US.1"], 1)]).await;
        let preference = json!({"field": "user_preferences", "value": {"user_preferences": [{
            "wa_id": "15550101", "user_id": "US.1", "category": "marketing_messages", "value": "stop",
            "timestamp": second(5).as_second(),
        }]}});
        let (one, other) = (world.another(), world.another());
        let bodies = [crate::world::body(&number, &[preference]), {
            crate::world::body(&number, &[text("hello", &["15550101", "US.1"], 10)])
        }];
        let (first, second_post) = futures::join!(one.body(&bodies[0], now()), other.body(&bodies[1], now()));
        first.unwrap();
        second_post.unwrap();
        let contact = world.find(&number, "15550101").await.unwrap();
        assert_eq!(contact.last_inbound_at, Some(second(10)));
    }
}

/// Statuses make no contact, so what only they taught cannot take in somebody who wrote: it is taken in.
#[tokio::test]
async fn who_wrote_takes_in_who_did_not() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[status("s1", "sent", &["US.9"], 1)]).await;
    world.take(&number, &[text("hello", &["15550101"], 2)]).await;
    world.take(&number, &[status("s2", "delivered", &["15550101", "US.9"], 3)]).await;
    let contact = world.find(&number, "US.9").await.unwrap();
    assert_eq!(contact.key.as_str(), "wa:15550101");
    assert_eq!(world.told().await["s2"]["key"], "wa:15550101");
    world.take(&number, &[text("again", &["15550101", "US.9"], 4)]).await;
    let everybody = BTreeSet::from([vec![String::from("hello"), String::from("again")]]);
    assert_eq!(world.inbox(&number).await, everybody);
}

/// A part that a merge made without its ever having written: once it writes, the person is in the inbox all the same.
#[tokio::test]
async fn who_writes_under_a_new_id_stays_in_the_inbox() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[text("hello", &["15550101", "US.1"], 1)]).await;
    world.take(&number, &[status("s1", "sent", &["15550101", "US.2"], 2)]).await;
    world.take(&number, &[number_changed("change", &["US.1"], &["US.2"], 3)]).await;
    world.take(&number, &[text("later", &["15550101", "US.2"], 4)]).await;
    let inbox = world.inbox(&number).await;
    let all: BTreeSet<String> = inbox.iter().flatten().cloned().collect();
    assert_eq!(inbox.len(), 1, "{inbox:?}");
    assert!(["hello", "later"].iter().all(|id| all.contains(*id)), "{inbox:?}");
}

/// Times at the ends of what can be said stop nobody: Meta would send them again for a week.
#[tokio::test]
async fn no_time_is_too_far() {
    let world = World::new().await;
    let number = world.number().await;
    for time in ["253402207200", "253402207199", "-377705023201", "0", "-1"] {
        let mut change = number_changed("change", &["15550101"], &["15550199"], 1);
        change["value"]["messages"][0]["timestamp"] = time.into();
        world.take(&number, &[change]).await;
        for field in ["account_update", "phone_number_quality_update", "message_template_components_update"] {
            let time: i64 = time.parse().unwrap();
            let value = json!({"event": "X", "message_template_id": 1, "message_template_name": "a",
                "message_template_language": "en", "display_phone_number": "1", "current_limit": "TIER_1K"});
            let entry = json!({"id": "2", "time": time, "changes": [{"field": field, "value": value}]});
            let body = json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string();
            let taken = world.ingest.body(body.as_bytes(), now()).await;
            // The jobs' queue is not there in these tests; a panic would end them.
            assert!(matches!(taken, Ok(_) | Err(ingest::Error::Queue(_))), "{time} {field}");
        }
    }
}
