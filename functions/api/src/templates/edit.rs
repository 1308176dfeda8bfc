//! A template's content replaced, as far as Meta lets it be (contract §5.8).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use graph::templates::FIELDS;
use model::template::Definition;
use model::template::plan::{Action, plan};
use model::{Template, TemplateId, WabaId};

use super::submit::{DefinitionGiven, Submitted, checked};
use crate::App;
use crate::extract::{Payload, Segments};
use crate::meta::{self, refusal};
use crate::problem::Problem;

/// Replaces all components of the template of this name and language. Meta reviews it again; until a listing or a webhook
/// says otherwise it may not be sent. Where nothing differs Meta is not asked: an approved template has one edit a day.
#[utoipa::path(put, path = "/v1/wabas/{waba_id}/templates", operation_id = "edit_template", tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account")),
    request_body = DefinitionGiven,
    responses((status = 200, description = "Meta has taken it", body = Submitted), Problem))]
pub(crate) async fn edit(
    State(app): State<Arc<App>>,
    Segments(waba): Segments<String>,
    Payload(body): Payload,
) -> Result<Json<Submitted>, Problem> {
    let waba = WabaId::new(waba);
    let definition = checked(&body)?;
    let (app, waba) = (&*app, &waba);
    let before = known(app, waba, &definition.name, &definition.language).await?;
    let change = plan(std::slice::from_ref(&definition), std::slice::from_ref(&before), false, app.now()).pop();
    let Some(change) = change.filter(|change| change.action == Action::Edit) else {
        return Ok(Json(Submitted::new("unchanged", before)));
    };
    if let Some(forbidden) = change.forbidden {
        return Err(Problem::of_forbidden(forbidden));
    }
    let category = change.differs.iter().any(|member| member == "category");
    let (id, body) = (&before.id, &definition.to_body(true, category));
    let outcome = meta::call(app, waba, |token| async move { app.graph.edit_template(&token, id, body).await }).await?;
    let after = read_again(app, waba, id).await;
    let taken = match &outcome {
        Ok(()) => true,
        // An edit whose answer was lost counts, and a second one is refused: what Meta has tells.
        Err(_) => after.as_ref().is_some_and(|after| definition.differences(&Definition::of(after)).is_empty()),
    };
    if !taken && let Err(error) = outcome {
        tracing::warn!(waba_id = %waba, template_id = %id, %error, "a template was not edited");
        return Err(refusal::of(&error));
    }
    let submitted = || definition.submitted(waba, id.clone(), "PENDING", &before.category, app.now());
    let template = after.unwrap_or_else(submitted);
    let template = Template { submitted_category: Some(definition.category.clone()), ..template };
    app.store.write_changed_template(&template, app.now()).await?;
    tracing::info!(waba_id = %waba, template_id = %id, "a template was edited");
    Ok(Json(Submitted::new("edited", template)))
}

/// One that the last listing had.
pub(super) async fn known(app: &App, waba: &WabaId, name: &str, language: &str) -> Result<Template, Problem> {
    let stored = app.store.template(waba, name, language).await?.template.filter(|template| !template.absent);
    stored.ok_or_else(|| {
        Problem::not_found("The account has no template of this name and language, as far as it was listed.")
            .with_remedy("If it is new, ask for a sync (POST …/templates/sync) and try again.")
    })
}

/// `None` where Meta does not say: then the next listing does.
async fn read_again(app: &App, waba: &WabaId, id: &TemplateId) -> Option<Template> {
    let read = meta::call(app, waba, |token| async move { app.graph.template(&token, id, FIELDS).await }).await;
    Template::parse(waba, &read.ok()?.ok()?, app.now())
}
