//! `DELETE /{waba_id}/message_templates`

use jiff::SignedDuration;

use crate::meta::call::{Answer, Call, Reply};
use crate::meta::config::Template;
use crate::meta::graph_error::GraphError;
use crate::meta::shared::Shared;
use crate::meta::state::State;

/// The name of an approved template is free again after this long.
const BLOCKED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// By name: every language. By `hsm_id` and name: one. By `hsm_ids`: these. All in the query.
pub(crate) fn delete(shared: &Shared, call: &Call, waba_id: &str) -> Answer {
    let (name, one, many) = (call.param("name"), call.param("hsm_id"), call.param("hsm_ids"));
    let ids: Option<Vec<String>> = match (name, one, many) {
        (None, None, Some(many)) => Some(read(many)?),
        (Some(_), Some(one), None) => Some(vec![one.to_owned()]),
        (Some(_), None, None) => None,
        (None, Some(_), None) => return Err(GraphError::param("name", "is required together with hsm_id")),
        (None, None, None) => return Err(GraphError::param("name", "is required in the query")),
        (_, _, Some(_)) => return Err(GraphError::param("hsm_ids", "cannot be combined with name or hsm_id")),
    };
    let wanted = |template: &Template| {
        name.is_none_or(|name| template.text("name") == name)
            && ids.as_ref().is_none_or(|ids| ids.contains(&template.id))
    };
    let mut state = shared.state();
    let waba = state.waba_mut(waba_id).ok_or_else(|| State::gone(waba_id, &call.method))?;
    let found: Vec<Template> = waba.templates.iter().filter(|template| wanted(template)).cloned().collect();
    if found.is_empty() {
        return Err(GraphError::new(100).subcode(2_593_002).details("There is no such template."));
    }
    if found.iter().any(|template| template.text("status") == "DISABLED") {
        return Err(GraphError::new(100).details("A disabled template cannot be deleted."));
    }
    waba.templates.retain(|template| !wanted(template));
    for template in found.iter().filter(|template| template.text("status") == "APPROVED") {
        let until = call.now.checked_add(BLOCKED).unwrap_or(jiff::Timestamp::MAX);
        // Deleting one language leaves the name to the others.
        if ids.is_none() {
            state.blocked_names.insert((waba_id.to_owned(), template.text("name").to_owned()), until);
        }
    }
    Ok(Reply::success())
}

fn read(many: &str) -> Result<Vec<String>, GraphError> {
    match serde_json::from_str::<Vec<String>>(many) {
        Ok(ids) if (1..=100).contains(&ids.len()) => Ok(ids),
        _ => Err(GraphError::param("hsm_ids", "must be a JSON array of up to 100 ids")),
    }
}
