//! The one item per number that its senders share: who holds which part of the rate until when. Pure; the store writes it
//! where nobody else has meanwhile.
//!
//! Nobody takes a part from another. Who comes late asks for theirs, whoever holds more than is fair gives it up at their
//! next look, and what a dead holder had lapses. So the parts never come to more than the whole, whatever is lost, late or
//! repeated.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::bucket::parts;
use super::{Budget, Cut, Heard, WHOLE, fair};

/// Two clocks may differ by so much: what has lapsed by one is not taken before.
const SKEW: SignedDuration = SignedDuration::from_secs(2);
/// All holders together write so many times for each message that the limit allows.
const WRITES: f64 = 0.01;
/// How long a part is held, in seconds, at least and at most.
const HELD: (f64, f64) = (3.0, 30.0);
/// A part is held on to once less than this is left.
const RENEW: SignedDuration = SignedDuration::from_millis(1_500);
/// One holder for so many messages a second of the limit: each may begin with one message at once, and all of them have to
/// fit into Meta's bucket beside what is saved up.
const PER_HOLDER: u32 = 2;
/// But always so many.
const HOLDERS: u32 = 4;

/// Who may send how much for a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// By the process's own name.
    pub holders: BTreeMap<String, Holder>,
    /// What Meta's refusals left of the rate.
    pub cut: Option<Cut>,
    /// What people write in, by the webhook's process that tells of it.
    pub heard: BTreeMap<String, Heard>,
}

/// A process's part of the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Parts of [`WHOLE`] that it may use. None where it waits for others to give some up.
    pub share: u32,
    /// Parts that it could use.
    pub wanted: u32,
    /// Until when, by its own clock.
    pub until: Timestamp,
}

/// What a process knows and wants.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Its name.
    pub name: &'a str,
    /// Meta's limit for the number, in messages a second.
    pub limit: u32,
    /// Messages a second that it could send.
    pub wanted: f64,
    /// Whether somebody has to wait for want of a larger part.
    pub is_short: bool,
    /// When the newest request left that Meta has refused for the number's rate, where others do not know of it yet.
    pub refused: Option<Timestamp>,
}

/// What a process may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lease {
    /// Parts of [`WHOLE`].
    pub share: u32,
    /// Not longer.
    pub until: Timestamp,
    /// What the whole comes to.
    pub budget: Budget,
    /// It has less than would be fair, and others will give some up.
    pub is_short: bool,
}

/// What comes of a look at the shares.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Nothing to write.
    Keep(Lease),
    /// The lease counts once this is written.
    Write(Lease, Change),
    /// As many hold a part as there may be.
    Full,
}

/// What one process writes. It takes from nobody but those whose part has lapsed, and only while they are as they were
/// seen; what it takes has to be free. So two who write at once both succeed, where there is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whose part changes.
    pub name: String,
    /// As it was.
    pub before: Option<Holder>,
    /// As it is to be.
    pub after: Holder,
    /// Those that lapsed, as they were seen: they are gone.
    pub lapsed: BTreeMap<String, Holder>,
    /// A new cut, and the one that was seen.
    pub cut: Option<(Cut, Option<Cut>)>,
    /// Those that say nothing any longer of what people write in: they are gone.
    pub silent: Vec<String>,
    /// As many may hold a part.
    pub places: u32,
}

impl Lease {
    /// Messages a second.
    pub fn per_second(&self, now: Timestamp) -> f64 {
        f64::from(self.share) / f64::from(WHOLE) * self.budget.per_second(now)
    }
}

