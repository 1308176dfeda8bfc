//! From an envelope to its send. What the API stored is read; what a team's own code put on the queue is stored here.

use std::collections::BTreeSet;

use model::canonical_hash;
use model::send::{Draft, NotDrafted, OptionRefused};
use model::template::{Refusal, Unfilled};
use model::{
    ContactKey, OutboundMessage, PhoneNumberId, Recipient, Send, SendError, SendId, SendOptions, Timestamp, WaId,
};
use queue::OutboundEnvelope;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use store::{CreatedSend, ERASED_KIND, Identity, NewSend, RAW_INLINE_MAX};

use crate::{App, Error, failure};

/// The team's own ids.
const ID_CHARS: usize = 256;
/// The contact of a message that names nobody who could get it; stored so that its failure can be seen.
const NOBODY: &str = "none";
const KIND_CHARS: usize = 64;
/// What an envelope calls them.
const OPTIONS: &str = "options";
const TEMPLATE: &str = "template";

pub(crate) enum Arrived {
    /// The send, and why it must not be sent although it could be.
    Send(Box<Send>, Option<SendError>),
    /// Nothing that could be stored, or is: a bug of whoever queued it.
    Nothing(&'static str),
    /// It is from before its person was erased.
    Erased,
}

pub(crate) async fn arrive(
    app: &App,
    envelope: &OutboundEnvelope,
    queued_at: Timestamp,
    now: Timestamp,
) -> Result<Arrived, Error> {
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
    let (options, complaint) = match options(envelope, now) {
        Ok(options) => (options, None),
        Err(error) => (SendOptions::default(), Some(error)),
    };
    let parsed = match &options.media {
        Some(_) => OutboundMessage::parse_without_file(message),
        None => OutboundMessage::parse_with(message, options.raw),
    };
    let parsed = parsed.ok();
    if is_of_erased(app, number, &id, parsed.as_ref(), queued_at, now).await? {
        return Ok(Arrived::Erased);
    }
    let body_hash = canonical_hash(message);
    let contact = contact(app, number, parsed.as_ref(), now).await?;
    let kind = parsed.as_ref().map_or_else(|| claimed_kind(message), |message| message.kind.clone());
    let reference = parsed.as_ref().and_then(|message| message.reference.clone());
    let (draft, unfilled) = draft(app, number, &contact, parsed.as_ref(), message, options, now).await?;
    let new = NewSend {
        id,
        phone_number_id: number.clone(),
        contact,
        reference,
        template_schema: None,
        fell_back: None,
        skipped: draft.skipped.as_ref().filter(|_| kind == TEMPLATE).map(Unfilled::skipped),
        kind,
        message: draft.message,
        options: draft.options,
        waits: None,
        body_hash: body_hash.clone(),
    };
    Ok(match app.store.create_send(new, now).await? {
        CreatedSend::New(send) => Arrived::Send(send, complaint.or(unfilled)),
        CreatedSend::Exists(send) => {
            if send.body_hash != body_hash {
                tracing::warn!(send_id = %send.id, "another message came under the same id; the first one stands");
            }
            // It was filled when it was stored, whatever can be filled now.
            let unfilled = unfilled.filter(|_| send.message.get() == message.get());
            Arrived::Send(send, complaint.or(unfilled))
        }
    })
}

/// Whether it was queued before its person was erased, or is once more what was sent to them: a record that comes back from
/// a dead-letter queue has a new time.
async fn is_of_erased(
    app: &App,
    number: &PhoneNumberId,
    id: &SendId,
    message: Option<&OutboundMessage>,
    queued_at: Timestamp,
    now: Timestamp,
) -> Result<bool, store::Error> {
    if !app.store.had_erasures(number, now).await? {
        return Ok(false);
    }
    let identity = message.and_then(|message| match &message.recipient {
        Recipient::Phone(digits) => Some(Identity::wa(&WaId::new(digits.as_str()))),
        Recipient::User(user) => Some(Identity::user(user)),
        Recipient::Group(_) => None,
    });
    let Some(identity) = identity else { return Ok(false) };
    let asked = BTreeSet::from([(number.clone(), identity.as_str().to_owned())]);
    let Some(erased_at) = app.store.erased(&asked, now).await?.at(number, identity.as_str()) else { return Ok(false) };
    if queued_at <= erased_at {
        return Ok(true);
    }
    Ok(app.store.send(id, now).await?.is_some_and(|send| send.kind == ERASED_KIND))
}

/// The message with its variables filled, else as it came, and why.
async fn draft(
    app: &App,
    number: &PhoneNumberId,
    contact: &ContactKey,
    parsed: Option<&OutboundMessage>,
    message: &RawValue,
    options: SendOptions,
    now: Timestamp,
) -> Result<(Draft, Option<SendError>), store::Error> {
    let as_it_came = |options| Draft { message: message.to_owned(), options, skipped: None };
    let Some(parsed) = parsed else { return Ok((as_it_came(options), None)) };
    let known = match &options.variables {
        Some(_) => app.store.send_facts(number, contact, now).await?.contact,
        None => None,
    };
    Ok(match Draft::of(parsed, message.to_owned(), options.clone(), known.as_ref(), OPTIONS) {
        Ok(draft) => (draft, None),
        Err(NotDrafted::Invalid(invalid)) => (as_it_came(options), Some(failure::invalid_message(&invalid))),
        Err(NotDrafted::Unfilled(unfilled)) => (as_it_came(options), Some(Refusal::Unfilled(unfilled).as_error())),
    })
}

/// What the caller asked for, and why that cannot be done: an option is never ignored.
fn options(envelope: &OutboundEnvelope, now: Timestamp) -> Result<SendOptions, SendError> {
    let raw = to_raw_value(&envelope.options).map_err(|_| failure::not_supported("The options are no JSON."))?;
    let options = SendOptions::parse(&raw, OPTIONS).map_err(|refused| match refused {
        OptionRefused::NotSupported(invalid) => failure::not_supported(&format!("{invalid}.")),
        OptionRefused::Invalid(invalid) => failure::invalid_message(&invalid),
    })?;
    options.check_at(OPTIONS, now).map_err(|invalid| failure::invalid_message(&invalid))?;
    Ok(options)
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
        Some(Recipient::Group(id)) => return Ok(ContactKey::of_group(id)),
        None => return Ok(ContactKey::new(NOBODY)),
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
