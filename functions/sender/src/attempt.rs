//! Claims a send and calls Meta for it: once, and once more only where Meta's answer proves that it refused the token.

use std::time::Duration;

use graph::send::Accepted;
use graph::{Cause, Reason, Token, Verdict};
use jiff::SignedDuration;
use model::outbound::to_graph;
use model::send::{Block, FellBack};
use model::{Recipient, Send, SendError, SendId, Timestamp, WaId};
use queue::Handled;
use store::{Claim, Due};

use crate::limit::Permit;
use crate::prepare::Ready;
use crate::settle::Hold;
use crate::timing::Timing;
use crate::tokens::Access;
use crate::{App, Error, consent, failure, file, quota, settle, spelling, standing, template, test_number, window};

/// Longer than Lambda lets the function live: who finds it expired knows that its holder is dead.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// When a parked send is tried again that waits for nothing but its own kind of message; twice as long each time, up to
/// five hours.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(5);
const DOUBLED: u32 = 6;
/// Meta's code for a closed service window.
const WINDOW_CLOSED: i64 = 131_047;
/// When the fallback goes out.
const AT_ONCE: u32 = 1;
/// What makes a lease one's own, in milliseconds.
const LEASE_SPREAD: u64 = 8192;

pub(crate) async fn attempt(
    app: &App,
    id: &SendId,
    ready: Ready,
    mut permit: Permit,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let now = timing.now();
    let lease = now + LEASE + SignedDuration::from_millis(i64::try_from(random() % LEASE_SPREAD).unwrap_or(0));
    let send = match app.store.claim(id, lease, now).await? {
        Claim::Taken(send) => send,
        // The table took the claim and its answer was lost; the client asked again by itself.
        Claim::Refused(send) if send.lease_until == Some(lease) && send.updated_at == now => send,
        Claim::Refused(send) => return standing::redelivered(app, &send, timing).await,
        Claim::Missing => {
            tracing::warn!(send_id = %id, "a send is gone");
            return Ok(Handled::Done);
        }
    };
    // A status that came since it was read.
    if !send.statuses.is_empty() {
        return standing::contradicted(app, &send, timing).await;
    }
    if !timing.has_room_for_a_call(app.timeouts) {
        return settle::released(app, &send, lease, timing).await;
    }
    let tries = ready.tries.clone();
    let called_at = timing.now();
    permit.spend(called_at);
    match call(app, &send, &ready, timing).await {
        Ok(accepted) => {
            let handled = settle::accepted(app, &send, Some(&accepted.wamid), timing).await?;
            spelled(app, &send, &accepted, timing).await;
            if let Some(block) = tries
                && let Err(error) = app.unblock(&send.phone_number_id, &block, timing.now()).await
            {
                tracing::warn!(%error, "could not note that the number sends again; the next try will");
            }
            Ok(handled)
        }
        Err((error, _)) if file::is_gone(&send, &error) => file::upload_again(app, &send, lease, timing).await,
        Err((error, token)) => {
            if error.is_throughput() {
                permit.refused(timing.now());
            }
            refused(app, &send, lease, &error, Met { token, tries, called_at }, timing).await
        }
    }
}

/// What a refusal was met with.
struct Met {
    /// The mark of the token.
    token: String,
    /// The block that the send was let through to try.
    tries: Option<Block>,
    /// When the call began.
    called_at: Timestamp,
}

/// Meta's answer, and the mark of the token it was asked with last.
async fn call(app: &App, send: &Send, ready: &Ready, timing: Timing<'_>) -> Result<Accepted, (graph::Error, String)> {
    let Access { token, mark, .. } = &ready.access;
    let error = match spelled_either_way(app, send, ready, token, timing).await {
        Err(error) if error.is_token_refused() => error,
        outcome => return outcome.map_err(|error| (error, mark.clone())),
    };
    match app.newer_access(&ready.access, &ready.waba_id, timing.now()).await {
        Some(newer) if timing.has_room_for_a_call(app.timeouts) => {
            tracing::info!(phone_number_id = %send.phone_number_id, "the token was refused; trying the one that replaced it");
            let outcome = spelled_either_way(app, send, ready, &newer.token, timing).await;
            outcome.map_err(|error| (error, newer.mark))
        }
        _ => Err((error, mark.clone())),
    }
}

/// Where Meta does not reach the number in one spelling and there is another, that one is tried too.
async fn spelled_either_way(
    app: &App,
    send: &Send,
    ready: &Ready,
    token: &Token,
    timing: Timing<'_>,
) -> Result<Accepted, graph::Error> {
    let number = &send.phone_number_id;
    let error = match app.graph.send(token, number, ready.body.clone()).await {
        Err(error) => error,
        accepted => return accepted,
    };
    match ready.dialled.as_ref().and_then(|dialled| spelling::other(dialled, &error)) {
        Some(other) if timing.has_room_for_a_call(app.timeouts) => {
            tracing::info!(send_id = %send.id, code = error.code(), "not reached; trying the number's other spelling");
            app.graph.send(token, number, to_graph(&send.message, &send.id, Some(&other))).await
        }
        _ => Err(error),
    }
}

/// WhatsApp may spell the recipient in another way than they were dialled (contract §5.10): then that leads to them too.
/// The send is settled; failing here must not make it look otherwise, and the next one tells again.
async fn spelled(app: &App, send: &Send, accepted: &Accepted, timing: Timing<'_>) {
    let Some(phone) = accepted.wa_id.as_ref().filter(|phone| !is_dialled(send, phone)) else { return };
    let learned = app.store.accepted_as(&send.phone_number_id, &send.contact, phone, timing.now()).await;
    if let Err(error) = learned {
        tracing::warn!(send_id = %send.id, %error, "could not note how WhatsApp spells the recipient");
    }
}

