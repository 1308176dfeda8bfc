//! Correct first, fast second: what a program stores and publishes of POSTs of every size.

use std::sync::Arc;

use crate::null::Replies;
use crate::process::{Environment, Process};
use crate::system::System;
use crate::variant::{Field, Variant};

/// Changes in a POST.
pub(crate) const SIZES: [usize; 4] = [1, 10, 100, 1_000];

/// Takes out of the field whoever does not do the whole job, and says what it left out. Ours must do it.
pub(crate) fn check(system: &System, field: &mut Field, quick: bool) -> Vec<String> {
    eprintln!("checking that everything is stored and published");
    let mut faults = Vec::new();
    let sizes = if quick { &SIZES[..3] } else { &SIZES[..] };
    for (turn, variant) in field.at_the_job().enumerate() {
        if let Err(fault) = does_the_job(system, variant, turn, sizes) {
            faults.push((variant.key, format!("{}: {fault}. Not timed.", variant.name)));
        }
    }
    assert!(faults.iter().all(|(key, _)| *key != field.ours.key), "{faults:?}");
    field.peers.retain(|peer| faults.iter().all(|(key, _)| *key != peer.key));
    faults.into_iter().map(|(_, fault)| fault).collect()
}

fn does_the_job(system: &System, variant: &Variant, turn: usize, sizes: &[usize]) -> Result<(), String> {
    let process = Process::start(variant, &system.environment(system.endpoint()));
    process.api.polled(1).ok_or_else(|| "never asks for an event".to_owned())?;
    let sender = system.sender();
    for &size in sizes {
        // The first time these people are new, the second time they are known.
        for (later, time) in ["new", "known"].into_iter().enumerate() {
            let before = system.stored();
            system.forget_events();
            let mark = format!("{}-{time}-{size}", variant.key);
            let event = sender.event(size, (turn + 1) * 10_000 + size, &mark, later);
            let answers = process.api.run([event])?;
            let of = format!("of {size} messages from {time} people");
            if answers[0].status != 200 {
                return Err(format!("{of}: answers {}", answers[0].status));
            }
            let (stored, published) = (system.stored() - before, system.events());
            if (stored, published) != (size, size) {
                return Err(format!("{of} stores {stored} and publishes {published}"));
            }
        }
    }
    let forged = process.api.run([crate::event::forged(b"{}")])?;
    if forged[0].status == 401 { Ok(()) } else { Err(format!("answers {} to a forged POST", forged[0].status)) }
}

/// What a null backend needs to play this system.
pub(crate) fn replies(system: &System) -> Arc<Replies> {
    Arc::new(Replies::new(system.table(), &system.channel(), &system.secret()))
}

/// The environment toward a null backend. Node's SDK calls the host of a queue's URL, whatever the endpoint is.
pub(crate) fn toward(system: &System, address: &str) -> Environment {
    let mut environment = system.environment(&format!("http://{address}"));
    for name in ["EVENTS_QUEUE_URL", "MEDIA_QUEUE_URL", "SYNC_QUEUE_URL"] {
        environment.insert(name.to_owned(), format!("http://{address}/000000000000/{name}"));
    }
    environment
}
