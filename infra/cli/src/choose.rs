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

    /// The channel that `--channel` names, by its name or phone_number_id; the only one, where none is named.
    pub(crate) async fn channel(&self, wanted: Option<&str>) -> Result<Channel, Error> {
        self.channel_named(wanted, " with --channel").await
    }

    /// The same, where it is an argument of its own.
    pub(crate) async fn channel_argument(&self, wanted: Option<&str>) -> Result<Channel, Error> {
        self.channel_named(wanted, "").await
    }

    async fn channel_named(&self, wanted: Option<&str>, how: &str) -> Result<Channel, Error> {
        let mut channels: Vec<Channel> = self.channels().await?.iter().map(Channel::read).collect();
        let names = names(&channels);
        let is_wanted =
            |channel: &Channel, wanted: &str| channel.phone_number_id == wanted || same_name(&channel.name, wanted);
        match (wanted, channels.len()) {
            (_, 0) => Err(Error::failed("there is no channel yet", "waypost connect, or waypost channel add")),
            (Some(wanted), _) => channels
                .into_iter()
                .find(|channel| is_wanted(channel, wanted))
                .ok_or_else(|| Error::Failed(format!("there is no channel {wanted}; there is: {names}"))),
            (None, 1) => Ok(channels.remove(0)),
            (None, _) => Err(Error::Usage(format!("there are several channels, so name one{how}: {names}"))),
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
