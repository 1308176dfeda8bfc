//! What people would see, and what is wrong with it, before Meta is asked (T-14).

use axum::Json;
use model::limits::template::TODAY;
use model::template::lint::lint;
use model::template::preview::Preview;
use serde::Serialize;
use utoipa::ToSchema;

use super::submit::{DefinitionGiven, FindingShown, read};
use crate::extract::{Payload, Segments};
use crate::problem::Problem;

/// A template as a message, with its samples.
#[derive(Serialize, ToSchema)]
#[schema(as = TemplatePreview)]
pub(crate) struct PreviewShown {
    text: String,
    /// A whole page that looks like the message and loads nothing.
    html: String,
    /// What Meta would refuse, and what its reviewers often reject.
    findings: Vec<FindingShown>,
}

/// Shows a template before it is submitted. Nothing is stored, and Meta is not asked.
#[utoipa::path(post, path = "/v1/wabas/{waba_id}/templates/preview", operation_id = "preview_template",
    tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account")),
    request_body = DefinitionGiven,
    responses((status = 200, description = "As people would see it", body = PreviewShown), Problem))]
pub(crate) async fn preview(
    Segments(_waba): Segments<String>,
    Payload(body): Payload,
) -> Result<Json<PreviewShown>, Problem> {
    let definition = read(&body)?;
    let preview = Preview::of(&definition);
    let findings = lint(&definition, &TODAY, None).into_iter().map(FindingShown::from).collect();
    Ok(Json(PreviewShown { text: preview.to_text(), html: preview.to_html(), findings }))
}
