//! Instructions, counted by callgrind: the same on every machine, whatever else runs there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::check::{SIZES, toward};
use crate::event::forged;
use crate::machine;
use crate::null::{Null, Replies};
use crate::process::Process;
use crate::report::{Section, short};
use crate::stats::number;
use crate::system::System;
use crate::variant::{Field, Variant};

/// `None` where valgrind is not there.
pub(crate) fn measure(system: &System, field: &Field, replies: &Arc<Replies>, quick: bool) -> Option<Section> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("skipped: valgrind is not installed, no instructions are counted");
        return None;
    }
    eprintln!("counting instructions (slow)");
    let mut section = Section::new(
        "Instructions a change (P4)",
        &["changes a POST", "whole handler", "decode, verify, parse, map", "without the signature"],
    );
    let sizes = if quick { &SIZES[..2] } else { &SIZES[..] };
    let mut rows: Vec<[f64; 3]> = Vec::new();
    for &size in sizes {
        let event = system.sender().event(size, 0, "count", 0);
        let whole = handled(system, &field.ours, replies, &event, times(size));
        let file = machine::folder().join(format!("event-{size}.json"));
        fs::write(&file, &event).unwrap();
        let parsed = |harness| parsed(&file, &system.sender().app_secret, harness, times(size));
        let a_post = [whole, parsed("parse"), parsed("parse-unverified")];
        let a_change = a_post.map(|count| count / number(size));
        section.row([size.to_string()].into_iter().chain(a_change.map(short)));
        rows.push(a_post);
    }
    section.note("Each is the difference of two runs with a different number of POSTs, so that starting up does not count. valgrind knows no SHA instructions: the signature is computed without them, which no machine of Lambda's has to. The middle columns are of the same code without link-time optimisation.");
    section.note("The whole handler: Runtime API, signature, parsing, requests to AWS built and signed, answers read, every sender new to the table.");
    for (row, size) in rows.iter().zip(sizes) {
        if *size >= 100 {
            section.at_most(
                "P4",
                &format!("decode, verify, parse, map, a change of {size}"),
                45_000.0,
                row[1] / number(*size),
                "",
            );
            section.at_most(
                "P4",
                &format!("the same without the signature, of {size}"),
                25_000.0,
                row[2] / number(*size),
                "",
            );
            section.at_most("P4", &format!("whole handler, a change of {size}"), 120_000.0, row[0] / number(*size), "");
        }
    }
    if let [.., hundred, thousand] = rows.as_slice()
        && !quick
    {
        section.at_least("P4", "1,000 changes against 100, parsed", 9.5, thousand[1] / hundred[1], "×");
        section.at_most("P4", "1,000 changes against 100, parsed", 10.3, thousand[1] / hundred[1], "×");
    }
    let body = system.sender().body(100, &(0..100), "forged", 0);
    let of = |body: &[u8]| handled(system, &field.ours, replies, &forged(body), 50);
    let (json, noise) = (of(body.as_bytes()), of(&vec![b'\\'; body.len()]));
    section.note(format!(
        "A forged POST of {} bytes takes {} instructions where it holds 100 changes, {} where it holds backslashes.",
        short(number(body.len())),
        short(json),
        short(noise)
    ));
    section.at_most("P4", "what the content of a forged POST matters", 1.0, ((json / noise) - 1.0).abs() * 100.0, "%");
    Some(section)
}

/// How many POSTs are counted beside the first.
fn times(size: usize) -> usize {
    match size {
        1 => 50,
        10 => 20,
        100 => 5,
        _ => 1,
    }
}

/// Instructions of one invocation of the real binary.
fn handled(system: &System, ours: &Variant, replies: &Arc<Replies>, event: &crate::api::Event, times: usize) -> f64 {
    let null = Null::start(replies, None);
    let mut environment = toward(system, null.address());
    environment.insert("LOG_LEVEL".to_owned(), "warn".to_owned());
    let count = |times: usize| {
        let (tool, out) = callgrind();
        let process = Process::start_under(&tool, ours, &environment);
        process.api.polled(1).expect("the webhook polls");
        process.api.run(std::iter::repeat_n(event.clone(), times)).unwrap();
        process.end();
        collected(&out)
    };
    // One before, in which connections are opened and caches filled.
    (count(1 + times) - count(1)) / number(times)
}

/// Instructions of one POST in the harness.
fn parsed(event: &Path, secret: &str, harness: &str, times: usize) -> f64 {
    let count = |times: usize| {
        let (tool, out) = callgrind();
        let status = Command::new(&tool[0])
            .args(&tool[1..])
            .arg(std::env::current_exe().unwrap())
            .args(["--harness", harness, "--secret", secret, "--times", &times.to_string(), "--event"])
            .arg(event)
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
        collected(&out)
    };
    (count(1 + times) - count(1)) / number(times)
}

fn callgrind() -> (Vec<String>, PathBuf) {
    let out = machine::folder().join("callgrind.out");
    let words = ["valgrind", "--quiet", "--tool=callgrind", "--callgrind-out-file"].map(str::to_owned);
    let [program, quiet, tool, file] = words;
    (vec![program, quiet, tool, format!("{file}={}", out.display())], out)
}

/// The sum in callgrind's file.
fn collected(out: &Path) -> f64 {
    let text = fs::read_to_string(out).unwrap();
    let sum = text.lines().find_map(|line| line.strip_prefix("summary:").or_else(|| line.strip_prefix("totals:")));
    sum.expect("a sum").trim().parse().unwrap()
}
