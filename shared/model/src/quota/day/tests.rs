use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::lease::Lease;
use super::*;

fn at(minutes: i64) -> Timestamp {
    "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn one(back: &[(Slot, u32)], moves: bool) -> Ask {
    Ask { want: 1, back: back.iter().copied().collect(), moves }
}

#[test]
fn a_person_falls_out_after_a_day_and_never_before() {
    let counted_at = at(29) + SignedDuration::from_millis(59_999);
    let slot = Slot::of(counted_at);
    assert_eq!(slot, Slot::of(at(0)));
    assert_ne!(slot, Slot::of(at(30)));
    let day = Day::of(BTreeMap::from([(slot, 1)]));
    let (millisecond, a_day) = (SignedDuration::from_millis(1), SignedDuration::from_hours(24));
    assert_eq!(day.counted(counted_at + a_day), 1);
    assert_eq!(day.counted(slot.ends_at() - millisecond), 1);
    assert_eq!(day.counted(slot.ends_at()), 0);
    assert!(slot.ends_at() <= at(0) + a_day + BUCKET);
}

#[test]
fn the_last_place_is_taken_once() {
    let now = at(0);
    let day = Day::of(BTreeMap::from([(Slot::of(at(-60)), 49)]));
    let plan = day.plan(&one(&[], false), 50, now).unwrap();
    assert!(plan.only_adds());
    assert_eq!((plan.take, plan.most, plan.total), (1, 49, 50));
    let full = day.after(&plan);
    let refused = full.plan(&one(&[], false), 50, now).unwrap_err();
    assert_eq!(refused, Full { counted: 50, frees_at: Some(Slot::of(at(-60)).ends_at()) });
    let later = Slot::of(at(-60)).ends_at();
    let plan = full.plan(&one(&[], false), 50, later).unwrap();
    assert_eq!((plan.expired.len(), plan.total), (1, 2));
    assert_eq!(full.after(&plan).slots.len(), 2, "what fell out is cleared");
}

#[test]
fn who_counts_already_moves_though_the_day_is_full() {
    let (old, now) = (Slot::of(at(-600)), at(0));
    let day = Day::of(BTreeMap::from([(old, 3)]));
    let plan = day.plan(&one(&[(old, 1)], true), 3, now).unwrap();
    assert_eq!(day.after(&plan).slots, BTreeMap::from([(old, 2), (Slot::of(now), 1)]));
    // Also under a limit that was lowered since; for anybody else there is no place then.
    assert!(day.plan(&one(&[(old, 1)], true), 1, now).is_ok());
    assert!(day.plan(&one(&[(old, 1)], false), 1, now).is_err());
    // Nor for one who is said to count where nobody does.
    assert!(day.plan(&one(&[(Slot::of(at(-60)), 1)], true), 3, now).is_err());
}

#[test]
fn nothing_is_given_back_that_is_not_there() {
    let (old, now) = (Slot::of(at(-600)), at(0));
    let day = Day::of(BTreeMap::from([(old, 1)]));
    let ask = one(&[(old, 5), (Slot::of(at(-2_000)), 5), (Slot::of(at(-30)), 1)], false);
    let plan = day.plan(&ask, 50, now).unwrap();
    assert_eq!(plan.back, BTreeMap::from([(old, 1)]));
    assert_eq!(day.after(&plan).total, 1);
}

#[test]
fn a_limit_of_nought_lets_nobody_through() {
    assert_eq!(Day::default().plan(&one(&[], false), 0, at(0)), Err(Full { counted: 0, frees_at: None }));
}

#[test]
fn whoever_waits_comes_when_there_is_room() {
    let slots = [-600, -300, -60].map(|minutes| Slot::of(at(minutes)));
    let day = Day::of(BTreeMap::from([(slots[0], 2), (slots[1], 0), (slots[2], 1)]));
    let frees = |nth| day.frees_at(at(0), nth);
    assert_eq!([frees(1), frees(2), frees(3), frees(9)], [0, 0, 2, 2].map(|slot: usize| Some(slots[slot].ends_at())));
    assert_eq!(Day::default().frees_at(at(0), 1), None);
}

#[test]
fn only_a_large_limit_is_reserved_in_blocks() {
    assert_eq!([block(50, 0), block(1_999, 0), block(10_000, 0), block(100_000, 0)], [1, 1, 10, 50]);
    assert_eq!([block(100_000, 99_000), block(100_000, 100_000), block(5, 9)], [1, 1, 1]);
}

