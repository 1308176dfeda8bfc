//! What waits for a time: sends never taken, waiting, uncertain or parked.

use futures::future::try_join_all;
use jiff::Timestamp;
use model::SendId;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, DUE_SHARDS};

impl Store {
    /// Sends whose time has come, the longest due first, at most about `limit`. The index is eventually consistent: what
    /// is acted on is read again.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<SendId>, Error> {
        let until = keys::due_until(now);
        let each = i32::try_from(limit.div_ceil(usize::from(DUE_SHARDS))).unwrap_or(i32::MAX);
        let queries = (0..DUE_SHARDS).map(|shard| {
            self.dynamo
                .query()
                .table_name(&self.table)
                .index_name(keys::DUE_INDEX)
                .key_condition_expression("due_pk = :partition AND due_sk < :until")
                .expression_attribute_values(":partition", item::text(keys::due_partition(shard)))
                .expression_attribute_values(":until", item::text(&until))
                .limit(each)
                .send()
        });
        let mut due: Vec<(String, SendId)> = try_join_all(queries)
            .await?
            .into_iter()
            .flat_map(|answer| answer.items.unwrap_or_default())
            .map(Item::from)
            .filter_map(|item| Some((item.string("due_sk")?, SendId::parse(item.str("pk")?.strip_prefix("S#")?)?)))
            .collect();
        due.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }
}
