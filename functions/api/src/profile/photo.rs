//! The photo: from the bucket, looked at, and handed to Meta (P-03, contract §1.4).

use std::time::Duration;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures::TryStreamExt;
use futures::stream;
use graph::upload::Upload;
use model::Channel;
use model::limits::profile::PHOTO_BYTES;
use model::profile::photo::Photo;
use model::send::UPLOADS;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::App;
use crate::meta::{self, refusal};
use crate::problem::{Code, Problem};

/// For the bytes: at most 5 MiB.
const WITHIN: Duration = Duration::from_secs(8);

/// A file in the bucket, put there by the channel's upload.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfilePhoto)]
pub(super) struct Given {
    /// As `POST /v1/channels/{phone_number_id}/media` gave it.
    key: String,
}

/// A photo that was looked at.
pub(super) struct Held {
    pub(super) photo: Photo,
    pub(super) sha256: String,
    content: Bytes,
}

/// Reads it whole: it is small, and its size may stand anywhere in it.
pub(super) async fn look(app: &App, given: &Given) -> Result<Held, Problem> {
    if !given.key.starts_with(UPLOADS) {
        return Err(invalid("must be the key of an upload", None));
    }
    let file = app.store.object(&given.key).await?;
    let file = file.ok_or_else(|| invalid("must be a file that was uploaded", None))?;
    if file.bytes > PHOTO_BYTES {
        return Err(invalid(&format!("must be a file of at most {PHOTO_BYTES} bytes"), Some(file.bytes.to_string())));
    }
    let content = file.into_chunks().try_fold(Vec::new(), async |mut all, chunk| {
        all.extend_from_slice(&chunk);
        Ok(all)
    });
    let content = content.await.map_err(|error| {
        tracing::error!(%error, "a photo could not be read from the bucket");
        Problem::new(Code::Unavailable, "The photo could not be read from the bucket. Trying again is right.")
    })?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(&content));
    Ok(Held { photo: Photo::look(&content), sha256, content: content.into() })
}

/// Meta's handle of it.
pub(super) async fn upload(app: &App, channel: &Channel, held: &Held) -> Result<String, Problem> {
    let app_id = &meta::app_id(app).await?;
    let mime_type = held.photo.mime.unwrap_or_default();
    let name = &format!("photo.{}", model::file::extension(mime_type).unwrap_or("bin"));
    let uploaded = meta::call(app, &channel.waba_id, |token| async move {
        let content = stream::iter([Ok::<_, std::io::Error>(held.content.clone())]);
        let upload = Upload { mime_type: mime_type.to_owned(), bytes: held.photo.bytes, content };
        app.graph.upload_sample(&token, app_id, name, upload, WITHIN).await
    });
    uploaded.await?.map_err(|error| {
        tracing::warn!(phone_number_id = %channel.phone_number_id, %error, "a photo was not uploaded");
        refusal::of(&error)
    })
}

fn invalid(rule: &str, given: Option<String>) -> Problem {
    Problem::of_invalid(
        Code::InvalidRequest,
        model::Invalid { field: String::from("photo.key"), rule: rule.to_owned(), given },
    )
}
