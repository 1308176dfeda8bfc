//! FIFO order: which message groups are locked, and what stands next in each.

use std::collections::{BTreeSet, HashMap};

/// The message groups of a FIFO queue. A group is locked while any message of it is in flight.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_id: HashMap<String, Group>,
}

#[derive(Debug, Default)]
struct Group {
    /// Places in the queue of the messages that may be received, in order.
    visible: BTreeSet<u64>,
    in_flight: usize,
}

impl Groups {
    pub(super) fn show(&mut self, group: &str, place: u64) {
        self.by_id.entry(group.to_owned()).or_default().visible.insert(place);
    }

    pub(super) fn hide(&mut self, group: &str, place: u64) {
        self.change(group, |group| {
            group.visible.remove(&place);
        });
    }

    pub(super) fn lock(&mut self, group: &str) {
        self.by_id.entry(group.to_owned()).or_default().in_flight += 1;
    }

    pub(super) fn unlock(&mut self, group: &str) {
        self.change(group, |group| group.in_flight = group.in_flight.saturating_sub(1));
    }

    pub(super) fn is_locked(&self, group: &str) -> bool {
        self.by_id.get(group).is_some_and(|group| group.in_flight > 0)
    }

    /// The next messages of a group, in order.
    pub(super) fn next_of(&self, group: &str) -> impl Iterator<Item = u64> {
        self.by_id.get(group).into_iter().flat_map(|group| group.visible.iter().copied())
    }

    pub(super) fn clear(&mut self) {
        self.by_id.clear();
    }

    fn change(&mut self, id: &str, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.by_id.get_mut(id) {
            change(group);
            if group.visible.is_empty() && group.in_flight == 0 {
                self.by_id.remove(id);
            }
        }
    }
}
