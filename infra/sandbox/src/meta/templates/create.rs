//! `POST /{waba_id}/message_templates`

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::meta::call::{Answer, Call, Reply};
use crate::meta::config::{Template, Waba};
use crate::meta::graph_error::GraphError;
use crate::meta::judge::definition::{self, CATEGORIES, Known, refuse};
use crate::meta::judge::shape::Object;
use crate::meta::shared::Shared;
use crate::meta::state::State;

use super::review;

/// Templates of a WABA whose business is not verified.
const MOST: usize = 250;
const MOST_VERIFIED: usize = 6_000;

pub(crate) fn create(shared: &Arc<Shared>, call: &Call, waba_id: &str) -> Answer {
    let body = call.json()?;
    let answer = {
        let mut state = shared.state();
        let template = judge(&state, call, waba_id, &body)?;
        let template = match &state.settings.files_template_under {
            Some(category) => template.with("category", category.as_str().into()),
            None => template,
        };
        let id = state.ids.graph(9);
        let waba = state.waba_mut(waba_id).ok_or_else(|| State::gone(waba_id, &call.method))?;
        let answer = json!({"id": id, "status": "PENDING", "category": template.text("category")});
        waba.templates.push(Template { id: id.clone(), ..template }.with("id", id.into()));
        answer
    };
    review(shared, answer["id"].as_str().unwrap_or_default());
    Ok(Reply::json(&answer))
}

fn judge(state: &State, call: &Call, waba_id: &str, body: &Map<String, Value>) -> Result<Template, GraphError> {
    let request = Object::root(body);
    let waba = state.waba(waba_id).ok_or_else(|| State::gone(waba_id, &call.method))?;
    let name = required(&request, "name")?;
    definition::name(name)?;
    let language = required(&request, "language")?;
    let category = required(&request, "category")?.to_ascii_uppercase();
    if !CATEGORIES.contains(&category.as_str()) {
        return Err(GraphError::param("category", &format!("must be one of {}", CATEGORIES.join(", "))));
    }
    let format = request.text_opt("parameter_format")?.unwrap_or("POSITIONAL").to_ascii_uppercase();
    if !["POSITIONAL", "NAMED"].contains(&format.as_str()) {
        return Err(GraphError::param("parameter_format", "must be POSITIONAL or NAMED"));
    }
    identity(state, call, waba, (name, language, &category))?;
    let components = request.list_opt("components")?.ok_or_else(|| GraphError::param("components", "is required"))?;
    let known = Known { named: format == "NAMED", category: &category, handles: &state.handles };
    definition::components(components, &known)?;
    let mut template = Template::new("", name, language, &category, listed(components));
    for key in ["message_send_ttl_seconds", "sub_category", "display_format", "cta_url_link_tracking_opted_out"] {
        if let Some(value) = request.get(key) {
            template.node.insert(key.to_owned(), value.clone());
        }
    }
    template.node.insert("status".into(), "PENDING".into());
    template.node.insert("parameter_format".into(), format.into());
    template.node.insert("last_updated_time".into(), call.now.as_second().into());
    Ok(template)
}

fn required<'a>(request: &Object<'a>, key: &str) -> Result<&'a str, GraphError> {
    request.text_opt(key)?.filter(|text| !text.is_empty()).ok_or_else(|| GraphError::param(key, "is required"))
}

/// Identity is (name, language), with one category for all languages of a name.
fn identity(
    state: &State,
    call: &Call,
    waba: &Waba,
    (name, language, category): (&str, &str, &str),
) -> Result<(), GraphError> {
    let blocked = state.blocked_names.get(&(waba.id.clone(), name.to_owned()));
    if blocked.is_some_and(|until| *until > call.now) {
        return Err(refuse(2_388_023, "The name is being deleted: it is free again 30 days after."));
    }
    let mut of_name = waba.templates.iter().filter(|template| template.text("name") == name);
    if of_name.clone().any(|template| template.text("language") == language) {
        return Err(refuse(2_388_024, "There is already content in this language for this template."));
    }
    if let Some(other) = of_name.find(|template| template.text("category") != category) {
        let why =
            format!("The category {category} doesn't match the one already associated: {}.", other.text("category"));
        return Err(GraphError::new(100).details(why));
    }
    let verified = waba.node.get("business_verification_status").and_then(Value::as_str) == Some("verified");
    if waba.templates.len() >= if verified { MOST_VERIFIED } else { MOST } {
        return Err(refuse(2_388_019, "The account has as many templates as it may have."));
    }
    Ok(())
}

/// The components as a listing shows them: upper-case types, and a signed URL in place of a sample's handle.
pub(super) fn listed(components: &[Value]) -> Value {
    let shown = components.iter().map(|component| {
        let mut component = component.clone();
        for key in ["type", "format"] {
            if let Some(Value::String(text)) = component.get_mut(key) {
                *text = text.to_ascii_uppercase();
            }
        }
        if let Some(handles) = component.pointer_mut("/example/header_handle") {
            *handles = json!(["https://scontent.whatsapp.net/v/t61.29466-34/sandbox.jpg?ccb=1-7&oe=0"]);
        }
        for button in component.get_mut("buttons").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(Value::String(text)) = button.get_mut("type") {
                *text = text.to_ascii_uppercase();
            }
        }
        component
    });
    shown.collect()
}
