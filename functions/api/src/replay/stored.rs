//! Messages that are stored: `message.received` once more, and their files where they are not stored yet.

use futures::{StreamExt, TryStreamExt, stream};
use queue::MediaJob;
use store::StoredMessage;

use super::cursor::Place;
use super::select::Range;
use super::{Replayed, Run, event, from_number};
use crate::channels;
use crate::problem::Problem;

/// Messages read at once.
const READS: usize = 8;
/// Messages in one request.
const MESSAGES: usize = 100;

/// A part of a range.
pub(super) struct Part {
    pub(super) items: Vec<Replayed>,
    pub(super) contacts: usize,
    pub(super) cursor: Option<String>,
}

pub(super) async fn by_id(run: &Run<'_>, ids: Vec<String>) -> Result<Vec<Replayed>, Problem> {
    let store = &run.app.store;
    let found: Vec<(String, Result<event::Again, &'static str>)> = stream::iter(ids)
        .map(|id| async move {
            let again = match store.message(&id, run.now).await? {
                Some(StoredMessage::Inbound(message)) => event::again(store, *message, run.id).await?,
                Some(StoredMessage::Send(_)) => None,
                None => return Ok::<_, store::Error>((id, Err("not_found"))),
            };
            Ok((id, again.ok_or("not_received")))
        })
        .buffered(READS)
        .try_collect()
        .await?;
    let (mut items, mut told) = (Vec::with_capacity(found.len()), Vec::new());
    for (id, again) in found {
        match again {
            Ok(again) => {
                items.push(Replayed::told(id.as_str().into(), again.event.id.clone(), run.dry));
                told.push(again);
            }
            Err(reason) => items.push(Replayed::without(id, reason)),
        }
    }
    publish(run, told).await?;
    Ok(items)
}

/// Channel by channel, contact by contact, each contact's messages in their order.
pub(super) async fn by_time(run: &Run<'_>, range: &Range) -> Result<Part, Problem> {
    let channels = match &range.channel {
        Some(number) => vec![channels::known(run.app, number).await?],
        None => run.app.store.channels().await?,
    };
    let begun = range.place.as_ref();
    let numbers = from_number(&channels, begun.and_then(|place| place.number.as_ref()));
    let Some((number, later)) = numbers.split_first() else {
        return Ok(Part { items: Vec::new(), contacts: 0, cursor: None });
    };
    // A channel that was removed meanwhile is passed over, and its place means nothing in another.
    let inside = begun.filter(|place| place.number.as_ref() == Some(*number)).and_then(|place| place.inside.as_deref());
    let span = (range.from, range.until);
    let page = run.app.store.messages_between(number, span, MESSAGES, inside, run.now).await?;
    let told: Vec<event::Again> = stream::iter(page.messages)
        .map(|message| event::again(&run.app.store, message, run.id))
        .buffered(READS)
        .try_filter_map(|again| async { Ok(again) })
        .try_collect()
        .await?;
    let items =
        told.iter().map(|again| Replayed::told(again.message.clone(), again.event.id.clone(), run.dry)).collect();
    publish(run, told).await?;
    let next = match (page.cursor, later.first()) {
        (Some(inside), _) => Some((*number, Some(inside))),
        (None, Some(next)) => Some((*next, None)),
        (None, None) => None,
    };
    let place = |(number, inside): (&model::PhoneNumberId, Option<String>)| Place {
        run: run.id.to_owned(),
        until: range.until,
        number: Some(number.clone()),
        inside,
    };
    let cursor = next.map(|next| place(next).text()).transpose()?;
    Ok(Part { items, contacts: page.contacts, cursor })
}

async fn publish(run: &Run<'_>, told: Vec<event::Again>) -> Result<(), Problem> {
    if run.dry || told.is_empty() {
        return Ok(());
    }
    let (events, media): (Vec<_>, Vec<Option<MediaJob>>) =
        told.into_iter().map(|again| (again.event, again.media)).unzip();
    let media: Vec<MediaJob> = media.into_iter().flatten().collect();
    // Only now: a dry run puts nothing into the bucket either.
    let events = ingest::within_a_queue(&run.app.store, events).await?;
    run.app.queues.publish_events(&events).await?;
    run.app.queues.publish_media(&media).await?;
    Ok(())
}
