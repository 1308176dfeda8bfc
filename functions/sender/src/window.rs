//! The service window, judged at send time too, with a minute to spare: a message queued at the last moment would fail at
//! Meta, often only after a 200 (W-02, W-03). Of a group we know none, and let Meta judge.

use graph::{Reason, Verdict};
use model::send::WindowPolicy;
use model::window::GUARD;
use model::{Contact, OutboundMessage, Send, ServiceWindow, Timestamp};
use store::{ClosedWindow, Inbound};

use crate::prepare::{Prepared, Stopped};
use crate::{App, Error, failure};

pub(crate) fn gate(send: &Send, message: &OutboundMessage, contact: Option<&Contact>, now: Timestamp) -> Stopped {
    if message.is_template() || message.is_to_group() || send.options.window == Some(WindowPolicy::Meta) {
        return None;
    }
    let window = contact.map_or_else(ServiceWindow::default, Contact::window);
    if window.is_open(now, GUARD) { None } else { Some(Prepared::Fail(failure::window_closed(window.expires_at()))) }
}

/// Meta refused because the window is closed: what was open by our clock is closed until the person writes again. By the
/// time the call began, so that what they wrote meanwhile counts.
pub(crate) async fn note(app: &App, send: &Send, error: &graph::Error, called_at: Timestamp) -> Result<(), Error> {
    if !matches!(error.verdict(1, 0.0), Verdict::Reject { reason: Reason::Window }) {
        return Ok(());
    }
    let (phone_number_id, contact) = (send.phone_number_id.clone(), send.contact.clone());
    let closed = vec![ClosedWindow { phone_number_id, contact, at: called_at }];
    app.store.record(Inbound { closed, ..Inbound::default() }, called_at).await?;
    Ok(())
}
