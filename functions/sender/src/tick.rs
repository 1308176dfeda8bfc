//! Each minute: what left the queue and whose time has come is settled, or queued again in the order it was first
//! queued. Everything it does may be done twice, and a crash between two steps is healed by a later tick.

mod parked;
mod requeue;
mod unconfirmed;

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use model::{ContactKey, PhoneNumberId, Send, SendId, SendState};
use serde::Serialize;
use store::{Due, Transition};

use crate::settle::Hold;
use crate::timing::Timing;
use crate::{App, Error, failure, settle};

/// Sends looked up at once.
const LIMIT: usize = 100;
/// Reads, and people, at a time.
const LANES: usize = 16;
/// With less left than this nothing new is begun.
const ROOM: SignedDuration = SignedDuration::from_secs(5);

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Ticked {
    /// Put back on the queue.
    pub(crate) queued: usize,
    /// Accepted, failed or uncertain now.
    pub(crate) settled: usize,
    /// Numbers that cannot send.
    pub(crate) parked: usize,
    /// To be tried again by the next tick.
    pub(crate) failed: usize,
}

pub(crate) async fn tick(app: &App, timing: Timing<'_>) -> Result<Ticked, Error> {
    let (mut ticked, numbers) = futures::try_join!(sends(app, timing), parked::numbers(app, timing))?;
    ticked.add(numbers);
    if ticked != Ticked::default() {
        let Ticked { queued, settled, parked, failed } = ticked;
        tracing::info!(queued, settled, parked, failed, "ticked");
    }
    Ok(ticked)
}

async fn sends(app: &App, timing: Timing<'_>) -> Result<Ticked, Error> {
    let mut ticked = Ticked::default();
    let mut seen = BTreeSet::new();
    while timing.left() > ROOM {
        let due = app.store.due(timing.now(), LIMIT).await?;
        // What is still listed was handled a moment ago and the index lags, or could not be handled.
        let news: Vec<SendId> = due.into_iter().filter(|id| seen.insert(id.clone())).collect();
        if news.is_empty() {
            break;
        }
        let people = by_person(read_again(app, news, timing).await?);
        let each = people.into_values().map(|sends| one_person(app, sends, timing));
        let parts: Vec<Ticked> = stream::iter(each).buffer_unordered(LANES).collect().await;
        ticked.add(Ticked::of(parts));
    }
    Ok(ticked)
}

/// The index lags behind the table, so what is acted on is what the table says.
async fn read_again(app: &App, ids: Vec<SendId>, timing: Timing<'_>) -> Result<Vec<Send>, store::Error> {
    let now = timing.now();
    let reads = ids.into_iter().map(|id| async move {
        match app.store.send(&id, now).await {
            Err(store::Error::Corrupt(kind)) => {
                tracing::error!(send_id = %id, kind, metric = "Corrupt", "an item that is due cannot be read");
                Ok(None)
            }
            read => read,
        }
    });
    let read: Vec<Option<Send>> = stream::iter(reads).buffered(LANES).try_collect().await?;
    Ok(read.into_iter().flatten().filter(|send| send.due_at.is_some_and(|due| due <= now)).collect())
}

/// Each person's in the order they were queued.
fn by_person(mut sends: Vec<Send>) -> BTreeMap<(PhoneNumberId, ContactKey), Vec<Send>> {
    sends.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    let mut people: BTreeMap<_, Vec<Send>> = BTreeMap::new();
    for send in sends {
        people.entry((send.phone_number_id.clone(), send.contact.clone())).or_default().push(send);
    }
    people
}

/// After one that could not be handled the person's others are left for the next tick, or order would be lost.
async fn one_person(app: &App, sends: Vec<Send>, timing: Timing<'_>) -> Ticked {
    let mut ticked = Ticked::default();
    for send in sends {
        if timing.left() <= ROOM {
            break;
        }
        match one(app, &send, timing).await {
            Ok(part) => ticked.add(part),
            Err(error) => {
                tracing::error!(send_id = %send.id, state = %send.state, %error, "could not be looked after");
                ticked.failed += 1;
                break;
            }
        }
    }
    ticked
}

async fn one(app: &App, send: &Send, timing: Timing<'_>) -> Result<Ticked, Error> {
    match send.state {
        SendState::Queued if !send.statuses.is_empty() => {
            crate::standing::contradicted(app, send, timing).await?;
            Ok(Ticked::SETTLED)
        }
        SendState::Queued | SendState::Waiting | SendState::Parked if send.is_expired(timing.now()) => {
            let expired = failure::expired(send.expires_at().unwrap_or(timing.now()));
            settle::failed(app, send, Hold::Aside, &expired, timing).await?;
            Ok(Ticked::SETTLED)
        }
        // What is parked and due is so by itself: others of its number go on.
        SendState::Queued | SendState::Waiting | SendState::Parked => requeue::requeue(app, send, timing).await,
        SendState::Uncertain => unconfirmed::settle(app, send, timing).await,
        SendState::Sending if !send.statuses.is_empty() => {
            settle::accepted(app, send, None, timing).await?;
            Ok(Ticked::SETTLED)
        }
        SendState::Sending if send.lease_until.is_none_or(|until| until <= timing.now()) => {
            settle::uncertain(app, send, send.lease_until, &failure::interrupted(), timing).await?;
            Ok(Ticked::SETTLED)
        }
        // Somebody is at it.
        SendState::Sending => Ok(Ticked::default()),
        // Settled by a tick that died before telling.
        SendState::Failed => unconfirmed::tell(app, send, timing).await,
        SendState::Accepted | SendState::Cancelled => {
            let from = [send.state];
            let change = Transition { due: Due::Never, ..Transition::new(&from, send.state) };
            app.store.transition(&send.id, &change, timing.now()).await?;
            Ok(Ticked::default())
        }
    }
}

impl Ticked {
    const QUEUED: Self = Self { queued: 1, settled: 0, parked: 0, failed: 0 };
    const SETTLED: Self = Self { queued: 0, settled: 1, parked: 0, failed: 0 };

    fn of(parts: Vec<Self>) -> Self {
        let mut whole = Self::default();
        for part in parts {
            whole.add(part);
        }
        whole
    }

    fn add(&mut self, part: Self) {
        self.queued += part.queued;
        self.settled += part.settled;
        self.parked += part.parked;
        self.failed += part.failed;
    }
}
