//! Cold starts: from spawning the process to its first poll, and its first invocation.

use std::sync::Arc;
use std::time::Duration;

use crate::check::toward;
use crate::null::{Calls, Null, Replies};
use crate::process::{Cores, Process};
use crate::report::{Section, short};
use crate::stats::{Samples, mebibytes, millis};
use crate::system::System;
use crate::variant::{Field, Variant};

/// One start.
struct Start {
    wall: Duration,
    cpu: Duration,
    peak: u64,
    /// The first invocation.
    first: Duration,
    /// The first of a number that may be spelled otherwise.
    brazil: Duration,
    /// Requests and connections up to the first poll, and of the first invocation.
    calls: (Calls, Calls),
}

pub(crate) fn measure(
    system: &System,
    field: &Field,
    replies: &Arc<Replies>,
    cores: Option<Cores>,
    quick: bool,
) -> Section {
    let note = crate::machine::note_of_others();
    let variants: Vec<&Variant> = std::iter::once(&field.floor).chain(field.at_the_job()).collect();
    let mut starts: Vec<Vec<Start>> = variants.iter().map(|_| Vec::new()).collect();
    // In turns, so that a disturbance meets all.
    for _ in 0..if quick { 3 } else { 30 } {
        for (variant, starts) in variants.iter().zip(&mut starts) {
            starts.push(start(system, variant, replies, cores));
        }
    }
    let mut section = Section::new(
        "Cold start (P1): spawn → first poll, then the first invocation",
        &[
            "",
            "wall ms, min",
            "median",
            "CPU ms, min",
            "median",
            "peak MiB",
            "deployed MiB",
            "first POST ms, median",
            "CPU × ours",
        ],
    );
    let cpu = |starts: &[Start]| Samples::new(starts.iter().map(|start| millis(start.cpu)));
    let ours = cpu(&starts[1]).min();
    for (variant, starts) in variants.iter().zip(&starts) {
        let wall = Samples::new(starts.iter().map(|start| millis(start.wall)));
        let cpu = cpu(starts);
        section.row([
            variant.name.to_owned(),
            short(wall.min()),
            short(wall.median()),
            short(cpu.min()),
            short(cpu.median()),
            short(peak(starts)),
            short(mebibytes(variant.size)),
            short(Samples::new(starts.iter().map(|start| millis(start.first))).median()),
            format!("{}×", short(cpu.min() / ours)),
        ]);
    }
    section.notes.extend(note);
    section.note("Ours and the peers read the secret before the first poll, and ours connects to what it will need. Deployed is what is uploaded: binary, file or packages; boto3 also comes with Lambda's own Python.");
    let brazil = Samples::new(starts[1].iter().map(|start| millis(start.brazil))).median();
    section.note(format!(
        "Our first POST from a number of Brazil, for which metadata are read once, takes {} ms.",
        short(brazil)
    ));
    goals(&mut section, field, &variants, &starts);
    section
}

fn goals(section: &mut Section, field: &Field, variants: &[&Variant], starts: &[Vec<Start>]) {
    let ours = &starts[1];
    let cpu = |starts: &[Start]| Samples::new(starts.iter().map(|start| millis(start.cpu))).min();
    section.at_most("P1", "CPU to the first poll", 3.5, cpu(ours), "ms");
    section.at_most("P1", "peak memory", 10.0, peak(ours), "MiB");
    section.at_most("P1", "binary", 8.0, mebibytes(field.ours.size) * 1.048_576, "MB");
    if let Some(node) = variants.iter().position(|variant| variant.key == "node_modules") {
        section.at_least("P1", "CPU of Node's start, as a multiple of ours", 50.0, cpu(&starts[node]) / cpu(ours), "");
    }
    let late = |of: fn(Calls) -> u32| f64::from(ours.iter().map(|start| of(start.calls.1)).max().unwrap_or_default());
    section.at_most("P2", "connections opened in the first invocation", 0.0, late(|calls| calls.connections), "");
    section.at_most("P2", "secrets read in the first invocation", 0.0, late(|calls| calls.secrets), "");
}

fn peak(starts: &[Start]) -> f64 {
    Samples::new(starts.iter().map(|start| mebibytes(start.peak))).median()
}

fn start(system: &System, variant: &Variant, replies: &Arc<Replies>, cores: Option<Cores>) -> Start {
    let null = Null::start(replies, None);
    let environment = toward(system, null.address());
    let spawn = || Process::start(variant, &environment);
    let process = cores.map_or_else(spawn, |cores| cores.for_the_function(spawn));
    let polled = process.api.polled(1).unwrap_or_else(|| panic!("{} never asks for an event", variant.name));
    let (wall, cpu, peak) = (polled - process.started, process.cpu(), process.peak());
    let before = null.calls();
    let answers = process.api.run([system.sender().event(1, 0, "cold", 0)]).unwrap();
    assert_eq!(answers[0].status, 200, "{}", variant.name);
    let calls = (before, null.calls().since(before));
    let more = process.api.run([system.sender().event_from_brazil()]).unwrap();
    assert_eq!(more[0].status, 200, "{}", variant.name);
    Start { wall, cpu, peak, first: answers[0].took, brazil: more[0].took, calls }
}
