//! `POST /{phone_number_id}/messages`: send, mark read, typing (contract §1.2).

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::auth::{Caller, Need, authorise};
use super::call::{Answer, Call, Reply};
use super::faults::Fault;
use super::graph_error::GraphError;
use super::judge::content::{self, Facts, Later};
use super::judge::envelope::{self, Envelope, Recipient};
use super::judge::rates::{Bucket, Pace};
use super::judge::shape::Object;
use super::judge::{account, template};
use super::people::{canonical, is_user_id};
use super::record::{ReadRecord, SendRecord};
use super::settings::Refusal;
use super::shared::Shared;
use super::state::State;

/// Answers a POST on the messages edge, or on that of the Marketing Messages API.
pub(crate) async fn messages(shared: &Arc<Shared>, call: &Call, caller: &Caller, number: &str, edge: &str) -> Answer {
    let waba_id = shared.state().waba_of_number(number).map(|waba| waba.id.clone()).unwrap_or_default();
    authorise(caller, Need::Messaging, &waba_id)?;
    let body = call.json()?;
    if body.get("status").and_then(Value::as_str) == Some("read") {
        return mark_read(&mut shared.state(), call, number, &body);
    }
    let sent = judge(&mut shared.state(), call, number, &body, edge == "marketing_messages")?;
    let reply = Reply::json(&sent.answer);
    if !sent.held {
        let life = Arc::clone(shared).live(sent.wamid, sent.later);
        if matches!(call.fault, Some(Fault::StatusFirst {})) {
            life.await;
        } else {
            shared.spawn(life);
        }
    }
    Ok(reply)
}

struct Sent {
    wamid: String,
    answer: Value,
    later: Later,
    held: bool,
}

/// Every rule in turn; only what passes all of them takes from the rates.
fn judge(
    state: &mut State,
    call: &Call,
    number_id: &str,
    body: &Map<String, Value>,
    marketing: bool,
) -> Result<Sent, GraphError> {
    let message = Object::root(body);
    let number = state.number(number_id).ok_or_else(|| State::gone(number_id, &call.method))?;
    let country = number.node.get("country_dial_code").and_then(Value::as_str).unwrap_or("1");
    let envelope = envelope::read(&message, country)?;
    account::check(number, &envelope.recipient)?;
    if let Recipient::Group(group) = &envelope.recipient
        && !state.groups.contains(group)
    {
        return Err(GraphError::new(131_041).details("The group does not exist."));
    }
    let facts = Facts { media: &state.media, phone_number_id: number_id, now: call.now };
    let mut category = None;
    let mut paced = false;
    let mut later = if envelope.kind == "template" {
        let templates = state.waba_of_number(number_id).map_or(&[][..], |waba| waba.templates.as_slice());
        let by_user_id = matches!(envelope.recipient, Recipient::User(_));
        let fits = template::check(&message.object("template")?, templates, by_user_id, &facts)?;
        category = Some(fits.template.text("category").to_owned());
        paced = fits.template.paced;
        fits.later
    } else {
        content::check(envelope.kind, &message, &facts)?
    };
    if marketing && category.as_deref() != Some("MARKETING") {
        return Err(GraphError::new(131_055).details("Only marketing templates can be sent here."));
    }
    later = match &call.fault {
        Some(Fault::FailedStatus { code, details }) => {
            let error = GraphError::new(*code);
            Some(details.iter().fold(error, GraphError::details))
        }
        _ => later,
    };
    let user_id = recipient(state, &envelope);
    if let Some(user_id) = &user_id {
        let found = person_rules(state, number_id, user_id, category.as_deref(), call)?;
        later = later.or(found);
    }
    rates(state, number_id, user_id.as_deref().unwrap_or(envelope.input), call)?;
    Ok(accept(state, call, number_id, &envelope, (user_id, category, paced, later)))
}

/// The user id of the person; made known on first sight.
fn recipient(state: &mut State, envelope: &Envelope<'_>) -> Option<String> {
    let person = match &envelope.recipient {
        Recipient::Group(_) => return None,
        Recipient::User(id) => state.people.meet(id),
        Recipient::Phone(digits) => {
            let identity = if state.people.look_up(digits).is_some() { digits.clone() } else { canonical(digits) };
            state.people.meet(&identity)
        }
    };
    Some(person.user_id.clone())
}

