//! The messaging limit: so many people may be written to outside a service window within 24 hours, by all numbers that share
//! it. Who is over it waits until somebody falls out; who has an open window, or counts already, goes on (L-03 to L-06).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::channel::QuotaScope;
use model::quota::{BUCKET, Day, Lease, Slot, block};
use model::window::GUARD;
use model::{Channel, Contact, MessagingLimit, OutboundMessage, Send, Timestamp, WaitsFor};
use store::{Mark, Marked};

use crate::prepare::{Prepared, Stopped};
use crate::{App, Error};

/// Others that may mark the same person meanwhile.
const TRIES: usize = 3;

/// What this process has reserved, and what it was told: by who shares a limit, and how high it is.
#[derive(Default)]
pub(crate) struct Quotas(Mutex<BTreeMap<(QuotaScope, u32), Shared>>);

type Shared = Arc<tokio::sync::Mutex<Share>>;

#[derive(Default)]
struct Share {
    lease: Lease,
    /// As the table was last.
    seen: Option<Day>,
    /// How many were told to wait in a slot of time, so that they do not all come back for the first place that is free.
    told: Option<(Slot, u32)>,
}

/// Counted before the claim: who dies in between leaves one too many counted, until it falls out.
pub(crate) async fn gate(
    app: &App,
    send: &Send,
    message: &OutboundMessage,
    channel: &Channel,
    contact: Option<&Contact>,
    now: Timestamp,
) -> Result<Stopped, Error> {
    let Some(MessagingLimit::Recipients(limit)) = channel.recipients_per_day() else { return Ok(None) };
    // Anything else needs an open window; where Meta judges whether it is, it says so. A group is nobody to count.
    if !message.is_template()
        || message.is_to_group()
        || contact.is_some_and(|contact| contact.window().is_open(now, GUARD))
    {
        return Ok(None);
    }
    let scope = channel.quota_scope();
    for _ in 0..TRIES {
        let seen = app.store.recipient_mark(&scope, &send.contact, now).await?;
        let Some(mark) = seen.as_ref().filter(|mark| mark.slot == Slot::of(now)) else {
            match count(app, &scope, limit, seen.as_ref(), now).await? {
                Ok(slot) => {
                    // They counted before: for messages that may have reached them.
                    let alone = seen.as_ref().is_none_or(|seen| seen.sole.as_ref() == Some(&send.id));
                    let mark = Mark { slot, sole: alone.then(|| send.id.clone()) };
                    match app.store.mark_recipient(&scope, &send.contact, seen.as_ref(), &mark, now).await? {
                        Marked::Done => return Ok(None),
                        Marked::Otherwise => app.quotas.share(&scope, limit).lock().await.lease.give_back(slot),
                    }
                }
                Err(until) => return Ok(Some(Prepared::Wait(WaitsFor::MessagingLimit, until))),
            }
            continue;
        };
        if mark.sole.as_ref().is_none_or(|sole| *sole == send.id) {
            return Ok(None);
        }
        let shared = Mark { slot: mark.slot, sole: None };
        if app.store.mark_recipient(&scope, &send.contact, Some(mark), &shared, now).await? == Marked::Done {
            return Ok(None);
        }
    }
    // Others write to the same person all the time: not before the next try.
    Ok(Some(Prepared::Later(1)))
}

/// Meta refused a send for good, so that it reached nobody.
pub(crate) async fn release(app: &App, send: &Send, now: Timestamp) -> Result<(), Error> {
    if send.outbound().is_ok_and(|message| message.is_template()) {
        app.store.release_recipient(&send.phone_number_id, &send.contact, &send.id, now).await?;
    }
    Ok(())
}

/// One place of the day, or when to come back for one.
async fn count(
    app: &App,
    scope: &QuotaScope,
    limit: u32,
    seen: Option<&Mark>,
    now: Timestamp,
) -> Result<Result<Slot, Timestamp>, Error> {
    let share = app.quotas.share(scope, limit);
    let mut share = share.lock().await;
    if let Some(mark) = seen {
        share.lease.give_back(mark.slot);
    }
    if let Some(slot) = share.lease.take(now) {
        return Ok(Ok(slot));
    }
    let counted = share.seen.as_ref().map_or(0, |day| day.counted(now));
    let want = if share.seen.is_some() { block(limit, counted) } else { 1 };
    let ask = share.lease.ask(want, seen.is_some(), now);
    let known = share.seen.take();
    let (outcome, day) = app.store.count_recipients(scope, &ask, limit, known, now).await?;
    let outcome = match outcome {
        Ok(plan) => Ok(share.lease.granted(&plan)),
        Err(full) => {
            let told = share.told.filter(|(slot, _)| *slot == Slot::of(now)).map_or(0, |(_, told)| told);
            share.told = Some((Slot::of(now), told.saturating_add(1)));
            let until = day.frees_at(now, told.saturating_add(1)).unwrap_or(now + BUCKET);
            tracing::info!(shared_by = scope.id(), counted = full.counted, limit, %until, "the messaging limit is reached");
            Err(until)
        }
    };
    share.seen = Some(day);
    Ok(outcome)
}

impl Quotas {
    fn share(&self, scope: &QuotaScope, limit: u32) -> Shared {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shares.entry((scope.clone(), limit)).or_default())
    }
}
