//! The `waypost` command: runs the system here, and operates it wherever it runs.
//!
//! Most commands are a thin client of `/v1`. Results go to stdout, everything else to stderr; with `--json` stdout is
//! one JSON value. Exit codes: 0 done, 1 refused, not found or failed (of `doctor`: a warning; 2 an error), 64 wrong usage, 69 the system cannot be reached.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod api;
mod args;
mod ask;
mod callback;
mod choose;
mod command;
mod error;
mod findings;
mod inbound;
mod print;
mod progress;
mod reach;
mod remedy;
mod sign;
mod terminal;
mod time;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use args::Cli;
use error::{Error, USAGE};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // Help and version are answers; anything else is wrong usage. A reader that left needs neither.
            if !usage.use_stderr() {
                drop(usage.print());
                return ExitCode::SUCCESS;
            }
            // What asks for JSON reads no other text, whatever else it got wrong.
            if std::env::args_os().any(|word| word == "--json") {
                return report(&Error::usage(&usage.render().to_string()), true);
            }
            drop(usage.print());
            return ExitCode::from(USAGE);
        }
    };
    // Another library may have installed the same provider first.
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&Error::Failed(format!("no threads can be started: {error}")), cli.globals.json),
    };
    let json = cli.globals.json;
    let outcome = runtime.block_on(command::run(cli));
    // Nothing is left to wait for; a task that hangs must not hold the exit up.
    runtime.shutdown_timeout(Duration::from_millis(100));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error, json),
    }
}

fn report(error: &Error, json: bool) -> ExitCode {
    if error.is_closed_pipe() {
        return ExitCode::SUCCESS;
    }
    if let Error::Found(code) = error {
        return ExitCode::from(*code);
    }
    if json {
        eprintln!("{}", error.to_json());
    } else {
        eprintln!("{}", error.to_text());
    }
    ExitCode::from(error.exit_code())
}
