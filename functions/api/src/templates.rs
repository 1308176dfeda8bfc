//! Message templates as last listed or told of, searched and filtered (S-05, S-07, S-08).

mod delete;
mod edit;
mod filter;
mod preview;
mod sample;
mod submit;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::{Template, Timestamp, WabaId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::App;
use crate::channels::known_waba;
use crate::extract::{Params, Segments};
use crate::paging::stored;
use crate::problem::Problem;
use crate::sync::Attempt;
use filter::Filter;

pub(crate) use delete::{__path_remove, remove};
pub(crate) use edit::{__path_edit, edit};
pub(crate) use preview::{__path_preview, preview};
pub(crate) use sample::{__path_upload, upload};
pub(crate) use submit::{__path_submit, FindingShown, submit};

/// One template in one language.
#[derive(Serialize, ToSchema)]
#[schema(as = Template)]
pub(crate) struct TemplateShown {
    /// Meta's.
    id: String,
    waba_id: String,
    name: String,
    language: String,
    /// As Meta has it: it decides the price.
    category: String,
    /// As it was asked for, where it was submitted by this system.
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_category: Option<String>,
    /// Meta's word.
    status: String,
    /// The word people know it by: `Submitted`, `Approved`, `Rejected`, …
    label: String,
    /// Whether Meta would take it now.
    sendable: bool,
    /// Gone from Meta's listing.
    absent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_reason: Option<String>,
    /// Meta's `other_info`, `rejection_info` and `disable_info`: why it was paused, what to do about a rejection. Webhooks
    /// tell them, listings do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    status_details: Option<Box<RawValue>>,
    /// The category that Meta will move it to.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_category: Option<NextCategoryShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<String>,
    /// `POSITIONAL` or `NAMED`.
    parameter_format: String,
    /// Meta's.
    #[schema(value_type = Vec<Object>)]
    components: Box<RawValue>,
    /// Meta's other members, as they came.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    extra: BTreeMap<String, Box<RawValue>>,
    /// When a sync last found it changed, or Meta told that it had.
    updated_at: Timestamp,
}

/// A category to come, and with it another price.
#[derive(Serialize, ToSchema)]
#[schema(as = NextCategory)]
pub(crate) struct NextCategoryShown {
    category: String,
    /// From when on, where Meta says.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
}

/// Templates, and how fresh they are.
#[derive(Serialize, ToSchema)]
pub(crate) struct TemplateList {
    items: Vec<TemplateShown>,
    /// Give this back for the next page; absent at the end. With filters a page may hold fewer than it could, even none,
    /// and the next one more.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// When a complete listing was last stored; `null` before the first one.
    #[schema(required)]
    last_synced_at: Option<Timestamp>,
    /// The last sync, however it ended.
    #[schema(required)]
    last_attempt: Option<Attempt>,
}

/// Templates of an account by name and language, also those that are gone from Meta (`absent`).
#[utoipa::path(get, path = "/v1/wabas/{waba_id}/templates", operation_id = "list_templates", tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account"), Filter),
    responses((status = 200, description = "A page of templates", body = TemplateList), Problem))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Segments(waba): Segments<String>,
    Params(filter): Params<Filter>,
) -> Result<Json<TemplateList>, Problem> {
    let waba = WabaId::new(waba);
    let run = app.store.sync_run(&waba).await?;
    let (limit, cursor) = (filter.limit.get(), stored(filter.cursor.as_deref())?);
    let wants = |template: &Template| filter.wants(template);
    let page = app.store.templates_page(&waba, run.listed_at, limit, cursor, wants).await?;
    if page.items.is_empty() && run.last_attempt_at.is_none() {
        known_waba(&app, &waba).await?;
    }
    Ok(Json(TemplateList {
        items: page.items.into_iter().map(TemplateShown::from).collect(),
        cursor: page.cursor,
        last_synced_at: run.last_synced_at,
        last_attempt: Attempt::of(&run, app.now()),
    }))
}

impl From<Template> for TemplateShown {
    fn from(template: Template) -> Self {
        Self {
            label: template.label().to_owned(),
            sendable: template.sendable(),
            id: template.id.into_string(),
            waba_id: template.waba_id.into_string(),
            name: template.name,
            language: template.language,
            category: template.category,
            submitted_category: template.submitted_category,
            status: template.status,
            absent: template.absent,
            rejected_reason: template.rejected_reason,
            status_details: template.status_details,
            next_category: template
                .next_category
                .map(|next| NextCategoryShown { category: next.category, at: next.at }),
            quality: template.quality,
            parameter_format: template.parameter_format,
            components: template.components,
            extra: template.extra,
            updated_at: template.updated_at,
        }
    }
}
