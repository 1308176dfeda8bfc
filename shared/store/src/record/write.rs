//! One item's write, and what is left of it once the table has answered. No IO.

use std::collections::BTreeMap;

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use model::{MessageId, SendId};

use super::{NewMessage, NewStatus};
use crate::blob::Blob;
use crate::item::{self, Item};
use crate::keys::Key;
use crate::message::{both_told, message_item, status_attribute, status_value, stub_item};

/// A conditional write of one item.
#[derive(Clone)]
pub(crate) struct Write {
    pub(crate) key: Key,
    pub(crate) step: Step,
}

#[derive(Clone)]
pub(crate) enum Step {
    /// Where the key is free; `taken` says what to do where it is not.
    Insert { item: Item, taken: Option<Box<Write>> },
    /// Where the item is there and `only_if` holds. `missing`: what to do where there is no such item.
    Update { set: Vec<(String, AttributeValue)>, only_if: Condition, missing: Option<Box<Write>> },
    /// Where the item is there and every guard holds. `again`: the same change worked out anew from the item as it is,
    /// where one does not; none where there is nothing left to do.
    Revise {
        set: Vec<(String, AttributeValue)>,
        remove: Vec<String>,
        only_if: Vec<Guard>,
        missing: Option<Box<Write>>,
        again: Again,
    },
}

/// A change worked out anew from the item as it is.
pub(crate) type Again = Arc<dyn Fn(&Item) -> Option<Write> + Send + Sync>;

/// What has to hold of an item.
#[derive(Clone)]
pub(crate) enum Guard {
    /// The attribute has this value.
    Is(String, AttributeValue),
    /// The attribute holds a smaller number.
    Below(String, AttributeValue),
    /// The attribute holds no greater number.
    AtMost(String, AttributeValue),
    /// The attribute holds a greater number.
    Above(String, AttributeValue),
    /// There is no such attribute.
    Missing(String),
}

