//! What a number still has to send, for whoever asks why nothing leaves, or whether it may go.

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use model::{PhoneNumberId, Send, SendId, SendState};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, DUE_SHARDS, Key};
use crate::send::read_send;

/// A new send is due in 15 minutes, one in doubt in ten.
const SOON: SignedDuration = SignedDuration::from_mins(16);
/// So many sends are looked at; more says no more.
const MOST: usize = 400;
/// After so long somebody should have taken it.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// Sends of a number that are not over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Queued for more than 15 minutes.
    pub overdue: usize,
    /// Since when the oldest of those has waited.
    pub overdue_since: Option<Timestamp>,
    /// Meta may have taken them.
    pub uncertain: usize,
}

impl Store {
    /// How many sends of a number are stuck, of those that are due within a quarter of an hour. The index is eventually
    /// consistent.
    pub async fn pending(&self, number: &PhoneNumberId, now: Timestamp) -> Result<Pending, Error> {
        let due = self.due(now + SOON, MOST).await?;
        let mut pending = Pending::default();
        for send in self.sends_of(number, &due).await? {
            match send.state {
                SendState::Uncertain => pending.uncertain += 1,
                SendState::Queued => {
                    let since = send.created_at.max(send_at(&send));
                    if now.duration_since(since) > PATIENCE {
                        pending.overdue += 1;
                        pending.overdue_since = Some(pending.overdue_since.map_or(since, |oldest| oldest.min(since)));
                    }
                }
                _ => {}
            }
        }
        Ok(pending)
    }

    /// Whether a number has anything left to send: queued, waiting for a time, in doubt or parked.
    pub async fn has_pending(&self, number: &PhoneNumberId) -> Result<bool, Error> {
        if !self.parked(number, None, 1).await?.is_empty() {
            return Ok(true);
        }
        let shards = (0..DUE_SHARDS).map(|shard| self.has_due(number, keys::due_partition(shard)));
        Ok(try_join_all(shards).await?.into_iter().any(|found| found))
    }

    async fn has_due(&self, number: &PhoneNumberId, partition: String) -> Result<bool, Error> {
        let mut after = None;
        loop {
            let answer = self
                .dynamo
                .query()
                .table_name(&self.table)
                .index_name(keys::DUE_INDEX)
                .key_condition_expression("due_pk = :partition")
                .expression_attribute_values(":partition", item::text(&partition))
                .set_exclusive_start_key(after)
                .send()
                .await?;
            let due: Vec<SendId> = answer
                .items
                .unwrap_or_default()
                .into_iter()
                .map(Item::from)
                .filter_map(|item| SendId::parse(item.str("pk")?.strip_prefix("S#")?))
                .collect();
            if !self.sends_of(number, &due).await?.is_empty() {
                return Ok(true);
            }
            after = answer.last_evaluated_key;
            if after.is_none() {
                return Ok(false);
            }
        }
    }

    async fn sends_of(&self, number: &PhoneNumberId, ids: &[SendId]) -> Result<Vec<Send>, Error> {
        let keys: Vec<Key> = ids.iter().map(Key::send).collect();
        let sends = self.get_all(&keys).await?;
        let sends = sends.iter().map(read_send).collect::<Result<Vec<_>, _>>()?;
        Ok(sends.into_iter().filter(|send| send.phone_number_id == *number).collect())
    }
}

fn send_at(send: &Send) -> Timestamp {
    send.options.send_at.unwrap_or(send.created_at)
}
