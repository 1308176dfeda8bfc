//! Hands a file to Meta, to be sent by its id (`WhatsApp Cloud API/Media/Upload media`).

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use model::{MediaId, PhoneNumberId};
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use crate::{Client, Error, Token};

/// A file on its way to Meta. Its bytes are passed on as they come: none but those under way are in memory.
pub struct Upload<S> {
    /// With its parameters, where Meta asks for some.
    pub mime_type: String,
    /// Its exact size: fewer or more bytes break the call off.
    pub bytes: u64,
    pub content: S,
}

impl Client {
    /// The id of the file at Meta, good for 30 days and for this number. Uploaded again it is another file there, which
    /// nobody sees: harmless to repeat. `within` is for the whole call.
    pub async fn upload<S, E>(
        &self,
        token: &Token,
        phone_number_id: &PhoneNumberId,
        upload: Upload<S>,
        within: Duration,
    ) -> Result<MediaId, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let url = self.url(&[phone_number_id.as_str(), "media"])?;
        let named =
            model::file::extension(&upload.mime_type).map_or_else(|| "file".into(), |end| format!("file.{end}"));
        let part = Part::stream_with_length(Body::wrap_stream(upload.content), upload.bytes)
            .file_name(named)
            .mime_str(&upload.mime_type)
            .map_err(|_| Error::invalid("the file's type cannot be put in a header"))?;
        // The words first: whoever reads the file already knows what it is.
        let form = Form::new().text("messaging_product", "whatsapp").text("type", upload.mime_type).part("file", part);
        let answer = self.post_form(token, url, form, within).await?;
        let Uploaded { id } = answer.read()?;
        if id.as_str().is_empty() { Err(answer.unexpected()) } else { Ok(id) }
    }
}

#[derive(Deserialize)]
struct Uploaded {
    id: MediaId,
}
