//! Which edge of which node a call is for.

use std::sync::Arc;

use http::Method;

use super::auth::{Caller, Need, authenticate, authorise};
use super::call::{Answer, Call, Reply};
use super::fields;
use super::graph_error::GraphError;
use super::shared::Shared;
use super::state::{Node, State};
use super::{media, numbers, oauth, profile, registration, send, subscriptions, templates, uploads, usage, wabas};

pub(crate) async fn answer(shared: &Arc<Shared>, call: &Call) -> Answer {
    let segments: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let (head, edge) = match segments[..] {
        [] => return Err(GraphError::unsupported(call.method.as_str(), "")),
        ["_lookaside", ..] if call.method == Method::GET => return Ok(media::download(shared, call)),
        ["oauth", "access_token"] => return oauth::access_token(shared, call),
        [head] => (head, None),
        [head, edge] => (head, Some(edge)),
        // An upload's id is base64 and may hold a slash.
        [head, ..] if head.starts_with("upload:") => (head, None),
        _ => return Err(unknown_edge(call)),
    };
    let caller = {
        let state = shared.state();
        authenticate(&state.tokens, &state.apps, call.token(), call.now)?
    };
    if head == "debug_token" {
        return oauth::debug_token(shared, call, &caller);
    }
    if head.starts_with("upload:") {
        return match call.method {
            Method::POST => uploads::receive(shared, call, &caller),
            Method::GET => uploads::progress(shared, call),
            _ => Err(GraphError::unsupported(call.method.as_str(), &call.joined())),
        };
    }
    let node = shared.state().node(head);
    match node {
        Node::App => app(shared, call, &caller, head, edge).await,
        Node::Waba => {
            authorise(&caller, Need::Management, head)?;
            usage::count(&mut shared.state(), head, call.now)?;
            waba(shared, call, &caller, head, edge).await
        }
        Node::Number { waba_id } => number(shared, call, &caller, (head, &waba_id), edge).await,
        Node::Template { waba_id } => {
            authorise(&caller, Need::Management, &waba_id)?;
            template(shared, call, &waba_id, head, edge)
        }
        Node::Media => match (&call.method, edge) {
            (&Method::GET, None) => media::get(shared, call, &caller, head),
            (&Method::DELETE, None) => media::delete(shared, call, &caller, head),
            _ => Err(unknown_edge(call)),
        },
        Node::None => Err(State::gone(head, &call.method)),
    }
}

async fn app(shared: &Arc<Shared>, call: &Call, caller: &Caller, id: &str, edge: Option<&str>) -> Answer {
    match (&call.method, edge) {
        (&Method::POST, Some("uploads")) => uploads::start(shared, call, caller, id),
        (&Method::GET, None) => subscriptions::get(caller, id),
        (&Method::GET, Some("subscriptions")) => subscriptions::list(shared, caller, id),
        (&Method::POST, Some("subscriptions")) => subscriptions::set(shared, call, caller, id).await,
        (&Method::DELETE, Some("subscriptions")) => subscriptions::remove(shared, caller, id),
        _ => Err(unknown_edge(call)),
    }
}

async fn waba(shared: &Arc<Shared>, call: &Call, caller: &Caller, id: &str, edge: Option<&str>) -> Answer {
    match (&call.method, edge) {
        (&Method::GET, None) => wabas::get(shared, call, id),
        (&Method::GET, Some("phone_numbers")) => numbers::list(shared, call, id),
        (&Method::GET, Some("message_templates")) => templates::list(shared, call, id),
        (&Method::POST, Some("message_templates")) => templates::create(shared, call, id),
        (&Method::DELETE, Some("message_templates")) => templates::delete(shared, call, id),
        (&Method::GET, Some("subscribed_apps")) => Ok(wabas::subscribed(shared, id)),
        (&Method::POST, Some("subscribed_apps")) => wabas::subscribe(shared, call, caller, id).await,
        (&Method::DELETE, Some("subscribed_apps")) => Ok(wabas::unsubscribe(shared, caller, id)),
        _ => Err(unknown_edge(call)),
    }
}

async fn number(
    shared: &Arc<Shared>,
    call: &Call,
    caller: &Caller,
    (id, waba_id): (&str, &str),
    edge: Option<&str>,
) -> Answer {
    let need = match edge {
        Some("media") => Need::Messaging,
        // Judged together with the message.
        Some("messages" | "marketing_messages") => {
            return match call.method {
                Method::POST => send::messages(shared, call, caller, id, edge.unwrap_or_default()).await,
                _ => Err(unknown_edge(call)),
            };
        }
        Some("whatsapp_business_profile") => Need::Either,
        Some("register" | "deregister") => Need::Both,
        None if call.method == Method::POST => Need::Both,
        _ => Need::Management,
    };
    authorise(caller, need, waba_id)?;
    match (&call.method, edge) {
        (&Method::POST, Some("media")) => media::upload(shared, call, id),
        (&Method::GET, None) => numbers::get(shared, call, id),
        (&Method::POST, None) => numbers::update(shared, call, id).await,
        (&Method::GET, Some("whatsapp_business_profile")) => profile::get(shared, call, id),
        (&Method::POST, Some("whatsapp_business_profile")) => profile::update(shared, call, id),
        (&Method::POST, Some("request_code")) => registration::request_code(shared, call, id),
        (&Method::POST, Some("verify_code")) => registration::verify_code(shared, call, id),
        (&Method::POST, Some("register")) => registration::register(shared, call, id),
        (&Method::POST, Some("deregister")) => registration::deregister(shared, call, id),
        _ => Err(unknown_edge(call)),
    }
}

fn template(shared: &Arc<Shared>, call: &Call, waba_id: &str, id: &str, edge: Option<&str>) -> Answer {
    match (&call.method, edge) {
        (&Method::GET, None) => {
            let mut state = shared.state();
            let template = state.template_mut(id).ok_or_else(|| State::gone(id, &call.method))?;
            let node = fields::project(&template.node, &fields::TEMPLATE, call.param("fields"))?;
            Ok(Reply::json(&node.into()))
        }
        (&Method::POST, None) => templates::edit(shared, call, waba_id, id),
        (&Method::POST, Some("unpause")) => templates::unpause(shared, call, id),
        _ => Err(unknown_edge(call)),
    }
}

/// What Meta has and this does not comes out here too: refused, never made up.
fn unknown_edge(call: &Call) -> GraphError {
    let path = call.joined();
    GraphError::new(2500).title(format!("Unknown path components: {} /{path}", call.method))
}
