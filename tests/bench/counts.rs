//! What a POST takes of AWS: requests, units, bytes. And how long, with the sandbox on the same machine.

use std::time::Duration;

use sandbox::proxy::Totals;
use sandbox::{Proxy, ProxyOptions};

use crate::process::Process;
use crate::report::{Section, short};
use crate::stats::{Samples, millis, number};
use crate::system::System;
use crate::variant::Variant;

/// Times each kind of POST is measured.
const ROUNDS: usize = 9;

/// So many messages from so many people, one change each.
#[derive(Clone, Copy)]
struct Post {
    name: &'static str,
    changes: usize,
    people: usize,
}

const POSTS: [Post; 3] = [
    Post { name: "1 change", changes: 1, people: 1 },
    Post { name: "20 changes from 20 people", changes: 20, people: 20 },
    Post { name: "1,000 changes from 200 people", changes: 1_000, people: 200 },
];

pub(crate) fn measure(ours: &Variant, quick: bool) -> Section {
    let mut section = Section::new(
        "What a POST takes of AWS (P5)",
        &[
            "",
            "min ms",
            "median",
            "reads",
            "writes",
            "publishes",
            "read units",
            "write units",
            "events",
            "KiB in",
            "KiB to AWS",
        ],
    );
    for post in POSTS {
        measured(post, ours, if quick { 2 } else { ROUNDS }, &mut section);
    }
    section.note("New people: the first POST. Known people: all later ones, with new messages. Times hold the sandbox's own, which shares the machine.");
    section
}

fn measured(post: Post, ours: &Variant, rounds: usize, section: &mut Section) {
    let system = System::start();
    let asking = ProxyOptions { ask_for_capacity: true, ..ProxyOptions::default() };
    let proxy = system.runtime().block_on(Proxy::start(system.endpoint(), asking)).unwrap();
    let process = Process::start(ours, &system.environment(&proxy.url()));
    process.api.polled(1).expect("the webhook polls");
    let sender = system.sender();
    let mut times: Vec<Duration> = Vec::with_capacity(rounds);
    let mut totals: Vec<Totals> = Vec::with_capacity(rounds);
    let mut bytes = 0;
    for round in 0..rounds {
        let body = sender.body(post.changes, &(0..post.people), &format!("round-{round}"), round);
        bytes = body.len();
        let before = system.stored();
        system.forget_events();
        proxy.reset();
        let event = sender.signed(&body).to_string().into_bytes().into();
        let answers = process.api.run([event]).unwrap();
        totals.push(proxy.totals());
        times.push(answers[0].took);
        assert_eq!(answers[0].status, 200, "{}", post.name);
        assert_eq!(system.stored() - before, post.changes, "{}: every message is stored", post.name);
        assert_eq!(system.events(), post.changes, "{}: every message is published, once", post.name);
    }
    row(&format!("{}, new", post.name), &times[..1], &totals[0], post, bytes, section);
    row(&format!("{}, known", post.name), &times[1..], &totals[rounds - 1], post, bytes, section);
    system.stop();
}

fn row(name: &str, times: &[Duration], totals: &Totals, post: Post, bytes: usize, section: &mut Section) {
    let millis = Samples::new(times.iter().copied().map(millis));
    let requests = |operation: &str| -> u32 {
        let of = totals.calls.iter().filter(|(call, _)| call.to_string().ends_with(operation));
        of.map(|(_, count)| count).sum()
    };
    let kib = |bytes: f64| short(bytes / 1_024.0);
    let sent = u32::try_from(totals.request_bytes).unwrap();
    section.row([
        name.to_owned(),
        short(millis.min()),
        short(millis.median()),
        requests("BatchGetItem").to_string(),
        requests("BatchExecuteStatement").to_string(),
        requests("SendMessageBatch").to_string(),
        short(totals.read_units),
        short(totals.write_units),
        post.changes.to_string(),
        kib(number(bytes)),
        kib(f64::from(sent)),
    ]);
    let known: u32 = requests("BatchGetItem") + requests("BatchExecuteStatement") + requests("SendMessageBatch");
    assert_eq!(known, totals.requests, "{name}: a request of another kind: {:?}", totals.calls);
}
