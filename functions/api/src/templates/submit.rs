//! A template submitted for review, and stored with Meta's id at once (T-17).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use graph::templates::FIELDS;
use model::limits::template::TODAY;
use model::template::Definition;
use model::template::lint::{Finding, Level, lint, refuses};
use model::{Template, WabaId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::TemplateShown;
use crate::App;
use crate::channels::known_waba;
use crate::extract::{Payload, Segments, shaped};
use crate::meta::{self, refusal};
use crate::problem::{Code, Problem};

/// A template as Meta takes it: its own members, checked before it is asked. A media header's sample is uploaded first
/// (`POST …/templates/samples`).
#[derive(ToSchema)]
#[schema(as = TemplateDefinition)]
#[expect(dead_code, reason = "it describes the request; the model reads it")]
pub(crate) struct DefinitionGiven {
    /// Up to 512 lower-case letters, digits and underscores.
    name: String,
    /// Exactly Meta's code, as in `en_US`.
    language: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    category: String,
    /// `POSITIONAL` (the default) or `NAMED`.
    parameter_format: Option<String>,
    /// Meta's, each with its samples.
    #[schema(value_type = Vec<Object>)]
    components: Vec<Value>,
    /// And what else Meta takes at creation: `message_send_ttl_seconds`, `sub_category`, `display_format`, `send_type`,
    /// `cta_url_link_tracking_opted_out`, `is_primary_device_delivery_only`, `library_template_name`.
    #[schema(minimum = -1)]
    message_send_ttl_seconds: Option<i64>,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = SubmittedTemplate)]
pub(crate) struct Submitted {
    /// `created`, `adopted` where Meta had it already, `edited`, or `unchanged` where nothing differed and Meta was not
    /// asked.
    outcome: &'static str,
    /// Members in which what Meta has differs from what was submitted; only of what was adopted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differs: Vec<String>,
    template: TemplateShown,
}

/// One rule that a template or a profile breaks.
#[derive(Serialize, ToSchema)]
#[schema(as = TemplateFinding)]
pub(crate) struct FindingShown {
    /// Stable, for programs.
    id: &'static str,
    /// `error` is what Meta refuses, `warn` what its reviewers often reject.
    level: &'static str,
    /// The member, as in `components[1].text`.
    #[serde(rename = "where")]
    pub(crate) at: String,
    pub(crate) what: String,
    remedy: String,
    /// Whose rule it is.
    source: &'static str,
}

/// Submits a template for review. Asking again is safe: where Meta has one of this name and language, that one is the
/// answer.
#[utoipa::path(post, path = "/v1/wabas/{waba_id}/templates", operation_id = "submit_template", tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account")),
    request_body = DefinitionGiven,
    responses(
        (status = 201, description = "Meta has taken it for review", body = Submitted),
        (status = 200, description = "Meta had it already", body = Submitted), Problem))]
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Segments(waba): Segments<String>,
    Payload(body): Payload,
) -> Result<Response, Problem> {
    let waba = WabaId::new(waba);
    let definition = checked(&body)?;
    known_waba(&app, &waba).await?;
    let body = definition.to_body(false, true);
    let (app, waba, body) = (&*app, &waba, &body);
    let outcome = meta::call(app, waba, |token| async move { app.graph.create_template(&token, waba, body).await });
    match outcome.await? {
        Ok(created) => {
            let status = created.status.as_deref().unwrap_or("PENDING");
            let category = created.category.as_deref().unwrap_or(&definition.category);
            let template = definition.submitted(waba, created.id, status, category, app.now());
            app.store.write_changed_template(&template, app.now()).await?;
            tracing::info!(waba_id = %waba, template_id = %template.id, "a template was submitted");
            Ok((StatusCode::CREATED, Json(Submitted::new("created", template))).into_response())
        }
        Err(error) if error.is_template_there() || error.is_template_name_taken() => {
            let template = found(app, waba, &definition).await?.ok_or_else(|| refusal::of(&error))?;
            app.store.write_changed_template(&template, app.now()).await?;
            tracing::info!(waba_id = %waba, template_id = %template.id, "a template was there already");
            let differs = definition.differences(&Definition::of(&template));
            Ok(Json(Submitted { differs, ..Submitted::new("adopted", template) }).into_response())
        }
        Err(error) => {
            tracing::warn!(waba_id = %waba, %error, "a template was not submitted");
            Err(refusal::of(&error))
        }
    }
}

impl Submitted {
    pub(super) fn new(outcome: &'static str, template: Template) -> Self {
        Self { outcome, differs: Vec::new(), template: template.into() }
    }
}

impl From<Finding> for FindingShown {
    fn from(finding: Finding) -> Self {
        let Finding { id, level, at, what, remedy, source } = finding;
        let level = match level {
            Level::Warn => "warn",
            Level::Error => "error",
        };
        Self { id, level, at, what, remedy, source }
    }
}

/// A definition that breaks none of Meta's rules known here: what does is refused before Meta is asked (T-15).
pub(super) fn checked(body: &[u8]) -> Result<Definition, Problem> {
    let definition = read(body)?;
    let findings = lint(&definition, &TODAY, None);
    if refuses(&findings) {
        let errors = findings.into_iter().filter(|finding| finding.level == Level::Error);
        return Err(Problem::of_findings(Code::InvalidTemplate, errors.map(FindingShown::from).collect()));
    }
    Ok(definition)
}

pub(super) fn read(body: &[u8]) -> Result<Definition, Problem> {
    let value: Value = shaped(body)?;
    Definition::parse(&value).map_err(|invalid| Problem::of_invalid(Code::InvalidTemplate, invalid))
}

/// What Meta has under this name and language. Its filter finds parts of names too.
async fn found(app: &App, waba: &WabaId, definition: &Definition) -> Result<Option<Template>, Problem> {
    let name = &definition.name;
    let listed =
        meta::call(app, waba, |token| async move { app.graph.templates_named(&token, waba, name, FIELDS).await });
    let listed = listed.await?.map_err(|error| refusal::of(&error))?;
    let mut templates = listed.iter().filter_map(|raw| Template::parse(waba, raw, app.now()));
    let template =
        templates.find(|template| (template.name.as_str(), template.language.as_str()) == definition.identity());
    Ok(template.map(|template| Template { submitted_category: Some(definition.category.clone()), ..template }))
}
