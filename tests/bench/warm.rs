//! Warm invocations: processor time, latency and throughput of one process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::api::Event;
use crate::check::{SIZES, toward};
use crate::event::forged;
use crate::null::{Calls, Null, Replies};
use crate::process::{Cores, Process};
use crate::report::{Section, short};
use crate::stats::{Samples, micros, millis, number};
use crate::system::System;
use crate::variant::{Field, Variant};

/// A program that keeps running, and what it is sent.
struct Contestant {
    name: String,
    process: Process,
    null: Null,
    status: u16,
    forged: bool,
    rounds: Vec<Round>,
}

struct Round {
    cpu: Duration,
    wall: Duration,
    latencies: Vec<f64>,
    calls: Calls,
}

/// Rounds, and invocations in each, of POSTs of `size` changes.
fn plan(size: usize, quick: bool) -> (usize, usize) {
    let invocations: usize = match size {
        1 => 600,
        10 => 120,
        100 => 30,
        _ => 6,
    };
    if quick { (2, invocations.div_ceil(20)) } else { (5, invocations) }
}

pub(crate) fn measure(
    system: &System,
    field: &Field,
    replies: &Arc<Replies>,
    cores: Option<Cores>,
    quick: bool,
) -> Vec<Section> {
    let start = |variant: &Variant, name: &str, forged: bool| {
        let null = Null::start(replies, None);
        let environment = toward(system, null.address());
        let spawn = || Process::start(variant, &environment);
        let process = cores.map_or_else(spawn, |cores| cores.for_the_function(spawn));
        process.api.polled(1).unwrap_or_else(|| panic!("{} never asks for an event", variant.name));
        let status = if forged { 401 } else { 200 };
        Contestant { name: name.to_owned(), process, null, status, forged, rounds: Vec::new() }
    };
    // Node's two ways to deploy run the same code.
    let peers = field.peers.iter().filter(|peer| peer.key != "node_modules");
    let mut contestants: Vec<Contestant> =
        std::iter::once(&field.ours).chain(peers).map(|variant| start(variant, variant.name, false)).collect();
    let mut floors =
        vec![start(&field.floor, field.floor.name, false), start(&field.ours, "Waypost webhook, forged POST", true)];
    SIZES
        .iter()
        .map(|&size| {
            if size > 1 {
                floors.clear();
            }
            let note = crate::machine::note_of_others();
            compare(system, size, quick, &mut contestants, &mut floors);
            section(size, quick, &contestants, &floors, note)
        })
        .collect()
}

fn compare(system: &System, size: usize, quick: bool, contestants: &mut [Contestant], floors: &mut [Contestant]) {
    let sender = system.sender();
    let events: Vec<Event> =
        (0..8).map(|mark| sender.event(size, mark * 1_000, &format!("warm-{mark}"), mark)).collect();
    let unsigned = [forged(sender.body(size, &(0..200), "warm", 0).as_bytes())];
    let (rounds, invocations) = plan(size, quick);
    for round in 0..=rounds {
        for contestant in contestants.iter_mut().chain(floors.iter_mut()) {
            let events = if contestant.forged { unsigned.as_slice() } else { &events };
            let measured = contestant.round(events, invocations);
            // The first round is for compilers and caches.
            if round == 0 {
                contestant.rounds.clear();
            } else {
                contestant.rounds.push(measured);
            }
        }
    }
}

impl Contestant {
    fn round(&self, events: &[Event], invocations: usize) -> Round {
        let (cpu, calls, began) = (self.process.cpu(), self.null.calls(), Instant::now());
        let events = events.iter().cycle().take(invocations).cloned();
        let answers = self.process.api.run(events).unwrap_or_else(|failure| panic!("{}: {failure}", self.name));
        let wall = began.elapsed();
        assert!(
            answers.iter().all(|answer| answer.status == self.status),
            "{}: an answer other than expected",
            self.name
        );
        let calls = self.null.calls().since(calls);
        assert_eq!(calls.unknown, 0, "{}: a request that the null backend does not know", self.name);
        let latencies = answers.iter().map(|answer| millis(answer.took)).collect();
        Round { cpu: self.process.cpu().saturating_sub(cpu), wall, latencies, calls }
    }

