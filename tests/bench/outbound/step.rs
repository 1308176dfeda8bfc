//! Meta upgrades a number while it sends: how long until its senders use what it may (fault matrix 9).

use std::time::Duration;

use jiff::SignedDuration;

use super::LATENCY_MS;
use super::run::run;
use crate::report::{Section, short};
use crate::stats::number;
use crate::variant::Variant;
use crate::world::{NUMBER, World, people, round_robin};

const SENDERS: usize = 12;
const BEFORE: u32 = 80;
/// What a machine of two cores carries, sandbox included.
const AFTER: u32 = 250;
/// How long it sends at the lower rate.
const STEADY: Duration = Duration::from_secs(8);
/// A rate is measured over so long.
const SECONDS: i64 = 2;
/// Looked at for so long at most: what is known of a channel is read again each minute.
const LOOKED_AT: Duration = Duration::from_secs(90);

pub(super) fn measure(sender: &Variant) -> Section {
    let mut section = Section::new(
        "Meta upgrades a number while it sends (P6)",
        &["", "before/s", "after/s", "s to 95 %", "130429 %"],
    );
    let world = World::start();
    world.limit(BEFORE);
    let messages = usize::try_from(AFTER).unwrap() * 36;
    let people = people(messages, 40);
    world.hear(NUMBER, &people);
    world.queue(&round_robin(NUMBER, &people, messages, "step"));
    world.slow("/messages", LATENCY_MS);
    let mut upgraded: Option<(jiff::Timestamp, Duration)> = None;
    let mut reached = None;
    let mut best = 0.0_f64;
    let seen = run(&world, sender, SENDERS, false, |elapsed| {
        let Some((at, since)) = upgraded else {
            if elapsed >= STEADY {
                world.limit(AFTER);
                upgraded = Some((jiff::Timestamp::now(), elapsed));
            }
            return false;
        };
        let now = jiff::Timestamp::now();
        let from = now - SignedDuration::from_secs(SECONDS);
        let sent = world.meta().sends();
        let lately = sent.iter().rev().take_while(|sent| sent.at >= from).count();
        let rate = number(lately) / f64::from(i32::try_from(SECONDS).unwrap());
        best = best.max(rate);
        if rate >= f64::from(AFTER) * 0.95 {
            reached = Some(now.duration_since(at).as_secs_f64());
        }
        let is_empty = sent.len() + 200 > messages;
        reached.is_some() || is_empty || elapsed >= since + LOOKED_AT
    });
    section.row([
        format!("{BEFORE}/s, then {AFTER}/s, {SENDERS} senders"),
        short(seen.per_second(u32::try_from(STEADY.as_secs()).unwrap())),
        short(best),
        reached.map_or_else(|| "not reached".to_owned(), short),
        short(seen.refused_percent(130_429)),
    ]);
    section.at_most("P6", "from the upgrade to 95 % of the new limit", 65.0, reached.unwrap_or(f64::INFINITY), "s");
    section.note(
        "From the moment that Meta allows it and the channel says so: each sender reads what is known of a channel once a \
         minute, and the sync reads it from Meta.",
    );
    world.stop();
    section
}
