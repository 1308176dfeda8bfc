//! What the last listing of a WABA's templates said in short, so that the next one need not read them all (quality goal P7).
//! It is a shortcut and no truth: whoever writes a template otherwise says so here, and once a day everything is compared.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use model::template::Digest;
use model::{Template, WabaId};

use crate::Store;
use crate::error::Error;
use crate::item;
use crate::keys::Key;

/// An item has at most 400 KiB; Meta lets an account have 6,000 templates, which are 96 KB.
const MOST_BYTES: usize = 256 * 1024;
/// How long it is believed, from when every template was read.
const BELIEVED: SignedDuration = SignedDuration::from_hours(24);

/// The last listing in short.
#[derive(Clone)]
pub struct Listing {
    /// What it said.
    pub digest: Digest,
    /// When every stored template was last compared with one.
    pub compared_at: Timestamp,
}

impl Store {
    /// What the last listing said, where nobody wrote a template otherwise since it began, and where it is to be believed.
    pub async fn listing(&self, waba: &WabaId, now: Timestamp) -> Result<Option<Listing>, Error> {
        let Some(item) = self.get(&Key::listing(waba)).await? else { return Ok(None) };
        let listing = || {
            let (listed_at, compared_at) = (item.instant("listed_at")?, item.instant("compared_at")?);
            let is_whole = item.instant("touched_at").is_none_or(|touched_at| touched_at < listed_at);
            let is_young = now < compared_at + BELIEVED;
            let digest = Digest::from_bytes(item.bytes("entries")?)?;
            (is_whole && is_young).then_some(Listing { digest, compared_at })
        };
        Ok(listing())
    }

    /// Keeps what the listing that began at `listed_at` said, once all of it is stored.
    pub async fn write_listing(&self, waba: &WabaId, listing: &Listing, listed_at: Timestamp) -> Result<(), Error> {
        let bytes = listing.digest.to_bytes();
        // Then the next one reads them all.
        let bytes = if bytes.len() > MOST_BYTES { Vec::new() } else { bytes };
        let compared_at = if bytes.is_empty() { Timestamp::UNIX_EPOCH } else { listing.compared_at };
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::listing(waba))))
            .update_expression(
                "SET #kind = :kind, waba_id = :waba, entries = :entries, listed_at = :listed_at, \
                 compared_at = :compared_at",
            )
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_values(":kind", item::text("listing"))
            .expression_attribute_values(":waba", item::text(waba.as_str()))
            .expression_attribute_values(":entries", AttributeValue::B(Blob::new(bytes)))
            .expression_attribute_values(":listed_at", item::time(listed_at))
            .expression_attribute_values(":compared_at", item::time(compared_at))
            .send()
            .await?;
        Ok(())
    }

    /// Writes a template as Meta answered a change of ours, and says that listings no longer tell all.
    pub async fn write_changed_template(&self, template: &Template, now: Timestamp) -> Result<(), Error> {
        self.write_templates(std::slice::from_ref(template), now).await?;
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::listing(&template.waba_id))))
            .update_expression("SET #kind = :kind, waba_id = :waba, touched_at = :now")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_values(":kind", item::text("listing"))
            .expression_attribute_values(":waba", item::text(template.waba_id.as_str()))
            .expression_attribute_values(":now", item::time(now))
            .send()
            .await?;
        Ok(())
    }
}
