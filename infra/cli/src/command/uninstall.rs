//! `waypost uninstall`: what taking a stack away takes away, what stays and costs, and what to run.
//!
//! It deletes nothing in AWS: `sam` and `aws` do that better, and ask. What has to end at Meta it ends itself where that is
//! asked for, because the token is its own to read.

mod at_meta;
mod plan;
mod stack;

use clap::Args;
use model::health::Depth;
use serde_json::{Value, json};

use crate::ask::{Asker, SecretArgs};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::reach::meta::MetaArgs;
use at_meta::AtMeta;
use plan::Plan;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost uninstall --stack waypost --plan
  waypost uninstall --stack waypost --disconnect
  waypost uninstall --stack waypost > uninstall.sh")]
pub(crate) struct UninstallArgs {
    /// Say what would be deleted, what stays, what that costs, and what is still waiting. Without it: the commands to run.
    #[arg(long)]
    plan: bool,
    /// End what leads from Meta to this system: the app's callback, where it is this system's, and its subscription to each
    /// account. Nothing arrives from then on.
    #[arg(long, conflicts_with = "plan")]
    disconnect: bool,
    /// Do not ask.
    #[arg(long, requires = "disconnect")]
    yes: bool,
    #[command(flatten)]
    meta: MetaArgs,
}

pub(crate) async fn run(system: &System, printer: Printer, args: &UninstallArgs) -> Result<(), Error> {
    if args.disconnect {
        return disconnect(system, printer, args).await;
    }
    let stack = system.stack().ok_or_else(|| Error::Usage(String::from("name the stack: --stack NAME")))?;
    let name = stack.name();
    let resources = stack::read(&system.aws().await?, name).await?;
    // A stack that is half gone may have no API, and no secrets, any more.
    let at_meta = AtMeta::look(system, &args.meta).await.map_err(|error| {
        let why = error.to_string();
        why.lines().next().unwrap_or_default().to_owned()
    });
    let aws = system.aws().await?;
    let plan = Plan {
        stack: name.to_owned(),
        region: aws.region().map(ToString::to_string),
        resources,
        waiting: waiting(system).await?,
        at_meta,
    };
    printer.either(&plan.to_json(), |printer| if args.plan { plan.to_text(printer) } else { plan.to_script() })
}

/// In every queue, dead letters too; `None` where SQS does not tell.
async fn waiting(system: &System) -> Result<Option<Vec<Depth>>, Error> {
    let (Some(mut waiting), Some(dead)) = (system.queues().await?, system.dead_letters().await?) else {
        return Ok(None);
    };
    waiting.extend(dead.into_iter().map(|depth| Depth { queue: format!("{} dead letters", depth.queue), ..depth }));
    Ok(Some(waiting))
}

async fn disconnect(system: &System, printer: Printer, args: &UninstallArgs) -> Result<(), Error> {
    let at_meta = AtMeta::look(system, &args.meta).await?;
    let leads = at_meta.to_lines();
    if leads.is_empty() {
        let done = json!({"ended": []});
        return printer.either(&done, |_| String::from("Nothing at Meta leads here. Nothing was changed."));
    }
    if !args.yes {
        let asker = Asker::new(printer, &SecretArgs::none())?;
        if asker.is_person() {
            eprintln!("{}", leads.join("\n"));
        }
        if !asker.agrees("End this? Nothing arrives here from then on.")? {
            return Err(Error::Failed(String::from("nothing was changed")));
        }
    }
    let ended: Vec<Value> = at_meta.end(system, &args.meta).await?.into_iter().map(Value::from).collect();
    let done = json!({ "ended": ended });
    printer.either(&done, |_| format!("Ended:\n{}", leads.join("\n")))
}
