//! What one person's or one number's trouble takes from everybody else (P6, R8).

use std::collections::BTreeSet;

use serde_json::json;

use super::LATENCY_MS;
use super::run::{EVER, Seen, run};
use crate::machine;
use crate::report::{Section, short};
use crate::stats::number;
use crate::variant::Variant;
use crate::world::{Message, NUMBER, OTHER, World, people, round_robin};

/// As many as the template lets run at once.
const SENDERS: usize = 10;
/// Messages to everybody else.
const OTHERS: usize = 1_600;

/// Who makes trouble meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    HotPair,
    ThrottledNumber,
    DeadToken,
}

const ALL: [(Trouble, &str); 4] = [
    (Trouble::None, "nobody makes trouble"),
    (Trouble::HotPair, "one person is sent 300"),
    (Trouble::ThrottledNumber, "another number of 800 may send 2 a second"),
    (Trouble::DeadToken, "another number's token is refused"),
];

pub(super) fn measure(sender: &Variant, quick: bool) -> Section {
    let mut section = Section::new(
        "What one person's or number's trouble takes from the others (P6, R8)",
        &["", "others/s", "loss %", "130429 %", "131056", "sent for who makes trouble", "calls for them"],
    );
    section.notes.extend(machine::note_of_others());
    let mut alone = None;
    for (trouble, name) in ALL {
        let (seen, others) = with(trouble, sender, quick);
        let rate = rate(&seen, &others);
        let alone = *alone.get_or_insert(rate);
        let loss = (1.0 - rate / alone) * 100.0;
        let theirs = seen.accepted.len() - others.len();
        section.row([
            name.to_owned(),
            short(rate),
            short(loss),
            short(seen.refused_percent(130_429)),
            seen.refusals(131_056, EVER).to_string(),
            theirs.to_string(),
            (theirs + seen.refused.len()).to_string(),
        ]);
        if trouble != Trouble::None {
            section.at_most("R8", &format!("{name}: the others lose"), 5.0, loss, "%");
        }
        if trouble == Trouble::HotPair {
            section.at_most("P6", "131056", 0.0, number(seen.refusals(131_056, EVER)), "");
        }
    }
    section.note(format!(
        "{SENDERS} senders at 80 a second, from the first of the others' messages that Meta accepts to the last. Who \
         makes trouble has their messages between the others'. 45 to one person at once are within Meta's limit, and \
         take their part of the number's rate."
    ));
    section
}

/// What Meta saw, and the ids of the others' messages.
fn with(trouble: Trouble, sender: &Variant, quick: bool) -> (Seen, BTreeSet<String>) {
    let world = World::start();
    let count = if quick { OTHERS / 4 } else { OTHERS };
    let crowd = people(count, 30);
    world.hear(NUMBER, &crowd);
    let others = round_robin(NUMBER, &crowd, count, "other");
    let (first, rest): (Vec<Message>, &str) = match trouble {
        Trouble::None => (Vec::new(), ""),
        Trouble::HotPair => {
            let hot = people(1, 31);
            world.hear(NUMBER, &hot);
            (round_robin(NUMBER, &hot, 300, "hot"), "hot")
        }
        Trouble::ThrottledNumber | Trouble::DeadToken => {
            world.add_other();
            let theirs = people(count / 2, 32);
            world.hear(OTHER, &theirs);
            let fault = match trouble {
                Trouble::ThrottledNumber => json!({"throttle": {"per_second": 2.0}}),
                _ => json!({"error": {"code": 190}}),
            };
            let path = json!({"path": "/messages", "phone_number_id": OTHER});
            world.fault(&json!({"match": path, "fault": fault}));
            (round_robin(OTHER, &theirs, count / 2, "theirs"), "theirs")
        }
    };
    world.slow("/messages", LATENCY_MS);
    let messages = between(others, first);
    let ids = world.queue(&messages);
    let others: BTreeSet<String> = ids
        .into_iter()
        .zip(&messages)
        .filter(|(_, message)| rest.is_empty() || !message.key.starts_with(rest))
        .map(|(id, _)| id)
        .collect();
    let seen = run(&world, sender, SENDERS, false, |_| {
        let sent = world.meta().sends();
        sent.iter().filter(|sent| sent.opaque.as_ref().is_some_and(|id| others.contains(id))).count() == others.len()
    });
    world.stop();
    (seen, others)
}

/// The few evenly among the many.
fn between(many: Vec<Message>, few: Vec<Message>) -> Vec<Message> {
    let every = many.len() / few.len().max(1);
    let mut few = few.into_iter();
    let mut all = Vec::new();
    for (at, message) in many.into_iter().enumerate() {
        all.push(message);
        if every > 0 && at % every == 0 {
            all.extend(few.next());
        }
    }
    all.extend(few);
    all
}

/// The others' messages a second, from the first to the last.
fn rate(seen: &Seen, others: &BTreeSet<String>) -> f64 {
    let theirs = seen.accepted.iter().filter(|sent| sent.opaque.as_ref().is_some_and(|id| others.contains(id)));
    let times: Vec<_> = theirs.map(|sent| sent.at).collect();
    let took = times[times.len() - 1].duration_since(times[0]).as_secs_f64();
    number(times.len()) / took
}
