//! Resumable upload: the handles of template samples and profile pictures (contract §1.4).

use bytes::{Bytes, BytesMut};
use data_encoding::BASE64;
use serde_json::json;

use super::auth::Caller;
use super::call::{Answer, Call, Reply};
use super::graph_error::GraphError;
use super::ids::Ids;
use super::shared::Shared;

const TYPES: [&str; 5] = ["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];

pub(crate) struct Upload {
    app_id: String,
    file_name: String,
    file_type: String,
    length: usize,
    received: BytesMut,
}

/// `POST /{app_id}/uploads`
pub(crate) fn start(shared: &Shared, call: &Call, caller: &Caller, app_id: &str) -> Answer {
    if caller.app_id() != app_id {
        return Err(GraphError::new(200).details("The token belongs to another app."));
    }
    let params = call.params()?;
    let text = |key: &str| params.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let file_type = text("file_type").ok_or_else(|| GraphError::param("file_type", "is required"))?;
    if !TYPES.contains(&file_type.as_str()) {
        return Err(GraphError::param("file_type", &format!("must be one of {}", TYPES.join(", "))));
    }
    let length = text("file_length").and_then(|length| length.parse().ok()).filter(|length| *length > 0);
    let length = length.ok_or_else(|| GraphError::param("file_length", "must be the number of bytes"))?;
    let id = format!("upload:{}?sig={}", BASE64.encode(Ids::hash().as_bytes()), Ids::hash());
    let upload = Upload {
        app_id: app_id.to_owned(),
        file_name: text("file_name").unwrap_or_default(),
        file_type,
        length,
        received: BytesMut::new(),
    };
    shared.state().uploads.insert(id.clone(), upload);
    Ok(Reply::json(&json!({ "id": id })))
}

/// `POST /{upload id}` with the bytes from `file_offset` on.
pub(crate) fn receive(shared: &Shared, call: &Call, caller: &Caller) -> Answer {
    let mut state = shared.state();
    let id = id(call);
    let upload = state.uploads.get_mut(&id).ok_or_else(|| GraphError::no_object(&id, "POST"))?;
    if upload.app_id != caller.app_id() {
        return Err(GraphError::new(200).details("The token belongs to another app."));
    }
    let offset: usize = call
        .header("file_offset")
        .and_then(|offset| offset.parse().ok())
        .ok_or_else(|| GraphError::param("file_offset", "is a required header"))?;
    if offset != upload.received.len() {
        return Err(GraphError::param("file_offset", &format!("must be {}", upload.received.len())));
    }
    if offset + call.body.len() > upload.length {
        return Err(GraphError::param("file_length", "is less than what was sent"));
    }
    upload.received.extend_from_slice(&call.body);
    if upload.received.len() < upload.length {
        return Ok(Reply::json(&json!({"id": id, "file_offset": upload.received.len()})));
    }
    let handle = format!(
        "4:{}:{}:ARb{}:e:{}:{}",
        BASE64.encode(upload.file_name.as_bytes()),
        BASE64.encode(upload.file_type.as_bytes()),
        Ids::hash(),
        call.now.as_second() + 30 * 86_400,
        upload.app_id,
    );
    let (mime, bytes) = (upload.file_type.clone(), Bytes::from(std::mem::take(&mut upload.received)));
    tracing::debug!(%mime, bytes = bytes.len(), "resumable upload is complete");
    state.uploads.remove(&id);
    state.handles.push(handle.clone());
    Ok(Reply::json(&json!({ "h": handle })))
}

/// `GET /{upload id}`: where to go on.
pub(crate) fn progress(shared: &Shared, call: &Call) -> Answer {
    let state = shared.state();
    let id = id(call);
    let upload = state.uploads.get(&id).ok_or_else(|| GraphError::no_object(&id, "GET"))?;
    Ok(Reply::json(&json!({"id": id, "file_offset": upload.received.len()})))
}

/// The id holds a `?` and a `=`, and base64: put together again from path and query.
fn id(call: &Call) -> String {
    format!("{}?sig={}", call.joined(), call.param("sig").unwrap_or_default())
}
