//! Back on the queue: what was stored and never taken, what waited for its time, what was parked.

use jiff::SignedDuration;
use model::{Send, SendState, WaitsFor};
use queue::{OutboundEnvelope, UploadJob, person_group};
use store::{Due, Moved, Transition};

use super::Ticked;
use crate::timing::Timing;
use crate::{App, Error};

/// The first wait for a record that does not come.
const FIRST: SignedDuration = SignedDuration::from_mins(15);
/// No wait is longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);

/// Written down first: a crash before the queue has it leaves it due again, later.
pub(super) async fn requeue(app: &App, send: &Send, timing: Timing<'_>) -> Result<Ticked, Error> {
    back(app, send, false, timing).await
}

/// In doubt, because the caller asked for it: the person may get it twice.
pub(super) async fn resend(app: &App, send: &Send, timing: Timing<'_>) -> Result<Ticked, Error> {
    tracing::warn!(send_id = %send.id, resends = send.resends + 1, metric = "Resent", "sent again in doubt");
    back(app, send, true, timing).await
}

async fn back(app: &App, send: &Send, resent: bool, timing: Timing<'_>) -> Result<Ticked, Error> {
    if send.awaits_file() {
        return upload(app, send, timing).await;
    }
    let now = timing.now();
    let from = [send.state];
    let change = Transition {
        due: Due::At(now + patience(send.requeues)),
        requeued: true,
        resent,
        ..Transition::new(&from, SendState::Queued)
    };
    // Taken or cancelled since it was read.
    let Moved::Done(send) = app.store.transition(&send.id, &change, now).await? else { return Ok(Ticked::default()) };
    let envelope = OutboundEnvelope::stored(&send.id, &send.phone_number_id);
    let group = person_group(&send.phone_number_id, &send.contact);
    app.queues.publish_send(&envelope, &group, send.requeues).await?;
    tracing::info!(send_id = %send.id, requeues = send.requeues, "queued again");
    Ok(Ticked::QUEUED)
}

/// Not to the queue: its file is not at Meta yet, and the job that was to bring it there is lost, or was given up for a cause
/// that may be gone.
async fn upload(app: &App, send: &Send, timing: Timing<'_>) -> Result<Ticked, Error> {
    let now = timing.now();
    let from = [send.state];
    let change = Transition {
        due: Due::At(now + patience(send.requeues)),
        requeued: true,
        waits_for: Some(WaitsFor::Media),
        ..Transition::new(&from, SendState::Waiting)
    };
    let Moved::Done(send) = app.store.transition(&send.id, &change, now).await? else { return Ok(Ticked::default()) };
    app.queues.publish_upload(&UploadJob::of(&send.id, &send.phone_number_id)).await?;
    tracing::info!(send_id = %send.id, requeues = send.requeues, "its file is brought to Meta again");
    Ok(Ticked::QUEUED)
}

/// Twice as long each time: a record that is not taken may only be waiting its turn.
fn patience(requeues: u32) -> SignedDuration {
    FIRST.saturating_mul(1_i32.checked_shl(requeues.min(8)).unwrap_or(1)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_to_six_hours() {
        let minutes: Vec<_> = (0..7).map(|requeues| patience(requeues).as_mins()).collect();
        assert_eq!(minutes, [15, 30, 60, 120, 240, 360, 360]);
        assert_eq!(patience(u32::MAX), LONGEST);
    }
}
