//! `waypost contacts erase`: first what would go, then, where somebody says so, until it is over.

use std::time::Duration;

use clap::Args;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use crate::api::Call;
use crate::ask::{Asker, SecretArgs};
use crate::choose::{Channel, text};
use crate::error::Error;
use crate::print::Printer;
use crate::progress::bar;
use crate::reach::System;
use crate::time::short;

/// How often it is looked whether it is time.
const LOOK: Duration = Duration::from_secs(5);
/// What an erasure counts, and what a person calls it.
const CLASSES: [(&str, &str); 9] = [
    ("contacts", "CONTACTS"),
    ("identities", "IDENTITIES"),
    ("received", "MESSAGES FROM THEM"),
    ("sent", "MESSAGES TO THEM"),
    ("cancelled", "STILL TO BE SENT"),
    ("files", "FILES"),
    ("raw", "LARGE PAYLOADS"),
    ("kept", "KEPT RAW"),
    ("consents", "CONSENTS"),
];

#[derive(Args)]
#[command(after_help = "Examples:
  waypost contacts erase +15550101 --dry-run
  waypost contacts erase +15550101
  waypost contacts erase wa:15550101 --yes --no-wait")]
pub(crate) struct EraseArgs {
    /// A contact key, `wa:…`, `+E.164` or a user id.
    key: String,
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Say what would go, and erase nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Come back once all is gone, without the second look two minutes later; the same command does that then.
    #[arg(long, conflicts_with = "dry_run")]
    no_wait: bool,
}

pub(super) async fn run(system: &System, printer: Printer, args: &EraseArgs) -> Result<(), Error> {
    let channel = system.channel(args.channel.as_deref()).await?;
    if !args.yes {
        let asker = Asker::new(printer, &SecretArgs::none())?;
        if !args.dry_run && !asker.is_person() {
            return Err(Error::Usage(String::from(
                "nobody is there to be asked; --yes erases without asking, --dry-run says what would go",
            )));
        }
        let planned = plan(system, &channel, &args.key).await?;
        if args.dry_run {
            return printer.either(&planned, |printer| format!("{}\n\nNothing was erased.", counts(printer, &planned)));
        }
        eprintln!("{}\n", counts(printer, &planned));
        let question =
            format!("This cannot be undone. To erase all of it from {}, type {} again", channel.name, args.key);
        if !asker.types_again(&question, &args.key)? {
            return Err(Error::Failed(format!("nothing was erased: what was typed is not {}", args.key)));
        }
    }
    let erased = erase(system, &channel, args).await?;
    printer.either(&erased, |printer| {
        let facts = counts(printer, &erased);
        let at = short(&text(&erased, "/erased_at"));
        match text(&erased, "/state").as_str() {
            "erased" => format!("{facts}\n\nErased: everything until {at}. What they write from now on makes a new contact."),
            _ => format!(
                "{facts}\n\nGone: everything until {at}. Run the same command after {} to make sure that nothing came back \
                 meanwhile.",
                short(&text(&erased, "/settled_at"))
            ),
        }
    })
}

/// Every part of it together.
async fn plan(system: &System, channel: &Channel, key: &str) -> Result<Value, Error> {
    let bar = bar();
    let mut cursor = None::<String>;
    let mut planned = Value::Null;
    loop {
        let call = Call::new(Method::DELETE, path(channel, key))
            .with_query("dry_run", Some(true))
            .with_query("cursor", cursor.as_ref());
        let mut part = system.api.call(call).await?;
        cursor = part.get_mut("cursor").map(Value::take).and_then(|cursor| cursor.as_str().map(str::to_owned));
        if planned.is_null() {
            planned = part;
        } else {
            let kept = count(&planned, "kept") + count(&part, "kept");
            planned["counts"]["kept"] = kept.into();
        }
        bar.set_message(format!("looking: {} messages, {} kept raw", messages(&planned), count(&planned, "kept")));
        if cursor.is_none() {
            break;
        }
    }
    bar.finish_and_clear();
    if let Some(planned) = planned.as_object_mut() {
        planned.remove("cursor");
    }
    Ok(planned)
}

/// Each request does a part of it.
async fn erase(system: &System, channel: &Channel, args: &EraseArgs) -> Result<Value, Error> {
    let bar = bar();
    loop {
        let erasure = system.api.call(Call::new(Method::DELETE, path(channel, &args.key))).await?;
        let state = text(&erasure, "/state");
        if state == "erased" || (state == "settling" && args.no_wait) {
            bar.finish_and_clear();
            return Ok(erasure);
        }
        if state == "settling" {
            let until: Option<Timestamp> = text(&erasure, "/settled_at").parse().ok();
            let left = until.map_or(0, |until| until.duration_since(Timestamp::now()).as_secs().max(0));
            bar.set_message(format!("all gone; looking once more in {left} s, when nobody remembers them any more"));
            tokio::time::sleep(LOOK).await;
        } else {
            bar.set_message(format!("erasing: {} messages, {} files", messages(&erasure), count(&erasure, "files")));
        }
    }
}

fn path<'a>(channel: &'a Channel, key: &'a str) -> [&'a str; 5] {
    ["v1", "channels", &channel.phone_number_id, "contacts", key]
}

pub(crate) fn counts(printer: Printer, erasure: &Value) -> String {
    let facts: Vec<(&str, String)> =
        CLASSES.into_iter().map(|(name, shown)| (shown, count(erasure, name).to_string())).collect();
    printer.facts(&facts)
}

fn count(erasure: &Value, name: &str) -> u64 {
    erasure.pointer(&format!("/counts/{name}")).and_then(Value::as_u64).unwrap_or_default()
}

fn messages(erasure: &Value) -> u64 {
    count(erasure, "received") + count(erasure, "sent")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_class_has_a_name_for_people() {
        let counts: serde_json::Map<String, Value> =
            CLASSES.iter().zip(1_u64..).map(|((name, _), count)| ((*name).to_owned(), count.into())).collect();
        let shown = super::counts(Printer::new(false), &json!({ "counts": counts }));
        assert_eq!(shown.lines().count(), CLASSES.len());
        assert!(shown.contains("MESSAGES FROM THEM") && shown.contains('3'), "{shown}");
    }
}
