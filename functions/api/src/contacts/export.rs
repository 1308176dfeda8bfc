//! Everything that is kept of a person (data rights), in pages.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use model::send::MediaFrom;
use model::{PhoneNumberId, StatusRecord, Timestamp};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use store::{MediaRecord, StoredMessage};
use utoipa::ToSchema;

use super::{Contact, nobody};
use crate::App;
use crate::consent::Consent;
use crate::extract::{Params, Segments};
use crate::identity::{Found, identity_of};
use crate::paging::{Part, stored};
use crate::present::Message;
use crate::problem::{Code, Problem};
use crate::{channels, consent, identity};

/// Long enough for a slow line, and for many files.
const LINK_LIVES: Duration = Duration::from_hours(1);
const MESSAGES: &str = "messages:";
const KEPT: &str = "kept:";

/// A page of what is kept of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Export {
    items: Vec<Record>,
    /// Give this back for the next page; absent at the end. A page may be empty before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// Something kept of a person.
#[derive(Serialize, ToSchema)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(crate) enum Record {
    /// The contact with its identities, its service window, and the contacts that were merged into it.
    Contact { contact: Box<Contact> },
    /// What they said of marketing.
    Consent { consent: Box<Consent> },
    /// A message of either direction.
    Message(Box<Whole>),
    /// What was kept raw beside messages, and names the person.
    Kept {
        cause: String,
        field: String,
        at: Timestamp,
        /// As received. A change may name other people too.
        #[schema(value_type = Object)]
        raw: Box<RawValue>,
    },
}

/// A message with everything that is stored beside it.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedMessage)]
pub(crate) struct Whole {
    message: Message,
    /// The element of `contacts[]` that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    profile: Option<Box<RawValue>>,
    /// What was asked for beside a message of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    options: Option<Box<RawValue>>,
    /// Everything that Meta told of it.
    statuses: Vec<Told>,
    /// A link by which anybody may download its file for an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    download_url: Option<String>,
}

/// A status with all its members.
#[derive(Serialize, ToSchema)]
#[schema(as = ToldStatus)]
pub(crate) struct Told {
    status: String,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pricing: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    errors: Option<Box<RawValue>>,
    /// What else it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    extra: Option<Box<RawValue>>,
}

/// Everything kept of a person on this channel, all keys and identities together: the contact, consent, messages both ways
/// with Meta's JSON and links to their files, and what was kept raw. In pages: the last has no cursor.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/contacts/{key}/export", operation_id = "export_contact",
    tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "A contact key, `wa:…`, `+E.164` or a business-scoped user id"), Part),
    responses((status = 200, description = "A page of it", body = Export), Problem))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
    Params(part): Params<Part>,
) -> Result<Json<Export>, Problem> {
    let number = PhoneNumberId::new(number);
    let channel = channels::known(&app, &number).await?;
    let found = identity::find(&app.store, &number, &key, app.now()).await?.ok_or_else(nobody)?;
    let mut items = Vec::new();
    let cursor = match part.cursor.as_deref() {
        None => {
            items.extend(found.contact.as_ref().map(|contact| {
                let contact = Box::new(Contact::at(contact, app.now()));
                Record::Contact { contact }
            }));
            let consent = Box::new(consent::read(&app, &number, &found).await?);
            if consent.says_something() {
                items.push(Record::Consent { consent });
            }
            let next = messages(&app, &number, &found, &part, None, channel.fallback(), &mut items).await?;
            if items.is_empty() {
                return Err(nobody());
            }
            next
        }
        Some(cursor) => match (cursor.strip_prefix(MESSAGES), cursor.strip_prefix(KEPT)) {
            (Some(place), _) => {
                messages(&app, &number, &found, &part, Some(place), channel.fallback(), &mut items).await?
            }
            (_, Some(place)) => kept(&app, &number, &found, &key, place, &mut items).await?,
            _ => return Err(odd_cursor()),
        },
    };
    Ok(Json(Export { items, cursor }))
}

async fn messages(
    app: &App,
    number: &PhoneNumberId,
    found: &Found,
    part: &Part,
    place: Option<&str>,
    fallback: &str,
    items: &mut Vec<Record>,
) -> Result<Option<String>, Problem> {
    let page = app.store.history(number, &found.keys(), part.limit.get(), stored(place)?, app.now()).await?;
    for message in page.items {
        items.push(Record::Message(Box::new(whole(app, message, fallback).await?)));
    }
    Ok(Some(page.cursor.map_or_else(|| KEPT.to_owned(), |place| format!("{MESSAGES}{place}"))))
}

async fn kept(
    app: &App,
    number: &PhoneNumberId,
    found: &Found,
    key: &str,
    place: &str,
    items: &mut Vec<Record>,
) -> Result<Option<String>, Problem> {
    let place = stored(Some(place).filter(|place| !place.is_empty()))?;
    let person = app.store.person_of(number, &found.keys(), identity_of(key).as_ref()).await?;
    let page = app.store.kept_of(number, &person.identities, place, app.now()).await?;
    for kept in page.items {
        items.push(Record::Kept { cause: kept.cause, field: kept.field, at: kept.at, raw: kept.raw });
    }
    Ok(page.cursor.map(|place| format!("{KEPT}{place}")))
}

async fn whole(app: &App, stored: StoredMessage, fallback: &str) -> Result<Whole, Problem> {
    let now = app.now();
    let (profile, options, statuses, download_url) = match &stored {
        StoredMessage::Inbound(message) => {
            let link = match &message.media {
                Some(MediaRecord::Stored(file)) => Some(app.store.media_link(file, now, LINK_LIVES).await?),
                _ => None,
            };
            (message.profile.clone(), None, told(message.statuses.iter()), link)
        }
        StoredMessage::Send(send) => {
            let key = send.options.media.as_ref().and_then(|media| match &media.from {
                MediaFrom::Key(key) => Some(key.clone()),
                MediaFrom::Url(_) => None,
            });
            let link = match key {
                Some(key) => {
                    let name = key.rsplit('/').next().unwrap_or_default().to_owned();
                    Some(app.store.download_url(&key, &name, now, LINK_LIVES).await?)
                }
                None => None,
            };
            let options = if send.options.is_default() { None } else { to_raw_value(&send.options).ok() };
            (None, options, told(send.statuses.iter()), link)
        }
    };
    Ok(Whole { message: Message::of(stored, fallback), profile, options, statuses, download_url })
}

fn told<'a>(statuses: impl Iterator<Item = (&'a String, &'a StatusRecord)>) -> Vec<Told> {
    let each = statuses.map(|(status, record)| Told {
        status: status.clone(),
        at: record.at,
        pricing: record.pricing.clone(),
        errors: record.errors.clone(),
        extra: record.extra.clone(),
    });
    each.collect()
}

fn odd_cursor() -> Problem {
    Problem::new(Code::InvalidCursor, "This cursor is not one that an export gave out.")
}
