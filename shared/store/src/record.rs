//! Recording one POST: everything it carries, folded to one statement per item, in batches of 25 conditional writes.
//!
//! A statement that finds the item already there, or newer, says so without failing its neighbours; what is left to do
//! then goes into the next wave. Every write may be repeated and reordered (design invariant 3).

mod statement;
mod wave;
mod write;

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{ContactKey, MessageId, PhoneNumberId, SendId, WabaId};
use serde_json::value::RawValue;

use crate::Store;
use crate::blob::{Blob, RAW_INLINE_MAX};
use crate::error::Error;
use crate::identity::Identity;
use crate::kept::{Kept, kept_item};
use crate::template::{ToldTemplate, told};
pub(crate) use write::Write;

/// What one POST wants stored. One entry per message, per (message, status), per contact.
#[derive(Default)]
pub struct Inbound {
    /// Messages from people.
    pub messages: Vec<NewMessage>,
    /// Statuses of messages sent.
    pub statuses: Vec<NewStatus>,
    /// People who wrote, each once.
    pub contacts: Vec<SeenContact>,
    /// What is kept raw.
    pub kept: Vec<Kept>,
    /// What is told of templates.
    pub templates: Vec<ToldTemplate>,
}

/// A message from a person.
pub struct NewMessage {
    /// The wamid.
    pub id: MessageId,
    /// The number it came to.
    pub phone_number_id: PhoneNumberId,
    /// The account of that number.
    pub waba_id: WabaId,
    /// Who wrote; `None` where Meta named nobody.
    pub contact: Option<ContactKey>,
    /// Meta's time of it.
    pub at: Timestamp,
    /// Meta's `type`.
    pub kind: String,
    /// The element of `messages[]`, token for token.
    pub raw: Box<RawValue>,
    /// The element of `contacts[]` that came with it.
    pub profile: Option<Box<RawValue>>,
}

/// A status of a message sent.
pub struct NewStatus {
    /// The wamid it names.
    pub id: MessageId,
    /// The number that sent.
    pub phone_number_id: PhoneNumberId,
    /// The account of that number.
    pub waba_id: WabaId,
    /// Whom it was sent to, where Meta says.
    pub contact: Option<ContactKey>,
    /// Our send, where the callback data name one.
    pub send_id: Option<SendId>,
    /// Meta's word: `sent`, `delivered`, …
    pub status: String,
    /// Meta's time of it.
    pub at: Timestamp,
    /// Meta's `pricing`.
    pub pricing: Option<Box<RawValue>>,
    /// Meta's `errors`.
    pub errors: Option<Box<RawValue>>,
    /// Everything else in it that is not said elsewhere.
    pub extra: Option<Box<RawValue>>,
}

/// A person who wrote.
pub struct SeenContact {
    /// The number they wrote to.
    pub phone_number_id: PhoneNumberId,
    /// Their contact key.
    pub key: ContactKey,
    /// Whether an alias already led to that key.
    pub known: bool,
    /// Where Meta gave it.
    pub wa_id: Option<String>,
    /// Where Meta gave it.
    pub user_id: Option<String>,
    /// Their profile name, as they wrote it.
    pub name: Option<String>,
    /// Their first message in this POST.
    pub first_at: Timestamp,
    /// Their newest message in this POST that opens the service window: min(Meta's time, now).
    pub opened_at: Option<Timestamp>,
    /// Identities that had no alias yet.
    pub new_identities: Vec<Identity>,
}

impl Store {
    /// Stores all of it, or fails: after `Ok` every item is durable. Repeating it changes nothing.
    pub async fn record(&self, inbound: Inbound, now: Timestamp) -> Result<(), Error> {
        let mut writes = Vec::new();
        for message in &inbound.messages {
            let blob = self.blob_of(&message.raw).await?;
            writes.push(Write::message(message, blob.as_ref(), now));
        }
        for contact in &inbound.contacts {
            writes.push(Write::contact(contact, now));
            writes.extend(contact.new_identities.iter().map(|identity| Write::alias(contact, identity, now)));
        }
        for kept in &inbound.kept {
            let blob = self.blob_of(&kept.raw).await?;
            let (key, item) = kept_item(kept, blob.as_ref(), now);
            writes.push(Write::insert(key, item));
        }
        writes.extend(inbound.templates.iter().map(told));
        writes.extend(self.status_writes(inbound.statuses, now).await?);
        self.write_all(writes).await
    }

    async fn blob_of(&self, raw: &RawValue) -> Result<Option<Blob>, Error> {
        if raw.get().len() <= RAW_INLINE_MAX { Ok(None) } else { Ok(Some(self.put_blob(raw.get()).await?)) }
    }

    /// One write per send or message, whatever number of its statuses the POST carries.
    async fn status_writes(&self, statuses: Vec<NewStatus>, now: Timestamp) -> Result<Vec<Write>, Error> {
        let mut folded: BTreeMap<(Option<SendId>, MessageId), Vec<NewStatus>> = BTreeMap::new();
        for status in statuses {
            folded.entry((status.send_id.clone(), status.id.clone())).or_default().push(status);
        }
        let lookups = folded.into_iter().map(|((send_id, id), group)| async move {
            let send_id = match send_id {
                Some(send_id) => Some(send_id),
                // Not ours, or sent before callback data: a send may still bear this wamid.
                None => self.send_with_wamid(&id).await?,
            };
            Ok::<_, Error>(Write::statuses(send_id.as_ref(), &id, &group, now))
        });
        Ok(futures::future::try_join_all(lookups).await?.into_iter().flatten().collect())
    }
}
