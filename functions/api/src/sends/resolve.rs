//! What a request comes to before it is stored: variables filled, a fallback taken where the window is closed, and the
//! template looked up, so that Meta is not asked what is known here (T-01, T-18, S-06, W-03, issue 4 items 2 and 9).

use model::outbound::{TemplateSend, as_template, template_of};
use model::send::{Draft, FallbackTemplate, FellBack, NotDrafted, SendError};
use model::template::{LISTED_LATELY, Refusal, Sendable, Unfilled, fits};
use model::window::GUARD;
use model::{Channel, Contact, ContactKey, OutboundMessage, SendOptions, Template, Timestamp};
use serde_json::value::RawValue;

use super::body::{Body, OPTIONS};
use crate::App;
use crate::problem::{Code, Problem};

/// What is to be stored.
pub(super) struct Resolved {
    pub(super) kind: String,
    pub(super) message: Box<RawValue>,
    pub(super) options: SendOptions,
    pub(super) template_schema: Option<String>,
    pub(super) fell_back: Option<FellBack>,
    pub(super) skipped: Option<SendError>,
}

/// For a person on a channel, at `now`. Whatever is refused here costs no call to Meta.
pub(super) async fn resolve(
    app: &App,
    channel: &Channel,
    contact: &ContactKey,
    parsed: &OutboundMessage,
    body: Body,
    now: Timestamp,
) -> Result<Resolved, Problem> {
    // What is to be sent later is judged when its time has come.
    let at_once = body.options.send_at.is_none_or(|at| at <= now);
    let judged = !parsed.is_template() && !parsed.is_to_group() && body.options.window.is_none() && at_once;
    let needs_contact = judged || body.options.variables.is_some();
    let known = if needs_contact { app.store.contact(&channel.phone_number_id, contact).await? } else { None };
    let window = known.as_ref().map(Contact::window).unwrap_or_default();
    // W-02, the first of two looks: the sender looks again just before it calls Meta.
    let closed = judged && !window.is_open(now, GUARD);
    let draft = Draft::of(parsed, body.message, body.options, known.as_ref(), OPTIONS)?;
    let mut resolved = Resolved {
        kind: parsed.kind.clone(),
        message: draft.message,
        options: draft.options,
        template_schema: None,
        fell_back: None,
        skipped: draft.skipped.as_ref().filter(|_| closed || parsed.is_template()).map(Unfilled::skipped),
    };
    if resolved.skipped.is_some() {
        return Ok(resolved);
    }
    if closed {
        let fallback = resolved.options.fallback_template.as_ref().map(|template| template.raw().to_owned());
        let fallback = fallback.and_then(|template| as_template(&resolved.message, &parsed.kind, &template));
        let Some(message) = fallback else { return Err(Problem::window_closed(window.expires_at())) };
        resolved.kind = String::from("template");
        resolved.message = message;
        resolved.fell_back = Some(FellBack::WindowClosed);
    }
    let sent = template_of(&resolved.message).filter(|_| resolved.kind == "template");
    // One that may be needed later is looked at now too.
    let fallback = resolved.options.fallback_template.as_ref().map(FallbackTemplate::raw);
    let name = if parsed.is_template() { String::from("template") } else { format!("{OPTIONS}.fallback_template") };
    if let Some(template) = sent.or(fallback) {
        let schema = look_up(
            app,
            channel,
            contact,
            parsed,
            template,
            &name,
            sent.is_some(),
            resolved.options.raw && parsed.is_template(),
            now,
        )
        .await?;
        resolved.template_schema = schema.filter(|_| sent.is_some());
    }
    Ok(resolved)
}

/// The hash of what it takes; `None` where only the sender can find out.
#[expect(clippy::too_many_arguments, reason = "each is a fact of this one request")]
async fn look_up(
    app: &App,
    channel: &Channel,
    contact: &ContactKey,
    parsed: &OutboundMessage,
    template: &RawValue,
    at: &str,
    is_sent: bool,
    passes_unknown: bool,
    now: Timestamp,
) -> Result<Option<String>, Problem> {
    let send = TemplateSend::parse_with(template, at, passes_unknown)
        .map_err(|invalid| Problem::of_invalid(Code::InvalidMessage, invalid))?;
    let known = app.store.template(&channel.waba_id, &send.name, &send.language).await?;
    let standing = known.template.as_ref().map_or(Sendable::Unlisted, Template::standing);
    let stored = match (standing, known.template) {
        (Sendable::No(refusal), _) => return Err(Problem::of_refusal(refusal)),
        (Sendable::Yes, Some(template)) => template,
        _ if known.listed_at.is_some_and(|at| now.duration_since(at) <= LISTED_LATELY) => {
            let languages = app.store.template_languages(&channel.waba_id, &send.name).await?;
            return Err(Problem::of_refusal(Refusal::Unknown { languages }));
        }
        _ => return Ok(None),
    };
    if is_sent && stored.is_marketing() {
        wants_marketing(app, channel, contact).await?;
    }
    let schema = fits(&stored, &send, at, &parsed.recipient)
        .map_err(|invalid| Problem::of_refusal(Refusal::Mismatch(invalid)))?;
    Ok(Some(schema.hash()))
}

/// Whatever contacts turned out to be this person, their word counts.
async fn wants_marketing(app: &App, channel: &Channel, contact: &ContactKey) -> Result<(), Problem> {
    let number = &channel.phone_number_id;
    let known = app.store.contact(number, contact).await?;
    let keys = known.as_ref().map_or_else(|| vec![contact.clone()], Contact::keys);
    match app.store.consent_of(number, &keys).await?.stopped() {
        Some(signal) => Err(Problem::of_refusal(Refusal::OptedOut(signal.clone()))),
        None => Ok(()),
    }
}

impl From<NotDrafted> for Problem {
    fn from(not: NotDrafted) -> Self {
        match not {
            NotDrafted::Invalid(invalid) => Self::of_invalid(Code::InvalidMessage, invalid),
            NotDrafted::Unfilled(unfilled) => Self::of_refusal(Refusal::Unfilled(unfilled)),
        }
    }
}
