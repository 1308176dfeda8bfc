//! One item's write, and what is left of it once the table has answered. No IO.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use model::{MessageId, SendId};

use super::{NewMessage, NewStatus, SeenContact};
use crate::blob::Blob;
use crate::identity::{Identity, alias_item};
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::message::{message_item, status_attribute, status_value, stub_item};

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
}

#[derive(Clone)]
pub(crate) enum Condition {
    /// The attribute holds a smaller number.
    Below(&'static str, AttributeValue),
    /// The attribute is not there yet, or holds less.
    MissingOrBelow(&'static str, AttributeValue),
    /// None of the attributes that are set is there yet.
    AllMissing,
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
}

impl Write {
    pub(crate) fn insert(key: Key, item: Item) -> Self {
        Self { key, step: Step::Insert { item, taken: None } }
    }

    pub(crate) fn message(message: &NewMessage, blob: Option<&Blob>, now: Timestamp) -> Self {
        let key = Key::message(&message.id);
        // The wamid of an inbound message can be taken only by the message itself, delivered before.
        Self::insert(key.clone(), message_item(&key, message, blob, now))
    }

    pub(crate) fn alias(contact: &SeenContact, identity: &Identity, now: Timestamp) -> Self {
        let key = Key::alias(&contact.phone_number_id, identity);
        Self::insert(key, alias_item(&contact.phone_number_id, identity, &contact.key, now))
    }

    /// The newest message that opens the window wins: time, name and place in the list move together.
    pub(crate) fn contact(seen: &SeenContact, now: Timestamp) -> Self {
        let key = Key::contact(&seen.phone_number_id, &seen.key);
        let insert =
            |taken| Self { key: key.clone(), step: Step::Insert { item: contact_item(&key, seen, now), taken } };
        let Some(opened_at) = seen.opened_at else { return insert(None) };
        let mut set = vec![
            ("last_inbound_at".to_owned(), item::time(opened_at)),
            ("list_sk".to_owned(), item::text(keys::contact_sort(opened_at, &seen.key))),
        ];
        let optional = [("name", &seen.name), ("wa_id", &seen.wa_id), ("user_id", &seen.user_id)];
        for (name, value) in optional {
            set.extend(value.as_ref().map(|value| (name.to_owned(), item::text(value))));
        }
        let only_if = Condition::Below("last_inbound_at", item::time(opened_at));
        let update = |missing| Self {
            key: key.clone(),
            step: Step::Update { set: set.clone(), only_if: only_if.clone(), missing },
        };
        if seen.known { update(Some(Box::new(insert(None)))) } else { insert(Some(Box::new(update(None)))) }
    }

    /// Sets `set` where `than` holds a smaller number, or inserts `item` where there is none.
    pub(crate) fn newest(
        key: Key,
        item: Item,
        set: Vec<(String, AttributeValue)>,
        than: &'static str,
        value: AttributeValue,
    ) -> Self {
        let missing = Some(Box::new(Self::insert(key.clone(), item)));
        Self { key, step: Step::Update { set, only_if: Condition::Below(than, value), missing } }
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

    /// Statuses of one send or message: each an attribute of its own, written where it is absent. A status that names a
    /// send that is not stored (it expired, or another stack sent it) is kept with its wamid instead.
    pub(crate) fn statuses(
        send_id: Option<&SendId>,
        id: &MessageId,
        statuses: &[NewStatus],
        now: Timestamp,
    ) -> Option<Self> {
        let first = statuses.first()?;
        let mut set: Vec<(String, AttributeValue)> = Vec::new();
        let stub = stub_item(&Key::message(id), first, now);
        let begins_with_sent = statuses.iter().any(|status| status.status == "sent");
        for status in statuses {
            let name = status_attribute(&status.status);
            if !set.iter().any(|(known, _)| *known == name) {
                set.push((name, status_value(status)));
            }
        }
        let update = |key: Key, set: Vec<_>, missing| Self {
            key,
            step: Step::Update { set, only_if: Condition::AllMissing, missing },
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

    /// What is left to do after `answer`; `None` when nothing is.
    pub(crate) fn after(self, answer: Answer) -> Option<Self> {
        match (answer, self.step) {
            (Answer::Again, step) => Some(Self { key: self.key, step }),
            (Answer::Duplicate, Step::Insert { taken, .. }) => taken.map(|write| *write),
            (Answer::Missing, Step::Update { missing, .. }) => missing.map(|write| *write),
            (Answer::Refused(old), Step::Update { set, only_if: Condition::AllMissing, missing }) => {
                let set: Vec<_> =
                    set.into_iter().filter(|(name, _)| !is_status(name) || !old.0.contains_key(name)).collect();
                let news = set.iter().any(|(name, _)| is_status(name));
                news.then(|| Self {
                    key: self.key,
                    step: Step::Update { set, only_if: Condition::AllMissing, missing },
                })
            }
            // Done, or something newer is there already. The rest is what no statement of that kind is answered.
            (Answer::Applied, _)
            | (
                Answer::Refused(_),
                Step::Update { only_if: Condition::Below(..) | Condition::MissingOrBelow(..), .. },
            )
            | (Answer::Duplicate, Step::Update { .. })
            | (Answer::Missing | Answer::Refused(_), Step::Insert { .. }) => None,
        }
    }
}

/// Whether an attribute of a status update is a status, and so may be written only once.
pub(crate) fn is_status(name: &str) -> bool {
    name.starts_with("st_")
}

fn contact_item(key: &Key, seen: &SeenContact, now: Timestamp) -> Item {
    Item::at(key)
        .text("kind", keys::CONTACT.to_lowercase())
        .text("contact_key", seen.key.as_str())
        .text("phone_number_id", seen.phone_number_id.as_str())
        .text_if("wa_id", seen.wa_id.as_ref())
        .text_if("user_id", seen.user_id.as_ref())
        .text_if("name", seen.name.as_ref())
        .time("first_seen_at", seen.first_at)
        // 0 where nothing has opened the window: a later message then compares as newer.
        .number("last_inbound_at", seen.opened_at.map_or(0, Timestamp::as_millisecond))
        .time("created_at", now)
        .text("list_pk", keys::contact_list(&seen.phone_number_id, &seen.key))
        .text("list_sk", keys::contact_sort(seen.opened_at.unwrap_or(seen.first_at), &seen.key))
}
