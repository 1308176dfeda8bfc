//! What stayed uncertain: a status has told by now, or it counts as failed until one does.

use jiff::SignedDuration;
use model::send::OnUncertain;
use model::{Send, SendState};
use store::{Due, Moved, Transition};

use super::{Ticked, requeue};
use crate::timing::Timing;
use crate::{App, Error, events, failure, settle};

/// How often a caller may have a send in doubt sent again: what is in doubt each time will be so the next.
const RESENDS: u32 = 3;
/// When a failure that may not have been told is told again.
const TOLD_BY_THEN: SignedDuration = SignedDuration::from_mins(5);

pub(super) async fn settle(app: &App, send: &Send, timing: Timing<'_>) -> Result<Ticked, Error> {
    if !send.statuses.is_empty() {
        settle::accepted(app, send, None, timing).await?;
        return Ok(Ticked::SETTLED);
    }
    let now = timing.now();
    if send.options.on_uncertain == Some(OnUncertain::Resend) && send.resends < RESENDS && !send.is_expired(now) {
        return requeue::resend(app, send, timing).await;
    }
    let error = failure::unconfirmed(app.uncertain_after);
    let change = Transition {
        // It stays due until it is told: no record of a queue stands behind this.
        due: Due::At(now + TOLD_BY_THEN),
        error: Some(&error),
        ..Transition::new(&[SendState::Uncertain], SendState::Failed)
    };
    match app.store.transition(&send.id, &change, now).await? {
        Moved::Done(send) => {
            tracing::warn!(send_id = %send.id, phone_number_id = %send.phone_number_id, metric = "Unconfirmed", "failed");
            tell(app, &send, timing).await
        }
        Moved::Refused(_) | Moved::Missing => Ok(Ticked::default()),
    }
}

/// Tells of the failure, then lets go of it.
pub(super) async fn tell(app: &App, send: &Send, timing: Timing<'_>) -> Result<Ticked, Error> {
    // A status came in the last moment.
    if !send.statuses.is_empty() {
        settle::accepted(app, send, None, timing).await?;
        return Ok(Ticked::SETTLED);
    }
    events::failed(app, send, timing.now()).await?;
    let change = Transition::new(&[SendState::Failed], SendState::Failed);
    app.store.transition(&send.id, &change, timing.now()).await?;
    Ok(Ticked::SETTLED)
}
