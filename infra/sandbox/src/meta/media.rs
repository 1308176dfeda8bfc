//! Media: upload, look up, download, delete (contract §1.3).

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::auth::{Caller, Need, authenticate, authorise};
use super::call::{Answer, Call, Reply};
use super::graph_error::GraphError;
use super::ids::Ids;
use super::multipart;
use super::shared::Shared;
use super::state::State;

const URL_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// What was uploaded lives 30 days, what came in a webhook 7.
const UPLOADED: SignedDuration = SignedDuration::from_hours(30 * 24);
const RECEIVED: SignedDuration = SignedDuration::from_hours(7 * 24);
const MAX_BYTES: usize = 100 * 1024 * 1024;

#[derive(Clone)]
pub(crate) struct Media {
    pub(crate) id: String,
    pub(crate) phone_number_id: String,
    pub(crate) mime_type: String,
    pub(crate) bytes: Bytes,
    pub(crate) expires_at: Timestamp,
    /// Part of its URLs, so that they cannot be guessed.
    key: String,
}

impl Media {
    /// Whether a number may send it.
    pub(crate) fn serves(&self, phone_number_id: &str, now: Timestamp) -> bool {
        self.phone_number_id == phone_number_id && self.expires_at > now
    }

    fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }

    /// As webhooks carry it.
    pub(crate) fn sha256_base64(&self) -> String {
        BASE64.encode(&self.hash())
    }

    /// A URL good for five minutes from now.
    pub(crate) fn url(&self, base: &str, now: Timestamp) -> String {
        let expires = now.checked_add(URL_LIFE).unwrap_or(Timestamp::MAX).as_second();
        format!("{base}/_lookaside/whatsapp_business/attachments/?mid={}&ext={expires}&hash={}", self.id, self.key)
    }
}

impl State {
    /// The origin of the URLs of files.
    pub(crate) fn files_at<'a>(&'a self, shared: &'a Shared) -> &'a str {
        self.settings.files_at.as_deref().unwrap_or_else(|| shared.url())
    }

    pub(crate) fn keep_media(
        &mut self,
        number: &str,
        mime: &str,
        bytes: Bytes,
        received: bool,
        now: Timestamp,
    ) -> Media {
        let life = if received { RECEIVED } else { UPLOADED };
        let media = Media {
            id: self.ids.graph(7),
            phone_number_id: number.to_owned(),
            mime_type: mime.to_owned(),
            bytes,
            expires_at: now.checked_add(life).unwrap_or(Timestamp::MAX),
            key: Ids::hash(),
        };
        self.media.insert(media.id.clone(), media.clone());
        media
    }

    fn media_for(&self, call: &Call, caller: &Caller, id: &str) -> Result<&Media, GraphError> {
        let media = self.media.get(id).filter(|media| media.expires_at > call.now);
        let media = media.ok_or_else(|| Self::gone(id, &call.method))?;
        let waba = self.waba_of_number(&media.phone_number_id).ok_or_else(|| Self::gone(id, &call.method))?;
        authorise(caller, Need::Messaging, &waba.id)?;
        if call.param("phone_number_id").is_some_and(|number| number != media.phone_number_id) {
            return Err(GraphError::param("phone_number_id", "is not the number this media belongs to"));
        }
        Ok(media)
    }
}

/// `POST /{phone_number_id}/media`
pub(crate) fn upload(shared: &Shared, call: &Call, phone_number_id: &str) -> Answer {
    let content_type = call.header("content-type").unwrap_or_default();
    let parts =
        if content_type.starts_with("multipart/form-data") { multipart::parts(content_type, &call.body) } else { None };
    let parts = parts.ok_or_else(|| GraphError::new(100).details("The body must be multipart/form-data."))?;
    let text = |name: &str| {
        let part = parts.iter().find(|part| part.name == name);
        part.and_then(|part| std::str::from_utf8(&part.body).ok())
    };
    match text("messaging_product") {
        Some("whatsapp") => {}
        Some(_) => return Err(GraphError::param("messaging_product", "must be \"whatsapp\"")),
        None => return Err(GraphError::new(100).details("The parameter messaging_product is required.")),
    }
    let file = parts.iter().find(|part| part.name == "file" && part.filename.is_some());
    let file = file.ok_or_else(|| GraphError::new(100).details("The parameter file is required."))?;
    let Some(mime) = file.content_type.as_deref().filter(|mime| *mime != "application/octet-stream") else {
        return Err(GraphError::param("file", "must have the content type of what is in it"));
    };
    if let Some(declared) = text("type")
        && bare(declared) != bare(mime)
    {
        return Err(GraphError::param("type", &format!("is {declared}, and the file's content type is {mime}")));
    }
    if file.body.is_empty() || file.body.len() > MAX_BYTES {
        return Err(GraphError::new(131_053).details("A file has between 1 byte and 100 MB."));
    }
    let media = shared.state().keep_media(phone_number_id, mime, file.body.clone(), false, call.now);
    Ok(Reply::json(&json!({"id": media.id})))
}

fn bare(mime: &str) -> &str {
    mime.split(';').next().unwrap_or_default().trim()
}

/// `GET /{media_id}`
pub(crate) fn get(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Answer {
    let state = shared.state();
    let media = state.media_for(call, caller, id)?;
    Ok(Reply::json(&json!({
        "messaging_product": "whatsapp",
        "url": media.url(state.files_at(shared), call.now),
        "mime_type": media.mime_type,
        "sha256": HEXLOWER.encode(&media.hash()),
        "file_size": media.bytes.len(),
        "id": media.id,
    })))
}

/// `DELETE /{media_id}`
pub(crate) fn delete(shared: &Shared, call: &Call, caller: &Caller, id: &str) -> Answer {
    let mut state = shared.state();
    state.media_for(call, caller, id)?;
    state.media.remove(id);
    Ok(Reply::success())
}

/// The bytes, from the host the URL names: its own errors, and no Graph document.
pub(crate) fn download(shared: &Shared, call: &Call) -> Reply {
    let plain =
        |status: u16, text: &'static str| Reply::bytes(status, "text/plain", Bytes::from_static(text.as_bytes()));
    let state = shared.state();
    // The token counts in the header only.
    let bearer = call.header("authorization").and(call.token());
    if authenticate(&state.tokens, &state.apps, bearer, call.now).is_err() {
        return plain(401, "Unauthorized");
    }
    let media = call.param("mid").and_then(|id| state.media.get(id));
    let in_time = call.param("ext").and_then(|at| at.parse().ok()).is_some_and(|at: i64| call.now.as_second() < at);
    match media.filter(|media| call.param("hash") == Some(&media.key)) {
        Some(media) if in_time && media.expires_at > call.now => {
            Reply::bytes(200, &media.mime_type, media.bytes.clone())
        }
        _ => plain(404, "Not Found"),
    }
}
