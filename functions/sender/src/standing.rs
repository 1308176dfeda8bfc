//! What a record means whose send is not simply waiting to be sent: it came twice, or whoever had it died.

use model::send::{Claimed, on_refused_claim};
use model::{Send, SendState};
use queue::Handled;

use crate::timing::Timing;
use crate::{App, Error, events, failure, order, settle};

/// True where nobody has it and no status contradicts what we believe.
pub(crate) fn is_to_be_sent(send: &Send) -> bool {
    send.state == SendState::Queued && send.statuses.is_empty()
}

/// Calls nobody. What was settled is told again, because its teller may have died before telling.
pub(crate) async fn redelivered(app: &App, send: &Send, timing: Timing<'_>) -> Result<Handled, Error> {
    let now = timing.now();
    if send.state == SendState::Queued && !send.statuses.is_empty() {
        return contradicted(app, send, timing).await;
    }
    match on_refused_claim(send, now) {
        Claimed::Settled if send.state == SendState::Failed && send.wamid.is_none() => {
            events::failed(app, send, now).await?;
            Ok(Handled::Done)
        }
        Claimed::Stale if send.state == SendState::Uncertain && send.statuses.is_empty() => {
            order::hold(app, send, now).await?;
            events::uncertain(app, send, now).await?;
            Ok(Handled::Done)
        }
        Claimed::Stale if send.state == SendState::Parked => {
            order::hold(app, send, now).await?;
            Ok(Handled::Done)
        }
        Claimed::Settled | Claimed::Stale => Ok(Handled::Done),
        Claimed::Busy { until } => {
            // Its order in the group depends on it: what follows waits too.
            let seconds = until.duration_since(now).as_secs() + 1;
            Ok(Handled::RetryAfter(u32::try_from(seconds).unwrap_or(1)))
        }
        Claimed::Expired if !send.statuses.is_empty() => settle::accepted(app, send, None, timing).await,
        Claimed::Expired => settle::uncertain(app, send, send.lease_until, &failure::interrupted(), timing).await,
    }
}

/// Meta refused it, and yet a status came: it was accepted after all, and the retry is off. Meta does not promise that a
/// 5xx is a refusal; should this ever happen, somebody must know.
pub(crate) async fn contradicted(app: &App, send: &Send, timing: Timing<'_>) -> Result<Handled, Error> {
    tracing::error!(
        send_id = %send.id,
        phone_number_id = %send.phone_number_id,
        attempts = send.attempts,
        metric = "ContradictedRefusal",
        "a status came for a send that Meta had refused"
    );
    settle::accepted(app, send, None, timing).await
}
