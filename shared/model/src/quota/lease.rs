//! What one sender has reserved of a day and not used yet, and what it owes the day.

use std::collections::BTreeMap;

use super::day::{Ask, Plan, Slot};
use crate::time::Timestamp;

/// A sender that dies with one leaves people counted until their slot falls out: too many for a day, never too few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// The slot of what is reserved.
    slot: Option<Slot>,
    left: u32,
    back: BTreeMap<Slot, u32>,
}

impl Lease {
    /// One of what is reserved, where it is of the slot of now: counted in an earlier one, somebody would fall out too early.
    pub fn take(&mut self, now: Timestamp) -> Option<Slot> {
        let slot = self.slot.filter(|slot| *slot == Slot::of(now))?;
        self.left = self.left.checked_sub(1)?;
        Some(slot)
    }

    /// Somebody who counts in `slot` no longer does, or does in a later one: the next write tells the table.
    pub fn give_back(&mut self, slot: Slot) {
        *self.back.entry(slot).or_default() += 1;
    }

    /// What to ask of the table, with all that is owed: also what is left of a slot that has passed. Nothing else is to be
    /// done with the lease until the answer is there.
    pub fn ask(&mut self, want: u32, moves: bool, now: Timestamp) -> Ask {
        if let Some(slot) = self.slot.take_if(|slot| *slot != Slot::of(now)) {
            *self.back.entry(slot).or_default() += std::mem::take(&mut self.left);
        }
        self.back.retain(|slot, _| slot.counts_at(now));
        Ask { want, back: self.back.clone(), moves }
    }

    /// The table took the plan that was made of what was asked: one is for who asked, the others are reserved.
    pub fn granted(&mut self, plan: &Plan) -> Slot {
        for (slot, paid) in &plan.back {
            self.back.entry(*slot).and_modify(|owed| *owed = owed.saturating_sub(*paid));
        }
        self.back.retain(|_, owed| *owed > 0);
        self.slot = Some(plan.slot);
        self.left = self.left.saturating_add(plan.take.saturating_sub(1));
        plan.slot
    }
}
