//! The template of a send, looked at once more just before Meta is called: is it there, may it go, does it still take these
//! parameters, does the person want it (T-01, S-06, S-09, issue 4 items 2 and 9). What is known here Meta is not asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use model::consent::Signal;
use model::outbound::{OutboundContent, TemplateSend};
use model::template::{LISTED_LATELY, Refusal, Schema, Sendable, TemplateNews, fits};
use model::{Channel, Contact, OutboundMessage, Send, Template, Timestamp, WabaId};
use queue::SyncJob;
use store::{SendFacts, ToldTemplate};

use crate::prepare::{Prepared, Stopped};
use crate::{App, Error};

/// How long this process believes that a template can be sent. What cannot is never remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(3);
/// Templates remembered at once.
const MOST: usize = 1_000;
/// How often this process asks for a listing of one account.
const ASKED: SignedDuration = SignedDuration::from_secs(60);
/// When is looked whether a listing is there.
const LOOK: SignedDuration = SignedDuration::from_secs(20);
/// How long a listing may take to come about: the account's token may have to be mended first.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// What this process has learnt of templates, and asked for.
#[derive(Default)]
pub(crate) struct Templates {
    usable: Mutex<BTreeMap<Key, (Arc<Template>, Timestamp)>>,
    asked: Mutex<BTreeMap<(WabaId, Why), Timestamp>>,
}

/// Account, name, language.
type Key = (WabaId, String, String);

/// Why a listing is asked for. The one does not stand for the other: a refusal is newer than a listing before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Missed,
    Refused,
}

enum Found {
    Usable(Arc<Template>),
    Stopped(Prepared),
}

pub(crate) async fn gate(
    app: &App,
    send: &Send,
    message: &OutboundMessage,
    channel: &Channel,
    facts: &SendFacts,
    now: Timestamp,
) -> Result<Stopped, Error> {
    let OutboundContent::Template(asked) = &message.content else { return Ok(None) };
    let template = match find(app, send, &channel.waba_id, asked, now).await? {
        Found::Usable(template) => template,
        Found::Stopped(stopped) => return Ok(Some(stopped)),
    };
    if template.is_marketing()
        && let Some(signal) = stopped(app, send, facts).await?
    {
        return Ok(Some(refused(&Refusal::OptedOut(signal))));
    }
    let refusal = match &send.template_schema {
        // It was checked against this very shape when it was queued.
        Some(then) if *then == Schema::of(&template).hash() => None,
        Some(_) => Some(Refusal::Changed),
        None => fits(&template, asked, "template", &message.recipient).err().map(Refusal::Mismatch),
    };
    Ok(refusal.as_ref().map(refused))
}

async fn find(app: &App, send: &Send, waba: &WabaId, asked: &TemplateSend, now: Timestamp) -> Result<Found, Error> {
    if let Some(template) = app.templates.recall(waba, asked, now) {
        return Ok(Found::Usable(template));
    }
    let known = app.store.template(waba, &asked.name, &asked.language).await?;
    let standing = known.template.as_ref().map_or(Sendable::Unlisted, Template::standing);
    match (standing, known.template) {
        (Sendable::Yes, Some(template)) => {
            let template = Arc::new(template);
            app.templates.remember(waba, &template, now);
            return Ok(Found::Usable(template));
        }
        (Sendable::No(refusal), _) => return Ok(Found::Stopped(refused(&refusal))),
        _ => {}
    }
    let listed_since = |at| known.listed_at.is_some_and(|listed_at| listed_at >= at);
    let given_up = match send.template_missed_at {
        Some(missed_at) => listed_since(missed_at) || now.duration_since(missed_at) >= PATIENCE,
        None => listed_since(now - LISTED_LATELY),
    };
    if given_up {
        let languages = app.store.template_languages(waba, &asked.name).await?;
        return Ok(Found::Stopped(refused(&Refusal::Unknown { languages })));
    }
    // One listing for each miss, and for those of a minute together.
    let missed_at = match send.template_missed_at {
        Some(missed_at) => missed_at,
        None => listing(app, waba, Why::Missed, now).await?,
    };
    Ok(Found::Stopped(Prepared::WaitForListing { missed_at, until: now + LOOK }))
}

/// Asks for a listing of the account, unless this process has a moment ago; since when a listing counts.
async fn listing(app: &App, waba: &WabaId, why: Why, now: Timestamp) -> Result<Timestamp, Error> {
    if let Some(asked_at) = app.templates.asked_at(waba, why, now) {
        return Ok(asked_at);
    }
    app.queues.publish_syncs(&[SyncJob::changed(waba.clone(), now)]).await?;
    tracing::info!(waba_id = %waba, "asked for a listing of its templates");
    app.templates.note_asked(waba, why, now);
    Ok(now)
}

/// Whatever contacts turned out to be this person, their word counts.
async fn stopped(app: &App, send: &Send, facts: &SendFacts) -> Result<Option<Signal>, store::Error> {
    let keys = facts.contact.as_ref().map(Contact::keys).unwrap_or_default();
    if keys.len() <= 1 {
        return Ok(facts.consent.stopped().cloned());
    }
    Ok(app.store.consent_of(&send.phone_number_id, &keys).await?.stopped().cloned())
}

fn refused(refusal: &Refusal) -> Prepared {
    Prepared::Fail(refusal.as_error())
}

/// Meta refused the template itself. What its code proves counts at once, and a listing tells the rest.
pub(crate) async fn unusable(app: &App, send: &Send, error: &graph::Error, now: Timestamp) -> Result<(), Error> {
    let Some(refusal) = error.meta() else { return Ok(()) };
    let Some(waba_id) = app.waba_of(&send.phone_number_id, now).await? else { return Ok(()) };
    let Ok(OutboundMessage { content: OutboundContent::Template(asked), .. }) = send.outbound() else { return Ok(()) };
    app.templates.forget(&waba_id, &asked);
    if let Some(news) = TemplateNews::proven(&asked.name, &asked.language, refusal.code, now) {
        app.store.tell_template(&ToldTemplate { waba_id: waba_id.clone(), news }).await?;
    }
    listing(app, &waba_id, Why::Refused, now).await.map(drop)
}

impl Templates {
    fn recall(&self, waba: &WabaId, asked: &TemplateSend, now: Timestamp) -> Option<Arc<Template>> {
        let usable = self.usable.lock().unwrap_or_else(PoisonError::into_inner);
        let (template, at) = usable.get(&key(waba, &asked.name, &asked.language))?;
        (now.duration_since(*at) < REMEMBERED).then(|| Arc::clone(template))
    }

    fn remember(&self, waba: &WabaId, template: &Arc<Template>, now: Timestamp) {
        let mut usable = self.usable.lock().unwrap_or_else(PoisonError::into_inner);
        if usable.len() >= MOST {
            usable.clear();
        }
        usable.insert(key(waba, &template.name, &template.language), (Arc::clone(template), now));
    }

    fn forget(&self, waba: &WabaId, asked: &TemplateSend) {
        let mut usable = self.usable.lock().unwrap_or_else(PoisonError::into_inner);
        usable.remove(&key(waba, &asked.name, &asked.language));
    }

    fn asked_at(&self, waba: &WabaId, why: Why, now: Timestamp) -> Option<Timestamp> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(&(waba.clone(), why)).copied().filter(|at| now.duration_since(*at) < ASKED)
    }

    fn note_asked(&self, waba: &WabaId, why: Why, now: Timestamp) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert((waba.clone(), why), now);
    }
}

fn key(waba: &WabaId, name: &str, language: &str) -> Key {
    (waba.clone(), name.to_owned(), language.to_owned())
}
