//! From an envelope to its send. What the API stored is read; what a team's own code put on the queue is stored here.

use model::{ContactKey, OutboundMessage, PhoneNumberId, Recipient, Send, SendError, Timestamp, WaId};
use model::{canonical_hash, send::WindowPolicy};
use queue::OutboundEnvelope;
use serde::Deserialize;
use serde_json::value::RawValue;
use store::{CreatedSend, Identity, NewSend, RAW_INLINE_MAX};

use crate::{App, Error, failure};

/// The team's own ids.
const ID_CHARS: usize = 256;
/// The contact of a message that names nobody who could get it; stored so that its failure can be seen.
const NOBODY: &str = "none";
const KIND_CHARS: usize = 64;

pub(crate) enum Arrived {
    /// The send, and why it must not be sent although it could be.
    Send(Box<Send>, Option<SendError>),
    /// Nothing that could be stored, or is: a bug of whoever queued it.
    Nothing(&'static str),
}

pub(crate) async fn arrive(app: &App, envelope: &OutboundEnvelope, now: Timestamp) -> Result<Arrived, Error> {
    let id = envelope.send_id();
    let Some(message) = &envelope.message else {
        return Ok(match app.store.send(&id, now).await? {
            Some(send) => Arrived::Send(Box::new(send), None),
            None => Arrived::Nothing("it names a send that is not stored"),
        });
    };
    if !(1..=ID_CHARS).contains(&envelope.id.chars().count()) || envelope.phone_number_id.as_str().is_empty() {
        return Ok(Arrived::Nothing("it has no usable id or number"));
    }
    if message.get().len() > RAW_INLINE_MAX {
        return Ok(Arrived::Nothing("its message is larger than any that Meta takes"));
    }
    let number = &envelope.phone_number_id;
    let parsed = OutboundMessage::parse(message).ok();
    let (window, complaint) = window(envelope);
    let body_hash = canonical_hash(message);
    let new = NewSend {
        id,
        phone_number_id: number.clone(),
        contact: contact(app, number, parsed.as_ref(), now).await?,
        kind: parsed.as_ref().map_or_else(|| claimed_kind(message), |message| message.kind.clone()),
        message: message.clone(),
        reference: parsed.and_then(|message| message.reference),
        window,
        body_hash: body_hash.clone(),
    };
    Ok(match app.store.create_send(new, now).await? {
        CreatedSend::New(send) => Arrived::Send(send, complaint),
        CreatedSend::Exists(send) => {
            if send.body_hash != body_hash {
                tracing::warn!(send_id = %send.id, "another message came under the same id; the first one stands");
            }
            Arrived::Send(send, complaint)
        }
    })
}

/// What the caller asked for, and why that cannot be done: an option is never ignored.
fn window(envelope: &OutboundEnvelope) -> (Option<WindowPolicy>, Option<SendError>) {
    if let Some(unknown) = envelope.options.keys().find(|name| *name != "window") {
        let name: String = unknown.chars().take(KIND_CHARS).collect();
        return (None, Some(failure::not_supported(&format!("The option {name} is not built yet."))));
    }
    match envelope.options.get("window") {
        None => (None, None),
        Some(policy) if policy == "meta" => (Some(WindowPolicy::Meta), None),
        Some(_) => (None, Some(failure::not_supported("The option window knows only \"meta\"."))),
    }
}

/// Where an alias leads, else the key the person would get.
async fn contact(
    app: &App,
    number: &PhoneNumberId,
    message: Option<&OutboundMessage>,
    now: Timestamp,
) -> Result<ContactKey, store::Error> {
    let identity = match message.map(|message| &message.recipient) {
        Some(Recipient::Phone(digits)) => Identity::wa(&WaId::new(digits.as_str())),
        Some(Recipient::User(user)) => Identity::user(user),
        Some(Recipient::Group(_)) | None => return Ok(ContactKey::new(NOBODY)),
    };
    app.store.dialled(number, &identity, now).await
}

/// Of a message that is not valid: what it says it is.
fn claimed_kind(message: &RawValue) -> String {
    #[derive(Deserialize)]
    struct Claimed {
        r#type: String,
    }
    match serde_json::from_str::<Claimed>(message.get()) {
        Ok(claimed) if !claimed.r#type.is_empty() => claimed.r#type.chars().take(KIND_CHARS).collect(),
        _ => String::from("unknown"),
    }
}
