//! Phone and user id: linked when both are seen (K-04), spellings of one phone (K-02).

use std::collections::BTreeSet;

use model::{ContactKey, WaId};
use serde_json::json;
use store::Identity;

use crate::said::{message, status, text};
use crate::world::{World, identity_of, now};

#[tokio::test]
async fn each_way_of_being_known_makes_a_contact() {
    let world = World::new().await;
    let number = world.number().await;
    world
        .take(
            &number,
            &[text("phone", &["15550101"], 1), text("user", &["US.2"], 2), text("both", &["15550103", "US.3"], 3)],
        )
        .await;
    for (identity, key, phone) in [
        ("15550101", "wa:15550101", Some("+15550101")),
        ("US.2", "user:US.2", None),
        ("15550103", "wa:15550103", Some("+15550103")),
        ("US.3", "wa:15550103", Some("+15550103")),
    ] {
        let contact = world.find(&number, identity).await.unwrap();
        assert_eq!((contact.key.as_str(), contact.phone().as_deref()), (key, phone), "{identity}");
    }
    assert_eq!(world.contact(&number, "wa:15550103").await.identities, ["user:US.3", "wa:15550103"]);
}

/// The user id wins over the phone, and with both in one message the next of either finds the same contact.
#[tokio::test]
async fn a_user_id_is_linked_to_the_phone_it_comes_with() {
    let world = World::new().await;
    let number = world.number().await;
    for change in [text("a", &["15550101"], 1), text("b", &["15550101", "US.1"], 2), text("c", &["US.1"], 3)] {
        world.take(&number, &[change]).await;
    }
    let contact = world.find(&number, "US.1").await.unwrap();
    assert_eq!(contact.key.as_str(), "wa:15550101");
    assert_eq!(world.history(&number, &contact).await, ["a", "b", "c"]);
    assert_eq!((contact.wa_id, contact.user_id.unwrap().as_str()), (Some(WaId::new("15550101")), "US.1"));
    assert!(contact.merged.is_empty());
}

/// Known by phone and known by user id, as two: a message with both says that they are one. Nothing is lost, the inbox
/// has one person, and both keys show them.
#[tokio::test]
async fn two_contacts_that_turn_out_to_be_one_are_merged() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[text("a", &["15550101"], 1), text("b", &["US.1"], 2)]).await;
    assert_eq!(world.inbox(&number).await.len(), 2);
    world.told().await;
    world.take(&number, &[text("c", &["15550101", "US.1"], 3)]).await;
    world.take(&number, &[text("d", &["15550101"], 4)]).await;
    assert_eq!(world.inbox(&number).await, BTreeSet::from([["a", "b", "c", "d"].map(str::to_owned).to_vec()]));
    let contact = world.contact(&number, "user:US.1").await;
    assert_eq!(contact, world.contact(&number, "wa:15550101").await);
    let [merged] = contact.merged.as_slice() else { panic!("no trace") };
    assert_eq!((merged.key.as_str(), merged.into.as_str()), ("wa:15550101", "user:US.1"));
    assert_eq!((merged.by.as_str(), merged.reason.as_str()), ("meta", "phone_and_user_id"));
    assert_eq!(contact.opened_by.unwrap().id, "d");
    // Told of the person, whichever of the two contacts it is stored under.
    let told = world.told().await;
    assert_eq!((&told["c"]["key"], &told["d"]["key"]), (&json!("user:US.1"), &json!("user:US.1")));
}

/// Contract §3.11: the phone is another person's now. Each keeps what they wrote, in either order of arrival.
#[tokio::test]
async fn a_phone_with_another_user_id_is_another_person() {
    let world = World::new().await;
    for swapped in [false, true] {
        let number = world.number().await;
        let mut all = [text("a", &["15550101", "US.1"], 10), text("b", &["15550101", "US.2"], 20)];
        if swapped {
            all.reverse();
        }
        for change in all.into_iter().chain([text("late", &["15550101", "US.1"], 12), text("next", &["15550101"], 30)])
        {
            world.take(&number, std::slice::from_ref(&change)).await;
            world.take(&number, &[change]).await;
        }
        let people = BTreeSet::from([vec!["a".to_owned(), "late".to_owned()], vec!["b".to_owned(), "next".to_owned()]]);
        assert_eq!(world.inbox(&number).await, people);
        let second = world.find(&number, "15550101").await.unwrap();
        assert_eq!(second.user_id.unwrap().as_str(), "US.2");
        let first = world.find(&number, "US.1").await.unwrap();
        assert!(first.wa_id.is_none(), "a phone that is somebody else's is not shown");
    }
}

