//! What `cargo test` samples, whole: every position of the kill matrix, 100,000 generated histories of each property, a
//! million mutations of each fuzz target. They run the suites themselves, and only when they are named.

use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::args::{Args, Part};
use crate::machine;

/// Runs what was asked for; true where nothing else was.
pub(crate) fn run(args: &Args) -> bool {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
    let everywhere: &[&str] = &["-p", "model", "-p", "queue", "-p", "store", "-p", "ingest", "-p", "graph"];
    let suite: &[&str] = &["-p", "tests", "--test", "it"];
    let cases = [("PROPTEST_CASES", "100000"), ("PROPTEST_MAX_GLOBAL_REJECTS", "100000000")];
    let whole: [(Part, &str, &[&str], &str, &[(&str, &str)]); 4] = [
        (Part::Kills, "every position of the kill matrix", suite, "binaries::kill", &[("WAYPOST_KILLS", "all")]),
        (Part::Histories, "100,000 histories of each property", everywhere, "", &cases),
        (Part::Histories, "generated envelopes through the whole system", suite, "generated", &cases),
        (
            Part::Fuzz,
            "a million mutations of each target",
            suite,
            "fuzz::",
            &[("WAYPOST_FUZZ_RUNS", "1000000"), ("WAYPOST_FUZZ_SEED", &seed)],
        ),
    ];
    for (_, what, packages, filter, environment) in whole.iter().filter(|(part, ..)| args.names(*part)) {
        let began = Instant::now();
        println!("{what}: {environment:?}");
        let passed = Command::new(env!("CARGO"))
            .args(["test", "--locked"])
            .args(*packages)
            .args(["--", "--nocapture", *filter])
            .envs(environment.iter().copied())
            .current_dir(machine::root())
            .status()
            .unwrap();
        assert!(passed.success(), "{what}: failed");
        println!("{what}: passed in {} s", began.elapsed().as_secs());
    }
    args.names_only(&[Part::Kills, Part::Histories, Part::Fuzz])
}
