//! A send whose file is to be brought to Meta first, by the media function (`waypost.media`).

use jiff::Timestamp;
use model::send::SendFile;
use model::{Send, WaitsFor};
use queue::{Handled, UploadJob};
use store::{Moved, NEVER_TAKEN};

use crate::prepare::{Prepared, Stopped};
use crate::timing::Timing;
use crate::{App, Error, settle, standing};

pub(crate) fn gate(send: &Send) -> Stopped {
    match &send.file {
        Some(SendFile::Failed { error }) => Some(Prepared::Fail(error.clone())),
        // The API keeps it off the queue until then; an envelope of a team's own does not.
        _ if send.awaits_file() => Some(Prepared::Upload),
        _ => None,
    }
}

/// Written down first: a crash before the queue has the job leaves the send due, and the tick queues it.
pub(crate) async fn wait(app: &App, send: &Send, timing: Timing<'_>) -> Result<Handled, Error> {
    let until = timing.now() + NEVER_TAKEN;
    let handled = settle::waiting(app, send, WaitsFor::Media, until, None, timing).await?;
    if matches!(handled, Handled::Done) {
        app.queues.publish_upload(&UploadJob::of(&send.id, &send.phone_number_id)).await?;
    }
    Ok(handled)
}

/// Whether Meta may have refused it because it does not have the file any more. Some other slip looks the same: then the
/// file is brought there once for nothing.
pub(crate) fn is_gone(send: &Send, error: &graph::Error) -> bool {
    send.may_upload_again() && error.may_be_about_media()
}

pub(crate) async fn upload_again(
    app: &App,
    send: &Send,
    lease: Timestamp,
    timing: Timing<'_>,
) -> Result<Handled, Error> {
    match app.store.lose_file(&send.id, lease, timing.now()).await? {
        Moved::Done(send) => {
            tracing::warn!(send_id = %send.id, "Meta may not have the file any more; it is brought there once more");
            app.queues.publish_upload(&UploadJob::of(&send.id, &send.phone_number_id)).await?;
            Ok(Handled::Done)
        }
        Moved::Refused(send) => standing::redelivered(app, &send, timing).await,
        Moved::Missing => Ok(Handled::Done),
    }
}
