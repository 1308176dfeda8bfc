//! `waypost support-bundle`: one file for whoever is asked for help.
//!
//! What is in it is picked, member by member; what is not picked is not in it. Sentences, which may quote others, are gone
//! over once more (`redact`).

mod collect;
mod errors;
mod redact;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::error::Error;
use crate::print::{Printer, line};
use crate::reach::System;
use crate::reach::meta::MetaArgs;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost support-bundle --stack waypost
  waypost support-bundle --dry-run
  waypost support-bundle --output bundle.json --json")]
pub(crate) struct SupportBundleArgs {
    /// The file to write, which must not be there yet.
    #[arg(long, value_name = "FILE", default_value = "waypost-support.json")]
    output: PathBuf,
    /// Say what would be in it, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    meta: MetaArgs,
}

pub(crate) async fn run(system: &System, printer: Printer, args: &SupportBundleArgs) -> Result<(), Error> {
    if !args.dry_run && args.output.exists() {
        return Err(taken(args));
    }
    let sections = collect::all(system, printer, &args.meta).await?;
    let listed: Vec<Value> =
        sections.iter().map(|section| json!({"section": section.name, "what": section.what})).collect();
    if !printer.is_json() {
        let lines = sections.iter().map(|section| format!("  {:<11} {}", section.name, section.what));
        line(&format!("The bundle holds:\n{}", lines.collect::<Vec<_>>().join("\n")))?;
    }
    let file = args.output.display().to_string();
    if args.dry_run {
        return printer.either(&json!({"file": null, "contains": listed}), |_| String::from("Nothing was written."));
    }
    let bundle: serde_json::Map<String, Value> =
        sections.into_iter().map(|section| (section.name.to_owned(), section.content)).collect();
    let text = format!("{:#}\n", Value::Object(bundle));
    write(args, &text)?;
    printer.either(&json!({"file": file, "bytes": text.len(), "contains": listed}), |_| {
        format!("Written to {file}. Read it before you give it away: it is text.")
    })
}

fn taken(args: &SupportBundleArgs) -> Error {
    Error::failed(format!("{} is there already", args.output.display()), "name another file: --output FILE")
}

/// For its owner alone; what is there already stays.
fn write(args: &SupportBundleArgs, text: &str) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = args.output.display();
    let opened = options.open(&args.output).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(args),
        _ => Error::failed(format!("{file} cannot be written: {error}"), "name another file: --output FILE"),
    });
    opened?.write_all(text.as_bytes()).map_err(|error| Error::Failed(format!("{file} cannot be written: {error}")))
}
