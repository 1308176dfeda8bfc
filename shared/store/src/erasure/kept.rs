//! What was kept raw, and names the person. No index leads there, since one change may be about many; so everything is
//! looked through that is kept, and of what is about others too only the person's elements go.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use model::PhoneNumberId;
use model::erasure::{Rest, without};
use model::event::{change_data, field_and_value};
use serde_json::value::RawValue;

use super::Erasure;
use super::messages::{REFERRED, referred};
use crate::Store;
use crate::blob::{BlobClass, RAW_INLINE_MAX};
use crate::error::Error;
use crate::identity::Identity;
use crate::item::{self, Item};
use crate::kept::{Cause, kept_key};
use crate::page::{Page, cursor_of, sort_of};

/// Partitions read at once.
const AT_ONCE: usize = 32;

/// Something kept raw that names a person.
pub struct KeptOf {
    /// Why it is kept.
    pub cause: String,
    /// The webhook field, or the kind of part.
    pub field: String,
    /// The time it is kept under.
    pub at: Timestamp,
    /// As received.
    pub raw: Box<RawValue>,
    item: Item,
    raw_key: Option<String>,
}

impl Store {
    /// A page of what is kept that names one of these identities on a number, by days. It may be empty before the end.
    pub async fn kept_of(
        &self,
        number: &PhoneNumberId,
        identities: &[Identity],
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page<KeptOf>, Error> {
        let place = cursor.map(sort_of).transpose()?.unwrap_or_default();
        let (items, next) = self.kept_behind(&place, number, &spelled(identities), now).await?;
        Ok(Page { items, cursor: next.map(|next| cursor_of(&next)) })
    }

    async fn kept_behind(
        &self,
        place: &str,
        number: &PhoneNumberId,
        names: &[String],
        now: Timestamp,
    ) -> Result<(Vec<KeptOf>, Option<String>), Error> {
        let (partitions, next) = self.partitions_behind(place, now).await?;
        let found: Vec<Vec<KeptOf>> = stream::iter(partitions)
            .map(|partition| self.kept_in(partition, number, names))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok((found.into_iter().flatten().collect(), next))
    }

    /// Erases it from behind a place on; gives the place behind what was looked through, none at the end.
    pub(super) async fn erase_kept(
        &self,
        erasure: &mut Erasure,
        place: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let names = spelled(&erasure.identities);
        let erased_at = erasure.erased_at;
        let (found, next) = self.kept_behind(place, &erasure.phone_number_id, &names, now).await?;
        for kept in found {
            let erased = |id: &str| {
                let name = id.split_once(':').map_or(id, |(_, name)| name);
                names.iter().any(|known| known == name).then_some(erased_at)
            };
            let rest = if kept.cause == Cause::Unprocessable.as_str() {
                // No JSON whose parts could be told apart.
                if kept.at <= erased_at { Rest::Nothing } else { Rest::Whole }
            } else {
                without(&kept.raw, Some(kept.at), &erased)
            };
            if matches!(rest, Rest::Whole) {
                continue;
            }
            erasure.counts.kept += 1;
            if let Some(object) = told_at(&kept.cause, &kept.field, &kept.raw) {
                self.delete_object(&object).await?;
            }
            if let Rest::Part(rest) = &rest {
                self.keep_rest(&kept, rest).await?;
            }
            if let Some(object) = &kept.raw_key {
                erasure.counts.raw += 1;
                self.delete_object(object).await?;
            }
            self.delete_item_of(&kept.item).await?;
        }
        Ok(next)
    }

    /// Where what was told of something kept lies, if that was too large for a queue.
    pub(super) async fn told_of(&self, kept: &Item) -> Result<Option<String>, Error> {
        let raw = match kept.str("raw_key") {
            Some(key) => self.find_blob(key).await?,
            None => kept.json("raw"),
        };
        let word = |name| kept.str(name).unwrap_or_default();
        Ok(raw.and_then(|raw| told_at(word("cause"), word("field"), &raw)))
    }

    /// What is left of it, as it would be kept had Meta told no more: told again without the person, it is the same item.
    async fn keep_rest(&self, kept: &KeptOf, rest: &RawValue) -> Result<(), Error> {
        let key = kept_key(&kept.cause, kept.at, rest);
        self.note_partitions(BTreeSet::from([key.pk.clone()]), kept.item.integer("ttl").unwrap_or(i64::MAX)).await?;
        let mut left = kept.item.clone().text("pk", &key.pk).text("sk", &key.sk);
        for name in ["raw", "raw_key"] {
            left.0.remove(name);
        }
        let left = if rest.get().len() > RAW_INLINE_MAX {
            left.text("raw_key", self.put_blob(BlobClass::Kept, rest.get()).await?.key)
        } else {
            left.text("raw", rest.get())
        };
        self.dynamo.put_item().table_name(&self.table).set_item(Some(left.0)).send().await?;
        Ok(())
    }

    async fn kept_in(&self, partition: String, number: &PhoneNumberId, names: &[String]) -> Result<Vec<KeptOf>, Error> {
        let each: Vec<String> = (0..names.len()).map(|n| format!("contains(#raw, :name{n})")).collect();
        // What is not in the item, or not in clear, has to be looked into.
        let filter = format!(
            "({} OR attribute_exists(raw_key) OR attribute_exists(base64)) AND \
             (attribute_not_exists(phone_number_id) OR phone_number_id = :number)",
            each.join(" OR ")
        );
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let mut query = self
                .dynamo
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk")
                .filter_expression(&filter)
                .expression_attribute_names("#raw", "raw")
                .expression_attribute_values(":pk", item::text(&partition))
                .expression_attribute_values(":number", item::text(number.as_str()));
            for (n, name) in names.iter().enumerate() {
                query = query.expression_attribute_values(format!(":name{n}"), item::text(name));
            }
            let answer = query.set_exclusive_start_key(from).send().await?;
            for item in answer.items.unwrap_or_default() {
                found.extend(self.kept_named(Item::from(item), names).await?);
            }
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    async fn kept_named(&self, item: Item, names: &[String]) -> Result<Option<KeptOf>, Error> {
        let raw_key = item.string("raw_key");
        let raw = match &raw_key {
            Some(key) => self.find_blob(key).await?,
            None => Some(item.json("raw").ok_or(Error::Corrupt("kept"))?),
        };
        let Some(raw) = raw else { return Ok(None) };
        let clear = if item.truth("base64") {
            let text: String = serde_json::from_str(raw.get()).unwrap_or_default();
            let bytes = BASE64.decode(text.as_bytes()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            raw.get().to_owned()
        };
        if !names.iter().any(|name| clear.contains(name.as_str())) {
            return Ok(None);
        }
        Ok(Some(KeptOf {
            cause: item.needed("cause", "kept")?,
            field: item.needed("field", "kept")?,
            at: item.instant("at").ok_or(Error::Corrupt("kept"))?,
            raw,
            item,
            raw_key,
        }))
    }
}

fn told_at(cause: &str, field: &str, raw: &RawValue) -> Option<String> {
    let is_whole = [Cause::Change, Cause::Unregistered].iter().any(|whole| cause == whole.as_str());
    let told = if is_whole { change_data(field, raw) } else { field_and_value(field, raw) };
    told.ok().filter(|told| told.get().len() > REFERRED).map(|told| referred(&told))
}

/// As Meta writes them, without our prefix, in every spelling.
fn spelled(identities: &[Identity]) -> Vec<String> {
    let mut names: Vec<String> = identities
        .iter()
        .flat_map(|id| id.other_spellings().chain([id.clone()]).collect::<Vec<_>>())
        .filter_map(|id| id.as_str().split_once(':').map(|(_, name)| name.to_owned()))
        .collect();
    names.sort();
    names.dedup();
    names
}
