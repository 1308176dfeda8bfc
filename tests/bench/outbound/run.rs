//! One run: a queue that is full, senders that empty it, and what Meta saw of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sandbox::meta::{RefusedRecord, SendRecord};

use super::fleet::{Fleet, Tally};
use crate::stats::number;
use crate::variant::Variant;
use crate::world::{Message, NUMBER, PATIENCE, World, people, round_robin};

/// What Meta saw of a run, and what it took.
pub(super) struct Seen {
    pub(super) accepted: Vec<SendRecord>,
    pub(super) refused: Vec<RefusedRecord>,
    pub(super) tally: Tally,
}

/// Lets senders run until `is_over`, which is asked now and then.
pub(super) fn run(
    world: &World,
    sender: &Variant,
    senders: usize,
    counted: bool,
    mut is_over: impl FnMut(Duration) -> bool,
) -> Seen {
    world.proxy.reset();
    let began = Instant::now();
    let fleet = Fleet::start(world, sender, senders, counted);
    while !is_over(began.elapsed()) {
        assert!(began.elapsed() < PATIENCE, "a run does not come to its end");
        std::thread::sleep(Duration::from_millis(100));
    }
    let tally = fleet.stop();
    Seen { accepted: world.meta().sends(), refused: world.meta().refused(), tally }
}

/// Before the first message too.
pub(super) const EVER: SignedDuration = SignedDuration::from_hours(-1);

impl Seen {
    /// When Meta accepted the first message.
    pub(super) fn began(&self) -> Timestamp {
        self.accepted.first().expect("something is accepted").at
    }

    /// Accepted messages a second, over so many seconds from the first.
    pub(super) fn per_second(&self, seconds: u32) -> f64 {
        let end = self.began() + SignedDuration::from_secs(i64::from(seconds));
        number(self.accepted.iter().filter(|sent| sent.at < end).count()) / f64::from(seconds)
    }

    /// How often Meta refused with this code from `after` on.
    pub(super) fn refusals(&self, code: i64, after: SignedDuration) -> usize {
        let from = self.began() + after;
        self.refused.iter().filter(|refused| refused.code == code && refused.at >= from).count()
    }

    /// Of all that was asked of Meta, in per cent.
    pub(super) fn refused_percent(&self, code: i64) -> f64 {
        let calls = self.accepted.len() + self.refused.len();
        number(self.refusals(code, EVER)) * 100.0 / number(calls)
    }

    pub(super) fn messages(&self) -> f64 {
        number(self.accepted.len())
    }
}

/// Correct first: everything that is queued is accepted, once, and to each person in order, by several senders.
pub(super) fn check(sender: &Variant) {
    eprintln!("checking that everything is sent once and in order");
    let world = World::start();
    let people = people(25, 10);
    world.hear(NUMBER, &people);
    let messages = round_robin(NUMBER, &people, 250, "check");
    let ids = world.queue(&messages);
    let outbound = world.local.ready().queues.outbound.clone();
    let seen = run(&world, sender, 3, true, |_| world.local.aws().sqs().counts(&outbound).unwrap().total() == 0);
    let sent: Vec<&str> = seen.accepted.iter().filter_map(|sent| sent.opaque.as_deref()).collect();
    assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), ids.len(), "everything is sent");
    assert_eq!(sent.len(), ids.len(), "and nothing twice");
    assert_eq!(by_person(&messages, &ids, None), by_person(&messages, &ids, Some(&sent)), "and in order");
    world.stop();
}

/// Each person's messages as they were queued, or as they were sent.
fn by_person<'a>(
    messages: &'a [Message],
    ids: &'a [String],
    sent: Option<&[&'a str]>,
) -> BTreeMap<&'a str, Vec<&'a str>> {
    let people: BTreeMap<&str, &str> = ids.iter().map(String::as_str).zip(messages.iter().map(|m| &*m.phone)).collect();
    let queued: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut each: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in sent.unwrap_or(&queued) {
        each.entry(people[id]).or_default().push(id);
    }
    each
}
