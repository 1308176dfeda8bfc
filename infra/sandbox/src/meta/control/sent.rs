//! What was sent, and its statuses by hand.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::meta::graph_error::GraphError;
use crate::meta::shared::Shared;

use super::users::brief;
use super::{Outcome, Refused};

pub(super) fn list(shared: &Shared) -> Value {
    let state = shared.state();
    json!({"sends": state.sends, "refused": state.refused, "reads": state.reads})
}

pub(super) fn forget(shared: &Shared) -> Value {
    let mut state = shared.state();
    let count = state.sends.len();
    state.sends.clear();
    state.sent.clear();
    state.refused.clear();
    state.reads.clear();
    json!({"forgotten": count})
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    wamid: String,
    status: String,
    /// The error of a `failed` status.
    code: Option<i64>,
    details: Option<String>,
    at: Option<Timestamp>,
}

pub(super) async fn report(shared: &Arc<Shared>, report: Report) -> Outcome {
    let error = report.code.map(GraphError::new);
    let error = error.map(|error| report.details.iter().fold(error, GraphError::details));
    let webhooks = shared.report(&report.wamid, &report.status, error.as_ref(), report.at).await;
    let webhooks = webhooks.ok_or_else(|| Refused::not_found("the sandbox accepted no send of this wamid"))?;
    Ok(json!({"webhooks": brief(&webhooks)}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    /// Good feedback lets held messages go; bad feedback drops them, and they fail with 132015.
    dropped: bool,
}

/// Ends the pacing of all templates.
pub(super) fn settle_held(shared: &Arc<Shared>, held: &Held) -> Value {
    let wamids: Vec<String> = {
        let mut state = shared.state();
        for template in state.wabas.iter_mut().flat_map(|waba| &mut waba.templates).filter(|t| t.paced) {
            template.paced = false;
            if held.dropped {
                template.node.insert("status".into(), "PAUSED".into());
            }
        }
        let held_sends = state.sends.iter_mut().filter(|send| send.held);
        held_sends
            .map(|send| {
                send.held = false;
                send.wamid.clone()
            })
            .collect()
    };
    let count = wamids.len();
    for wamid in wamids {
        let later =
            held.dropped.then(|| GraphError::new(132_015).details("The template was paused while this was held."));
        shared.spawn(Arc::clone(shared).live(wamid, later));
    }
    json!({"settled": count})
}
