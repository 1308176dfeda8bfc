//! Hands a file to Meta as a sample: of a template's header, or for a profile (`Graph API/Resumable Upload API`, contract
//! §1.4). What comes of it is a handle, which is no media id.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use reqwest::Body;
use reqwest::header::{CONTENT_LENGTH, HeaderName};
use serde::Deserialize;
use url::Url;

use crate::upload::Upload;
use crate::{Client, Error, Token};

const FILE_OFFSET: HeaderName = HeaderName::from_static("file_offset");

impl Client {
    /// The handle of the file. `app_id` is the app that the token belongs to. Uploaded again it has another handle, which
    /// nobody sees: harmless to repeat. `within` is for the bytes.
    pub async fn upload_sample<S, E>(
        &self,
        token: &Token,
        app_id: &str,
        file_name: &str,
        upload: Upload<S>,
        within: Duration,
    ) -> Result<String, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let mut url = self.url(&[app_id, "uploads"])?;
        url.query_pairs_mut()
            .append_pair("file_name", file_name)
            .append_pair("file_length", &upload.bytes.to_string())
            .append_pair("file_type", &upload.mime_type);
        let answer = self.post(token, url, String::new(), crate::error::Effect::None).await?;
        let Session { id } = answer.read()?;
        let request = self
            .uploads
            .post(self.session(&id)?)
            .header(FILE_OFFSET, 0)
            .header(CONTENT_LENGTH, upload.bytes)
            .body(Body::wrap_stream(upload.content));
        let answer = self.post_bytes(token, request, within).await?;
        let Uploaded { h } = answer.read()?;
        if h.is_empty() { Err(answer.unexpected()) } else { Ok(h) }
    }

    /// The id holds a query of its own and is used as it came; only what Meta's can hold is.
    fn session(&self, id: &str) -> Result<Url, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":+/=_-?&.%".contains(&byte);
        let fits = id.starts_with("upload:") && id.len() < 4096 && id.bytes().all(plain) && !id.contains("..");
        let url = fits.then(|| Url::parse(&format!("{}/{id}", self.url(&[]).ok()?)).ok()).flatten();
        url.ok_or_else(|| Error::unreadable("the upload's id is not one of Meta's"))
    }
}

#[derive(Deserialize)]
struct Session {
    id: String,
}

#[derive(Deserialize)]
struct Uploaded {
    h: String,
}
