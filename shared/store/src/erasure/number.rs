//! Everything of a number that is no channel any more. No index leads to whom it only wrote to, so the table is read from
//! end to end, a part at a time.

use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::BASE64URL_NOPAD;
use futures::{StreamExt, TryStreamExt, stream};
use model::PhoneNumberId;
use model::send::UPLOADS;

use super::ErasureCounts;
use super::messages::{belongings, count};
use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::page::sort_of;

/// Items that one part looks at.
const LOOKED_AT: i32 = 1_000;
const AT_ONCE: usize = 8;
/// Separates the parts of a cursor; no key holds it.
const THEN: char = '\u{1f}';

impl Store {
    /// A part of a number's data, erased or with `dry_run` counted; and where the next part begins, nothing at the end. Who
    /// was erased on it stays so: the digests of that are nobody's data.
    pub async fn erase_number(
        &self,
        number: &PhoneNumberId,
        cursor: Option<&str>,
        dry_run: bool,
    ) -> Result<(ErasureCounts, Option<String>), Error> {
        let from = match cursor.map(sort_of).transpose()? {
            None => None,
            Some(text) => {
                let (pk, sk) = text.split_once(THEN).ok_or(Error::Cursor)?;
                Some(item::key(&Key { pk: pk.to_owned(), sk: sk.to_owned() }))
            }
        };
        let answer = self
            .dynamo
            .scan()
            .table_name(&self.table)
            .limit(LOOKED_AT)
            .filter_expression(
                "(phone_number_id = :number OR begins_with(pk, :people) OR pk = :channel) AND sk <> :erasures",
            )
            .expression_attribute_values(":number", item::text(number.as_str()))
            .expression_attribute_values(":people", item::text(keys::number_prefix(number)))
            .expression_attribute_values(":channel", item::text(Key::channel(number).pk))
            .expression_attribute_values(":erasures", item::text(Key::erasures(number).sk))
            .set_exclusive_start_key(from)
            .send()
            .await?;
        let found = answer.items.unwrap_or_default().into_iter().map(Item::from);
        let found = found.filter(|item| !matches!(item.str("sk"), Some(keys::CHANNEL)));
        let counts: Vec<ErasureCounts> = stream::iter(found)
            .map(|item| self.erase_of_number(item, dry_run))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let mut sum = ErasureCounts::default();
        for counts in counts {
            sum.add(counts);
        }
        let text = |key: &std::collections::HashMap<String, AttributeValue>, name: &str| {
            key.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
        };
        let next = answer.last_evaluated_key.map(|key| format!("{}{THEN}{}", text(&key, "pk"), text(&key, "sk")));
        Ok((sum, next.map(|next| BASE64URL_NOPAD.encode(next.as_bytes()))))
    }

    async fn erase_of_number(&self, item: Item, dry_run: bool) -> Result<ErasureCounts, Error> {
        let mut counts = ErasureCounts::default();
        match item.str("sk") {
            Some(keys::CONTACT) => counts.contacts = 1,
            Some(keys::ALIAS) => counts.identities = 1,
            Some(keys::MESSAGE | keys::SEND) => counts = count(&item),
            Some(sort) if sort.starts_with(keys::CONSENT_SIGNAL) => counts.consents = 1,
            _ if item.str("kind") == Some("kept") => {
                counts.kept = 1;
                counts.raw = u64::from(item.str("raw_key").is_some());
            }
            _ => {}
        }
        let mut belongs = belongings(&item);
        for key in std::mem::take(&mut belongs.items).into_iter().filter(|key| key.sk == keys::LINK) {
            if let Some(link) = self.get(&key).await? {
                belongs.files.extend(link.string("file_key").filter(|key| key.starts_with(UPLOADS)));
                if !dry_run {
                    self.delete_item_of(&link).await?;
                }
            }
        }
        belongs.files.sort();
        belongs.files.dedup();
        counts.files = belongs.files.len() as u64;
        if dry_run {
            return Ok(counts);
        }
        if item.str("kind") == Some("kept") {
            belongs.raw.extend(self.told_of(&item).await?);
        }
        for object in belongs.files.iter().chain(&belongs.raw) {
            self.delete_object(object).await?;
        }
        self.delete_item_of(&item).await?;
        Ok(counts)
    }
}
