//! `waypost channel remove`: out of this system, with what is stored of it or without (N-05).

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::{Value, json};

use crate::api::Call;
use crate::ask::{Asker, SecretArgs};
use crate::choose::text;
use crate::command::contacts::counts;
use crate::error::Error;
use crate::print::Printer;
use crate::progress::bar;
use crate::reach::System;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost channel remove support
  waypost channel remove support --data erase --dry-run
  waypost channel remove support --data erase
  waypost channel remove support --yes --abandon-sends")]
pub(crate) struct RemoveArgs {
    /// Name or phone_number_id.
    channel: String,
    /// What becomes of what is stored of it.
    #[arg(long, value_enum, default_value_t = Data::Keep)]
    data: Data,
    /// Say what would be removed and erased, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Also where sends are queued, waiting, in doubt or parked: they fail.
    #[arg(long)]
    abandon_sends: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Data {
    /// Messages stay until their time is over, contacts until they are erased; added again, the channel has them.
    Keep,
    /// Contacts, messages, files, consent and what was kept raw go at once, for good.
    Erase,
}

/// A channel, or with its id what one has left behind.
struct Subject {
    id: String,
    name: String,
    is_channel: bool,
}

pub(super) async fn run(system: &System, printer: Printer, args: &RemoveArgs) -> Result<(), Error> {
    let subject = subject(system, args).await?;
    let erases = args.data == Data::Erase;
    let asker = Asker::new(printer, &SecretArgs::none())?;
    if !args.yes && !args.dry_run && !asker.is_person() {
        return Err(Error::Usage(String::from(
            "nobody is there to be asked; --yes removes without asking, --dry-run says what would go",
        )));
    }
    let planned = if erases && (args.dry_run || !args.yes) { Some(data(system, &subject, true).await?) } else { None };
    if args.dry_run {
        let shown = json!({"would_remove": subject.id, "would_erase": planned});
        return printer.either(&shown, |printer| {
            let what = planned.as_ref().map_or_else(String::new, |planned| format!("{}\n\n", counts(printer, planned)));
            format!("{what}Nothing was removed.")
        });
    }
    if !args.yes {
        confirm(printer, &asker, &subject, planned.as_ref())?;
    }
    if subject.is_channel {
        let call = Call::new(Method::DELETE, ["v1", "channels", &subject.id]);
        system.api.call(call.with_query("abandon_sends", args.abandon_sends.then_some(true))).await?;
    }
    let erased = if erases { Some(data(system, &subject, false).await?) } else { None };
    let mut removed = json!({"removed": subject.id, "data": if erases { "erased" } else { "kept" }});
    if let Some(erased) = &erased {
        removed["counts"] = erased["counts"].clone();
    }
    printer.either(&removed, |printer| match &erased {
        Some(erased) => {
            format!("{}\n\nRemoved {}, with everything that was stored of it.", counts(printer, erased), subject.name)
        }
        None => format!(
            "Removed {}. Its messages stay stored until their time is over, its contacts until they are erased; \
             `waypost channel remove {} --data erase` erases all of it.",
            subject.name, subject.id
        ),
    })
}

/// What was removed before may still have left data: its id names it.
async fn subject(system: &System, args: &RemoveArgs) -> Result<Subject, Error> {
    let is_id = !args.channel.is_empty() && args.channel.bytes().all(|byte| byte.is_ascii_digit());
    match system.channel(Some(&args.channel)).await {
        Ok(channel) => Ok(Subject { id: channel.phone_number_id, name: channel.name, is_channel: true }),
        Err(_) if is_id && args.data == Data::Erase => {
            Ok(Subject { id: args.channel.clone(), name: args.channel.clone(), is_channel: false })
        }
        Err(error) => Err(error),
    }
}

/// All of it, a part by a request.
async fn data(system: &System, subject: &Subject, dry_run: bool) -> Result<Value, Error> {
    let bar = bar();
    let mut sum = json!({"counts": {}});
    let (mut cursor, mut parts) = (None::<String>, 0_u64);
    loop {
        let call = Call::new(Method::DELETE, ["v1", "channels", &subject.id, "data"])
            .with_query("dry_run", dry_run.then_some(true))
            .with_query("cursor", cursor.as_ref());
        let part = system.api.call(call).await?;
        for (name, count) in part["counts"].as_object().into_iter().flatten() {
            let before = sum["counts"][name].as_u64().unwrap_or_default();
            sum["counts"][name] = (before + count.as_u64().unwrap_or_default()).into();
        }
        parts += 1;
        let verb = if dry_run { "looking" } else { "erasing" };
        bar.set_message(format!("{verb}: part {parts}, {} messages", sum["counts"]["received"]));
        match text(&part, "/cursor") {
            next if next.is_empty() => break,
            next => cursor = Some(next),
        }
    }
    bar.finish_and_clear();
    Ok(sum)
}

/// Whoever does not agree leaves everything as it is.
fn confirm(printer: Printer, asker: &Asker, subject: &Subject, planned: Option<&Value>) -> Result<(), Error> {
    let name = &subject.name;
    let Some(planned) = planned else {
        let question = format!("What comes in for {name} will be quarantined from now on. Remove it?");
        return if asker.agrees(&question)? { Ok(()) } else { Err(Error::Failed(String::from("nothing was removed"))) };
    };
    eprintln!("{}\n", counts(printer, planned));
    let question = format!("All of this goes for good. To remove {name} and erase it, type {name} again");
    if asker.types_again(&question, name)? {
        return Ok(());
    }
    Err(Error::Failed(format!("nothing was removed: what was typed is not {name}")))
}
