//! What has to hold before Meta is called: a file that is there, the send's own time, a message that can be sent, a channel,
//! a number that is not blocked and its token, the sends before it, an open window. Each gate is a file of its own; the first that does not let it through decides.

use jiff::Timestamp;
use model::outbound::to_graph;
use model::send::{Block, FellBack};
use model::{Send, SendError, WaId, WabaId, WaitsFor};
use serde_json::value::RawValue;
use store::Pace;

use crate::blocks::{self, Gate};
use crate::timing::Timing;
use crate::tokens::Access;
use crate::{App, Error, failure, file, order, pair, quota, schedule, spelling, template, test_number, window};

/// When a send comes back because another one is tried in its place, in seconds.
const NOT_ITS_TURN: u32 = 1;

pub(crate) enum Prepared {
    Ready(Box<Ready>),
    Fail(SendError),
    /// Its number cannot send.
    Park(SendError),
    /// Come back after this many seconds; what is queued behind it for the same person waits too.
    Later(u32),
    /// It leaves the queue until then; what is queued behind it goes on.
    Wait(WaitsFor, Timestamp),
    /// It leaves the queue until its file is at Meta.
    Upload,
    /// The same, until there is a listing of templates that began at `missed_at` or later.
    WaitForListing {
        missed_at: Timestamp,
        until: Timestamp,
    },
    /// This message takes the place of the one that cannot be sent.
    FallBack(FellBack, Box<RawValue>),
}

/// All that a call takes but the claim.
pub(crate) struct Ready {
    pub(crate) waba_id: WabaId,
    pub(crate) access: Access,
    pub(crate) body: String,
    /// The number in it, where there is one.
    pub(crate) dialled: Option<WaId>,
    /// What keeps the number from sending, where this is the send that is tried.
    pub(crate) tries: Option<Block>,
    /// As it was read.
    pub(crate) pace: Pace,
}

/// What a gate says where it does not let a send through.
pub(crate) type Stopped = Option<Prepared>;

pub(crate) async fn prepare(app: &App, send: &Send, timing: Timing<'_>) -> Result<Prepared, Error> {
    let now = timing.now();
    if let Some(stopped) = file::gate(send) {
        return Ok(stopped);
    }
    if let Some(stopped) = schedule::gate(send, now) {
        return Ok(stopped);
    }
    let message = match send.outbound() {
        Ok(message) => message,
        Err(invalid) => return Ok(Prepared::Fail(failure::invalid_message(&invalid))),
    };
    let number = &send.phone_number_id;
    let Some(channel) = app.channel(number, now).await? else {
        return Ok(Prepared::Fail(failure::unknown_channel()));
    };
    let (access, tries) = match blocks::gate(app, number, &channel.waba_id, message.is_template(), now).await? {
        Gate::Through(access, tries) => (access, tries),
        Gate::Stopped(stopped) => return Ok(later("the number cannot send", send, stopped)),
    };
    let facts = app.store.send_facts(number, &send.contact, now).await?;
    if let Some(stopped) = order::gate(app, send, &facts.pace, timing).await? {
        return Ok(later("one before it to the same person", send, stopped));
    }
    if let Some(stopped) = window::gate(send, &message, facts.contact.as_ref(), now) {
        let fallback = send.fallback_message();
        return Ok(fallback.map_or(stopped, |message| Prepared::FallBack(FellBack::WindowClosed, message)));
    }
    if let Some(stopped) = template::gate(app, send, &message, &channel, &facts, now).await? {
        return Ok(stopped);
    }
    if let Some(stopped) = pair::gate(&facts.pace, now) {
        return Ok(later("the pace to this person", send, stopped));
    }
    if let Some(stopped) = test_number::gate(app, send, &message, &channel).await? {
        return Ok(stopped);
    }
    // Late: it counts.
    if let Some(stopped) = quota::gate(app, send, &message, &channel, facts.contact.as_ref(), now).await? {
        return Ok(later("the messaging limit", send, stopped));
    }
    // Last, since there is only one try at a time.
    if let Some(block) = &tries
        && !app.takes_probe(number, block, &access, now).await?
    {
        return Ok(later("another send tries the number", send, Prepared::Later(NOT_ITS_TURN)));
    }
    let dialled = spelling::dialled(&message, facts.contact.as_ref());
    let body = to_graph(&send.message, &send.id, dialled.as_ref());
    let ready = Ready { waba_id: channel.waba_id.clone(), access, body, dialled, tries, pace: facts.pace };
    Ok(Prepared::Ready(Box::new(ready)))
}

/// Says why a send goes back to the queue: each time, so only where somebody looks for it.
fn later(why: &'static str, send: &Send, stopped: Prepared) -> Prepared {
    if let Prepared::Later(seconds) = stopped {
        tracing::debug!(send_id = %send.id, why, seconds, "back to the queue");
    }
    stopped
}
