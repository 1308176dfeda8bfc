//! Invariant 3: every write may be repeated and reordered, and converges to the same items.

use model::{ContactKey, MessageId, SendId, WaId};
use serde_json::value::RawValue;
use store::{Identity, Inbound, NewMessage, NewSend, NewStatus, SeenContact, StoredMessage};

use crate::table::{Table, at, number, waba};

const NOW: &str = "2026-01-09T00:00:00Z";

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

fn message(id: &str) -> NewMessage {
    NewMessage {
        id: MessageId::new(id),
        phone_number_id: number(),
        waba_id: waba(),
        contact: Some(ContactKey::new("wa:15550101")),
        at: at("2026-01-01T10:00:00Z"),
        kind: "text".into(),
        raw: raw(r#"{"id":"x","price":1.10}"#),
        profile: None,
    }
}

fn status(send_id: Option<&SendId>, id: &str, status: &str, second: u32) -> NewStatus {
    NewStatus {
        id: MessageId::new(id),
        phone_number_id: number(),
        waba_id: waba(),
        contact: None,
        send_id: send_id.cloned(),
        status: status.into(),
        at: at(&format!("2026-01-01T10:00:{second:02}Z")),
        pricing: (status == "sent").then(|| raw(r#"{"category":"service"}"#)),
        errors: None,
        extra: None,
    }
}

fn statuses(send_id: Option<&SendId>, order: &[usize]) -> Vec<Inbound> {
    let words = ["sent", "delivered", "read", "failed"];
    order
        .iter()
        .map(|index| Inbound {
            statuses: vec![status(send_id, "wamid.A", words[*index], u32::try_from(*index).unwrap())],
            ..Inbound::default()
        })
        .collect()
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.len() <= 1 {
        return vec![items.to_vec()];
    }
    items
        .iter()
        .flat_map(|first| {
            let rest: Vec<usize> = items.iter().copied().filter(|item| item != first).collect();
            permutations(&rest).into_iter().map(move |mut tail| {
                tail.insert(0, *first);
                tail
            })
        })
        .collect()
}

/// I4, R4: whatever the order and however often, the same item. Half of the orders come one by one, half in one POST.
#[tokio::test]
async fn statuses_of_a_stranger_converge() {
    let mut reference = None;
    for (nth, order) in permutations(&[0, 1, 2, 3]).into_iter().enumerate() {
        let table = Table::new().await;
        let mut posts = statuses(None, &order);
        if nth % 2 == 0 {
            let all = posts.drain(..).flat_map(|post| post.statuses).collect();
            posts = vec![Inbound { statuses: all, ..Inbound::default() }];
        }
        for post in posts.into_iter().chain(statuses(None, &order)) {
            table.store.record(post, at(NOW)).await.unwrap();
        }
        let Some(StoredMessage::Inbound(stored)) = table.store.message("wamid.A", at(NOW)).await.unwrap() else {
            panic!("no stub")
        };
        let seen: Vec<_> = stored.statuses.iter().map(|(word, record)| (word.clone(), record.at)).collect();
        assert_eq!(seen.len(), 4);
        assert!(stored.statuses["sent"].pricing.is_some());
        assert_eq!(*reference.get_or_insert(seen.clone()), seen);
    }
}

#[tokio::test]
async fn statuses_find_their_send_by_callback_data_and_by_wamid() {
    let table = Table::with_channel().await;
    let id = SendId::from_random([7; 20]);
    let new = NewSend {
        id: id.clone(),
        phone_number_id: number(),
        contact: ContactKey::new("wa:15550101"),
        kind: "text".into(),
        message: raw(r#"{"to":"+15550101","type":"text","text":{"body":"x"}}"#),
        reference: None,
        window: None,
        body_hash: "h".into(),
    };
    table.store.create_send(new, at(NOW)).await.unwrap();
    // Before anything here bore the wamid: by callback data. It tells the wamid.
    let by_callback = Inbound { statuses: vec![status(Some(&id), "wamid.A", "delivered", 2)], ..Inbound::default() };
    table.store.record(by_callback, at(NOW)).await.unwrap();
    // Without callback data: by the wamid now known.
    for _ in 0..2 {
        let by_wamid = Inbound { statuses: vec![status(None, "wamid.A", "read", 3)], ..Inbound::default() };
        table.store.record(by_wamid, at(NOW)).await.unwrap();
    }
    let Some(StoredMessage::Send(send)) = table.store.message("wamid.A", at(NOW)).await.unwrap() else {
        panic!("not found by wamid")
    };
    assert_eq!(send.id, id);
    assert_eq!(send.statuses.keys().collect::<Vec<_>>(), ["delivered", "read"]);
    assert!(!table.kinds().await.contains(&"message".to_owned()), "no stub beside the send");
}

/// A callback id of a send that is not here: the status is kept by its wamid, and nothing else is made.
#[tokio::test]
async fn a_status_for_a_send_that_is_gone_is_kept_by_wamid() {
    let table = Table::with_channel().await;
    let gone = SendId::from_random([9; 20]);
    for word in ["sent", "delivered"] {
        let post = Inbound { statuses: vec![status(Some(&gone), "wamid.B", word, 1)], ..Inbound::default() };
        table.store.record(post, at(NOW)).await.unwrap();
    }
    let Some(StoredMessage::Inbound(stub)) = table.store.message("wamid.B", at(NOW)).await.unwrap() else {
        panic!("no stub")
    };
    assert_eq!(stub.statuses.len(), 2);
    assert!(stub.raw.is_none());
}

/// Row 1 of the fault matrix: the same POST fifty times at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_deliveries_at_once_are_one() {
    let table = Table::with_channel().await;
    let post = || Inbound {
        messages: (0..30).map(|n| message(&format!("wamid.{n}"))).collect(),
        contacts: vec![SeenContact {
            phone_number_id: number(),
            key: ContactKey::new("wa:15550101"),
            known: false,
            root: None,
            wa_id: Some("15550101".into()),
            user_id: None,
            name: Some("Ana".into()),
            first_at: at("2026-01-01T10:00:00Z"),
            last_at: at("2026-01-01T10:00:00Z"),
            opened_at: Some(at("2026-01-01T10:00:00Z")),
            opened_by: None,
            identities: [].into(),
            new_identities: vec![Identity::wa(&WaId::new("15550101"))],
        }],
        ..Inbound::default()
    };
    table.store.record(post(), at(NOW)).await.unwrap();
    let once = table.contents().await;
    let again = (0..50).map(|_| table.store.record(post(), at("2026-01-10T00:00:00Z")));
    futures::future::try_join_all(again).await.unwrap();
    assert_eq!(table.contents().await, once);
    assert_eq!(once.len(), 30 + 2 + 2);
}

/// Meta's JSON is given back token for token, also what is too large for an item.
#[tokio::test]
async fn raw_json_comes_back_token_for_token() {
    let table = Table::with_channel().await;
    table.s3.create_bucket().bucket("media").send().await.unwrap();
    let large = raw(&format!(r#"{{"id":"x", "n":1e400, "s":"\u00e9{}"}}"#, "y".repeat(400_000)));
    let big = NewMessage { raw: large.clone(), ..message("wamid.big") };
    let post = Inbound { messages: vec![message("wamid.small"), big], ..Inbound::default() };
    table.store.record(post, at(NOW)).await.unwrap();
    for (id, expected) in [("wamid.small", r#"{"id":"x","price":1.10}"#), ("wamid.big", large.get())] {
        let Some(StoredMessage::Inbound(stored)) = table.store.message(id, at(NOW)).await.unwrap() else {
            panic!("{id} is not there")
        };
        assert_eq!(stored.raw.unwrap().get(), expected);
    }
}
