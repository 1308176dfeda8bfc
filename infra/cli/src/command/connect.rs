//! `waypost connect`: from an app, a token and a number to messages that arrive (C-01 to C-13).
//!
//! It looks at everything first, then says what is missing, then does that. So doing it again changes nothing, and after
//! a crash it goes on where it ended.

mod apply;
mod plan;
mod survey;

use std::time::Duration;

use clap::Args;
use model::health::{Level, by_hand, inbound as arrival, worst};
use serde_json::{Value, json};

use crate::ask::{Asker, SecretArgs};
use crate::error::Error;
use crate::print::{Printer, line};
use crate::reach::System;
use crate::reach::meta::MetaArgs;
use crate::{findings, inbound};
pub(crate) use apply::pin;
use plan::{Change, plan};
use survey::Survey;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost connect --stack waypost
  waypost connect --stack waypost --plan
  waypost connect --app 300000000000001 --waba 200000000000001 --number 100000000000001 --name support --json")]
pub(crate) struct ConnectArgs {
    /// Id of the Meta app. Default: the one that is stored.
    #[arg(long, value_name = "ID", value_parser = digits)]
    app: Option<String>,
    /// Id of the WhatsApp Business Account. Default: the only one that the token is granted for.
    #[arg(long, value_name = "ID", value_parser = digits)]
    waba: Option<String>,
    /// Meta's id of the number, which is not the number itself. Default: the account's only one.
    #[arg(long, value_name = "PHONE_NUMBER_ID", value_parser = digits)]
    number: Option<String>,
    /// The channel's name, which only the team sees.
    #[arg(long)]
    name: Option<String>,
    /// Take over a callback that leads elsewhere, and remove overrides of it that do.
    #[arg(long)]
    replace_callback: bool,
    /// Leave the app's callback as it is, and set one for this account only: for a second environment with the same app.
    #[arg(long = "override", conflicts_with = "replace_callback")]
    override_callback: bool,
    /// Say what would be changed, and change nothing.
    #[arg(long)]
    plan: bool,
    /// Wait until somebody writes to the number: seconds, or as 5m.
    #[arg(long, value_name = "TIME", value_parser = inbound::duration, num_args = 0..=1, default_missing_value = "5m")]
    wait: Option<Duration>,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    meta: MetaArgs,
}

/// Meta's id of something, as an argument.
pub(crate) fn digits(text: &str) -> Result<String, String> {
    let text = text.trim();
    if (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(String::from("must be Meta's id: up to 32 digits"))
}

fn is_id(text: &str) -> Result<(), String> {
    digits(text).map(drop)
}

pub(crate) async fn run(system: &System, printer: Printer, args: &ConnectArgs) -> Result<(), Error> {
    let asker = Asker::new(printer, &args.secrets)?;
    let graph = system.graph(&args.meta)?;
    let survey = match Survey::make(system, &graph, &asker, args).await? {
        Ok(survey) => survey,
        // One finding for each thing that is missing.
        Err(found) => return findings::conclude(printer, &found),
    };
    let changes = plan(&survey, args)?;
    if args.plan {
        return printer.either(&told(&survey, &changes, &json!({"planned": true})), |_| listed(&survey, &changes));
    }
    let registers = changes.iter().any(|change| matches!(change, Change::Register));
    let number_pin = if registers { Some(pin(&asker)?) } else { None };
    let before = match args.wait {
        Some(_) if survey.channel.is_some() => Some(inbound::seen(system, survey.number.id.as_str()).await?),
        _ => None,
    };
    for change in &changes {
        if !printer.is_json() {
            line(&format!("→ {}", change.describe(&survey)))?;
        }
        apply::apply(system, &graph, &survey, change, number_pin.as_ref()).await?;
    }
    let mut found = apply::verify(system, &graph, &survey).await?;
    if let Some(within) = args.wait {
        if !printer.is_json() {
            line(&format!("Write to {} from a phone now.", survey.number_shown()))?;
        }
        let before = before.unwrap_or_default();
        let after = inbound::wait(system, survey.number.id.as_str(), &before, within).await?;
        found.push(arrival(after, within));
    }
    found.extend(by_hand(Some(&survey.app_id)));
    let document = told(&survey, &changes, &json!({"findings": found}));
    printer.either(&document, |printer| {
        let done = if changes.is_empty() { "Nothing had to be changed." } else { "Done." };
        let next = if changes.is_empty() || args.wait.is_some() || worst(&found) == Level::Error {
            String::new()
        } else {
            format!("\n\n{}", next(&survey))
        };
        format!("{done}\n\n{}{next}", findings::to_text(printer, &found))
    })?;
    if worst(&found) == Level::Error { Err(Error::Found(1)) } else { Ok(()) }
}

/// What is left to see, and what would else take until the next sync.
fn next(survey: &Survey) -> String {
    let (id, waba) = (&survey.number.id, &survey.waba);
    format!(
        "Next: waypost doctor --wait-inbound --channel {id}, and write to the number from a phone.\n\
         Templates are read within six hours; at once: waypost templates sync --waba {waba} --wait"
    )
}

fn told(survey: &Survey, changes: &[Change], more: &Value) -> Value {
    let change = |change: &Change| json!({"id": change.id(), "what": change.describe(survey)});
    let mut told = json!({
        "app_id": survey.app_id,
        "waba_id": survey.waba.as_str(),
        "phone_number_id": survey.number.id.as_str(),
        "callback": survey.callback,
        "changes": changes.iter().map(change).collect::<Vec<_>>(),
    });
    if let (Value::Object(told), Value::Object(more)) = (&mut told, more.clone()) {
        told.extend(more);
    }
    told
}

fn listed(survey: &Survey, changes: &[Change]) -> String {
    if changes.is_empty() {
        return format!("{} is connected. Nothing would be changed.", survey.number_shown());
    }
    let lines: Vec<String> = changes.iter().map(|change| format!("→ {}", change.describe(survey))).collect();
    format!("To connect {}, this would be done:\n{}", survey.number_shown(), lines.join("\n"))
}
