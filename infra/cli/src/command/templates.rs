//! `waypost templates`: those that Meta has, and those that files describe.

mod apply;
mod file;
mod folder;
mod lint;
mod list;
mod listing;
mod plan;
mod preview;
mod pull;
mod sync;
mod watch;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::limits::template::{GUIDE, TODAY, TemplateLimits};

use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;

#[derive(Subcommand)]
pub(crate) enum TemplatesCommand {
    /// Templates as the last sync found them, searched and filtered.
    #[command(after_help = "Examples:
  waypost templates list
  waypost templates list --status rejected
  waypost templates list --category utility --language en_US -q order")]
    List(list::Filter),
    /// Write a file for every template that Meta has: one YAML file for a name and language.
    ///
    /// Files that say the same already are left as they are, with their comments.
    #[command(after_help = "Examples:
  waypost templates pull templates")]
    Pull(Where),
    /// Check files against Meta's rules and common causes of rejection. Asks nobody.
    #[command(after_help = "Examples:
  waypost templates lint templates
  waypost templates lint templates --limits guide")]
    Lint {
        /// The folder of the files.
        dir: PathBuf,
        #[command(flatten)]
        limits: Limits,
    },
    /// Show a file as the message that people will see. Asks nobody.
    #[command(after_help = "Examples:
  waypost templates preview templates/order_shipped.en_US.yaml
  waypost templates preview templates/order_shipped.en_US.yaml --html > preview.html")]
    Preview {
        /// The file.
        file: PathBuf,
        /// As a page that looks like the message; redirect it into a file and open that.
        #[arg(long)]
        html: bool,
    },
    /// What would be created, edited and deleted at Meta so that it has what the files describe, and what Meta forbids now.
    #[command(after_help = "Examples:
  waypost templates plan templates
  waypost templates plan templates --delete --json")]
    Plan(Changing),
    /// Do what `plan` shows. May be run again whenever it ended early: it does what is left.
    #[command(after_help = "Examples:
  waypost templates apply templates
  waypost templates apply templates --delete --yes")]
    Apply {
        #[command(flatten)]
        changing: Changing,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Read templates and numbers from Meta now.
    #[command(after_help = "Examples:
  waypost templates sync
  waypost templates sync --wait")]
    Sync {
        /// The account; may be left out where there is only one.
        #[arg(long, value_name = "ID")]
        waba: Option<String>,
        /// Wait for the outcome, up to this many seconds.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "120")]
        wait: Option<u64>,
    },
    /// How the last sync went; or what becomes of the templates in review.
    #[command(after_help = "Examples:
  waypost templates status
  waypost templates status --watch --timeout 3600")]
    Status {
        /// The account; may be left out where there is only one.
        #[arg(long, value_name = "ID")]
        waba: Option<String>,
        /// Wait until no template is in review, and tell of each as its review ends. Fails where one was rejected.
        #[arg(long)]
        watch: bool,
        /// How long to wait.
        #[arg(long, value_name = "SECONDS", default_value_t = 86_400, requires = "watch")]
        timeout: u64,
    },
}

/// A folder, and the account that it is for.
#[derive(Args)]
pub(crate) struct Where {
    /// The folder of the files.
    dir: PathBuf,
    /// The account; may be left out where there is only one.
    #[arg(long, value_name = "ID")]
    waba: Option<String>,
    /// Go by the last sync instead of reading from Meta first.
    #[arg(long)]
    no_sync: bool,
}

/// What a plan is made from.
#[derive(Args)]
pub(crate) struct Changing {
    #[command(flatten)]
    place: Where,
    /// Also delete what no file describes.
    #[arg(long)]
    delete: bool,
    #[command(flatten)]
    limits: Limits,
}

/// Whose limits count.
#[derive(Args)]
pub(crate) struct Limits {
    /// Meta's own of today, or the guide's older ones.
    #[arg(long, value_enum, default_value_t = Profile::Today)]
    limits: Profile,
    /// The most bytes of a header's sample; where Meta takes less of its kind, that counts.
    #[arg(long, value_name = "BYTES")]
    sample_bytes: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Profile {
    Today,
    Guide,
}

impl Limits {
    fn table(&self) -> TemplateLimits {
        let table = match self.limits {
            Profile::Today => TODAY,
            Profile::Guide => GUIDE,
        };
        TemplateLimits { sample_bytes: self.sample_bytes.unwrap_or(table.sample_bytes), ..table }
    }
}

/// What needs no system; `None` where the command does.
pub(crate) fn run_here(printer: Printer, command: &TemplatesCommand) -> Option<Result<(), Error>> {
    match command {
        TemplatesCommand::Lint { dir, limits } => Some(lint::run(printer, dir, &limits.table())),
        TemplatesCommand::Preview { file, html } => Some(preview::run(printer, file, *html)),
        _ => None,
    }
}

pub(crate) async fn run(system: &System, printer: Printer, command: &TemplatesCommand) -> Result<(), Error> {
    match command {
        TemplatesCommand::List(filter) => list::run(system, printer, filter).await,
        TemplatesCommand::Pull(place) => pull::run(system, printer, place).await,
        TemplatesCommand::Plan(changing) => plan::run(system, printer, changing).await,
        TemplatesCommand::Apply { changing, yes } => apply::run(system, printer, changing, *yes).await,
        TemplatesCommand::Sync { waba, wait } => sync::run(system, printer, waba.as_deref(), *wait).await,
        TemplatesCommand::Status { waba, watch: true, timeout } => {
            watch::run(system, printer, waba.as_deref(), *timeout).await
        }
        TemplatesCommand::Status { waba, .. } => sync::status(system, printer, waba.as_deref()).await,
        TemplatesCommand::Lint { .. } | TemplatesCommand::Preview { .. } => {
            run_here(printer, command).unwrap_or(Ok(()))
        }
    }
}
