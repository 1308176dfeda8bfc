//! What people write in counts against the number's rate too (contract §5.3). The webhook counts it in the process, and
//! tells of it with a request that it makes anyway: never a request for the count alone, and one write for many messages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use model::PhoneNumberId;
use model::limiter::Heard;

use crate::item;
use crate::keys::{self, Key};
use crate::record::{NewMessage, Step, Write};

/// Before the name of each process that tells.
pub(super) const HEARD: &str = "in_";

/// As many are told of at once.
const ENOUGH: u32 = 25;
/// After such a silence it is counted anew. What was written longer ago says nothing of the rate now: Meta repeats what it
/// could not deliver, and so does a replay.
const RECENT: SignedDuration = SignedDuration::from_secs(60);

/// Messages to each number that were not told of yet, and how this process is called in what it tells.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<BTreeMap<PhoneNumberId, (String, Heard)>>>);

impl Tally {
    pub(crate) fn count(&self, messages: &[NewMessage], now: Timestamp) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for message in messages.iter().filter(|message| now.duration_since(message.at).abs() < RECENT) {
            let anew = Heard { messages: 0, from: now, at: now };
            // Each process takes other messages, so the first one names it.
            let (_, heard) = counts
                .entry(message.phone_number_id.clone())
                .or_insert_with(|| (format!("{:08x}", keys::hash(message.id.as_str())), anew));
            if now.duration_since(heard.at) > RECENT {
                *heard = anew;
            }
            (heard.messages, heard.at) = (heard.messages.saturating_add(1), now);
        }
    }

    /// At most `room` writes that tell of what has come together. Where no sender has ever shared out a number's rate, the
    /// table has no such item and nothing is told: nobody asks.
    pub(crate) fn writes(&self, room: usize) -> Vec<Write> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ripe = counts.iter_mut().filter(|(_, (_, heard))| heard.messages >= ENOUGH).take(room);
        ripe.map(|(number, (name, heard))| {
            let set = vec![(format!("{HEARD}{name}"), heard_value(*heard))];
            *heard = Heard { messages: 0, from: heard.at, at: heard.at };
            let step =
                Step::Revise { set, remove: Vec::new(), only_if: Vec::new(), missing: None, again: Arc::new(|_| None) };
            Write { key: Key::rate(number), step }
        })
        .collect()
    }
}

fn heard_value(heard: Heard) -> AttributeValue {
    AttributeValue::L(vec![item::number(heard.messages), item::time(heard.from), item::time(heard.at)])
}