    /// Microseconds of processor time an invocation, a sample a round.
    fn cpu(&self) -> Samples {
        Samples::new(self.rounds.iter().map(|round| micros(round.cpu) / number(round.latencies.len())))
    }

    /// A percentile of the latencies of a round, the median of the rounds.
    fn latency(&self, percent: usize) -> f64 {
        let of = |round: &Round| Samples::new(round.latencies.iter().copied()).percentile(percent);
        Samples::new(self.rounds.iter().map(of)).median()
    }

    /// Invocations a second of the best round.
    fn per_second(&self) -> f64 {
        let wall =
            Samples::new(self.rounds.iter().map(|round| round.wall.as_secs_f64() / number(round.latencies.len())));
        wall.min().recip()
    }

    fn a_post(&self, of: fn(Calls) -> u32) -> f64 {
        let sum: u32 = self.rounds.iter().map(|round| of(round.calls)).sum();
        f64::from(sum) / number(self.rounds.iter().map(|round| round.latencies.len()).sum())
    }
}

fn section(
    size: usize,
    quick: bool,
    contestants: &[Contestant],
    floors: &[Contestant],
    note: Option<String>,
) -> Section {
    let changes = if size == 1 { "1 change".to_owned() } else { format!("{size} changes") };
    let mut section = Section::new(
        &format!("Warm, {changes} a POST (P3)"),
        &["", "CPU µs, min", "median", "p50 ms", "p99 ms", "POSTs/s", "requests", "statements", "events", "CPU × ours"],
    );
    let ours = &contestants[0];
    for contestant in contestants.iter().chain(floors) {
        let cpu = contestant.cpu();
        section.row([
            contestant.name.clone(),
            short(cpu.min()),
            short(cpu.median()),
            short(contestant.latency(50)),
            short(contestant.latency(99)),
            short(contestant.per_second()),
            short(contestant.a_post(Calls::requests)),
            short(contestant.a_post(|calls| calls.statements)),
            short(contestant.a_post(|calls| calls.events)),
            format!("{}×", short(cpu.min() / ours.cpu().min())),
        ]);
    }
    let (rounds, invocations) = plan(size, quick);
    section.note(format!("{rounds} rounds in turns of {invocations} POSTs each, after one that does not count. Every sender is new to the table."));
    section.notes.extend(note);
    if size == 1 {
        goals(&mut section, contestants, floors);
    }
    section
}

fn goals(section: &mut Section, contestants: &[Contestant], floors: &[Contestant]) {
    let ours = &contestants[0];
    section.at_most("P3", "AWS requests", 3.0, ours.a_post(Calls::requests), "");
    section.at_most("P3", "CPU an invocation", 600.0, ours.cpu().min(), "µs");
    section.at_most("P3", "p50", 0.8, ours.latency(50), "ms");
    section.at_most("P3", "p99", 2.0, ours.latency(99), "ms");
    section.at_least("P3", "invocations a second that one core has CPU for", 1_500.0, 1e6 / ours.cpu().min(), "");
    for peer in &contestants[1..] {
        section.at_least(
            "P3",
            &format!("CPU of {}, as a multiple of ours", peer.name),
            6.0,
            peer.cpu().min() / ours.cpu().min(),
            "",
        );
    }
    section.at_most("P2", "connections opened while warm", 0.0, ours.a_post(|calls| calls.connections), "");
    section.at_most("P2", "secrets read while warm", 0.0, ours.a_post(|calls| calls.secrets), "");
    if let [floor, forged] = floors {
        section.at_most("S3", "a forged POST over the loop alone", 5.0, forged.cpu().min() - floor.cpu().min(), "µs");
        let requests: u32 = forged.rounds.iter().map(|round| round.calls.requests()).sum();
        section.at_most("S3", "AWS requests of all forged POSTs together", 1.0, f64::from(requests), "");
    }
}
