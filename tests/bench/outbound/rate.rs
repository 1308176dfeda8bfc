//! The rate that senders reach together while Meta enforces its limit, and what a message takes meanwhile (P6).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use sandbox::Service;
use serde_json::json;

use super::run::{EVER, Seen, run};
use super::{BATCH, LATENCY_MS};
use crate::machine;
use crate::report::{Section, short};
use crate::stats::{millis, number};
use crate::variant::Variant;
use crate::world::{NUMBER, World, people, round_robin};

/// Messages a second of a number as Meta first gives it, and of one it has upgraded.
const STANDARD: Load = Load { name: "80/s", limit: 80, senders: 4, seconds: 60, inbound: 0 };
const HIGH: Load = Load { name: "1,000/s", limit: 1_000, senders: 32, seconds: 20, inbound: 0 };
/// What this machine can carry, sandbox included, where it cannot carry a thousand.
const MODEL: Load = Load { name: "model of it, 250/s", limit: 250, senders: 12, seconds: 20, inbound: 0 };
/// Of what the limit allows, people write in 30 %.
const MIXED: Load = Load { name: "80/s, 24 of them inbound", limit: 80, senders: 4, seconds: 20, inbound: 24 };
/// Refusals are forgiven for so long.
const SETTLING: SignedDuration = SignedDuration::from_secs(2);

#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    limit: u32,
    senders: usize,
    seconds: u32,
    /// Messages a second that people write.
    inbound: u32,
}

/// A run at 80 a second, with everything between the senders and AWS counted.
pub(super) struct Standard {
    pub(super) world: World,
    pub(super) seen: Seen,
    /// By kind of item.
    pub(super) table: BTreeMap<String, Taken>,
    /// Requests to SQS: queueing by tens, polling, deleting, and the sender's own.
    pub(super) sqs: f64,
}

/// Requests of one kind of item, and the units they took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub(super) reads: f64,
    pub(super) read: f64,
    pub(super) writes: f64,
    /// Without those of indexes.
    pub(super) written: f64,
    pub(super) indexed: f64,
}

pub(super) fn measure(sender: &Variant, quick: bool) -> (Section, Standard) {
    let mut section = Section::new(
        "Sending within Meta's limits (P6)",
        &[
            "",
            "senders",
            "s",
            "accepted/s",
            "% of limit",
            "in flight, mean",
            "130429 %",
            "after 2 s",
            "131056",
            "CPU ms",
        ],
    );
    section.notes.extend(machine::note_of_others());
    let (world, seen, inbound) = load(STANDARD, sender, quick, true);
    row(&mut section, STANDARD, quick, &seen, inbound);
    goals(&mut section, STANDARD, quick, &seen, inbound);
    let standard = Standard::of(world, seen);
    taken(&mut section, &standard);
    for (wanted, instead) in [(HIGH, Some(MODEL)), (MIXED, None)] {
        let mut reached = 0.0;
        for load_of in std::iter::once(wanted).chain(instead) {
            if reached >= 95.0 {
                break;
            }
            // The proxy would take part of what there is of processor.
            let (world, seen, inbound) = load(load_of, sender, quick, false);
            row(&mut section, load_of, quick, &seen, inbound);
            goals(&mut section, load_of, quick, &seen, inbound);
            reached = percent(load_of, quick, &seen, inbound);
            world.stop();
        }
    }
    section.note(format!(
        "Meta takes {LATENCY_MS} ms over each message and counts what people write in. Senders, sandbox and the mappings \
         share this machine's cores. In flight: by Little's law, accepted a second times Meta's time."
    ));
    (section, standard)
}

fn load(load: Load, sender: &Variant, quick: bool, counted: bool) -> (World, Seen, f64) {
    eprintln!("sending: {}", load.name);
    let world = World::start();
    world.limit(load.limit);
    let seconds = load.seconds(quick);
    let messages = usize::try_from(load.limit * (seconds + 3)).unwrap();
    // One to each: SQS hands out what shares a group together, and what is for one person leaves one after the other.
    let people = people(messages, 20);
    world.hear(NUMBER, &people);
    world.queue(&round_robin(NUMBER, &people, messages, "rate"));
    world.slow("/messages", LATENCY_MS);
    let writing = Writing::start(&world, load.inbound);
    let mut first = None;
    let seen = run(&world, sender, load.senders, counted, |elapsed| {
        if first.is_none() && !world.meta().sends().is_empty() {
            first = Some(elapsed);
        }
        first.is_some_and(|first| elapsed >= first + Duration::from_secs(u64::from(seconds)))
    });
    let inbound = writing.stop();
    (world, seen, inbound)
}

impl Load {
    fn seconds(self, quick: bool) -> u32 {
        if quick { self.seconds.min(8) } else { self.seconds }
    }
}

/// People who write to the number while it sends.
struct Writing {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    since: std::time::Instant,
}

