//! Which channel, and which account, where the command does not have to say.

use serde_json::Value;

use crate::api::Call;
use crate::error::Error;
use crate::reach::System;

/// A channel as the API shows it.
pub(crate) struct Channel {
    pub(crate) phone_number_id: String,
    pub(crate) waba_id: String,
    pub(crate) name: String,
    pub(crate) display_phone_number: String,
}

impl System {
    /// Every channel, as the API shows them.
    pub(crate) async fn channels(&self) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = Call::get(["v1", "channels"]).with_query("limit", Some(100)).with_query("cursor", cursor);
            let mut page = self.api.call(page).await?;
            if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                all.extend(items);
            }
            cursor = page.get("cursor").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// The channel of this name or phone_number_id; the only one, where none is named.
    pub(crate) async fn channel(&self, wanted: Option<&str>) -> Result<Channel, Error> {
        let channels: Vec<Channel> = self.channels().await?.iter().map(Channel::read).collect();
        let names = names(&channels);
        if let Some(wanted) = wanted {
            let is = |channel: &Channel| channel.phone_number_id == wanted || same_name(&channel.name, wanted);
            return channels
                .into_iter()
                .find(is)
                .ok_or_else(|| Error::Failed(format!("there is no channel {wanted}; there is: {names}")));
        }
        let count = channels.len();
        match channels.into_iter().next().filter(|_| count == 1) {
            Some(only) => Ok(only),
            None if count == 0 => {
                Err(Error::failed("there is no channel yet", "waypost connect, or waypost channel add"))
            }
            None => Err(Error::Usage(format!("there are several channels, so name one with --channel: {names}"))),
        }
    }

    /// The account that is named; else the only one that the channels belong to.
    pub(crate) async fn waba(&self, wanted: Option<&str>) -> Result<String, Error> {
        if let Some(wanted) = wanted {
            return Ok(wanted.to_owned());
        }
        let channels = self.channels().await?;
        let mut wabas: Vec<String> = channels.iter().map(|channel| Channel::read(channel).waba_id).collect();
        wabas.sort();
        wabas.dedup();
        match wabas.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Error::failed("there is no channel yet", "waypost connect, or waypost channel add")),
            several => Err(Error::Usage(format!(
                "there are several accounts, so name one with --waba: {}",
                several.join(", ")
            ))),
        }
    }
}

impl Channel {
    pub(crate) fn read(value: &Value) -> Self {
        let text = |name: &str| text(value, name);
        Self {
            phone_number_id: text("/phone_number_id"),
            waba_id: text("/waba_id"),
            name: text("/name"),
            display_phone_number: text("/display_phone_number"),
        }
    }
}

/// A member of an answer as text; empty where there is none.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The elements of a list in an answer.
pub(crate) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.trim().to_lowercase()
}

fn names(channels: &[Channel]) -> String {
    let names: Vec<String> =
        channels.iter().map(|channel| format!("{} ({})", channel.name, channel.phone_number_id)).collect();
    names.join(", ")
}
