//! Invariant 3: every write may be repeated and reordered, and converges to the same items.

use model::{ContactKey, MessageId, SendId, SendOptions, SendState, WaId};
use serde_json::value::RawValue;
use store::{
    Cause, Identity, Inbound, KeptQuery, NewMessage, NewSend, NewStatus, SeenContact, StoredMessage, Transition,
};

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
        options: SendOptions::default(),
        template_schema: None,
        fell_back: None,
        skipped: None,
        waits: None,
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

/// Every order of four statuses each told twice, the second time with a later moment (a group's members, or Meta's
/// repetition): one answer. Every ninth of the 2,520 orders; all of them with `EVERY_ORDER` set, which takes minutes. A
/// third of the messages are sends named by callback data, a third sends that are
/// known by their wamid, a third nobody's.
#[tokio::test]
async fn every_order_with_duplicates_is_one() {
    let table = Table::with_channel().await;
    let orders = multiset_orders(&mut [2, 2, 2, 2]);
    assert_eq!(orders.len(), 2_520);
    let stride = if std::env::var_os("EVERY_ORDER").is_some() { 1 } else { 9 };
    let orders: Vec<_> = orders.into_iter().step_by(stride).collect();
    let message = |nth: usize| format!("wamid.{nth}");
    let send_of = |nth: usize| {
        let mut random = [0; 20];
        random[..8].copy_from_slice(&(nth as u64).to_be_bytes());
        SendId::from_random(random)
    };
    for nth in (0..orders.len()).filter(|nth| nth % 3 < 2) {
        table.store.create_send(new_send(&send_of(nth)), at(NOW)).await.unwrap();
        if nth % 3 == 1 {
            let wamid = MessageId::new(message(nth));
            let accepted =
                Transition { wamid: Some(&wamid), ..Transition::new(&[SendState::Queued], SendState::Accepted) };
            table.store.transition(&send_of(nth), &accepted, at(NOW)).await.unwrap();
        }
    }
    let words = ["sent", "delivered", "read", "failed"];
    // The nth telling of each message at once: one POST of many people.
    for telling in 0..8 {
        let told = orders.iter().enumerate().map(|(nth, order)| {
            let word = order[telling];
            let before = order[..telling].iter().filter(|one| **one == word).count();
            // Half tell the later moment first.
            let late = (before == 0) == (nth % 2 == 0);
            let second = u32::try_from(word * 10 + usize::from(late)).unwrap();
            let send_id = send_of(nth);
            status((nth % 3 == 0).then_some(&send_id), &message(nth), words[word], second)
        });
        table.store.record(Inbound { statuses: told.collect(), ..Inbound::default() }, at(NOW)).await.unwrap();
    }
    for (nth, order) in orders.iter().enumerate() {
        let statuses = match table.store.message(&message(nth), at(NOW)).await.unwrap().unwrap() {
            StoredMessage::Send(send) => send.statuses,
            StoredMessage::Inbound(stub) => stub.statuses,
        };
        assert_eq!(statuses.len(), 4);
        for (word, name) in words.iter().enumerate() {
            let first = at(&format!("2026-01-01T10:00:{:02}Z", word * 10));
            assert_eq!(statuses[*name].at, first, "{name} of {order:?}");
        }
        assert!(statuses["sent"].pricing.is_some());
    }
}

fn multiset_orders(left: &mut [u8; 4]) -> Vec<Vec<usize>> {
    if left.iter().all(|count| *count == 0) {
        return vec![Vec::new()];
    }
    let mut orders = Vec::new();
    for which in 0..4 {
        if left[which] > 0 {
            left[which] -= 1;
            for mut rest in multiset_orders(left) {
                rest.insert(0, which);
                orders.push(rest);
            }
            left[which] += 1;
        }
    }
    orders
}

