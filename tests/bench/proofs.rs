//! What `cargo test` samples, whole: every position of the kill matrix, 100,000 generated histories of each property, a
//! million mutations of each fuzz target. They run the suites themselves, and only when they are named.

use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::args::{Args, Part};
use crate::machine;

/// A suite that is run with more than usual.
struct Proof {
    part: Part,
    what: &'static str,
    packages: &'static [&'static str],
    filter: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

const SUITE: &[&str] = &["-p", "tests", "--test", "it"];
const CASES: &[(&str, &str)] = &[("PROPTEST_CASES", "100000"), ("PROPTEST_MAX_GLOBAL_REJECTS", "100000000")];
const PROOFS: [Proof; 4] = [
    Proof {
        part: Part::Kills,
        what: "every position of the kill matrix",
        packages: SUITE,
        filter: "binaries::kill",
        environment: &[("WAYPOST_KILLS", "all")],
    },
    Proof {
        part: Part::Histories,
        what: "100,000 histories of each property",
        packages: &["-p", "model", "-p", "queue", "-p", "store", "-p", "ingest", "-p", "graph"],
        filter: "",
        environment: CASES,
    },
    Proof {
        part: Part::Histories,
        what: "generated envelopes through the whole system",
        packages: SUITE,
        filter: "generated",
        environment: CASES,
    },
    Proof {
        part: Part::Fuzz,
        what: "a million mutations of each target",
        packages: SUITE,
        filter: "fuzz::",
        environment: &[("WAYPOST_FUZZ_RUNS", "1000000")],
    },
];

/// Runs what was asked for; true where nothing else was.
pub(crate) fn run(args: &Args) -> bool {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
    for Proof { what, packages, filter, environment, .. } in PROOFS.iter().filter(|proof| args.names(proof.part)) {
        let began = Instant::now();
        println!("{what}: {environment:?}, WAYPOST_FUZZ_SEED={seed}");
        let passed = Command::new(env!("CARGO"))
            .args(["test", "--locked"])
            .args(*packages)
            .args(["--", "--nocapture", filter])
            .envs(environment.iter().copied())
            .env("WAYPOST_FUZZ_SEED", &seed)
            .current_dir(machine::root())
            .status()
            .unwrap();
        assert!(passed.success(), "{what}: failed");
        println!("{what}: passed in {} s", began.elapsed().as_secs());
    }
    args.names_only(&[Part::Kills, Part::Histories, Part::Fuzz])
}
