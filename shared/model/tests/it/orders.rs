//! I4: what is shown of a send depends on which statuses came, and on nothing else: not on their order, not on how often,
//! not on how Meta spread them over POSTs.

use std::collections::BTreeMap;

use model::send::StatusRecord;
use model::{
    ContactKey, DeliveryStatus, Notification, PhoneNumberId, Send, SendId, SendOptions, SendState, Timestamp, Value,
};
use proptest::prelude::*;
use serde_json::{json, value::RawValue};

/// Meta's words from the one that says least to the one that says most, written out and not read from the code; the last
/// three are kept and say nothing of where a send stands.
const WORDS: [&str; 10] = [
    "accepted",
    "held_for_quality_assessment",
    "sent",
    "failed",
    "delivered",
    "read",
    "played",
    "deleted",
    "warning",
    "beamed",
];
const RANKED: usize = 7;

/// POSTs, each of statuses by their place in [`WORDS`].
type Posts = Vec<Vec<usize>>;

/// Some statuses, and two ways in which they may come: each at least once, in any order, cut into POSTs anywhere.
fn deliveries() -> impl Strategy<Value = (Vec<usize>, Posts, Posts)> {
    prop::sample::subsequence((0..WORDS.len()).collect::<Vec<_>>(), 1..=WORDS.len()).prop_flat_map(|words| {
        let way = || {
            let again = prop::collection::vec(prop::sample::select(words.clone()), 0..12);
            let all = again.prop_map({
                let words = words.clone();
                move |again| [words.clone(), again].concat()
            });
            (all.prop_shuffle(), prop::collection::vec(any::<bool>(), 22)).prop_map(|(order, cuts)| {
                let mut posts: Posts = vec![Vec::new()];
                for (status, cut) in order.into_iter().zip(cuts) {
                    if cut {
                        posts.push(Vec::new());
                    }
                    posts.last_mut().unwrap().push(status);
                }
                posts
            })
        };
        (Just(words.clone()), way(), way())
    })
}

/// Read as Meta posts them, and kept by the table's rule: an attribute a status, written where there is none.
fn kept(posts: &Posts) -> BTreeMap<String, StatusRecord> {
    let mut kept = BTreeMap::new();
    for post in posts {
        let told: Vec<_> = post
            .iter()
            .map(|word| json!({"id": "wamid.1", "status": WORDS[*word], "timestamp": (1_790_000_000 + word).to_string()}))
            .collect();
        let value = json!({"metadata": {"phone_number_id": "1"}, "statuses": told});
        let body = json!({"entry": [{"id": "2", "changes": [{"field": "messages", "value": value}]}]}).to_string();
        let notification = Notification::parse(body.as_bytes()).unwrap();
        let Value::Messages(value) = &notification.entries[0].changes[0].value else { panic!("messages") };
        for status in &value.statuses {
            let record = StatusRecord { at: status.timestamp.unwrap(), pricing: None, errors: None, extra: None };
            kept.entry(status.status.as_str().to_owned()).or_insert(record);
        }
    }
    kept
}

fn send(state: SendState, statuses: BTreeMap<String, StatusRecord>) -> Send {
    Send {
        id: SendId::from_idempotency(&PhoneNumberId::new("1"), "k"),
        phone_number_id: PhoneNumberId::new("1"),
        contact: ContactKey::new("wa:15550100"),
        kind: "text".into(),
        message: RawValue::from_string("{}".into()).unwrap(),
        reference: None,
        state,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        wamid: None,
        error: None,
        statuses,
        lease_until: None,
        due_at: None,
        waits_for: None,
        attempts: 1,
        requeues: 0,
        resends: 0,
        body_hash: String::new(),
        options: SendOptions::default(),
        file: None,
        template_schema: None,
        template_missed_at: None,
        fell_back: None,
    }
}

proptest! {
    #[test]
    fn one_answer_for_every_order((words, one, other) in deliveries()) {
        let (one, other) = (kept(&one), kept(&other));
        let times = |kept: &BTreeMap<String, StatusRecord>| -> Vec<(String, Timestamp)> {
            kept.iter().map(|(word, record)| (word.clone(), record.at)).collect()
        };
        prop_assert_eq!(times(&one), times(&other));
        prop_assert_eq!(one.len(), words.len(), "each is kept");

        let most = words.iter().filter(|word| **word < RANKED).max();
        let (one, other) = (send(SendState::Uncertain, one), send(SendState::Uncertain, other));
        prop_assert_eq!(one.highest_status(), most.map(|word| DeliveryStatus::parse(WORDS[*word])));
        prop_assert_eq!(other.highest_status(), one.highest_status());
        // `failed` is what is shown while nothing says more.
        let state = if most == Some(&3) { SendState::Failed } else { SendState::Accepted };
        prop_assert_eq!((one.shown_state(), other.shown_state()), (state, state));
    }
}
