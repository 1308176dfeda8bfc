//! What has to hold before Meta is called: a message that can be sent, a channel, an open window, a token.

use model::outbound::to_graph;
use model::send::WindowPolicy;
use model::window::GUARD;
use model::{OutboundMessage, Recipient, Send, SendError, ServiceWindow, Timestamp, WabaId};

use crate::tokens::{Access, NoAccess};
use crate::{App, Error, failure};

/// When to look again for a secret that could not be read.
const SECRET_AWAY: u32 = 15;

pub(crate) enum Prepared {
    Ready(Ready),
    Fail(SendError),
    Park(SendError),
    /// Come back after this many seconds.
    Later(u32),
}

/// All that a call takes but the claim.
pub(crate) struct Ready {
    pub(crate) waba_id: WabaId,
    pub(crate) access: Access,
    pub(crate) body: String,
}

pub(crate) async fn prepare(app: &App, send: &Send, now: Timestamp) -> Result<Prepared, Error> {
    let message = match OutboundMessage::parse(&send.message) {
        Ok(message) => message,
        Err(invalid) => return Ok(Prepared::Fail(failure::invalid_message(&invalid))),
    };
    if matches!(message.recipient, Recipient::Group(_)) {
        return Ok(Prepared::Fail(failure::not_supported("Messages to groups cannot be sent yet.")));
    }
    let Some(waba_id) = app.waba_of(&send.phone_number_id, now).await? else {
        return Ok(Prepared::Fail(failure::unknown_channel()));
    };
    if let Some(error) = closed_window(app, send, &message, now).await? {
        return Ok(Prepared::Fail(error));
    }
    Ok(match app.access(&send.phone_number_id, &waba_id, now).await {
        Ok(access) => Prepared::Ready(Ready { waba_id, access, body: to_graph(&send.message, &send.id) }),
        Err(NoAccess::Park(error)) => Prepared::Park(error),
        Err(NoAccess::Unavailable(error)) => {
            tracing::error!(%error, "no token to send with for now");
            Prepared::Later(SECRET_AWAY)
        }
    })
}

/// Judged at send time too, with a minute to spare: a message queued at the last moment would fail at Meta, often only
/// after a 200 (W-02, W-03).
async fn closed_window(
    app: &App,
    send: &Send,
    message: &OutboundMessage,
    now: Timestamp,
) -> Result<Option<SendError>, Error> {
    if message.is_template() || send.window == Some(WindowPolicy::Meta) {
        return Ok(None);
    }
    let contact = app.store.contact(&send.phone_number_id, &send.contact).await?;
    let window = contact.map_or_else(ServiceWindow::default, |contact| contact.window());
    Ok(if window.is_open(now, GUARD) { None } else { Some(failure::window_closed(window.expires_at())) })
}
