//! One queue: its messages, and the passage of time over them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::{
    Counts, StoredMessage,
    address::Address,
    attributes::Attributes,
    groups::Groups,
    message::{Message, Standing},
    send::Sent,
};

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) address: Address,
    pub(super) attributes: Attributes,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
    pub(super) purged_at: Option<Timestamp>,
    /// By place: the order of arrival.
    pub(super) messages: BTreeMap<u64, Message>,
    /// What may be received now, leaving group locks aside.
    pub(super) visible: BTreeSet<u64>,
    /// When what is delayed or in flight becomes visible.
    hidden: BTreeSet<(Timestamp, u64)>,
    /// When messages were sent: retention counts from there.
    ages: BTreeSet<(Timestamp, u64)>,
    pub(super) groups: Groups,
    /// What was sent in the last five minutes, by scope and deduplication id.
    pub(super) recent: HashMap<(Option<String>, String), (Timestamp, Sent)>,
    pub(super) places: u64,
    pub(super) receipts: u64,
    /// Wakes long polls.
    pub(super) changed: Arc<Notify>,
}

impl Queue {
    pub(super) fn new(address: Address, attributes: Attributes, now: Timestamp) -> Self {
        Self {
            address,
            attributes,
            created_at: now,
            changed_at: now,
            purged_at: None,
            messages: BTreeMap::new(),
            visible: BTreeSet::new(),
            hidden: BTreeSet::new(),
            ages: BTreeSet::new(),
            groups: Groups::default(),
            recent: HashMap::new(),
            places: 0,
            receipts: 0,
            changed: Arc::default(),
        }
    }

    /// Lets time pass: what was hidden long enough becomes visible, what is too old goes.
    pub(super) fn settle(&mut self, now: Timestamp) {
        while let Some(&(until, place)) = self.hidden.first().filter(|(until, _)| *until <= now) {
            self.hidden.remove(&(until, place));
            self.stand(place, Standing::Visible);
        }
        while let Some(&(sent_at, place)) = self.ages.first()
            && sent_at + self.attributes.retention <= now
        {
            self.remove(place);
        }
    }

    /// When something will next become visible by itself.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.hidden.first().map(|(until, _)| *until)
    }

    /// Puts a message at the end.
    pub(super) fn insert(&mut self, message: Message) -> u64 {
        self.places += 1;
        let place = self.places;
        self.ages.insert((message.sent_at, place));
        let standing = message.standing;
        self.messages.insert(place, message);
        self.enter(place, standing);
        self.changed.notify_waiters();
        place
    }

    pub(super) fn remove(&mut self, place: u64) -> Option<Message> {
        self.leave(place);
        let message = self.messages.remove(&place)?;
        self.ages.remove(&(message.sent_at, place));
        // A group may have been unlocked.
        self.changed.notify_waiters();
        Some(message)
    }

    /// Moves a message to another standing.
    pub(super) fn stand(&mut self, place: u64, standing: Standing) {
        self.leave(place);
        if let Some(message) = self.messages.get_mut(&place) {
            message.standing = standing;
            self.enter(place, standing);
        }
        self.changed.notify_waiters();
    }

    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.visible.clear();
        self.hidden.clear();
        self.ages.clear();
        self.groups.clear();
        self.recent.clear();
    }

    pub(super) fn list(&mut self) -> Vec<StoredMessage> {
        self.messages.values().map(Message::stored).collect()
    }

    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts { visible: self.visible.len(), ..Counts::default() };
        for (_, place) in &self.hidden {
            match self.messages.get(place).map(|message| message.standing) {
                Some(Standing::InFlight { .. }) => counts.in_flight += 1,
                _ => counts.delayed += 1,
            }
        }
        counts
    }

    fn enter(&mut self, place: u64, standing: Standing) {
        let group = self.messages.get(&place).and_then(|message| message.group.clone());
        match standing {
            Standing::Visible => {
                self.visible.insert(place);
                if let Some(group) = group {
                    self.groups.show(&group, place);
                }
            }
            Standing::Delayed { until } => {
                self.hidden.insert((until, place));
            }
            Standing::InFlight { until } => {
                self.hidden.insert((until, place));
                if let Some(group) = group {
                    self.groups.lock(&group);
                }
            }
        }
    }

    fn leave(&mut self, place: u64) {
        let Some(message) = self.messages.get(&place) else { return };
        match message.standing {
            Standing::Visible => {
                self.visible.remove(&place);
                if let Some(group) = &message.group {
                    self.groups.hide(group, place);
                }
            }
            Standing::Delayed { until } => {
                self.hidden.remove(&(until, place));
            }
            Standing::InFlight { until } => {
                self.hidden.remove(&(until, place));
                if let Some(group) = &message.group {
                    self.groups.unlock(group);
                }
            }
        }
    }
}
