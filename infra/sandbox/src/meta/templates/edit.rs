//! `POST /{template_id}`, and `…/unpause`

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::meta::call::{Answer, Call, Reply};
use crate::meta::config::Template;
use crate::meta::graph_error::GraphError;
use crate::meta::judge::definition::{self, CATEGORIES, Known, refuse};
use crate::meta::judge::shape::Object;
use crate::meta::shared::Shared;
use crate::meta::state::State;

use super::create::listed;
use super::review;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Replaces all components; the template is reviewed again.
pub(crate) fn edit(shared: &Arc<Shared>, call: &Call, waba_id: &str, id: &str) -> Answer {
    let body = call.json()?;
    let request = Object::root(&body);
    {
        let mut state = shared.state();
        let handles = state.handles.clone();
        let template = state.template_mut(id).ok_or_else(|| State::gone(id, &call.method))?;
        editable(template, call.now)?;
        for fixed in ["name", "language"] {
            if request.has(fixed) {
                return Err(GraphError::param(fixed, "cannot be edited"));
            }
        }
        let category = request.text_opt("category")?.unwrap_or_else(|| template.text("category")).to_ascii_uppercase();
        if !CATEGORIES.contains(&category.as_str()) {
            return Err(GraphError::param("category", &format!("must be one of {}", CATEGORIES.join(", "))));
        }
        if template.text("status") == "APPROVED" && category != template.text("category") {
            return Err(GraphError::param("category", "of an approved template cannot be edited"));
        }
        if let Some(components) = request.list_opt("components")? {
            let format = request.text_opt("parameter_format")?.unwrap_or_else(|| template.text("parameter_format"));
            let named = format.eq_ignore_ascii_case("NAMED");
            definition::components(components, &Known { named, category: &category, handles: &handles })?;
            let format = if named { "NAMED" } else { "POSITIONAL" };
            template.node.insert("parameter_format".into(), format.into());
            template.node.insert("components".into(), listed(components));
        }
        if let Some(ttl) = request.get("message_send_ttl_seconds") {
            template.node.insert("message_send_ttl_seconds".into(), ttl.clone());
        }
        if template.text("status") == "APPROVED" {
            template.edits.push(call.now);
        }
        template.node.insert("category".into(), category.into());
        template.node.insert("status".into(), "PENDING".into());
        template.node.insert("rejected_reason".into(), "NONE".into());
        template.node.insert("last_updated_time".into(), call.now.as_second().into());
    }
    tracing::debug!(template_id = id, waba_id, "template edited");
    review(shared, id);
    Ok(Reply::success())
}

/// Approved ones once a day and ten times a month, rejected and paused ones as often as one likes, others not.
fn editable(template: &Template, now: Timestamp) -> Result<(), GraphError> {
    let since = |span: SignedDuration| template.edits.iter().filter(|at| now.duration_since(**at) < span).count();
    match template.text("status") {
        "REJECTED" | "PAUSED" => Ok(()),
        "APPROVED" if since(DAY) < 1 && since(MONTH) < 10 => Ok(()),
        _ => Err(refuse(2_388_039, "The template is in review, or was edited as often as it may be.")),
    }
}

/// After a pause by pacing.
pub(crate) fn unpause(shared: &Arc<Shared>, call: &Call, id: &str) -> Answer {
    let mut state = shared.state();
    let template = state.template_mut(id).ok_or_else(|| State::gone(id, &call.method))?;
    if template.text("status") != "PAUSED" {
        return Err(GraphError::new(100).details("The template is not paused."));
    }
    template.node.insert("status".into(), Value::from("APPROVED"));
    Ok(Reply::success())
}
