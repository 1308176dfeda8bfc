//! The fuzz targets of tests/fuzz on stable: the corpus, giants that are made and not kept, and mutations of all of it.
//!
//! `WAYPOST_FUZZ_SEED=n` begins elsewhere, `WAYPOST_FUZZ_RUNS=n` goes on for longer. What fails is printed with both.

#[path = "../fuzz/src/lib.rs"]
mod targets;

mod giants;
mod mutate;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use mutate::Random;
use targets::TARGETS;

/// Mutations of each target, where nothing else is asked for. Bounded by number: a clock would make runs differ.
const RUNS: [(&str, u64); 5] =
    [("http_event", 2_000), ("signature", 20_000), ("body", 2_000), ("handshake", 3_000), ("item", 1_500)];

#[test]
fn http_event() {
    fuzz("http_event");
}

#[test]
fn signature() {
    fuzz("signature");
}

#[test]
fn body() {
    fuzz("body");
}

#[test]
fn handshake() {
    fuzz("handshake");
}

#[test]
fn item() {
    fuzz("item");
}

/// The runner is tested too: what panics is found and told with what made it panic.
#[test]
fn a_planted_crash_is_found() {
    let planted = |data: &[u8]| assert!(!data.windows(2).any(|pair| pair == b"ab"), "planted");
    let found = catch_unwind(|| run("planted", &planted, &[b"aabb".to_vec()], 1, 0));
    let said = *found.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("WAYPOST_FUZZ_SEED=1") && said.contains("61616262"), "{said}");
    let planted = |data: &[u8]| assert!(!data.contains(&b'!'), "planted");
    assert!(catch_unwind(|| run("planted", &planted, &[b"aaaa".to_vec()], 1, 20_000)).is_err());
}

fn fuzz(name: &str) {
    let (_, target) = TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let (_, runs) = RUNS.into_iter().find(|(known, _)| *known == name).unwrap();
    let number = |variable: &str, default| std::env::var(variable).ok().map_or(default, |text| text.parse().unwrap());
    let corpus = corpus(name);
    assert!(corpus.len() >= 5, "{name} has a corpus of {}", corpus.len());
    for giant in giants::of(name) {
        run(name, &target, &[giant], 0, 0);
    }
    run(name, &target, &corpus, number("WAYPOST_FUZZ_SEED", 1), number("WAYPOST_FUZZ_RUNS", runs));
}

/// Everything in the corpus, then so many mutations of it.
fn run(name: &str, target: &dyn Fn(&[u8]), corpus: &[Vec<u8>], seed: u64, runs: u64) {
    let one = |data: &[u8], run: u64| {
        let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(data))) else { return };
        let why = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let shown = hex::encode(&data[..data.len().min(4_000)]);
        panic!("{name}, WAYPOST_FUZZ_SEED={seed}, run {run}, {} bytes: {why:?}\n{shown}", data.len());
    };
    for data in corpus {
        one(data, 0);
    }
    let mut random = Random::new(seed);
    for nth in 1..=runs {
        one(&mutate::mutated(corpus, &mut random), nth);
    }
}

/// The files, and for items what the fixtures of old releases hold.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> =
        fs::read_dir(root.join("fuzz/corpus").join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut corpus: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    if name == "item" {
        corpus.extend(crate::items::stored().iter().map(|item| serde_json::to_vec(item).unwrap()));
    }
    corpus
}
