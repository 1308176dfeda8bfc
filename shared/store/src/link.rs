//! Links to files that were sent as such (M-05), and presigned requests to the bucket.

use std::time::Duration;

use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use jiff::{SignedDuration, Timestamp};
use model::SendId;
use model::file::LinkToken;
use model::file::name::disposition;

use crate::Store;
use crate::error::Error;
use crate::item;
use crate::keys::Key;

/// How long an expired link is remembered, so that whoever follows it is told that it has expired.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A file of the bucket that whoever has the link may download.
#[derive(Clone, PartialEq, Eq)]
pub struct FileLink {
    /// The object.
    pub key: String,
    /// What it is downloaded as.
    pub filename: String,
    /// The send that brought the link.
    pub send_id: SendId,
    /// From when on it leads nowhere.
    pub expires_at: Timestamp,
}

/// Names what a person sent is called.
impl std::fmt::Debug for FileLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileLink({}, {})", self.send_id, self.expires_at)
    }
}

/// A request that anybody may make until it expires.
#[derive(Clone, PartialEq, Eq)]
pub struct Presigned {
    /// Where.
    pub url: String,
    /// What has to go along, to the letter.
    pub headers: Vec<(String, String)>,
}

/// An object to be put by somebody else.
pub struct NewObject<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its type.
    pub mime_type: &'a str,
    /// What it is called.
    pub filename: Option<&'a str>,
    /// Its exact size, where that is known.
    pub bytes: Option<u64>,
}

impl Store {
    /// Stores a link under the hash of its token.
    pub async fn create_link(&self, token: &LinkToken, link: &FileLink, now: Timestamp) -> Result<(), Error> {
        let key = Key::link(&token.hash());
        let ends = link.expires_at + REMEMBERED;
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&key)))
            .update_expression(
                "SET #kind = :kind, file_key = :key, filename = :name, send_id = :send, expires_at = :expires, \
                 created_at = :now, #ttl = :ttl",
            )
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":kind", item::text("link"))
            .expression_attribute_values(":key", item::text(&link.key))
            .expression_attribute_values(":name", item::text(&link.filename))
            .expression_attribute_values(":send", item::text(link.send_id.as_str()))
            .expression_attribute_values(":expires", item::time(link.expires_at))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":ttl", item::number(ends.as_second()))
            .send()
            .await?;
        Ok(())
    }

    /// The link of a token, also for a while after it has expired.
    pub async fn link(&self, token: &LinkToken, now: Timestamp) -> Result<Option<FileLink>, Error> {
        let Some(item) = self.get(&Key::link(&token.hash())).await?.filter(|item| item.lives(now)) else {
            return Ok(None);
        };
        Ok(Some(FileLink {
            key: item.needed("file_key", "link")?,
            filename: item.needed("filename", "link")?,
            send_id: item.str("send_id").and_then(SendId::parse).ok_or(Error::Corrupt("link"))?,
            expires_at: item.instant("expires_at").ok_or(Error::Corrupt("link"))?,
        }))
    }

    /// A URL by which anybody may download an object until `lives` has passed. Makes no call.
    pub async fn download_url(
        &self,
        key: &str,
        filename: &str,
        now: Timestamp,
        lives: Duration,
    ) -> Result<String, Error> {
        let request = self.s3.get_object().bucket(&self.bucket).key(key);
        let request = request.response_content_disposition(disposition(filename));
        let request = request.presigned(until(now, lives)?).await.map_err(|_| unsignable())?;
        Ok(request.uri().to_owned())
    }

    /// A request by which anybody may put an object until `lives` has passed. Makes no call.
    pub async fn upload_request(
        &self,
        object: &NewObject<'_>,
        now: Timestamp,
        lives: Duration,
    ) -> Result<Presigned, Error> {
        let length = object.bytes.and_then(|bytes| i64::try_from(bytes).ok());
        let request = self
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(object.key)
            .content_type(object.mime_type)
            .content_disposition(disposition(object.filename.unwrap_or_default()))
            .set_content_length(length)
            .customize()
            // Else the checksum of the empty body that is signed here would be part of the URL.
            .config_override(
                aws_sdk_s3::config::Builder::new()
                    .request_checksum_calculation(RequestChecksumCalculation::WhenRequired),
            );
        Ok(Presigned::of(&request.presigned(until(now, lives)?).await.map_err(|_| unsignable())?))
    }
}

impl Presigned {
    fn of(request: &PresignedRequest) -> Self {
        let headers = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { url: request.uri().to_owned(), headers }
    }
}

fn until(now: Timestamp, lives: Duration) -> Result<PresigningConfig, Error> {
    let signed = PresigningConfig::builder().start_time(now.into()).expires_in(lives).build();
    signed.map_err(|_| Error::Refused(String::from("a link of this length")))
}

fn unsignable() -> Error {
    Error::Refused(String::from("a link to this key"))
}