/// Reachability and window, told at once or later as the settings say.
fn person_rules(
    state: &State,
    number_id: &str,
    user_id: &str,
    category: Option<&str>,
    call: &Call,
) -> Result<Later, GraphError> {
    let rules = &state.settings.enforce;
    let tell = |error: GraphError, how: Refusal| match how {
        Refusal::Answer => Err(error),
        Refusal::Status => Ok(Some(error)),
    };
    let person = state.people.look_up(user_id);
    if person.is_some_and(|person| person.unreachable) {
        return tell(GraphError::new(131_026).details("Message undeliverable."), rules.unreachable_refusal);
    }
    if person.is_some_and(|person| person.stopped_marketing) && category == Some("MARKETING") {
        return tell(
            GraphError::new(131_050).details("The user has stopped marketing messages from you."),
            rules.unreachable_refusal,
        );
    }
    let heard = state.heard.get(&(number_id.to_owned(), user_id.to_owned())).copied();
    match account::window(heard, call.now) {
        Err(error) if rules.window && category.is_none() => tell(error, rules.window_refusal),
        _ => Ok(None),
    }
}

fn rates(state: &mut State, number_id: &str, to: &str, call: &Call) -> Result<(), GraphError> {
    let rules = state.settings.enforce.clone();
    let per_second = state.number(number_id).map_or(80.0, |number| account::per_second(number, rules.per_second));
    let bucket = state.buckets.entry(number_id.to_owned()).or_insert_with(|| Bucket::full(call.now, per_second));
    let mut after = bucket.clone();
    if rules.throughput && !after.take(call.now, per_second) {
        return Err(GraphError::new(130_429)
            .details("Message failed to send because there were too many messages sent from this phone number."));
    }
    let pace = state.paces.entry((number_id.to_owned(), to.to_owned())).or_insert_with(|| Pace::new(call.now));
    if rules.pair && !pace.take(call.now, &rules) {
        return Err(GraphError::new(131_056)
            .details("Message failed to send because there were too many messages sent to this person."));
    }
    *bucket = after;
    Ok(())
}

fn accept(
    state: &mut State,
    call: &Call,
    number_id: &str,
    envelope: &Envelope<'_>,
    (user_id, category, held, later): (Option<String>, Option<String>, bool, Later),
) -> Sent {
    let person = user_id.as_deref().and_then(|id| state.people.look_up(id)).cloned();
    let wa_id = person.as_ref().and_then(|person| person.wa_id.clone());
    let by_user_id = is_user_id(envelope.input);
    let group = matches!(envelope.recipient, Recipient::Group(_));
    let wamid = state.ids.wamid(wa_id.as_deref().unwrap_or(envelope.input), true);
    let mut contact = Map::from_iter([("input".to_owned(), envelope.input.into())]);
    if by_user_id {
        contact.insert("user_id".into(), envelope.input.into());
    } else if let Some(wa_id) = &wa_id {
        contact.insert("wa_id".into(), wa_id.clone().into());
    }
    let mut message = Map::from_iter([("id".to_owned(), Value::from(wamid.clone()))]);
    if category.is_some() {
        let status = if held { "held_for_quality_assessment" } else { "accepted" };
        message.insert("message_status".into(), status.into());
    }
    if group {
        message.insert("group_id".into(), envelope.input.into());
    }
    let answer = json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]});
    let record = SendRecord {
        wamid: wamid.clone(),
        at: call.now,
        phone_number_id: number_id.to_owned(),
        to: envelope.input.to_owned(),
        wa_id,
        user_id,
        kind: envelope.kind.to_owned(),
        opaque: envelope.opaque.map(str::to_owned),
        request: raw(call).unwrap_or_default(),
        statuses: Vec::new(),
        held,
        category,
        group,
    };
    state.sent.insert(wamid.clone(), state.sends.len());
    state.sends.push(record);
    Sent { wamid, answer, later, held }
}

/// The body, token for token, if it is JSON.
pub(crate) fn raw(call: &Call) -> Option<Box<RawValue>> {
    serde_json::from_slice(&call.body).ok()
}

fn mark_read(state: &mut State, call: &Call, number_id: &str, body: &Map<String, Value>) -> Answer {
    let request = Object::root(body);
    request.only(&["messaging_product", "status", "message_id", "typing_indicator"])?;
    if request.text("messaging_product")? != "whatsapp" {
        return Err(GraphError::param("messaging_product", "must be \"whatsapp\""));
    }
    let message_id = request.text("message_id")?;
    let typing = request.object_opt("typing_indicator")?;
    if let Some(typing) = &typing {
        typing.only(&["type"])?;
        typing.choice("type", &["text"])?;
    }
    let known = state.inbound.get(message_id).filter(|(number, _)| number == number_id);
    match known {
        Some((_, at)) if call.now.duration_since(*at) <= SignedDuration::from_hours(30 * 24) => {}
        Some(_) => return Err(GraphError::value("message_id", "is more than 30 days old")),
        None => return Err(GraphError::value("message_id", "is not a message this number received")),
    }
    state.reads.push(ReadRecord {
        at: call.now,
        phone_number_id: number_id.to_owned(),
        message_id: message_id.to_owned(),
        typing: typing.is_some(),
    });
    Ok(Reply::success())
}
