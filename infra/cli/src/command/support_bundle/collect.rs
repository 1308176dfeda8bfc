//! What is in the bundle. A part that cannot be had says why in its place: bundles are made when something is broken.

use model::health::{ALL, Depth};
use serde_json::{Value, json};

use super::errors;
use super::redact::{Redactor, picked};
use crate::api::Call;
use crate::choose::{Channel, list, text};
use crate::command::doctor::gather;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::reach::meta::MetaArgs;

/// Parameters of the stack that say nothing of anybody; of the others only that they are set.
const PARAMETERS: [&str; 21] = [
    "ApiReservedConcurrency",
    "Architecture",
    "Dashboard",
    "DefaultEndpoint",
    "EventTypes",
    "FileLinkDays",
    "GraphVersion",
    "HoldSeconds",
    "LogLevel",
    "LogRetentionDays",
    "MediaConcurrency",
    "MediaExpiryDays",
    "Processing",
    "SenderConcurrency",
    "SenderReservedConcurrency",
    "SyncSchedule",
    "ThrottleBurst",
    "ThrottleRate",
    "Tracing",
    "UncertainAfterSeconds",
    "WebhookReservedConcurrency",
];
const CHANNEL: [&str; 21] = [
    "phone_number_id",
    "waba_id",
    "portfolio_id",
    "quality_rating",
    "status",
    "throughput",
    "name_status",
    "messaging_limit",
    "account_mode",
    "code_verification_status",
    "platform_type",
    "is_on_biz_app",
    "messages_per_second",
    "recipients_per_day",
    "limit_scope",
    "test_number",
    "unsupported_media",
    "version",
    "created_at",
    "updated_at",
    "health_at",
];
/// Their sentences quote Meta's own, which may name anybody.
const QUOTING: [&str; 2] = ["meta_blocks", "sync_failed"];

pub(super) struct Section {
    pub(super) name: &'static str,
    /// For whoever decides whether to give it away.
    pub(super) what: &'static str,
    pub(super) content: Value,
}

pub(super) async fn all(system: &System, printer: Printer, meta: &MetaArgs) -> Result<Vec<Section>, Error> {
    let channels = system.channels().await;
    let secrets = system.secrets().await;
    let redactor = Redactor::new(
        secrets
            .iter()
            .flat_map(|secrets| secrets.all().into_iter().map(|text| text.reveal().to_owned()).collect::<Vec<_>>())
            .chain(channels.iter().flatten().flat_map(own)),
    );
    let section = |name, what, content: Result<Value, Error>| Section {
        name,
        what,
        content: content.unwrap_or_else(|error| json!({"unavailable": redactor.sentence(&error.to_string())})),
    };
    let told = |what: &str| {
        if !printer.is_json() {
            eprintln!("Looking at {what} …");
        }
    };
    let known = channels.as_ref().map(Vec::as_slice).unwrap_or_default();
    let read: Vec<Channel> = known.iter().map(Channel::read).collect();
    told("the system");
    let mut sections = vec![
        section("versions", "of the command and of the API, and the machine", versions(system).await),
        section(
            "stack",
            "its state and the parameters it was deployed with, as far as they name nobody",
            Ok(stack(system)),
        ),
        section(
            "channels",
            "each number's ids, settings and standing at Meta, without name and number",
            match &channels {
                Ok(channels) => Ok(channels.iter().map(channel).collect()),
                Err(error) => Ok(json!({"unavailable": redactor.sentence(&error.to_string())})),
            },
        ),
        section(
            "secrets",
            "which are there, not what they are",
            secrets.map(|secrets| {
                json!({"app_id": secrets.app_id(), "app_secrets": secrets.app_secrets().len(),
                "verify_token": secrets.verify_token().is_some(), "access_tokens_of": secrets.token_owners()})
            }),
        ),
    ];
    told("the queues");
    sections.push(section(
        "queues",
        "how many messages are in each, and in the dead-letter queues",
        queues(system).await,
    ));
    told("Meta and the callback");
    sections.push(section("doctor", "every finding of waypost doctor, addresses cut to their hosts", {
        gather::system(system, meta, &read).await.map(|found| found.iter().map(|one| finding(&redactor, one)).collect())
    }));
    told("templates and errors");
    sections.push(section(
        "sync",
        "when templates and numbers were last read, and how that went",
        syncs(system, &read).await,
    ));
    sections.push(section("errors", "codes that recent messages failed with, counted", recent(system, &read).await));
    sections.push(section("quarantine", "how much could not be taken in today, by cause", quarantine(system).await));
    Ok(sections)
}

/// What a channel is called, and its number in both spellings.
fn own(channel: &Value) -> Vec<String> {
    let shown = text(channel, "/display_phone_number");
    let digits = shown.chars().filter(char::is_ascii_digit).collect();
    vec![text(channel, "/name"), text(channel, "/verified_name"), text(channel, "/fallback_text"), shown, digits]
}

