//! The sample of a media header: from the bucket to Meta, a piece at a time (T-08, contract §1.4).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use graph::upload::Upload;
use model::WabaId;
use model::file::bare;
use model::limits::template::{SAMPLE_TYPES, TODAY};
use model::send::UPLOADS;
use model::template::lint::most_bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::channels::known_waba;
use crate::extract::{Payload, Segments, shaped};
use crate::meta::{self, refusal};
use crate::problem::{Code, Problem};

/// For the bytes: 20 MB at 1 MB a second, after a call of 5 s at most. The function has 29 s.
const WITHIN: Duration = Duration::from_secs(20);

/// A file in the bucket, put there by the upload of a channel.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTemplateSample)]
pub(crate) struct NewSample {
    /// As `POST /v1/channels/{phone_number_id}/media` gave it.
    key: String,
    /// The header's format: `IMAGE`, `VIDEO`, `DOCUMENT` or `GIF`.
    format: String,
}

/// Meta's handle of it.
#[derive(Serialize, ToSchema)]
#[schema(as = TemplateSample)]
pub(crate) struct Sample {
    /// For `example.header_handle` of the header.
    header_handle: String,
}

/// Uploads the sample of a media header.
#[utoipa::path(post, path = "/v1/wabas/{waba_id}/templates/samples", operation_id = "upload_template_sample",
    tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account")),
    request_body = NewSample,
    responses((status = 201, description = "Meta has it", body = Sample), Problem))]
pub(crate) async fn upload(
    State(app): State<Arc<App>>,
    Segments(waba): Segments<String>,
    Payload(body): Payload,
) -> Result<(StatusCode, Json<Sample>), Problem> {
    let waba = WabaId::new(waba);
    let NewSample { key, format } = shaped(&body)?;
    let format = format.to_ascii_uppercase();
    let types = SAMPLE_TYPES.iter().find(|(known, _)| *known == format).map(|(_, types)| *types);
    let types = types.ok_or_else(|| invalid("format", "must be IMAGE, VIDEO, DOCUMENT or GIF"))?;
    if !key.starts_with(UPLOADS) {
        return Err(invalid("key", "must be the key of an upload"));
    }
    known_waba(&app, &waba).await?;
    let app_id = meta::app_id(&app).await?;
    let (app, key, app_id) = (&*app, &key, &app_id);
    let file = app.store.object(key).await?.ok_or_else(|| invalid("key", "must be a file that was uploaded"))?;
    let (mime_type, bytes) = (bare(file.mime_type.as_deref().unwrap_or_default()), file.bytes);
    drop(file);
    if !types.contains(&mime_type.as_str()) {
        return Err(invalid("key", &format!("must be a file of type {}", types.join(" or "))));
    }
    let most = most_bytes(&format, &TODAY);
    if bytes == 0 || bytes > most {
        return Err(invalid("key", &format!("must be a file of 1 to {most} bytes")));
    }
    let name = &format!("sample.{}", model::file::extension(&mime_type).unwrap_or("bin"));
    let mime_type = &mime_type;
    let uploaded = meta::call(app, &waba, |token| async move {
        // Read anew for each token: it is passed on as it comes.
        let file = app.store.object(key).await.ok().flatten();
        let file = file.ok_or_else(|| graph::Error::not_read("the sample could not be read from the bucket"))?;
        let upload = Upload { mime_type: mime_type.clone(), bytes, content: file.into_chunks() };
        app.graph.upload_sample(&token, app_id, name, upload, WITHIN).await
    });
    let header_handle = uploaded.await?.map_err(|error| {
        tracing::warn!(waba_id = %waba, %error, "a sample was not uploaded");
        refusal::of(&error)
    })?;
    Ok((StatusCode::CREATED, Json(Sample { header_handle })))
}

fn invalid(field: &str, rule: &str) -> Problem {
    Problem::invalid(Code::InvalidRequest, field, rule)
}
