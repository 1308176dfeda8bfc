//! Files that Meta has: the same content is sent by the same id again, for as long as Meta keeps it.

use jiff::Timestamp;
use model::file::FileKind;
use model::limits::media::UPLOAD_REUSED;
use model::{MediaId, PhoneNumberId};

use crate::Store;
use crate::error::Error;
use crate::item;
use crate::keys::Key;

/// What a file is known by: what is in it, and what it was uploaded as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    /// Hex.
    pub sha256: String,
    /// As what it is sent.
    pub kind: FileKind,
    /// The type it was uploaded under.
    pub mime_type: String,
}

impl Store {
    /// Meta's id of a file that this number uploaded, where Meta is sure to have it still.
    pub async fn uploaded(
        &self,
        number: &PhoneNumberId,
        file: &FileIdentity,
        now: Timestamp,
    ) -> Result<Option<MediaId>, Error> {
        let found = self.get(&key(number, file)).await?.filter(|item| item.lives(now));
        Ok(found.and_then(|item| item.string("media_id")).map(MediaId::new))
    }

    /// Notes an upload; a newer one takes its place.
    pub async fn note_upload(
        &self,
        number: &PhoneNumberId,
        file: &FileIdentity,
        id: &MediaId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let ends = now + UPLOAD_REUSED;
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&key(number, file))))
            .update_expression("SET #kind = :kind, media_id = :id, uploaded_at = :now, #ttl = :ttl")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":kind", item::text("uploaded"))
            .expression_attribute_values(":id", item::text(id.as_str()))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":ttl", item::number(ends.as_second()))
            .send()
            .await?;
        Ok(())
    }
}

fn key(number: &PhoneNumberId, file: &FileIdentity) -> Key {
    Key::uploaded(number, &file.sha256, file.kind, &file.mime_type)
}