#[derive(Clone)]
pub(crate) enum Condition {
    /// The attribute holds a smaller number.
    Below(&'static str, AttributeValue),
    /// The attribute is not there yet, or holds less.
    MissingOrBelow(&'static str, AttributeValue),
    /// Each status that is set is not there yet, or is as it was seen here.
    AsSeen(BTreeMap<String, AttributeValue>),
}

/// What the table said to one statement.
pub(crate) enum Answer {
    Applied,
    /// The key is taken (Insert).
    Duplicate,
    /// The condition is false; the item as it is.
    Refused(Item),
    /// There is no such item (Update).
    Missing,
    /// Throttled or in conflict: the same again.
    Again,
    /// It is refused for good: the item would outgrow what DynamoDB takes.
    TooLarge,
}

impl Write {
    pub(crate) fn insert(key: Key, item: Item) -> Self {
        Self { key, step: Step::Insert { item, taken: None } }
    }

    pub(crate) fn message(message: &NewMessage, blob: Option<&Blob>, days: u32, now: Timestamp) -> Self {
        let key = Key::message(&message.id);
        // The wamid of an inbound message can be taken only by the message itself, delivered before.
        Self::insert(key.clone(), message_item(&key, message, blob, days, now))
    }

    /// Sets `set` where `than` holds a smaller number, or inserts `item` where there is none.
    pub(crate) fn newest(
        key: Key,
        item: Item,
        set: Vec<(String, AttributeValue)>,
        than: &'static str,
        value: AttributeValue,
    ) -> Self {
        let step = Step::Update { set: set.clone(), only_if: Condition::Below(than, value.clone()), missing: None };
        // Somebody else may insert it meanwhile.
        let taken = Some(Box::new(Self { key: key.clone(), step }));
        let insert = Self { key: key.clone(), step: Step::Insert { item, taken } };
        let only_if = Condition::Below(than, value);
        Self { key, step: Step::Update { set, only_if, missing: Some(Box::new(insert)) } }
    }

    /// The same where there is usually none: inserts `item`, else sets `set` where `than` holds a smaller number.
    pub(crate) fn first_or_newest(
        key: Key,
        item: Item,
        set: Vec<(String, AttributeValue)>,
        than: &'static str,
        value: AttributeValue,
    ) -> Self {
        let step = Step::Update { set, only_if: Condition::Below(than, value), missing: None };
        let update = Self { key: key.clone(), step };
        Self { key, step: Step::Insert { item, taken: Some(Box::new(update)) } }
    }

    /// Sets one attribute where it is not there or holds less, or inserts `item` where there is none.
    pub(crate) fn highest(key: &Key, item: Item, name: &'static str, value: &AttributeValue) -> Self {
        let update = |missing| Self {
            key: key.clone(),
            step: Step::Update {
                set: vec![(name.to_owned(), value.clone())],
                only_if: Condition::MissingOrBelow(name, value.clone()),
                missing,
            },
        };
        let insert = Self { key: key.clone(), step: Step::Insert { item, taken: Some(Box::new(update(None))) } };
        update(Some(Box::new(insert)))
    }

    /// Statuses of one send or message: each an attribute of its own, with the first time Meta tells of it. A status that
    /// names a send that is not stored (it expired, or another stack sent it) is kept with its wamid instead.
    pub(crate) fn statuses(
        send_id: Option<&SendId>,
        id: &MessageId,
        statuses: &[NewStatus],
        days: u32,
        now: Timestamp,
    ) -> Option<Self> {
        let first = statuses.first()?;
        let mut set: Vec<(String, AttributeValue)> = Vec::new();
        let stub = stub_item(&Key::message(id), first, days, now);
        let begins_with_sent = statuses.iter().any(|status| status.status == "sent");
        for status in statuses {
            let (name, value) = (status_attribute(&status.status), status_value(status));
            match set.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => {
                    if let Some(both) = both_told(known, &value) {
                        *known = both;
                    }
                }
                None => set.push((name, value)),
            }
        }
        let update = |key: Key, set: Vec<_>, missing| Self {
            key,
            step: Step::Update { set, only_if: Condition::AsSeen(BTreeMap::new()), missing },
        };
        let filled = set.iter().fold(stub, |stub, (name, value)| stub.value(name, value.clone()));
        let key = Key::message(id);
        let insert = Self {
            key: key.clone(),
            step: Step::Insert { item: filled, taken: Some(Box::new(update(key.clone(), set.clone(), None))) },
        };
        let on_message = if begins_with_sent { insert } else { update(key, set.clone(), Some(Box::new(insert))) };
        Some(match send_id {
            Some(send_id) => {
                // The wamid goes along: the status may be the first to tell it, and says the same every time.
                let with_wamid = std::iter::once(("wamid".to_owned(), item::text(id.as_str()))).chain(set).collect();
                update(Key::send(send_id), with_wamid, Some(Box::new(on_message)))
            }
            None => on_message,
        })
    }

    /// Whether it tells statuses and nothing else: those may be kept apart where an item has no room for them.
    pub(crate) fn is_of_statuses(&self) -> bool {
        match &self.step {
            Step::Insert { item, .. } => item.0.keys().any(|name| is_status(name)),
            Step::Update { only_if, .. } => matches!(only_if, Condition::AsSeen(_)),
            Step::Revise { .. } => false,
        }
    }

    /// What is left to do after `answer`; `None` when nothing is.
    pub(crate) fn after(self, answer: Answer) -> Option<Self> {
        match (answer, self.step) {
            (Answer::Again, step) => Some(Self { key: self.key, step }),
            (Answer::Duplicate, Step::Insert { taken, .. }) => taken.map(|write| *write),
            (Answer::Missing, Step::Update { missing, .. } | Step::Revise { missing, .. }) => {
                missing.map(|write| *write)
            }
            (Answer::Refused(old), Step::Revise { again, .. }) => again(&old),
            (Answer::Refused(old), Step::Update { set, only_if: Condition::AsSeen(_), missing }) => {
                let mut seen = BTreeMap::new();
                let mut news = Vec::with_capacity(set.len());
                for (name, value) in set {
                    let known = old.0.get(&name).filter(|_| is_status(&name));
                    // The same thing again says nothing, unless it tells of an earlier time, or tells more.
                    let value = known.map_or(Some(value.clone()), |known| both_told(known, &value));
                    let Some(value) = value else { continue };
                    seen.extend(known.map(|known| (name.clone(), known.clone())));
                    news.push((name, value));
                }
                news.iter().any(|(name, _)| is_status(name)).then(|| Self {
                    key: self.key,
                    step: Step::Update { set: news, only_if: Condition::AsSeen(seen), missing },
                })
            }
            // Done, or something newer is there already. The rest is what no statement of that kind is answered.
            (Answer::Applied, _)
            | (
                Answer::Refused(_),
                Step::Update { only_if: Condition::Below(..) | Condition::MissingOrBelow(..), .. },
            )
            | (Answer::Duplicate | Answer::TooLarge, Step::Update { .. } | Step::Revise { .. })
            | (Answer::Missing | Answer::Refused(_) | Answer::TooLarge, Step::Insert { .. }) => None,
        }
    }
}

/// Whether an attribute of a status update is a status, and so what is there counts.
pub(crate) fn is_status(name: &str) -> bool {
    name.starts_with("st_")
}
