//! A template deleted: one language of a name, never all of them by the way (contract §6, 25).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::{Template, WabaId};

use super::TemplateShown;
use super::edit::known;
use super::filter::Which;
use crate::App;
use crate::extract::{Params, Segments};
use crate::meta::{self, refusal};
use crate::problem::Problem;

/// Deletes one language of a template at Meta. The name of one that was approved is not free for 30 days once its last
/// language is gone.
#[utoipa::path(delete, path = "/v1/wabas/{waba_id}/templates", operation_id = "delete_template", tag = "templates",
    params(("waba_id" = String, Path, description = "The WhatsApp Business Account"), Which),
    responses((status = 200, description = "It is gone", body = TemplateShown), Problem))]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Segments(waba): Segments<String>,
    Params(Which { name, language }): Params<Which>,
) -> Result<Json<TemplateShown>, Problem> {
    let waba = WabaId::new(waba);
    let before = known(&app, &waba, &name, &language).await?;
    let (graph, of, id, name) = (&app.graph, &waba, &before.id, name.as_str());
    let deleted = meta::call(&app, &waba, |token| async move { graph.delete_template(&token, of, name, id).await });
    match deleted.await? {
        Ok(()) => {}
        // Somebody was faster, or an answer was lost.
        Err(error) if error.is_template_gone() => {}
        Err(error) => {
            tracing::warn!(waba_id = %waba, template_id = %id, %error, "a template was not deleted");
            return Err(refusal::of(&error));
        }
    }
    let gone = Template { absent: true, updated_at: app.now(), ..before };
    app.store.write_changed_template(&gone, app.now()).await?;
    tracing::info!(waba_id = %waba, template_id = %gone.id, "a template was deleted");
    Ok(Json(gone.into()))
}
