//! Senders that take batches of ten, side by side, and the item that they share. Everything happens at a time, in order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use jiff::{SignedDuration, Timestamp};

use super::{meta::Meta, table};
use crate::limiter::{Ask, Heard, Pacer, Shares, Take, Turn};

/// A little generator of numbers (xorshift): the same seed, the same world.
#[derive(Clone, Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

/// What senders are like. Times in milliseconds.
#[derive(Clone, Debug)]
pub(super) struct Habits {
    pub(super) senders: usize,
    pub(super) limit: u32,
    /// Messages in a batch.
    pub(super) batch: u64,
    /// What Meta takes for an answer, from and to.
    pub(super) call: (u64, u64),
    /// What the table takes.
    pub(super) table: (u64, u64),
    /// From a batch to the next.
    pub(super) pause: (u64, u64),
    /// Of 1,000 batches so many are followed by a long silence, or by the end of the process; another one starts then.
    pub(super) sleeps: u64,
    pub(super) dies: u64,
    /// How far a clock is off, either way.
    pub(super) skew: u64,
    /// A message is under way to Meta so long, at most.
    pub(super) way: u64,
}

impl Habits {
    pub(super) fn busy(senders: usize, limit: u32) -> Self {
        Self {
            senders,
            limit,
            batch: 10,
            call: (250, 250),
            table: (3, 8),
            pause: (20, 40),
            sleeps: 0,
            dies: 0,
            skew: 0,
            way: 0,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Batch {
        who: usize,
    },
    /// A record asks (again).
    Asks {
        who: usize,
    },
    /// The time of what a record took has come.
    Due {
        who: usize,
        epoch: u64,
        due: i64,
    },
    /// Its request is with Meta.
    Arrives {
        who: usize,
        sent: i64,
    },
    Answered {
        who: usize,
        sent: i64,
        refused: bool,
    },
    /// The shares have been read.
    Read {
        who: usize,
        life: u64,
    },
    /// The write is with the table.
    Written {
        who: usize,
        life: u64,
    },
}

struct Sender {
    name: String,
    life: u64,
    ahead: i64,
    pacer: Pacer,
    /// Records of its batch that are not done.
    open: u64,
    looking: Option<Shares>,
    /// When its batch came.
    came: i64,
    awake: bool,
}

pub(super) struct World {
    pub(super) meta: Meta,
    pub(super) shares: Shares,
    pub(super) writes: usize,
    pub(super) conflicts: usize,
    habits: Habits,
    dice: Dice,
    senders: Vec<Sender>,
    events: BinaryHeap<Reverse<(i64, u64, Happens)>>,
    now: i64,
    order: u64,
    /// Meta's limit as the channel has it.
    pub(super) told: u32,
    /// When it refuses everything.
    pub(super) storm: std::ops::Range<i64>,
    pub(super) stormed: usize,
    /// From when a record came to when it went, in microseconds.
    pub(super) longest_wait: i64,
}

/// Some day at noon, in milliseconds.
const NOON: i64 = 1_772_452_800_000;

impl World {
    pub(super) fn new(habits: Habits, seed: u64) -> Self {
        let mut dice = Dice(seed | 1);
        let senders = (0..habits.senders).map(|nth| Sender::new(nth, 0, &habits, &mut dice)).collect();
        let mut world = Self {
            meta: Meta::new(habits.limit),
            shares: Shares::default(),
            writes: 0,
            conflicts: 0,
            told: habits.limit,
            habits,
            dice,
            senders,
            events: BinaryHeap::new(),
            now: 0,
            order: 0,
            storm: 0..0,
            stormed: 0,
            longest_wait: 0,
        };
        for who in 0..world.senders.len() {
            let after = world.dice.below(50);
            world.later(after, Happens::Batch { who });
        }
        world
    }

    /// From now on a sender takes no more batches.
    pub(super) fn rest(&mut self, who: usize) {
        self.senders[who].awake = false;
    }

    /// Plays until `seconds` have passed since the beginning.
    pub(super) fn play(&mut self, seconds: u64) {
        let until = i64::try_from(seconds * 1_000_000).unwrap();
        while self.events.peek().is_some_and(|Reverse((at, ..))| *at < until) {
            let Some(Reverse((at, _, what))) = self.events.pop() else { break };
            self.now = at;
            self.happens(what);
        }
        self.now = until;
    }

    /// People write in, evenly, in the seconds that come; the webhook tells of them by twenty-fives.
    pub(super) fn play_with_inbound(&mut self, seconds: u64, per_second: u64) {
        let (from, to) = (u64::try_from(self.now).unwrap() / 1_000_000, seconds);
        for nth in from * per_second..to * per_second {
            let at = nth * 1_000_000 / per_second;
            while self.events.peek().is_some_and(|Reverse((next, ..))| *next < i64::try_from(at).unwrap()) {
                let Some(Reverse((next, _, what))) = self.events.pop() else { break };
                self.now = next;
                self.happens(what);
            }
            self.now = i64::try_from(at).unwrap();
            self.meta.hears(seconds_of(self.now));
            if nth % 25 == 24 {
                let (at, took) =
                    (self.noon(), SignedDuration::from_micros(i64::try_from(25_000_000 / per_second).unwrap()));
                self.shares.heard.insert("webhook".into(), Heard { messages: 25, from: at - took, at });
            }
        }
        self.play(seconds);
    }

    /// The time by a right clock.
    fn noon(&self) -> Timestamp {
        Timestamp::from_millisecond(NOON).unwrap() + SignedDuration::from_micros(self.now)
    }

    fn later(&mut self, millis: u64, what: Happens) {
        self.later_micros(i64::try_from(millis).unwrap() * 1_000, what);
    }

    fn later_micros(&mut self, micros: i64, what: Happens) {
        self.order += 1;
        self.events.push(Reverse((self.now + micros, self.order, what)));
    }

    fn between(&mut self, (from, to): (u64, u64)) -> u64 {
        from + self.dice.below(to - from + 1)
    }

    /// The time by a sender's clock.
    fn clock(&self, who: usize) -> Timestamp {
        self.noon() + SignedDuration::from_millis(self.senders[who].ahead)
    }

    fn happens(&mut self, what: Happens) {
        match what {
            Happens::Batch { who } => {
                if !self.senders[who].awake {
                    return;
                }
                self.senders[who].open = self.habits.batch;
                self.senders[who].came = self.now;
                for _ in 0..self.habits.batch {
                    self.senders[who].pacer.comes();
                    let after = self.dice.below(3);
                    self.later(after, Happens::Asks { who });
                }
            }
            Happens::Asks { who } => self.asks(who),
            Happens::Due { who, epoch, due } => {
                self.looks(who);
                if self.now < due && !self.senders[who].pacer.is_past(epoch) {
                    return self.wait(who, epoch, due);
                }
                let (clock, due) = (self.clock(who), self.clock_at(who, due));
                if self.senders[who].pacer.arrives(epoch, due, clock) {
                    self.goes(who);
                } else {
                    self.asks(who);
                }
            }
            Happens::Arrives { who, sent } => {
                let is_storm = self.storm.contains(&self.now);
                self.stormed += usize::from(is_storm);
                let refused = is_storm || !self.meta.takes(seconds_of(self.now));
                let call = self.between(self.habits.call);
                self.later(call, Happens::Answered { who, sent, refused });
            }
            Happens::Answered { who, sent, refused } => {
                if refused {
                    let (clock, sent) = (self.clock(who), self.clock_at(who, sent));
                    self.senders[who].pacer.refused(sent, clock);
                    self.wakes(who);
                }
                self.done(who);
            }
            Happens::Read { who, life } => self.read(who, life),
            Happens::Written { who, life } => self.written(who, life),
        }
    }

    fn clock_at(&self, who: usize, at: i64) -> Timestamp {
        self.clock(who) - SignedDuration::from_micros(self.now - at)
    }

    fn looks(&mut self, who: usize) {
        let clock = self.clock(who);
        if self.senders[who].pacer.look_is_due(clock) && self.senders[who].looking.is_none() {
            let (life, after) = (self.senders[who].life, self.between(self.habits.table));
            self.senders[who].looking = Some(Shares::default());
            self.later(after, Happens::Read { who, life });
        }
    }

    fn asks(&mut self, who: usize) {
        self.looks(who);
        let clock = self.clock(who);
        match self.senders[who].pacer.take(clock) {
            Take::Go => self.goes(who),
            Take::Wait { after, epoch, .. } => {
                let micros = i64::try_from(after.as_micros()).unwrap() + 1;
                let due = self.now + micros;
                self.wait(who, epoch, due);
            }
            Take::Look => self.later(20, Happens::Asks { who }),
        }
    }

    /// Who waits long looks up now and then.
    fn wait(&mut self, who: usize, epoch: u64, due: i64) {
        self.later_micros((due - self.now).min(250_000), Happens::Due { who, epoch, due });
    }

    /// A change of its rate wakes everybody who waits in a sender.
    fn wakes(&mut self, who: usize) {
        let pacer = &self.senders[who].pacer;
        let is_woken = |what: &Happens| match what {
            Happens::Due { who: one, epoch, .. } => *one == who && pacer.is_past(*epoch),
            _ => false,
        };
        let woken: Vec<_> = self.events.iter().filter(|Reverse((.., what))| is_woken(what)).copied().collect();
        self.events.retain(|Reverse((.., what))| !is_woken(what));
        for Reverse((.., what)) in woken {
            self.later(1, what);
        }
    }

    fn goes(&mut self, who: usize) {
        self.senders[who].pacer.leaves(true);
        self.longest_wait = self.longest_wait.max(self.now - self.senders[who].came);
        let way = self.dice.below(self.habits.way + 1);
        let sent = self.now;
        self.later(way, Happens::Arrives { who, sent });
    }

    fn done(&mut self, who: usize) {
        self.senders[who].open = self.senders[who].open.saturating_sub(1);
        if self.senders[who].open > 0 {
            return;
        }
        let mut pause = self.between(self.habits.pause);
        if self.dice.below(1_000) < self.habits.sleeps {
            pause += self.dice.below(30_000);
        } else if self.dice.below(1_000) < self.habits.dies {
            // Nothing of it is left but its share.
            let life = self.senders[who].life + 1;
            self.senders[who] = Sender::new(who, life, &self.habits, &mut self.dice);
        }
        self.later(pause, Happens::Batch { who });
    }

    fn read(&mut self, who: usize, life: u64) {
        if self.senders[who].life != life {
            return;
        }
        self.senders[who].looking = Some(self.shares.clone());
        let after = self.between(self.habits.table);
        self.later(after, Happens::Written { who, life });
    }

    /// What was read is judged, and written where nobody wrote meanwhile.
    fn written(&mut self, who: usize, life: u64) {
        if self.senders[who].life != life {
            return;
        }
        let clock = self.clock(who);
        let sender = &mut self.senders[who];
        let Some(read) = sender.looking.take() else { return };
        let name = sender.name.clone();
        let ask: Ask<'_> = sender.pacer.ask(&name, self.told, clock);
        let lease = match read.turn(ask, clock) {
            Turn::Keep(lease) => Some(lease),
            Turn::Full => None,
            Turn::Write(lease, change) => {
                self.writes += 1;
                if !table::write(&mut self.shares, &change) {
                    self.conflicts += 1;
                    sender.looking = Some(self.shares.clone());
                    let after = self.between(self.habits.table);
                    return self.later(after, Happens::Written { who, life });
                }
                Some(lease)
            }
        };
        sender.pacer.adopt(&ask, lease, clock);
        self.wakes(who);
        let parts: u64 = self.shares.holders.values().map(|holder| u64::from(holder.share)).sum();
        assert!(parts <= 1_000_000, "{parts} of a whole: {:?}", self.shares);
    }

    pub(super) fn held(&self) -> BTreeMap<&str, u32> {
        self.shares.holders.iter().map(|(name, holder)| (name.as_str(), holder.share)).collect()
    }
}

impl Sender {
    fn new(nth: usize, life: u64, habits: &Habits, dice: &mut Dice) -> Self {
        let ahead = i64::try_from(dice.below(2 * habits.skew + 1)).unwrap() - i64::try_from(habits.skew).unwrap();
        let now = Timestamp::from_millisecond(NOON).unwrap();
        Self {
            name: format!("{nth}.{life}"),
            life,
            ahead,
            pacer: Pacer::new(now),
            open: 0,
            looking: None,
            came: 0,
            awake: true,
        }
    }
}

fn seconds_of(micros: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an hour has few microseconds")]
    let micros = micros as f64;
    micros / 1e6
}
