//! The command as people and scripts run it: the real binary, its output, its exit codes.
#![allow(clippy::unwrap_used)]

mod connect;
mod doctor;
mod faults;
mod front;
mod help;
mod journeys;
mod number;
mod operator;
mod pages;
#[cfg(unix)]
mod person;
mod profile;
mod readme;
mod rights;
mod running;
mod scene;
mod send;
mod stack;
mod support_bundle;
mod templates;
mod token;
mod uninstall;
mod usage;
mod walk;
mod world;

use std::process::{Command, Output};

use serde_json::Value;

/// `waypost` with a clean environment, so that whoever runs the tests has no say in them.
fn waypost() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waypost"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["WAYPOST_", "AWS_"].iter().any(|prefix| name.starts_with(prefix)) || name == "CARGO" {
            command.env_remove(name);
        }
    }
    // No profile, and no question to an instance metadata service.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/nowhere");
    command.env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    command
}

fn run(args: &[&str]) -> Output {
    waypost().args(args).output().unwrap()
}

/// Its one JSON value, where it succeeds.
#[track_caller]
fn json(args: &[&str]) -> Value {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
