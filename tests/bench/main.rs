//! The benchmark: `cargo bench -p tests`, with `-- --help` for its parts.
//!
//! It builds what ships, installs the peers, lets each show that it does the whole job, and measures them in turns on
//! loopback. Times depend on the machine; requests, units and instructions do not. Nothing here is a test's assertion:
//! goals are printed as met or missed.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for developers that prints tables")]

mod api;
mod args;
mod check;
mod cold;
mod counts;
mod event;
mod harness;
mod instructions;
mod listing;
mod machine;
mod null;
mod outbound;
mod peers;
mod process;
mod proofs;
mod report;
mod stats;
mod system;
mod tls;
mod variant;
mod warm;
mod wire;
mod world;

use clap::Parser;

use crate::args::{Args, Harness, Part};
use crate::process::Cores;
use crate::report::Section;
use crate::system::System;
use crate::variant::{Field, Variant};

fn main() {
    let args = Args::parse();
    match args.harness {
        Some(Harness::Webhook) => harness::webhook(args.root.as_deref()),
        Some(Harness::Parse) => parse(&args, true),
        Some(Harness::ParseUnverified) => parse(&args, false),
        None => benchmark(&args),
    }
}

fn parse(args: &Args, verified: bool) {
    let (event, secret) = args.event.as_deref().zip(args.secret.as_deref()).expect("--event and --secret");
    harness::parse(event, secret, verified, args.times);
}

fn benchmark(args: &Args) {
    if proofs::run(args) {
        return;
    }
    machine::build(&args.profile);
    let machine = machine::description();
    let mut sections: Vec<Section> = Vec::new();
    if !args.names_only(&[Part::Outbound, Part::Listing]) {
        of_the_webhook(args, &mut sections);
    }
    if args.wants(Part::Outbound) {
        let [sender, webhook] = [("sender", "Waypost sender"), ("webhook", "Waypost webhook")]
            .map(|(key, name)| Variant::built(args, key, name));
        outbound::measure(&sender, &webhook, args.quick, |section| {
            section.print();
            sections.push(section);
        });
    }
    if args.wants(Part::Listing) {
        let section = listing::measure(&Variant::built(args, "template-sync", "Waypost template-sync"), args.quick);
        section.print();
        sections.push(section);
    }
    if let Some(file) = &args.report {
        std::fs::write(machine::root().join(file), report::markdown(&machine, &sections, args)).unwrap();
    }
}

fn of_the_webhook(args: &Args, sections: &mut Vec<Section>) {
    let mut field = Field::prepare(args);
    let system = System::start();
    let drops = check::check(&system, &mut field, args.quick);
    for drop in &drops {
        eprintln!("{drop}");
    }
    let replies = check::replies(&system);
    let cores = Cores::of_this_machine();
    let mut done = |mut section: Section| {
        section.notes.extend(drops.iter().cloned());
        section.print();
        sections.push(section);
    };
    cores.inspect(|cores| cores.at_the_ends());
    if args.wants(Part::Cold) {
        done(cold::measure(&system, &field, &replies, cores, args.quick));
    }
    if args.wants(Part::Tls) {
        done(tls::measure(&system, &replies, cores, args.quick));
    }
    if args.wants(Part::Warm) {
        warm::measure(&system, &field, &replies, cores, args.quick).into_iter().for_each(&mut done);
    }
    cores.inspect(|cores| cores.anywhere());
    if args.wants(Part::Counts) {
        done(counts::measure(&field.ours, args.quick));
    }
    if args.wants(Part::Instructions) {
        instructions::measure(&system, &field, &replies, args.quick).into_iter().for_each(&mut done);
    }
    system.stop();
}
