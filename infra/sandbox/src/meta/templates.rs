//! Templates: list, create, edit, delete (contract §1.5, §5.8).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::call::{Answer, Call, Reply};
use super::config::Template;
use super::fields::{TEMPLATE, project};
use super::paging;
use super::shared::Shared;
use super::state::State;
use super::webhooks::Update;

mod create;
mod delete;
mod edit;

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use edit::{edit, unpause};

/// `GET /{waba_id}/message_templates`
pub(crate) fn list(shared: &Shared, call: &Call, waba_id: &str) -> Answer {
    let state = shared.state();
    let waba = state.waba(waba_id).ok_or_else(|| State::gone(waba_id, &call.method))?;
    let items = waba.templates.iter().filter(|template| matches(template, call));
    let items = items.map(|template| (template.id.clone(), template)).collect();
    let show = |template: &Template| project(&template.node, &TEMPLATE, call.param("fields")).map(Value::Object);
    Ok(Reply::json(&paging::page(items, show, call, shared.url())?))
}

/// The filters clients use; names match in part, the rest whole and in any case.
fn matches(template: &Template, call: &Call) -> bool {
    let content = || {
        template.components().iter().any(|part| {
            let text = part.get("text").and_then(Value::as_str).unwrap_or_default();
            call.param("content").or(call.param("name_or_content")).is_some_and(|wanted| text.contains(wanted))
        })
    };
    let name = |key: &str| call.param(key).is_none_or(|wanted| template.text("name").contains(wanted));
    let same = |key: &str| call.param(key).is_none_or(|wanted| template.text(key).eq_ignore_ascii_case(wanted));
    let score = template.node.get("quality_score").and_then(|score| score.get("score")?.as_str());
    name("name")
        && (name("name_or_content") || content())
        && (call.param("content").is_none() || content())
        && ["language", "category", "status"].into_iter().all(same)
        && call
            .param("quality_score")
            .is_none_or(|wanted| score.is_some_and(|score| score.eq_ignore_ascii_case(wanted)))
}

impl State {
    /// Sets a status and makes the webhook that tells of it.
    pub(crate) fn judge_template(
        &mut self,
        id: &str,
        status: &str,
        reason: Option<&str>,
        now: jiff::Timestamp,
    ) -> Option<Update> {
        let waba_id = self.wabas.iter().find(|waba| waba.templates.iter().any(|t| t.id == id))?.id.clone();
        let template = self.template_mut(id)?;
        let reason = reason.unwrap_or("NONE");
        template.node.insert("status".into(), status.into());
        template.node.insert("rejected_reason".into(), reason.into());
        template.node.insert("last_updated_time".into(), now.as_second().into());
        let value = json!({
            "event": status,
            // Meta sends this id as a number.
            "message_template_id": template.id.parse::<u64>().ok(),
            "message_template_name": template.text("name"),
            "message_template_language": template.text("language"),
            "message_template_category": template.text("category"),
            "reason": reason,
        });
        let field = "message_template_status_update".to_owned();
        Some(Update { waba_id, phone_number_id: None, field, value, at: now })
    }
}

/// Meta's review, if the settings want one.
fn review(shared: &Arc<Shared>, id: &str) {
    let Some(after) = shared.state().settings.approve_after_ms else { return };
    let (reviewer, id) = (Arc::clone(shared), id.to_owned());
    shared.spawn(async move {
        tokio::time::sleep(Duration::from_millis(after)).await;
        let now = reviewer.now();
        let update = reviewer.state().judge_template(&id, "APPROVED", None, now);
        if let Some(update) = update {
            reviewer.publish(update).await;
        }
    });
}
