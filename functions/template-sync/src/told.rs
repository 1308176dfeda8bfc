//! `channel.changed`: what the schedule found to be otherwise than before, told once (L-08, D-01, X-04).
//!
//! It is told before it is recorded: a crash in between tells it again, by the same id.

use std::collections::BTreeMap;

use model::event::{VERSION, dedupe_change, event_id};
use model::health::NumberChange;
use model::{Event, EventData, EventType, PhoneNumberId, Timestamp, WabaId};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::App;
use crate::sync::Failure;

/// The edges of Meta's that it was read from.
const NUMBERS: &str = "phone_numbers";
const TOKEN: &str = "debug_token";

#[derive(Serialize)]
struct Data<'a> {
    field: &'a str,
    value: &'a RawValue,
}

#[derive(Serialize)]
struct Numbers<'a> {
    id: &'a PhoneNumberId,
    changed: BTreeMap<&'a str, FromTo<'a>>,
}

#[derive(Serialize)]
struct FromTo<'a> {
    from: &'a str,
    to: &'a str,
}

#[derive(Serialize)]
struct Findings<'a> {
    findings: &'a [&'a str],
    before: &'a [String],
}

/// Of a number; `since` is when it was recorded as it was before.
pub(crate) async fn number(
    app: &App,
    waba: &WabaId,
    number: &PhoneNumberId,
    changes: &[NumberChange],
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Failure> {
    for change in changes.iter().filter(|change| change.is_downgrade()) {
        tracing::error!(
            waba_id = %waba,
            phone_number_id = %number,
            changed = change.field,
            from = change.from,
            to = change.to,
            metric = "Downgraded",
            "Meta lowered what the number may do"
        );
    }
    let from_to = |change: &'_ NumberChange| (change.field, change.from.clone(), change.to.clone());
    let owned: Vec<_> = changes.iter().map(from_to).collect();
    let changed = owned.iter().map(|(field, from, to)| (*field, FromTo { from, to })).collect();
    publish(app, waba, Some(number), NUMBERS, &Numbers { id: number, changed }, since, now).await
}

/// Of an account's token: what is wrong with it now, and what was.
pub(crate) async fn token(
    app: &App,
    waba: &WabaId,
    findings: &[&str],
    before: &[String],
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Failure> {
    publish(app, waba, None, TOKEN, &Findings { findings, before }, since, now).await
}

async fn publish(
    app: &App,
    waba: &WabaId,
    number: Option<&PhoneNumberId>,
    field: &str,
    value: &impl Serialize,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Failure> {
    if !app.events.wants(EventType::ChannelChanged, None) {
        return Ok(());
    }
    let value = to_raw_value(value)?;
    // The same change another time has another beginning.
    let once = format!("{field} {}", since.map(|since| since.to_string()).unwrap_or_default());
    let event = Event {
        v: VERSION,
        id: event_id(EventType::ChannelChanged, &dedupe_change(waba, None, &once, &value)),
        kind: EventType::ChannelChanged,
        at: now,
        waba_id: Some(waba.clone()),
        phone_number_id: number.cloned(),
        contact: None,
        data: EventData::Inline(to_raw_value(&Data { field, value: &value })?),
    };
    Ok(app.queues.publish_events(&[event]).await?)
}
