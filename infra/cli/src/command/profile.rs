//! `waypost profile`: what people see behind a number, as Meta has it and as a file describes it (P-01 to P-10).

mod apply;
mod file;
mod photo;
mod plan;
mod pull;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::profile::vertical;
use serde_json::Value;

use crate::api::Call;
use crate::choose::{Channel, list, text};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

#[derive(Subcommand)]
pub(crate) enum ProfileCommand {
    /// Read the profile from Meta now, and write it into a YAML file where one is named.
    ///
    /// A file that says the same already is left as it is, with its comments.
    #[command(after_help = "Examples:
  waypost profile pull
  waypost profile pull profile.yaml")]
    Pull {
        /// The file.
        file: Option<PathBuf>,
        #[command(flatten)]
        of: Of,
    },
    /// The profile as it was last read from Meta.
    #[command(after_help = "Examples:
  waypost profile show
  waypost profile show --channel support")]
    Show {
        #[command(flatten)]
        of: Of,
    },
    /// What would be changed at Meta so that it has what the file says.
    #[command(after_help = "Examples:
  waypost profile plan profile.yaml
  waypost profile plan profile.yaml --json")]
    Plan(Changing),
    /// Do what `plan` shows. Only what differs is sent.
    #[command(after_help = "Examples:
  waypost profile apply profile.yaml
  waypost profile apply profile.yaml --yes --overwrite")]
    Apply {
        #[command(flatten)]
        changing: Changing,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Whose profile.
#[derive(Args)]
pub(crate) struct Of {
    /// Name or phone_number_id of the channel; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
}

/// What is to be changed.
#[derive(Args)]
pub(crate) struct Changing {
    /// The file. What it leaves out stays as it is; what is empty in it is taken away.
    file: PathBuf,
    #[command(flatten)]
    of: Of,
    /// Also where somebody else changed the profile at Meta since it was last read.
    #[arg(long)]
    overwrite: bool,
}

pub(crate) async fn run(system: &System, printer: Printer, command: &ProfileCommand) -> Result<(), Error> {
    match command {
        ProfileCommand::Show { of } => {
            let channel = system.channel(of.channel.as_deref()).await?;
            let profile = system.api.call(Call::get(path(&channel))).await?;
            printer.either(&profile, |printer| facts(printer, &profile))
        }
        ProfileCommand::Pull { file, of } => pull::run(system, printer, of, file.as_deref()).await,
        ProfileCommand::Plan(changing) => plan::run(system, printer, changing).await,
        ProfileCommand::Apply { changing, yes } => apply::run(system, printer, changing, *yes).await,
    }
}

fn path(channel: &Channel) -> [&str; 4] {
    ["v1", "channels", &channel.phone_number_id, "profile"]
}

fn facts(printer: Printer, profile: &Value) -> String {
    printer.facts(&[
        ("ABOUT", text(profile, "/about")),
        ("ADDRESS", text(profile, "/address")),
        ("DESCRIPTION", text(profile, "/description")),
        ("EMAIL", text(profile, "/email")),
        ("WEBSITES", said(&profile["websites"])),
        ("VERTICAL", text(profile, "/vertical_label")),
        ("PHOTO", text(profile, "/profile_picture_url")),
        ("META ASKED", short(&text(profile, "/synced_at"))),
    ])
}

/// Members that are others, with what they were and are.
fn differences(printer: Printer, heading: [&str; 3], value: &Value, empty: &str) -> String {
    let row = |one: &Value| {
        let field = text(one, "/field");
        let value = |name: &str| match said(&one[name]) {
            word if field == "vertical" => vertical::label(&word).to_owned(),
            said => said,
        };
        vec![field.clone(), value("from"), value("to")]
    };
    printer.table(&heading, list(value, "").iter().map(row).collect(), empty)
}

fn drifted(printer: Printer, drift: &Value) -> Option<String> {
    let table = differences(printer, ["FIELD", "WAS", "IS"], drift, "");
    (!table.is_empty()).then(|| format!("Changed at Meta since it was last read here:\n{table}"))
}

/// A value as a person reads it.
fn said(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(said).collect::<Vec<_>>().join(", "),
        value => text(value, ""),
    }
}
