//! Files to send: a presigned request by which a client puts one into the bucket, past this function and its size limits
//! (M-02).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE32_NOPAD;
use model::file::{by_name, name::tidy};
use model::send::UPLOADS;
use model::{Invalid, PhoneNumberId, Timestamp};
use serde::{Deserialize, Serialize};
use store::NewObject;
use utoipa::ToSchema;

use crate::App;
use crate::channels;
use crate::extract::{Payload, Segments, shaped};
use crate::problem::{Code, Problem};

/// Long enough for 100 MB over a slow line to begin; S3 lets what has begun end.
const LIVES: Duration = Duration::from_hours(1);
/// What S3 takes in one request.
const BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
const MIME_MAX: usize = 127;
const FILENAME_MAX: usize = 240;

/// A file to be put into the bucket. Everything is optional; what is given is checked, and kept with the file.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUpload {
    /// What the file is called, up to 240 characters; a person sees it where the file goes out as a link.
    #[schema(max_length = 240)]
    filename: Option<String>,
    /// Else told by the name. What the file is to Meta is decided by its bytes.
    #[schema(max_length = 127)]
    mime_type: Option<String>,
    /// Its exact size: S3 then takes no other. At most 5 GiB.
    #[schema(minimum = 1, maximum = 5_368_709_120_u64)]
    bytes: Option<u64>,
}

/// A request to make within the hour, with these headers to the letter. Then send the `key`.
#[derive(Serialize, ToSchema)]
pub(crate) struct Upload {
    /// For `waypost.media.key` of a send.
    key: String,
    /// Always `PUT`.
    method: &'static str,
    /// It needs no credentials, so it is as secret as one.
    url: String,
    headers: BTreeMap<String, String>,
    expires_at: Timestamp,
}

/// A presigned upload for a file to send. The body of the PUT is the file itself.
#[utoipa::path(post, path = "/v1/channels/{phone_number_id}/media", operation_id = "create_upload", tag = "messages",
    params(("phone_number_id" = String, Path, description = "The channel that is to send it")),
    request_body = NewUpload,
    responses((status = 201, description = "Where to put the file", body = Upload), Problem))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Segments(number): Segments<String>,
    Payload(body): Payload,
) -> Result<Response, Problem> {
    let number = PhoneNumberId::new(number);
    let asked: NewUpload = if body.is_empty() { NewUpload::default() } else { shaped(&body)? };
    channels::known(&app, &number).await?;
    let filename = asked.filename.as_deref().map(filename).transpose()?;
    let told = filename.as_deref().and_then(by_name);
    let mime_type = match asked.mime_type.as_deref() {
        Some(mime_type) => checked_type(mime_type)?,
        None => told.unwrap_or("application/octet-stream"),
    };
    let bytes = asked.bytes.map(checked_size).transpose()?;
    let now = app.now();
    let key = format!("{UPLOADS}{number}/{}", random_name()?);
    let object = NewObject { key: &key, mime_type, filename: filename.as_deref(), bytes };
    let presigned = app.store.upload_request(&object, now, LIVES).await?;
    // HTTP clients say these by themselves, and say them once.
    let own = [header::HOST, header::CONTENT_LENGTH];
    let headers = presigned.headers.into_iter();
    let headers =
        headers.filter(|(name, _)| own.iter().all(|own: &HeaderName| !name.eq_ignore_ascii_case(own.as_str())));
    let upload = Upload { key, method: "PUT", url: presigned.url, headers: headers.collect(), expires_at: now + LIVES };
    Ok((StatusCode::CREATED, Json(upload)).into_response())
}

fn filename(given: &str) -> Result<String, Problem> {
    let characters = given.chars().count();
    if characters > FILENAME_MAX {
        let rule = format!("must have 1 to {FILENAME_MAX} characters");
        return Err(invalid("filename", &rule, characters.to_string()));
    }
    tidy(given).ok_or_else(|| Problem::invalid(Code::InvalidRequest, "filename", "must be a name"))
}

/// It becomes a header.
fn checked_type(given: &str) -> Result<&str, Problem> {
    let writable = given.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if (3..=MIME_MAX).contains(&given.len()) && writable && given.contains('/') {
        return Ok(given);
    }
    Err(Problem::invalid(Code::InvalidRequest, "mime_type", "must be a MIME type such as application/pdf"))
}

fn checked_size(given: u64) -> Result<u64, Problem> {
    if (1..=BYTES_MAX).contains(&given) {
        return Ok(given);
    }
    Err(invalid("bytes", &format!("must be 1 to {BYTES_MAX}"), given.to_string()))
}

fn invalid(field: &str, rule: &str, given: String) -> Problem {
    Problem::of_invalid(
        Code::InvalidRequest,
        Invalid { field: field.to_owned(), rule: rule.to_owned(), given: Some(given) },
    )
}

/// Who may send could send any file that they can name: nobody can guess this one.
fn random_name() -> Result<String, Problem> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "no randomness");
        Problem::new(Code::Internal, "No name could be made for the file.")
    })?;
    Ok(BASE32_NOPAD.encode(&bytes).to_lowercase())
}
