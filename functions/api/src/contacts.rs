//! Contacts with their service window, their history, and the inbox (K-01, W-01).

mod contact;
mod conversation;
mod erase;
mod export;
mod merge;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use futures::{StreamExt, TryStreamExt, stream};
use model::PhoneNumberId;

use crate::App;
use crate::extract::{Params, Segments};
use crate::paging::{List, Part, stored};
use crate::present::Message;
use crate::problem::Problem;
use crate::{channels, identity};
pub(crate) use contact::Contact;
pub(crate) use conversation::Conversation;
pub(crate) use erase::{__path_erase, Counts, erase};
pub(crate) use export::{__path_export, export};
pub(crate) use merge::{__path_merge, __path_unmerge, merge, unmerge};

/// Last messages read at once for a page of the inbox.
const PREVIEWS: usize = 10;

/// Contacts of a channel, by the hour they last wrote in.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/contacts", operation_id = "list_contacts", tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"), Part),
    responses((status = 200, description = "A page of contacts", body = List<Contact>), Problem))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Segments(number): Segments<String>,
    Params(part): Params<Part>,
) -> Result<Json<List<Contact>>, Problem> {
    let number = PhoneNumberId::new(number);
    channels::known(&app, &number).await?;
    let page = app.store.contacts(&number, part.limit.get(), stored(part.cursor.as_deref())?).await?;
    let now = app.now();
    Ok(Json(List::of(page, |contact| Contact::at(&contact, now))))
}

/// One contact.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/contacts/{key}", operation_id = "get_contact",
    tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "A contact key, `wa:…`, `+E.164` or a business-scoped user id")),
    responses((status = 200, description = "The contact", body = Contact), Problem))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
) -> Result<Json<Contact>, Problem> {
    let number = PhoneNumberId::new(number);
    channels::known(&app, &number).await?;
    let found = identity::find(&app.store, &number, &key, app.now()).await?;
    match found.and_then(|found| found.contact) {
        Some(contact) => Ok(Json(Contact::at(&contact, app.now()))),
        None => Err(nobody()),
    }
}

/// A person's messages in both directions, newest first.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/contacts/{key}/messages",
    operation_id = "list_contact_messages", tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"),
        ("key" = String, Path, description = "A contact key, `wa:…`, `+E.164` or a business-scoped user id"), Part),
    responses((status = 200, description = "A page of messages", body = List<Message>), Problem))]
pub(crate) async fn history(
    State(app): State<Arc<App>>,
    Segments((number, key)): Segments<(String, String)>,
    Params(part): Params<Part>,
) -> Result<Json<List<Message>>, Problem> {
    let number = PhoneNumberId::new(number);
    let channel = channels::known(&app, &number).await?;
    let found = identity::find(&app.store, &number, &key, app.now()).await?.ok_or_else(nobody)?;
    let cursor = stored(part.cursor.as_deref())?;
    let page = app.store.history(&number, &found.keys(), part.limit.get(), cursor, app.now()).await?;
    // One can write to people who never wrote in: they have messages, and no contact.
    if page.items.is_empty() && cursor.is_none() && found.contact.is_none() {
        return Err(nobody());
    }
    Ok(Json(List::of(page, |message| Message::of(message, channel.fallback()).of_contact(&found.key))))
}

/// Conversations of a channel, each with its last message. Pages follow the hour in which people last wrote in; within
/// a page the newest message is first.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/inbox", operation_id = "list_inbox", tag = "contacts",
    params(("phone_number_id" = String, Path, description = "The channel"), Part),
    responses((status = 200, description = "A page of conversations", body = List<Conversation>), Problem))]
pub(crate) async fn inbox(
    State(app): State<Arc<App>>,
    Segments(number): Segments<String>,
    Params(part): Params<Part>,
) -> Result<Json<List<Conversation>>, Problem> {
    let number = PhoneNumberId::new(number);
    let channel = channels::known(&app, &number).await?;
    let page = app.store.contacts(&number, part.limit.get(), stored(part.cursor.as_deref())?).await?;
    let now = app.now();
    let (app, number, fallback) = (&app, &number, channel.fallback());
    let mut items: Vec<Conversation> = stream::iter(page.items)
        .map(|contact| async move {
            let last = app.store.history(number, &contact.keys(), 1, None, now).await?.items.pop();
            let last = last.map(|message| Message::of(message, fallback).of_contact(&contact.key));
            Ok::<_, store::Error>(Conversation::of(Contact::at(&contact, now), last))
        })
        .buffered(PREVIEWS)
        .try_collect()
        .await?;
    items.sort_by_key(|conversation| std::cmp::Reverse(conversation.last_activity_at));
    Ok(Json(List { items, cursor: page.cursor }))
}

fn nobody() -> Problem {
    Problem::not_found("Nobody by this key is known to this channel.")
}