/// Statuses say which phone and user id are one, before the person ever wrote. They make no contact: who never wrote is
/// in no inbox.
#[tokio::test]
async fn a_status_links_and_makes_no_contact() {
    let world = World::new().await;
    let number = world.number().await;
    for word in ["sent", "delivered", "sent"] {
        world.take(&number, &[status("s", word, &["15550101", "US.1"], 1)]).await;
    }
    assert!(world.inbox(&number).await.is_empty());
    let key = world.ingest.store.resolve(&number.0, &identity_of("US.1"), false, now()).await.unwrap();
    assert_eq!(key, Some(ContactKey::new("wa:15550101")));
    world.take(&number, &[text("a", &["US.1"], 2)]).await;
    let contact = world.find(&number, "15550101").await.unwrap();
    assert_eq!(contact.key.as_str(), "wa:15550101");
    assert_eq!(world.told().await["a"]["key"], "wa:15550101");
    // And for somebody known, the contact learns it.
    world.take(&number, &[text("b", &["15550102"], 3)]).await;
    world.take(&number, &[status("t", "sent", &["15550102", "US.2"], 4)]).await;
    assert_eq!(world.contact(&number, "wa:15550102").await.identities, ["user:US.2", "wa:15550102"]);
    // A group is nobody.
    let mut group = status("g", "sent", &["120363"], 5);
    group["value"]["statuses"][0]["recipient_type"] = "group".into();
    group["value"]["statuses"][0]["recipient_user_id"] = "US.9".into();
    world.take(&number, &[group]).await;
    assert_eq!(world.find(&number, "US.9").await.map(|_| ()), None);
}

/// K-02: dialled with the ninth digit, and WhatsApp writes without; and the other way round.
#[tokio::test]
async fn one_person_whatever_the_spelling() {
    let world = World::new().await;
    for (dialled, written) in [
        ("5511987654321", "551187654321"),
        ("551187654321", "5511987654321"),
        ("525555550100", "5215555550100"),
        ("5491155550100", "541155550100"),
    ] {
        let number = world.number().await;
        let to = Identity::wa(&WaId::new(dialled));
        let sent_to = world.ingest.store.dialled(&number.0, &to, now()).await.unwrap();
        world.take(&number, &[text("a", &[written], 1)]).await;
        let contact = world.find(&number, dialled).await.unwrap();
        assert_eq!(contact.key, sent_to, "{dialled}");
        assert_eq!(contact.wa_id.unwrap().as_str(), written, "as WhatsApp spells it");
        assert_eq!(world.ingest.store.dialled(&number.0, &identity_of(written), now()).await.unwrap(), sent_to);
    }
    // A landline is never taken for a mobile, nor a number elsewhere for another.
    let number = world.number().await;
    world.take(&number, &[text("a", &["551133330100"], 1), text("b", &["5511933330100"], 2)]).await;
    assert_eq!(world.inbox(&number).await.len(), 2);
    let to = identity_of("551133330101");
    assert_eq!(world.ingest.store.dialled(&number.0, &to, now()).await.unwrap().as_str(), "wa:551133330101");
    assert!(world.find(&number, "5511933330101").await.is_none());
}

/// Two spellings that were two contacts before: each exact spelling finds its own.
#[tokio::test]
async fn the_exact_spelling_wins() {
    let world = World::new().await;
    let number = world.number().await;
    world.take(&number, &[text("a", &["551187654321", "US.1"], 1)]).await;
    world.take(&number, &[text("b", &["5511987654321", "US.2"], 2)]).await;
    assert_eq!(world.find(&number, "551187654321").await.unwrap().user_id.unwrap().as_str(), "US.1");
    assert_eq!(world.find(&number, "5511987654321").await.unwrap().user_id.unwrap().as_str(), "US.2");
}

/// Meta names the recipient of a send in its own spelling: what comes from there is theirs.
#[tokio::test]
async fn the_answer_to_a_send_teaches_a_spelling() {
    let world = World::new().await;
    let number = world.number().await;
    let store = &world.ingest.store;
    let contact = store.dialled(&number.0, &identity_of("15550101"), now()).await.unwrap();
    for _ in 0..2 {
        store.accepted_as(&number.0, &contact, &WaId::new("15550199"), now()).await.unwrap();
    }
    world.take(&number, &[text("a", &["15550199"], 1)]).await;
    assert_eq!(world.find(&number, "15550199").await.unwrap().key, contact);
    // Where the spelling leads to somebody already, they are one.
    world.take(&number, &[text("b", &["15550198"], 2)]).await;
    let contact = store.dialled(&number.0, &identity_of("15550102"), now()).await.unwrap();
    store.accepted_as(&number.0, &contact, &WaId::new("15550198"), now()).await.unwrap();
    let one = world.contact(&number, "wa:15550198").await;
    assert_eq!(one.merged.iter().map(|merged| merged.key.as_str()).collect::<Vec<_>>(), ["wa:15550102"]);
}

/// K-03: a name is what a person likes it to be.
#[tokio::test]
async fn a_name_is_kept_and_names_nobody() {
    let world = World::new().await;
    let number = world.number().await;
    let names = ["A\0na\u{1b}[2J", "👩‍👩‍👧 \u{202E}Ana", "علي", &"é".repeat(5_000), ""];
    for (at, name) in (1..).zip(names) {
        let phone = format!("1555010{at}");
        let mut change = message("m", &[&phone], at, "text", &json!({"body": "x"}));
        change["value"]["messages"][0]["id"] = format!("m{at}").into();
        change["value"]["contacts"][0]["profile"]["name"] = name.into();
        world.take(&number, &[change]).await;
        let contact = world.find(&number, &phone).await.unwrap();
        assert_eq!(contact.key.as_str(), format!("wa:{phone}"));
        let kept: String = name.chars().take(256).collect();
        assert_eq!(contact.name.unwrap_or_default(), kept);
    }
}