async fn versions(system: &System) -> Result<Value, Error> {
    let api = system.api.call(Call::get(["v1", "openapi.json"])).await;
    let api = api.ok().map(|document| text(&document, "/info/version"));
    Ok(json!({"waypost": env!("CARGO_PKG_VERSION"), "api": api, "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH, "made_at": jiff::Timestamp::now()}))
}

fn stack(system: &System) -> Value {
    let Some(stack) = system.stack() else { return Value::Null };
    let shown = |(name, value): (&String, &String)| (name.clone(), Value::from(parameter(name, value)));
    json!({"status": stack.status, "parameters": stack.parameters.iter().map(shown).collect::<serde_json::Map<_, _>>()})
}

fn parameter<'v>(name: &str, value: &'v str) -> &'v str {
    if value.is_empty() || PARAMETERS.contains(&name) { value } else { "(set)" }
}

fn channel(channel: &Value) -> Value {
    let mut shown = picked(channel, &CHANNEL);
    let null = Value::Null;
    let within = |name: &str| channel.get(name).unwrap_or(&null);
    shown["sending"] = picked(within("sending"), &["state", "cause", "since", "retry_at"]);
    shown["limits"] = picked(within("limits"), &["messages_per_second", "recipients_per_day", "shared_by"]);
    shown
}

async fn queues(system: &System) -> Result<Value, Error> {
    let shown = |depths: Option<Vec<Depth>>| -> Value {
        depths.map_or(Value::Null, |depths| {
            depths
                .into_iter()
                .map(|depth| (depth.queue, Value::from(depth.messages)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
    };
    Ok(json!({"messages": shown(system.queues().await?), "dead_letters": shown(system.dead_letters().await?)}))
}

fn finding(redactor: &Redactor, found: &gather::Found<'_>) -> Value {
    let gather::Found { of, finding } = found;
    let what = if QUOTING.contains(&finding.id) {
        let looks_at = ALL.iter().find(|check| check.id == finding.id).map(|check| check.looks_at);
        format!("{}{}", looks_at.unwrap_or_default(), codes(&finding.what))
    } else {
        redactor.sentence(&finding.what)
    };
    json!({"id": finding.id, "level": finding.level, "what": what, "phone_number_id": of.map(|of| &of.phone_number_id)})
}

/// Meta's code at the end of a sentence: `…, code 190/460, …` or `… (141014)`.
fn codes(what: &str) -> String {
    let after = what.rsplit_once("code ").or_else(|| what.rsplit_once('(')).map(|(_, after)| after).unwrap_or_default();
    let code: String = after.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '/').take(16).collect();
    if code.is_empty() { code } else { format!(": code {code}") }
}

async fn syncs(system: &System, channels: &[Channel]) -> Result<Value, Error> {
    let mut wabas: Vec<&str> = channels.iter().map(|channel| channel.waba_id.as_str()).collect();
    wabas.sort_unstable();
    wabas.dedup();
    let mut syncs = Vec::new();
    for waba in wabas {
        let sync = system.api.call(Call::get(["v1", "wabas", waba, "templates", "sync"])).await?;
        let null = Value::Null;
        let attempt = sync.get("last_attempt").unwrap_or(&null);
        let mut shown = picked(&sync, &["waba_id", "last_synced_at", "management_calls"]);
        shown["last_attempt"] = picked(attempt, &["at", "state", "duration_ms", "listed", "written", "absent"]);
        syncs.push(shown);
    }
    Ok(syncs.into())
}

async fn recent(system: &System, channels: &[Channel]) -> Result<Value, Error> {
    let mut of_each = Vec::new();
    for channel in channels {
        of_each.push(errors::recent(system, &channel.phone_number_id).await?);
    }
    Ok(of_each.into())
}

async fn quarantine(system: &System) -> Result<Value, Error> {
    let page = system.api.call(Call::get(["v1", "quarantine"]).with_query("limit", Some(100))).await?;
    let mut causes = std::collections::BTreeMap::<String, u64>::new();
    for kept in list(&page, "/items") {
        *causes.entry(text(kept, "/cause")).or_default() += 1;
    }
    Ok(json!({"causes": causes, "more": page.get("cursor").is_some()}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_name_somebody_are_only_said_to_be_set() {
        assert_eq!(parameter("GraphVersion", "v24.0"), "v24.0");
        assert_eq!(parameter("AlertEmail", "ana@shop.example"), "(set)");
        assert_eq!(parameter("AlertEmail", ""), "");
        assert_eq!(parameter("NewerThanThisBuild", "x"), "(set)");
    }

    #[test]
    fn codes_are_kept_of_what_quotes() {
        assert_eq!(codes("Meta says of the account: gone (141014)"), ": code 141014");
        assert_eq!(codes("could not be read: why, code 190/460, trace A1"), ": code 190/460");
        assert_eq!(codes("could not be read: no answer"), "");
    }
}