#[test]
fn what_is_reserved_serves_its_own_slot_only() {
    let (now, mut lease) = (at(0), Lease::default());
    let plan = Day::default().plan(&lease.ask(3, false, now), 50, now).unwrap();
    let day = Day::default().after(&plan);
    assert_eq!(lease.granted(&plan), Slot::of(now));
    assert_eq!([lease.take(at(29)), lease.take(at(30))], [Some(Slot::of(now)), None]);
    // What is left goes back with the next write.
    let ask = lease.ask(1, false, at(30));
    assert_eq!(ask.back, BTreeMap::from([(Slot::of(now), 1)]));
    let plan = day.plan(&ask, 50, at(30)).unwrap();
    assert_eq!(day.after(&plan).slots, BTreeMap::from([(Slot::of(now), 2), (Slot::of(at(30)), 1)]));
    assert_eq!(lease.granted(&plan), Slot::of(at(30)));
    assert_eq!((lease.take(at(30)), lease.ask(1, false, at(30)).back.len()), (None, 0));
}

/// One thing that happens: minutes pass, a process wants to write to a person, or one that was written to never got it.
#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Write { person: usize, process: usize, stale: bool },
    Release(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => (1_i64..400).prop_map(Step::Wait),
        4 => (0_usize..12, 0_usize..3, any::<bool>())
            .prop_map(|(person, process, stale)| Step::Write { person, process, stale }),
        1 => (0_usize..12).prop_map(Step::Release),
    ];
    prop::collection::vec(step, 1..80)
}

/// The table and its writers: what a process has seen may be old, and a write is made only where its condition holds.
#[derive(Default)]
struct World {
    table: Day,
    seen: [Day; 3],
    leases: [Lease; 3],
    /// Who counts, and where.
    marks: BTreeMap<usize, Slot>,
    /// Every message that went out and was not released.
    sent: Vec<(usize, Timestamp)>,
}

impl World {
    /// What the condition of a write says.
    fn write(&mut self, plan: &Plan) -> bool {
        let slots = &self.table.slots;
        let holds = if plan.only_adds() {
            self.table.total <= plan.most
        } else {
            self.table.total == plan.seen
                && plan.expired.iter().all(|(slot, count)| slots.get(slot) == Some(count))
                && plan.back.iter().all(|(slot, count)| slots.get(slot).is_some_and(|held| held >= count))
        };
        if holds {
            self.table = self.table.after(plan);
        }
        holds
    }

    fn send(&mut self, person: usize, process: usize, stale: bool, (limit, want): (u32, u32), now: Timestamp) -> bool {
        let mark = self.marks.get(&person).copied().filter(|slot| slot.counts_at(now));
        if mark == Some(Slot::of(now)) {
            self.sent.push((person, now));
            return true;
        }
        let mut lease = std::mem::take(&mut self.leases[process]);
        if let Some(slot) = mark {
            lease.give_back(slot);
        }
        let slot = lease.take(now).or_else(|| {
            let ask = lease.ask(want, mark.is_some(), now);
            // What somebody moves from is in the table, and may not have been seen.
            let mut day = if stale && mark.is_none() { self.seen[process].clone() } else { self.table.clone() };
            loop {
                match day.plan(&ask, limit, now) {
                    Ok(plan) if self.write(&plan) => return Some(lease.granted(&plan)),
                    // Never believed but of a fresh look.
                    Err(_) if day == self.table => return None,
                    _ => day = self.table.clone(),
                }
            }
        });
        self.leases[process] = lease;
        self.seen[process] = self.table.clone();
        if let Some(slot) = slot {
            self.marks.insert(person, slot);
            self.sent.push((person, now));
        }
        slot.is_some()
    }

    fn release(&mut self, person: usize) {
        if let Some(slot) = self.marks.remove(&person) {
            if let Some(held) = self.table.slots.get_mut(&slot).filter(|held| **held > 0) {
                *held -= 1;
                self.table.total -= 1;
            }
            self.sent.retain(|(who, _)| *who != person);
        }
    }

    fn reached(&self, now: Timestamp, within: SignedDuration) -> usize {
        let recent = self.sent.iter().filter(|(_, at)| now.duration_since(*at) < within);
        recent.map(|(person, _)| person).collect::<BTreeSet<_>>().len()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However many share a limit and whatever they know: never more people in any 24 hours than it allows, and, where
    /// nothing is reserved, nobody held back whom a slot more than that leaves room for.
    #[test]
    fn a_day_never_holds_more_than_its_limit(steps in steps(), limit in 1_u32..8, want in 1_u32..4) {
        let mut world = World::default();
        let mut now = at(0);
        let (day, allowed) = (SignedDuration::from_hours(24), usize::try_from(limit).unwrap());
        for step in steps {
            match step {
                Step::Wait(minutes) => now += SignedDuration::from_mins(minutes),
                Step::Release(person) => world.release(person),
                Step::Write { person, process, stale } => {
                    let went = world.send(person, process, stale, (limit, want), now);
                    prop_assert!(world.reached(now, day) <= allowed, "more than {limit}");
                    prop_assert_eq!(world.table.total, Day::of(world.table.slots.clone()).total);
                    if !went && want == 1 {
                        prop_assert!(world.reached(now, day + BUCKET) >= allowed, "held back for nothing");
                    }
                }
            }
        }
    }
}
