//! Pages of a list, and reading items by key.

use aws_sdk_dynamodb::types::KeysAndAttributes;
use data_encoding::BASE64URL_NOPAD;
use futures::future::try_join_all;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::Key;

/// Keys in one BatchGetItem (DynamoDB quota).
const BATCH_GET: usize = 100;

/// Part of a list, newest or smallest first, and where the next part begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Give this back for the next page; none at the end.
    pub cursor: Option<String>,
}

/// Where a list goes on: after this sort key of the index. Opaque to callers.
pub(crate) fn cursor_of(sort: &str) -> String {
    BASE64URL_NOPAD.encode(sort.as_bytes())
}

pub(crate) fn sort_of(cursor: &str) -> Result<String, Error> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Error::Cursor)?;
    String::from_utf8(bytes).map_err(|_| Error::Cursor)
}

impl Store {
    /// One item, read consistently.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        let answer =
            self.dynamo.get_item().table_name(&self.table).set_key(Some(item::key(key))).consistent_read(true).send();
        Ok(answer.await?.item.map(Item::from))
    }

    /// Items by key, read consistently, in any order; missing ones are left out. Keys must differ.
    pub(crate) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Item>, Error> {
        let chunks = keys.chunks(BATCH_GET).map(|chunk| self.get_chunk(chunk));
        Ok(try_join_all(chunks).await?.into_iter().flatten().collect())
    }

    async fn get_chunk(&self, keys: &[Key]) -> Result<Vec<Item>, Error> {
        let mut wanted: Vec<_> = keys.iter().map(item::key).collect();
        let mut found = Vec::with_capacity(keys.len());
        // Large items come in several answers (16 MB each), throttled keys in a later one.
        for _ in 0..20 {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut wanted)))
                .consistent_read(true)
                .build()
                .map_err(|_| Error::Refused(String::from("a batch without keys")))?;
            let answer = self.dynamo.batch_get_item().request_items(&self.table, request).send().await?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten().map(Item::from));
            wanted = answer
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&self.table)
                .map(|rest| rest.keys)
                .unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
        }
        Err(Error::Unavailable(String::from("keys stayed unprocessed")))
    }

    /// Keys of one partition of the `list` index, newest first, from before `before` on: (index sort key, primary key).
    pub(crate) async fn list(
        &self,
        partition: &str,
        before: Option<&str>,
        limit: usize,
        newest_first: bool,
    ) -> Result<Vec<(String, Key)>, Error> {
        let comparison = if newest_first { "<" } else { ">" };
        let mut request = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name(crate::keys::LIST_INDEX)
            .scan_index_forward(!newest_first)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .expression_attribute_values(":partition", item::text(partition));
        request = match before {
            Some(before) => request
                .key_condition_expression(format!("list_pk = :partition AND list_sk {comparison} :before"))
                .expression_attribute_values(":before", item::text(before)),
            None => request.key_condition_expression("list_pk = :partition"),
        };
        let answer = request.send().await?;
        Ok(answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(Item::from)
            .filter_map(|found| Some((found.string("list_sk")?, found.key()?)))
            .collect())
    }

    /// Items of a partition whose sort key begins with `prefix`, in order, behind `after`: at most so many, and whether
    /// there may be more.
    pub(crate) async fn part(
        &self,
        pk: &str,
        prefix: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<(Vec<Item>, bool), Error> {
        let from = after.map(|sk| item::key(&Key { pk: pk.to_owned(), sk: sk.to_owned() }));
        let query = self
            .dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", item::text(pk))
            .expression_attribute_values(":prefix", item::text(prefix))
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from);
        let answer = query.send().await?;
        let items = answer.items.unwrap_or_default().into_iter().map(Item::from).collect();
        Ok((items, answer.last_evaluated_key.is_some()))
    }

    /// Every item of a partition whose sort key begins with `prefix`, all pages; every item at all for an empty one.
    pub(crate) async fn partition(&self, pk: &str, prefix: &str) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let query = self.dynamo.query().table_name(&self.table).expression_attribute_values(":pk", item::text(pk));
            let query = match prefix {
                // DynamoDB takes no empty text for a key.
                "" => query.key_condition_expression("pk = :pk"),
                prefix => query
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", item::text(prefix)),
            };
            let answer = query.set_exclusive_start_key(from).send().await?;
            items.extend(answer.items.unwrap_or_default().into_iter().map(Item::from));
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }
}
