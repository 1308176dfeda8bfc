//! People: they write in, call, and have their circumstances.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::meta::people::is_user_id;
use crate::meta::record::{WebhookRecord, WebhookState};
use crate::meta::shared::Shared;
use crate::meta::webhooks::inbound::Incoming;

use super::{Outcome, Refused};

/// What a message may have beside its content.
const AROUND: [&str; 5] = ["context", "referral", "errors", "identity", "group_id"];
/// What steers the sandbox and is not part of the message.
const STEERING: [&str; 6] = ["name", "username", "phone_number_id", "user_id", "hides_phone", "at"];
const MEDIA: [&str; 5] = ["image", "video", "audio", "document", "sticker"];
/// Types that say all by themselves.
const WITHOUT_CONTENT: [&str; 3] = ["unsupported", "request_welcome", "unknown"];

/// A message that was written, and how its webhooks fared at first.
#[derive(Debug)]
pub struct Written {
    pub wamid: String,
    /// Every webhook of it was answered 200; `false` too when there is nowhere to deliver it or it is held.
    pub delivered: bool,
    pub webhooks: Vec<WebhookRecord>,
}

impl Written {
    pub(super) fn into_json(self) -> Value {
        json!({"wamid": self.wamid, "delivered": self.delivered, "webhooks": brief(&self.webhooks)})
    }
}

/// The outcome of each webhook without its body.
pub(super) fn brief(webhooks: &[WebhookRecord]) -> Value {
    let briefly =
        |hook: &WebhookRecord| json!({"id": hook.id, "url": hook.url, "state": hook.state, "attempts": hook.attempts});
    webhooks.iter().map(briefly).collect()
}

pub(crate) async fn write_in(shared: &Arc<Shared>, from: &str, body: &Value) -> Result<Written, Refused> {
    let Value::Object(body) = body else { return Err(Refused::bad("the body must be a JSON object")) };
    let from = identity(from)?;
    let number = number(shared, body)?;
    let mut message = message(body)?;
    let at = at(body)?;
    let (wamid, update) = {
        let mut state = shared.state();
        introduce(&mut state.people, &from, body)?;
        let now = shared.now();
        if let Some(content) = media_content(&mut message) {
            received(shared, &mut state, content, &number, now)?;
        }
        let incoming = Incoming { from, phone_number_id: number, message, at };
        state.write_in(incoming, now).ok_or_else(|| Refused::bad("there is no such phone_number_id"))?
    };
    let webhooks = shared.publish(update).await;
    let delivered = !webhooks.is_empty() && webhooks.iter().all(|hook| hook.state == WebhookState::Delivered);
    Ok(Written { wamid, delivered, webhooks })
}