fn new_send(id: &SendId) -> NewSend {
    NewSend {
        id: id.clone(),
        phone_number_id: number(),
        contact: ContactKey::new("wa:15550101"),
        kind: "text".into(),
        message: raw(r#"{"to":"+15550101","type":"text","text":{"body":"x"}}"#),
        reference: None,
        options: SendOptions::default(),
        template_schema: None,
        fell_back: None,
        skipped: None,
        waits: None,
        body_hash: "h".into(),
    }
}

/// A status for a wamid that no send bore yet: it is joined wherever the send is shown, once the wamid is known.
#[tokio::test]
async fn what_came_before_the_wamid_was_known_is_joined() {
    let table = Table::with_channel().await;
    let id = SendId::from_random([3; 20]);
    table.store.create_send(new_send(&id), at(NOW)).await.unwrap();
    for (word, second) in [("sent", 1), ("delivered", 2)] {
        let early = vec![status(None, "wamid.E", word, second)];
        table.store.record(Inbound { statuses: early, ..Inbound::default() }, at(NOW)).await.unwrap();
    }
    let wamid = MessageId::new("wamid.E");
    let accepted = Transition { wamid: Some(&wamid), ..Transition::new(&[SendState::Queued], SendState::Accepted) };
    table.store.transition(&id, &accepted, at(NOW)).await.unwrap();
    // And one told both ways, the stub's the earlier.
    let later = vec![status(Some(&id), "wamid.E", "delivered", 9), status(Some(&id), "wamid.E", "read", 10)];
    table.store.record(Inbound { statuses: later, ..Inbound::default() }, at(NOW)).await.unwrap();
    let shown = |message: StoredMessage| {
        let StoredMessage::Send(send) = message else { panic!("the send") };
        let times = send.statuses.iter().map(|(word, told)| (word.clone(), told.at.strftime("%S").to_string()));
        assert!(send.statuses["sent"].pricing.is_some());
        times.collect::<Vec<_>>()
    };
    let expected =
        [("delivered", "02"), ("read", "10"), ("sent", "01")].map(|(word, at)| (word.to_owned(), at.to_owned()));
    for name in [id.as_str(), "wamid.E"] {
        assert_eq!(shown(table.store.message(name, at(NOW)).await.unwrap().unwrap()), expected);
    }
    let key = [ContactKey::new("wa:15550101")];
    let page = table.store.history(&number(), &key, 10, None, at(NOW)).await.unwrap();
    let [listed] = <[_; 1]>::try_from(page.items).ok().unwrap();
    assert_eq!(shown(listed), expected);
}

/// A send near the limit of an item, and a dozen statuses of tomorrow: whatever does not fit is kept by itself, and the
/// POST is taken.
#[tokio::test]
async fn statuses_that_would_burst_the_item_are_kept_apart() {
    let table = Table::with_channel().await;
    let id = SendId::from_random([4; 20]);
    let body = format!(r#"{{"to":"+15550101","type":"text","text":{{"body":"{}"}}}}"#, "x".repeat(250_000));
    table.store.create_send(NewSend { message: raw(&body), ..new_send(&id) }, at(NOW)).await.unwrap();
    let huge = |nth: u32, second: u32| NewStatus {
        errors: Some(raw(&format!(r#"[{{"code":{nth},"title":"{}"}}]"#, "e".repeat(30_000)))),
        extra: Some(raw(r#"{"recipient_id":"15550101"}"#)),
        ..status(Some(&id), "wamid.H", &format!("tomorrow{nth}"), second)
    };
    for _ in 0..2 {
        for nth in 0..14 {
            let one = Inbound { statuses: vec![huge(nth, nth)], ..Inbound::default() };
            table.store.record(one, at(NOW)).await.unwrap();
        }
    }
    let Some(StoredMessage::Send(send)) = table.store.message(id.as_str(), at(NOW)).await.unwrap() else {
        panic!("the send")
    };
    assert_eq!(send.statuses.len(), 14, "every one with its time");
    let whole = send.statuses.values().filter(|told| told.errors.is_some()).count();
    assert!((2..14).contains(&whole), "{whole}");
    let kept = KeptQuery {
        from: at("2026-01-01T00:00:00Z"),
        until: at("2026-01-02T00:00:00Z"),
        causes: Cause::QUARANTINE.to_vec(),
        number: None,
        untouched: false,
        oldest_first: true,
    };
    let kept = table.store.kept(&kept, 100, None, at(NOW)).await.unwrap().items;
    // What has no room beside the send stands there, once, with every member.
    assert_eq!(kept.len() + whole, 14);
    for item in kept {
        let told: std::collections::BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(item.kept.raw.get()).unwrap();
        assert_eq!((item.kept.field.as_str(), told["id"].get()), ("statuses", "\"wamid.H\""));
        assert!(told["errors"].get().len() > 30_000 && told["recipient_id"].get() == "\"15550101\"");
        assert!(told["status"].get().starts_with("\"tomorrow"));
    }
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
            name_at: at("2026-01-01T10:00:00Z"),
            wa_at: at("2026-01-01T10:00:00Z"),
            user_at: at("2026-01-01T10:00:00Z"),
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