impl Writing {
    fn start(world: &World, per_second: u32) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writing = Self { stop: Arc::clone(&stop), written: Arc::clone(&written), since: std::time::Instant::now() };
        if per_second > 0 {
            let control = format!("{}/_sandbox/users", world.local.ready().meta);
            let every = Duration::from_secs(1) / per_second;
            world.runtime.spawn(async move {
                let http = reqwest::Client::builder().no_proxy().build().unwrap();
                let mut ticks = tokio::time::interval(every);
                while !stop.load(Ordering::Relaxed) {
                    ticks.tick().await;
                    let person = written.fetch_add(1, Ordering::Relaxed);
                    let url = format!("{control}/1555990{:04}/messages", person % 1_000);
                    let written = http.post(url).json(&json!({"text": "Where is my order?"})).send();
                    tokio::spawn(async move { drop(written.await) });
                }
            });
        }
        writing
    }

    /// How many a second wrote.
    fn stop(self) -> f64 {
        self.stop.store(true, Ordering::Relaxed);
        number(self.written.load(Ordering::Relaxed)) / self.since.elapsed().as_secs_f64()
    }
}

fn percent(load: Load, quick: bool, seen: &Seen, inbound: f64) -> f64 {
    (seen.per_second(load.seconds(quick)) + inbound) * 100.0 / f64::from(load.limit)
}

fn row(section: &mut Section, load: Load, quick: bool, seen: &Seen, inbound: f64) {
    let per_second = seen.per_second(load.seconds(quick));
    section.row([
        load.name.to_owned(),
        load.senders.to_string(),
        load.seconds(quick).to_string(),
        short(per_second),
        short(percent(load, quick, seen, inbound)),
        short(per_second * f64::from(u32::try_from(LATENCY_MS).unwrap()) / 1e3),
        short(seen.refused_percent(130_429)),
        seen.refusals(130_429, SETTLING).to_string(),
        seen.refusals(131_056, EVER).to_string(),
        short(millis(seen.tally.cpu) / seen.messages()),
    ]);
}

fn goals(section: &mut Section, load: Load, quick: bool, seen: &Seen, inbound: f64) {
    let of = |what: &str| format!("{}: {what}", load.name);
    section.at_least("P6", &of("of the limit"), 95.0, percent(load, quick, seen, inbound), "%");
    section.at_most("P6", &of("refused with 130429"), 0.1, seen.refused_percent(130_429), "%");
    section.at_most("P6", &of("130429 after two seconds"), 0.0, number(seen.refusals(130_429, SETTLING)), "");
    section.at_most("P6", &of("131056"), 0.0, number(seen.refusals(131_056, EVER)), "");
    section.at_most("P6", &of("CPU a message"), 1.0, millis(seen.tally.cpu) / seen.messages(), "ms");
    if load.limit > STANDARD.limit {
        let in_flight = seen.per_second(load.seconds(quick)) * f64::from(u32::try_from(LATENCY_MS).unwrap()) / 1e3;
        section.at_least("P6", &of("in flight"), 32.0, in_flight, "");
    }
}

impl Standard {
    fn of(world: World, seen: Seen) -> Self {
        let mut table: BTreeMap<String, Taken> = BTreeMap::new();
        let mut own = 0.0;
        for record in world.proxy.records() {
            if record.call.service == Service::Sqs {
                own += 1.0;
            }
            if record.call.service != Service::DynamoDb {
                continue;
            }
            let reads = ["GetItem", "BatchGetItem", "Query"].contains(&record.call.operation.as_str());
            let kind = if record.subject == "others" { record.call.operation.clone() } else { record.subject };
            let units = table.entry(kind).or_default();
            units.reads += f64::from(u8::from(reads));
            units.writes += f64::from(u8::from(!reads));
            units.read += record.read_units;
            units.written += record.write_units - if reads { 0.0 } else { record.index_units };
            units.indexed += if reads { 0.0 } else { record.index_units };
        }
        let queueing = seen.messages() / number(BATCH);
        let sqs = queueing + f64::from(seen.tally.receives + seen.tally.deletes) + own;
        Self { world, seen, table, sqs }
    }

    pub(super) fn a_message(&self, of: impl Fn(&Taken) -> f64) -> f64 {
        self.table.values().map(of).sum::<f64>() / self.seen.messages()
    }

    fn of_kind(&self, kind: &str) -> Taken {
        self.table.get(kind).copied().unwrap_or_default()
    }
}

/// What a message takes of AWS.
fn taken(section: &mut Section, standard: &Standard) {
    let messages = standard.seen.messages();
    let (send, rate) = (standard.of_kind("SEND"), standard.of_kind("RATE"));
    let others = standard.a_message(|units| units.written) - (send.written + rate.written) / messages;
    section.at_most("P6", "SQS requests a message", 0.3, standard.sqs / messages, "");
    section.at_most("P6", "write units of a send's own states", 2.05, send.written / messages, "");
    section.at_most("P6", "number-limiter writes a message", 0.02, rate.writes / messages, "");
    section.at_most("P6", "write units for the pair and recipients", 1.0, others, "");
    for (kind, units) in &standard.table {
        section.note(format!(
            "{kind}, a message: {} reads ({} units), {} writes ({} units, and {} of indexes)",
            short(units.reads / messages),
            short(units.read / messages),
            short(units.writes / messages),
            short(units.written / messages),
            short(units.indexed / messages),
        ));
    }
}