pub(super) async fn call_in(shared: &Arc<Shared>, from: &str, body: &Value) -> Outcome {
    let body = body.as_object().cloned().unwrap_or_default();
    let (from, number) = (identity(from)?, number(shared, &body)?);
    let update = shared.state().call_in(&from, &number, shared.now());
    let update = update.ok_or_else(|| Refused::bad("there is no such phone_number_id"))?;
    Ok(json!({"webhooks": brief(&shared.publish(update).await)}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(super) struct Circumstances {
    name: Option<String>,
    username: Option<String>,
    user_id: Option<String>,
    hides_phone: Option<bool>,
    unreachable: Option<bool>,
    stopped_marketing: Option<bool>,
}

pub(super) fn change(shared: &Shared, identity_of: &str, wanted: &Circumstances) -> Outcome {
    let mut state = shared.state();
    let person = state.people.change(&identity(identity_of)?, |person| {
        for (field, value) in [(&mut person.name, &wanted.name), (&mut person.username, &wanted.username)] {
            if value.is_some() {
                field.clone_from(value);
            }
        }
        if let Some(user_id) = &wanted.user_id {
            person.user_id.clone_from(user_id);
        }
        person.hides_phone = wanted.hides_phone.unwrap_or(person.hides_phone);
        person.unreachable = wanted.unreachable.unwrap_or(person.unreachable);
        person.stopped_marketing = wanted.stopped_marketing.unwrap_or(person.stopped_marketing);
    });
    Ok(json!(person))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    phone_number_id: String,
    user: String,
    at: Option<Timestamp>,
}

pub(super) fn open_window(shared: &Shared, window: &Window) -> Outcome {
    let mut state = shared.state();
    if state.number(&window.phone_number_id).is_none() {
        return Err(Refused::bad("there is no such phone_number_id"));
    }
    let user_id = state.people.meet(&identity(&window.user)?).user_id.clone();
    let at = window.at.unwrap_or_else(|| shared.now());
    state.hear(&window.phone_number_id, &user_id, at);
    Ok(json!({"user_id": user_id, "at": at}))
}

fn identity(text: &str) -> Result<String, Refused> {
    if is_user_id(text) {
        return Ok(text.to_owned());
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    if (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(digits.to_owned());
    }
    Err(Refused::bad("a person is a wa_id of 6 to 15 digits, or a user id such as US.1000000001"))
}

/// The number written to; the first there is, if not told.
fn number(shared: &Shared, body: &Map<String, Value>) -> Result<String, Refused> {
    match body.get("phone_number_id") {
        Some(Value::String(id)) => Ok(id.clone()),
        Some(_) => Err(Refused::bad("phone_number_id must be a string")),
        None => {
            let state = shared.state();
            let first = state.wabas.iter().flat_map(|waba| &waba.numbers).next();
            first.map(|number| number.id.clone()).ok_or_else(|| Refused::bad("the sandbox has no phone number"))
        }
    }
}

fn message(body: &Map<String, Value>) -> Result<Map<String, Value>, Refused> {
    let kind = match (body.get("type"), body.get("text")) {
        (Some(Value::String(kind)), _) if !kind.is_empty() => kind.as_str(),
        (None, Some(_)) => "text",
        (Some(_), _) => return Err(Refused::bad("type must be a string")),
        (None, None) => return Err(Refused::bad("the body needs text, or type and the content of that name")),
    };
    let known = |key: &str| key == "type" || key == kind || AROUND.contains(&key) || STEERING.contains(&key);
    if let Some(stray) = body.keys().find(|key| !known(key)) {
        return Err(Refused::bad(format!("{stray} is not a part of a message of type {kind}")));
    }
    let content = match body.get(kind) {
        Some(Value::String(text)) if kind == "text" => Some(json!({ "body": text })),
        Some(content) => Some(content.clone()),
        None if WITHOUT_CONTENT.contains(&kind) => None,
        None => return Err(Refused::bad(format!("a message of type {kind} needs its content under {kind}"))),
    };
    if kind == "text" && !content.as_ref().is_some_and(|text| text.get("body").is_some_and(Value::is_string)) {
        return Err(Refused::bad("text must be a string, or an object with a body"));
    }
    let mut message = Map::from_iter([("type".to_owned(), Value::from(kind))]);
    message.extend(content.map(|content| (kind.to_owned(), content)));
    for key in AROUND {
        message.extend(body.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    if kind == "unsupported" && !message.contains_key("errors") {
        let error = json!({"code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
            "error_data": {"details": "Message type is currently not supported."}});
        message.insert("errors".into(), json!([error]));
    }
    Ok(message)
}

/// Seconds, or a time as text.
fn at(body: &Map<String, Value>) -> Result<Option<Timestamp>, Refused> {
    let at = match body.get("at") {
        None => return Ok(None),
        Some(Value::Number(seconds)) => seconds.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    at.map(Some).ok_or_else(|| Refused::bad("at must be Unix seconds or an RFC 3339 time"))
}

fn introduce(people: &mut crate::meta::people::People, from: &str, body: &Map<String, Value>) -> Result<(), Refused> {
    let text = |key: &str| match body.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refused::bad(format!("{key} must be a string"))),
    };
    let (name, username, user_id) = (text("name")?, text("username")?, text("user_id")?);
    if user_id.as_ref().is_some_and(|id| !is_user_id(id)) {
        return Err(Refused::bad("user_id must look like US.1000000001"));
    }
    let hides = body.get("hides_phone").map(Value::as_bool);
    if hides == Some(None) {
        return Err(Refused::bad("hides_phone must be true or false"));
    }
    people.change(from, |person| {
        person.name = name.or(person.name.take());
        person.username = username.or(person.username.take());
        person.user_id = user_id.unwrap_or_else(|| person.user_id.clone());
        person.hides_phone = hides.flatten().unwrap_or(person.hides_phone);
    });
    Ok(())
}

fn media_content(message: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    let kind = message.get("type").and_then(Value::as_str).filter(|kind| MEDIA.contains(kind))?.to_owned();
    message.get_mut(&kind).and_then(Value::as_object_mut)
}

/// Turns `bytes` into a media id that can be downloaded, with the hash and the URL Meta would add.
fn received(
    shared: &Shared,
    state: &mut crate::meta::state::State,
    content: &mut Map<String, Value>,
    number: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let Some(bytes) = content.remove("bytes") else { return Ok(()) };
    let bytes = bytes.as_str().and_then(|text| BASE64.decode(text.as_bytes()).ok());
    let bytes = bytes.ok_or_else(|| Refused::bad("bytes must be base64"))?;
    let mime =
        content.get("mime_type").and_then(Value::as_str).ok_or_else(|| Refused::bad("bytes need a mime_type"))?;
    let media = state.keep_media(number, mime, Bytes::from(bytes), true, now);
    content.insert("id".into(), media.id.clone().into());
    content.insert("sha256".into(), media.sha256_base64().into());
    content.insert("url".into(), media.url(state.files_at(shared), now).into());
    Ok(())
}

pub(super) fn decoded(segment: &str) -> String {
    // A plus in a path is a plus.
    let escaped = segment.replace('+', "%2B");
    let mut pairs = url::form_urlencoded::parse(escaped.as_bytes());
    pairs.next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