/// Whether Meta names the phone as the message does.
fn is_dialled(send: &Send, phone: &WaId) -> bool {
    let recipient = send.outbound().map(|message| message.recipient);
    matches!(recipient, Ok(Recipient::Phone(digits)) if digits.as_str() == phone.as_str())
}

async fn refused(
    app: &App,
    send: &Send,
    lease: Timestamp,
    error: &graph::Error,
    met: Met,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    let attempts = send.attempts.saturating_add(1);
    let verdict = error.verdict(attempts, jitter());
    tracing::warn!(
        send_id = %send.id,
        phone_number_id = %send.phone_number_id,
        attempts,
        %error,
        ?verdict,
        "Meta did not accept, or nothing tells whether it did"
    );
    // Whatever becomes of the note, Meta's refusal is proof and is settled: unsettled, it would end as uncertain.
    let consent = consent::note(app, send, error, timing.now()).await;
    let window = window::note(app, send, error, met.called_at).await;
    let noted = consent.and(window);
    let forgotten = test_number::note(app, send, error).await;
    let released = match verdict {
        Verdict::Reject { .. } | Verdict::Park { .. } => quota::release(app, send, timing.now()).await,
        // It comes back, or may have reached somebody.
        Verdict::Retry { .. } | Verdict::Uncertain => Ok(()),
    };
    let noted = noted.and(forgotten).and(released);
    let hold = Hold::Lease(lease);
    if error.meta().is_some_and(|refusal| refusal.code == WINDOW_CLOSED)
        && let Some(message) = send.fallback_message()
    {
        let error = failure::refused(error);
        settle::fallen_back(app, send, hold, FellBack::Refused, &message, Some(&error), timing).await?;
        return noted.map(|()| Handled::RetryAfter(AT_ONCE));
    }
    let handled = match verdict {
        Verdict::Retry { after } => {
            settle::again(app, send, lease, seconds(after), &failure::refused(error), timing).await
        }
        Verdict::Reject { reason: Reason::Exhausted } => {
            settle::failed(app, send, hold, &failure::exhausted(error), timing).await
        }
        Verdict::Reject { .. } => settle::failed(app, send, hold, &failure::refused(error), timing).await,
        Verdict::Park { cause } => {
            let error = failure::parked(cause, error);
            let due = parking(app, send, cause, &error, met, timing.now()).await;
            settle::parked(app, send, hold, &error, due, timing).await
        }
        Verdict::Uncertain => settle::uncertain(app, send, Some(lease), &failure::uncertain(error), timing).await,
    }?;
    // The send is settled; failing here must not make it look otherwise, and the next refusal tells again.
    if verdict == (Verdict::Reject { reason: Reason::Template })
        && let Err(error) = template::unusable(app, send, error, timing.now()).await
    {
        tracing::warn!(send_id = %send.id, %error, "could not note that its template cannot be sent");
    }
    noted.map(|()| handled)
}

/// Where a refused send waits. What others of the number would meet too blocks the number, before anything is parked
/// behind the block.
async fn parking<'a>(app: &App, send: &'a Send, cause: Cause, error: &SendError, met: Met, now: Timestamp) -> Due<'a> {
    if cause == Cause::Setup {
        tracing::error!(
            send_id = %send.id,
            phone_number_id = %send.phone_number_id,
            cause = error.code,
            metric = "Parked",
            "what this kind of message needs is not set up"
        );
        return Due::At(now + TRY_AGAIN.saturating_mul(1 << send.requeues.min(DOUBLED)));
    }
    let token = (cause == Cause::Token).then_some(met.token);
    match app.block(&send.phone_number_id, cause, error, token, met.tries.as_ref(), now).await {
        Ok(()) => settle::aside(send),
        // It is settled all the same, and tried again by itself.
        Err(error) => {
            tracing::warn!(send_id = %send.id, %error, "could not note that the number cannot send");
            Due::At(now + TRY_AGAIN)
        }
    }
}

/// Rounded up: earlier than asked is too early.
fn seconds(after: Duration) -> u32 {
    let whole = after.as_secs().saturating_add(u64::from(after.subsec_nanos() > 0));
    u32::try_from(whole).unwrap_or(u32::MAX).max(1)
}

fn jitter() -> f64 {
    let fraction = u32::try_from(random() >> 32).unwrap_or(0);
    f64::from(fraction) / f64::from(u32::MAX)
}

/// Up to so many milliseconds, so that two who were in each other's way are not again.
pub(crate) fn jitter_millis(most: u32) -> u32 {
    u32::try_from(random() % u64::from(most.max(1))).unwrap_or(0)
}

/// Nothing secret hangs on it; a machine without randomness spreads nothing and still sends.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_and_never_nothing() {
        assert_eq!(seconds(Duration::ZERO), 1);
        assert_eq!(seconds(Duration::from_millis(30_001)), 31);
        assert_eq!(seconds(Duration::from_secs(64)), 64);
        assert_eq!(seconds(Duration::MAX), u32::MAX);
    }

    #[test]
    fn jitter_is_a_fraction() {
        assert!((0..100).all(|_| (0.0..=1.0).contains(&jitter())));
    }
}
