//! The people counted in the last 24 hours, by slots of half an hour: who counts together falls out together.
//!
//! Whoever is counted takes one from their slot, and falls out of the day when the last of that slot must: never early, and at
//! most a slot late. Several senders share a day by conditional writes, which [`Plan`] says.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::limits::MESSAGING_LIMIT_HOURS;
use crate::time::Timestamp;

/// How long a slot is: 49 of them make an item of less than 1 KB, which is one write unit.
pub const BUCKET: SignedDuration = SignedDuration::from_mins(30);

/// Of what is left of the day a sender reserves this part at a time, and the most it reserves.
const BLOCK_PART: u32 = 1_000;
const BLOCK_MOST: u32 = 50;

/// A slot of time, numbered from the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(i64);

/// How many people count in which slot, and what the table says they are together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    pub slots: BTreeMap<Slot, u32>,
    /// Goes with the slots, and is what writers compare.
    pub total: u32,
}

/// What a sender wants of the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// How many to count, of which one will do.
    pub want: u32,
    /// What it no longer needs, by slot: reserved for nobody, or for people who moved to a later slot.
    pub back: BTreeMap<Slot, u32>,
    /// It is for somebody who counts already, in a slot that is among `back`.
    pub moves: bool,
}

/// One conditional write: made where the day is as it was seen, or with nothing to clear where the total allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where people are counted now.
    pub slot: Slot,
    pub take: u32,
    /// What is given back to other slots, each no more than it holds.
    pub back: BTreeMap<Slot, u32>,
    /// What has fallen out, and how much it held.
    pub expired: BTreeMap<Slot, u32>,
    /// The total the day was seen with.
    pub seen: u32,
    /// The total from then on.
    pub total: u32,
    /// What the total may be before, where nothing is given back or cleared: then others may have counted meanwhile.
    pub most: u32,
}

/// Nobody else may be counted for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// People counted.
    pub counted: u32,
    /// When the oldest falls out; `None` where nobody is counted: the limit is nought.
    pub frees_at: Option<Timestamp>,
}

/// How many a sender reserves at once, so that a large limit costs few writes and a small one strands nobody.
pub fn block(limit: u32, counted: u32) -> u32 {
    (limit.saturating_sub(counted) / BLOCK_PART).clamp(1, BLOCK_MOST)
}

impl Slot {
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_second().div_euclid(BUCKET.as_secs()))
    }

    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    pub fn number(self) -> i64 {
        self.0
    }

    /// When the last who can have been counted in it falls out of the day.
    pub fn ends_at(self) -> Timestamp {
        let end = self.0.saturating_add(1).saturating_mul(BUCKET.as_secs());
        let end = end.saturating_add(MESSAGING_LIMIT_HOURS * 3_600);
        Timestamp::from_second(end).unwrap_or(Timestamp::MAX)
    }

    /// Whether who was counted in it still counts.
    pub fn counts_at(self, now: Timestamp) -> bool {
        now < self.ends_at()
    }
}

impl Day {
    pub fn of(slots: BTreeMap<Slot, u32>) -> Self {
        let total = slots.values().fold(0, |sum: u32, count| sum.saturating_add(*count));
        Self { slots, total }
    }

    /// People who count now.
    pub fn counted(&self, now: Timestamp) -> u32 {
        let live = self.slots.iter().filter(|(slot, _)| slot.counts_at(now));
        live.fold(0, |sum: u32, (_, count)| sum.saturating_add(*count))
    }

    /// When `nth` people have fallen out, or all of them where they are fewer. Slots that hold nobody free nobody.
    pub fn frees_at(&self, now: Timestamp, nth: u32) -> Option<Timestamp> {
        let mut fallen: u32 = 0;
        let mut at = None;
        for (slot, count) in self.slots.iter().filter(|(slot, count)| slot.counts_at(now) && **count > 0) {
            at = Some(slot.ends_at());
            fallen = fallen.saturating_add(*count);
            if fallen >= nth {
                break;
            }
        }
        at
    }

    /// Counts up to `ask.want` more people now, one at least, after what is given back.
    pub fn plan(&self, ask: &Ask, limit: u32, now: Timestamp) -> Result<Plan, Full> {
        let expired: BTreeMap<Slot, u32> =
            self.slots.iter().filter(|(slot, _)| !slot.counts_at(now)).map(|(slot, count)| (*slot, *count)).collect();
        let back: BTreeMap<Slot, u32> = ask
            .back
            .iter()
            .filter(|(slot, _)| slot.counts_at(now))
            .map(|(slot, count)| (*slot, self.slots.get(slot).copied().unwrap_or(0).min(*count)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let rest = self.counted(now).saturating_sub(back.values().sum());
        // Who only moves to another slot takes nobody's place, even where the limit was lowered meanwhile.
        let take = ask.want.max(1).min(limit.saturating_sub(rest)).max(u32::from(ask.moves && !back.is_empty()));
        if take == 0 {
            return Err(Full { counted: rest, frees_at: self.frees_at(now, 1) });
        }
        let most = limit.saturating_sub(take);
        Ok(Plan { slot: Slot::of(now), take, back, expired, seen: self.total, total: rest.saturating_add(take), most })
    }

    /// The day after a plan.
    #[must_use]
    pub fn after(&self, plan: &Plan) -> Self {
        let mut slots = self.slots.clone();
        slots.retain(|slot, _| !plan.expired.contains_key(slot));
        for (slot, count) in &plan.back {
            slots.entry(*slot).and_modify(|held| *held = held.saturating_sub(*count));
        }
        let held = slots.entry(plan.slot).or_default();
        *held = held.saturating_add(plan.take);
        Self::of(slots)
    }
}

impl Plan {
    /// Whether it only adds: then what others added meanwhile does no harm while the total allows it.
    pub fn only_adds(&self) -> bool {
        self.back.is_empty() && self.expired.is_empty()
    }
}

#[cfg(test)]
mod tests;
