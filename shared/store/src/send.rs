//! Sends: one item each, guarded by its state. Claiming, settling, waiting and cancelling are all one conditional update.

mod create;
mod transition;

use jiff::{SignedDuration, Timestamp};
use model::send::{FellBack, WindowPolicy};
use model::{ContactKey, MessageId, PhoneNumberId, Send, SendId, SendOptions, SendState, WaitsFor};
use serde::Serialize;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::message::read_statuses;

pub use create::{CreatedSend, NewSend};
pub use transition::{Claim, Due, Fallback, Moved, Transition};

/// After this long the tick publishes again what was stored or re-queued but never taken.
pub const NEVER_TAKEN: SignedDuration = SignedDuration::from_mins(15);

/// Where a release before options had a member of their own noted it.
const WINDOW_META: &str = "meta";

/// Stands in the place of a send's type and person where the person was erased.
pub const ERASED_KIND: &str = "erased";

/// Whether an item is what is left of a send to somebody who was erased.
pub(crate) fn is_erased(item: &Item) -> bool {
    item.str("type") == Some(ERASED_KIND)
}

impl Store {
    /// One send, read consistently.
    pub async fn send(&self, id: &SendId, now: Timestamp) -> Result<Option<Send>, Error> {
        self.get(&Key::send(id)).await?.filter(|item| item.lives(now)).map(|item| read_send(&item)).transpose()
    }

    /// The send that bears a wamid, where one of ours does.
    pub(crate) async fn send_with_wamid(&self, wamid: &MessageId) -> Result<Option<SendId>, Error> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name(keys::WAMID_INDEX)
            .key_condition_expression("wamid = :wamid")
            .expression_attribute_values(":wamid", item::text(wamid.as_str()))
            .limit(1)
            .send()
            .await?;
        Ok(answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(Item::from)
            .find_map(|item| item.str("pk").and_then(|pk| pk.strip_prefix("S#")).and_then(SendId::parse)))
    }
}

/// Reads an item of this kind.
pub(crate) fn read_send(item: &Item) -> Result<Send, Error> {
    let count = |name| item.integer(name).and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let due_at = item
        .str("due_sk")
        .and_then(|sort| sort.split('#').next())
        .and_then(|millis| millis.parse().ok())
        .and_then(|millis| Timestamp::from_millisecond(millis).ok());
    Ok(Send {
        id: item.str("send_id").and_then(SendId::parse).ok_or(Error::Corrupt("send"))?,
        phone_number_id: PhoneNumberId::new(item.needed("phone_number_id", "send")?),
        contact: ContactKey::new(item.needed("contact_key", "send")?),
        kind: item.needed("type", "send")?,
        message: item.json("message").ok_or(Error::Corrupt("send"))?,
        reference: item.string("reference"),
        state: item.str("state").and_then(SendState::parse).ok_or(Error::Corrupt("send"))?,
        created_at: item.instant("at").ok_or(Error::Corrupt("send"))?,
        updated_at: item.instant("updated_at").ok_or(Error::Corrupt("send"))?,
        wamid: item.string("wamid").map(MessageId::new),
        error: item.str("error").and_then(|json| serde_json::from_str(json).ok()),
        statuses: read_statuses(item),
        lease_until: item.instant("lease_until"),
        due_at,
        attempts: count("attempts"),
        requeues: count("requeues"),
        body_hash: item.string("body_hash").unwrap_or_default(),
        resends: count("resends"),
        waits_for: item.str("waits_for").and_then(WaitsFor::parse),
        options: read_options(item)?,
        file: item
            .str("file")
            .map(|json| serde_json::from_str(json).map_err(|_| Error::Corrupt("send")))
            .transpose()?,
        template_schema: item.string("template_schema"),
        template_missed_at: item.instant("template_missed_at"),
        fell_back: item.str("fell_back").and_then(FellBack::parse),
    })
}

/// Options that cannot be read could be those that keep it from being sent.
fn read_options(item: &Item) -> Result<SendOptions, Error> {
    if let Some(json) = item.str("options") {
        return serde_json::from_str(json).map_err(|_| Error::Corrupt("send"));
    }
    let window = item.str("window").filter(|policy| *policy == WINDOW_META).map(|_| WindowPolicy::Meta);
    Ok(SendOptions { window, ..SendOptions::default() })
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Refused(String::from("a value that is no JSON")))
}
