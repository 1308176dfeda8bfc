//! Whether a person wants marketing: what holds, why, and the team's own word on it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::consent::{Signal, Source, Wish};
use model::event::{VERSION, event_id, field_and_value};
use model::{ContactKey, Event, EventContact, EventData, EventType, PhoneNumberId, Timestamp, WaId, WabaId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::to_raw_value;
use store::NewConsent;
use utoipa::ToSchema;

use crate::App;
use crate::extract::{Payload, Segments, shaped};
use crate::identity::Found;
use crate::problem::{Code, Problem};
use crate::{channels, identity};

/// What was said last, this much of it.
const HISTORY: usize = 20;
const REASON_MAX: usize = 500;

/// What a person wants of marketing. Utility and authentication messages do not depend on it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Consent {
    /// The contact.
    key: String,
    /// `stop`, `resume`, or `unknown` where nobody ever said anything.
    state: &'static str,
    /// When that was said, by Meta's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// Who said it. Meta's own two count before the others while they say `stop`: Meta then refuses marketing, whatever
    /// is believed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Said>,
    /// What was said last, newest first.
    history: Vec<Said>,
}

impl Consent {
    pub(crate) fn says_something(&self) -> bool {
        self.because.is_some() || !self.history.is_empty()
    }
}

/// Something said of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Said {
    /// `stop` or `resume`.
    state: &'static str,
    at: Timestamp,
    /// `words` (a message that is an opt-out or opt-in word), `user_preferences` (WhatsApp's own settings), `131050`
    /// (Meta refused a marketing message for it) or `operator`.
    source: &'static str,
    /// The message that was the word, or that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// An operator's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// An operator's word.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWord {
    /// `stop` or `resume`.
    state: ConsentState,
    /// Why, for whoever asks later: 1 to 500 characters.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsentState {
    Stop,
    Resume,
}

/// Whether a person wants marketing, and since when, and why. Known or not: who never wrote in may have been refused.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/contacts/{key}/consent", operation_id = "get_consent",
    tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "A contact key, `wa:…`, `+E.164` or a business-scoped user id")),
    responses((status = 200, description = "What holds", body = Consent), Problem))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
) -> Result<Json<Consent>, Problem> {
    let number = PhoneNumberId::new(number);
    channels::known(&app, &number).await?;
    let found = find(&app, &number, &key).await?;
    Ok(Json(read(&app, &number, &found).await?))
}

/// Says it for the person, as somebody who told the team in another way. A `resume` does not end a stop that Meta knows
/// of: only the person can, in WhatsApp.
#[utoipa::path(put, path = "/v1/channels/{phone_number_id}/contacts/{key}/consent", operation_id = "set_consent",
    tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "A contact key, `wa:…`, `+E.164` or a business-scoped user id")),
    request_body = NewWord,
    responses((status = 200, description = "What holds now", body = Consent), Problem))]
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
    Payload(body): Payload,
) -> Result<Json<Consent>, Problem> {
    let number = PhoneNumberId::new(number);
    let word: NewWord = shaped(&body)?;
    let reason = word.reason.trim();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return Err(Problem::invalid(Code::InvalidRequest, "reason", "must have 1 to 500 characters"));
    }
    let channel = channels::known(&app, &number).await?;
    let found = find(&app, &number, &key).await?;
    let now = app.now();
    let signal = Signal {
        source: Source::Operator,
        wish: word.state.into(),
        at: now,
        message: None,
        reason: Some(reason.to_owned()),
    };
    let new = NewConsent { phone_number_id: number.clone(), contact: found.key.clone(), signal };
    app.store.record_consent(&new, now).await?;
    tracing::info!(phone_number_id = %number, state = new.signal.wish.as_str(), "consent set by an operator");
    publish(&app, &new, &channel.waba_id, &found).await?;
    Ok(Json(read(&app, &number, &found).await?))
}

async fn find(app: &App, number: &PhoneNumberId, key: &str) -> Result<Found, Problem> {
    let found = identity::find(&app.store, number, key, app.now()).await?;
    found.ok_or_else(|| Problem::not_found("This is no contact key, no phone number and no user id."))
}

pub(crate) async fn read(app: &App, number: &PhoneNumberId, found: &Found) -> Result<Consent, Problem> {
    let consent = app.store.consent_of_all(number, &found.keys(), HISTORY, app.now()).await?;
    let deciding = consent.deciding();
    Ok(Consent {
        key: found.key.as_str().to_owned(),
        state: deciding.map_or("unknown", |signal| signal.wish.as_str()),
        since: deciding.map(|signal| signal.at),
        because: deciding.map(Said::from),
        history: consent.history.iter().map(Said::from).collect(),
    })
}

async fn publish(app: &App, new: &NewConsent, waba: &WabaId, found: &Found) -> Result<(), Problem> {
    let kind = EventType::ConsentChanged;
    if !app.ingest.events.wants(kind, None) {
        return Ok(());
    }
    let Signal { wish, at, reason, .. } = &new.signal;
    let value = to_raw_value(&json!({"state": wish.as_str(), "reason": reason}));
    let data = value.and_then(|value| field_and_value(new.signal.field(), &value)).map_err(|error| {
        tracing::error!(%error, "an event cannot be written");
        Problem::new(Code::Internal, "This is a fault of the system; its log says which.")
    })?;
    let dedupe = format!("{}\u{1f}{}\u{1f}operator\u{1f}{at}", new.phone_number_id, found.key.as_str());
    let event = Event {
        v: VERSION,
        id: event_id(kind, &dedupe),
        kind,
        at: *at,
        waba_id: Some(waba.clone()),
        phone_number_id: Some(new.phone_number_id.clone()),
        contact: Some(found.contact.as_ref().map_or_else(|| stranger(&found.key), EventContact::from)),
        data: EventData::Inline(data),
    };
    Ok(app.queues.publish_events(&[event]).await?)
}

/// Somebody who never wrote in.
fn stranger(key: &ContactKey) -> EventContact {
    let wa_id = key.wa_id();
    let phone = wa_id.as_ref().map(WaId::e164);
    EventContact { key: key.clone(), phone, wa_id, user_id: key.user_id(), name: None }
}

impl From<&Signal> for Said {
    fn from(signal: &Signal) -> Self {
        Self {
            state: signal.wish.as_str(),
            at: signal.at,
            source: signal.source.as_str(),
            message_id: signal.message.clone(),
            reason: signal.reason.clone(),
        }
    }
}

impl From<ConsentState> for Wish {
    fn from(state: ConsentState) -> Self {
        match state {
            ConsentState::Stop => Self::Stop,
            ConsentState::Resume => Self::Resume,
        }
    }
}
