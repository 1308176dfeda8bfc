//! Waiting until somebody writes in (C-11, X-03).

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::api::Call;
use crate::choose::{list, text};
use crate::error::Error;
use crate::progress::bar;
use crate::reach::System;

const BETWEEN: Duration = Duration::from_millis(500);

/// Who wrote last, and when; what changes once somebody writes.
pub(crate) type Seen = Vec<String>;

/// What is there before.
pub(crate) async fn seen(system: &System, phone_number_id: &str) -> Result<Seen, Error> {
    let call = Call::get(["v1", "channels", phone_number_id, "inbox"]).with_query("limit", Some(100));
    let page = system.api.call(call).await?;
    let last = |conversation: &Value| {
        format!("{} {}", text(conversation, "/contact/key"), text(conversation, "/contact/last_inbound_at"))
    };
    let mut seen: Seen = list(&page, "/items").iter().map(last).collect();
    seen.sort();
    Ok(seen)
}

/// How long it took until somebody wrote; `None` where nobody did in time.
pub(crate) async fn wait(
    system: &System,
    phone_number_id: &str,
    before: &Seen,
    within: Duration,
) -> Result<Option<Duration>, Error> {
    let began = Instant::now();
    let bar = bar();
    loop {
        if seen(system, phone_number_id).await? != *before {
            bar.finish_and_clear();
            return Ok(Some(began.elapsed()));
        }
        let Some(left) = within.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) else {
            bar.finish_and_clear();
            return Ok(None);
        };
        bar.set_message(format!("waiting, for {} s at most", left.as_secs()));
        tokio::time::sleep(BETWEEN).await;
    }
}

/// `90`, `90s`, `5m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.strip_suffix('s').unwrap_or(text), 1),
    };
    let number: u64 = digits.parse().map_err(|_| String::from("must be a number of seconds, or as 90s or 5m"))?;
    Ok(Duration::from_secs(number.saturating_mul(unit)))
}