impl Shares {
    /// What a process that asks may use, and what it has to write for it.
    pub fn turn(&self, ask: Ask<'_>, now: Timestamp) -> Turn {
        let cut = match ask.refused {
            Some(sent_at) => Cut::deeper(self.cut, sent_at, now).or(self.cut),
            None => self.cut,
        };
        let inbound = self.heard.values().map(|heard| heard.per_second(now)).sum();
        let budget = Budget { limit: ask.limit, cut, inbound };
        let wanted = parts(ask.wanted / budget.per_second(now));
        let others = || self.holders.iter().filter(|(name, _)| name.as_str() != ask.name);
        let living = || others().map(|(_, other)| other).filter(|other| other.until + SKEW > now);
        // What lapsed and nobody took is still one's own.
        let mine = self.holders.get(ask.name).copied();
        if mine.is_none() && count(living()) >= places(ask.limit) {
            return Turn::Full;
        }
        let level = fair::level(living().map(|other| other.wanted).chain([wanted]), WHOLE);
        let fair = wanted.min(level);
        let held = mine.map_or(0, |mine| mine.share);
        let is_due = mine.is_none_or(|mine| mine.until <= now + RENEW);
        let grows = fair > held && (ask.is_short || is_due);
        let lapsed = others().filter(|(_, other)| grows && other.until + SKEW <= now);
        let lapsed: BTreeMap<String, Holder> = lapsed.map(|(name, other)| (name.clone(), *other)).collect();
        let kept = others().filter(|(name, _)| !lapsed.contains_key(*name)).map(|(_, other)| other.share);
        let free = WHOLE.saturating_sub(kept.sum());
        let is_contended = living().any(|other| is_less(other.share, other.wanted.min(level)));
        let share = match mine {
            // Others may come the moment after: half of what is free is left for them.
            None => fair.min(free / 2),
            Some(_) if grows => fair.min(free),
            Some(_) if fair < held && (is_contended || is_due) => fair,
            Some(_) => held,
        };
        let is_short = is_less(share, fair);
        let until = now + held_for(count(living()).saturating_add(1), ask.limit);
        let lease = Lease { share, until, budget, is_short };
        // Who waits for others to give some up has to be seen to want it.
        let is_unheard = is_short && mine.is_some_and(|mine| is_less(mine.wanted, wanted));
        let is_news = is_less(share, held) || is_less(held, share) || cut != self.cut || is_unheard;
        match mine {
            Some(mine) if !is_due && !is_news => Turn::Keep(Lease { share: mine.share, until: mine.until, ..lease }),
            _ => Turn::Write(
                lease,
                Change {
                    name: ask.name.to_owned(),
                    before: mine,
                    after: Holder { share, wanted, until },
                    lapsed,
                    cut: cut.filter(|_| cut != self.cut).map(|cut| (cut, self.cut)),
                    silent: self
                        .heard
                        .iter()
                        .filter(|(_, heard)| heard.is_old(now))
                        .map(|(name, _)| name.clone())
                        .collect(),
                    places: places(ask.limit),
                },
            ),
        }
    }
}

impl Change {
    /// Parts that it takes from what is free; below zero where it gives some up.
    pub fn takes(&self) -> i64 {
        let had = self.before.iter().chain(self.lapsed.values()).map(|holder| i64::from(holder.share));
        i64::from(self.after.share) - had.sum::<i64>()
    }

    /// Places that it takes; below zero where it frees some.
    pub fn seats(&self) -> i64 {
        i64::from(self.before.is_none()) - i64::from(count(self.lapsed.values()))
    }
}

/// Less by a twentieth of it or more: less of a difference is not worth a write.
fn is_less(share: u32, than: u32) -> bool {
    than > share && than - share > than / 20
}

fn places(limit: u32) -> u32 {
    (limit / PER_HOLDER).max(HOLDERS)
}

fn count<'a>(holders: impl Iterator<Item = &'a Holder>) -> u32 {
    u32::try_from(holders.count()).unwrap_or(u32::MAX)
}

/// The more hold a part of the less, the longer each holds it, so that writes stay few.
fn held_for(holders: u32, limit: u32) -> SignedDuration {
    let seconds = f64::from(holders) / (WRITES * f64::from(limit.max(1)));
    let held = SignedDuration::try_from_secs_f64(seconds.clamp(HELD.0, HELD.1)).unwrap_or_default();
    // As the table stores it.
    SignedDuration::from_millis(i64::try_from(held.as_millis()).unwrap_or_default()) + RENEW
}

#[cfg(test)]
mod tests;
