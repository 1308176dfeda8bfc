//! Which partitions hold something that was kept raw. A person's data are looked for in all of them (goal S8): of a year's
//! nearly six thousand most are empty, and how far back the rest reach depends on what the retention once was.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::Store;
use crate::error::{Error, refused_is_fine};
use crate::item::{self, Item};
use crate::keys::{KEPT_PARTITIONS, Key};

/// A note outlives what it leads to by up to so many seconds, so that a process notes a partition once in two days and not
/// for each thing.
const SLACK: i64 = 2 * 86_400;
/// Notes written at once.
const AT_ONCE: usize = 16;
/// Partitions kept in memory; beyond that all are forgotten, which costs a write each.
const CACHE_MAX: usize = 10_000;
/// Partitions of one part.
const PART: i32 = 1_000;

/// What this process knows to be noted, and until when, in seconds since the epoch.
#[derive(Clone, Default)]
pub(crate) struct Noted(Arc<Mutex<HashMap<String, i64>>>);

impl Noted {
    fn lacks(&self, partition: &str, until: i64) -> bool {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get(partition).is_none_or(|noted| *noted < until)
    }

    fn learn(&self, partition: String, until: i64) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= CACHE_MAX {
            noted.clear();
        }
        noted.insert(partition, until);
    }
}

impl Store {
    /// Notes partitions in which something is about to be kept until then, in seconds since the epoch.
    pub(crate) async fn note_partitions(&self, partitions: BTreeSet<String>, until: i64) -> Result<(), Error> {
        let unknown = partitions.into_iter().filter(|partition| self.noted.lacks(partition, until));
        stream::iter(unknown)
            .map(|partition| async move {
                let until = until.saturating_add(SLACK);
                self.note_partition(&partition, until).await?;
                self.noted.learn(partition, until);
                Ok(())
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn note_partition(&self, partition: &str, until: i64) -> Result<(), Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::kept_partition(partition))))
            .update_expression("SET kind = :kind, #partition = :partition, #ttl = :until")
            // What was kept under a longer retention is still there.
            .condition_expression("attribute_not_exists(#ttl) OR #ttl < :until")
            .expression_attribute_names("#partition", "partition")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":kind", item::text("kept_partition"))
            .expression_attribute_values(":partition", item::text(partition))
            .expression_attribute_values(":until", item::number(until))
            .send()
            .await;
        refused_is_fine(outcome)
    }

    /// The next partitions behind a place, by their days, and the place behind them; none at the end.
    pub(crate) async fn partitions_behind(
        &self,
        place: &str,
        now: Timestamp,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk > :place")
            .expression_attribute_values(":pk", item::text(KEPT_PARTITIONS))
            // DynamoDB takes no empty text for a key.
            .expression_attribute_values(":place", item::text(if place.is_empty() { "0" } else { place }))
            .limit(PART)
            .send()
            .await?;
        let found = answer.items.unwrap_or_default().into_iter().map(Item::from).filter(|item| item.lives(now));
        let partitions = found.map(|item| item.needed("partition", "kept_partition")).collect::<Result<_, _>>()?;
        let next = answer.last_evaluated_key.and_then(|key| Item::from(key).string("sk"));
        Ok((partitions, next))
    }
}
