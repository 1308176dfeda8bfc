//! The service window, judged at send time too, with a minute to spare: a message queued at the last moment would fail at
//! Meta, often only after a 200 (W-02, W-03). Of a group we know none, and let Meta judge.

use model::send::WindowPolicy;
use model::window::GUARD;
use model::{Contact, OutboundMessage, Send, ServiceWindow, Timestamp};

use crate::failure;
use crate::prepare::{Prepared, Stopped};

pub(crate) fn gate(send: &Send, message: &OutboundMessage, contact: Option<&Contact>, now: Timestamp) -> Stopped {
    if message.is_template() || message.is_to_group() || send.options.window == Some(WindowPolicy::Meta) {
        return None;
    }
    let window = contact.map_or_else(ServiceWindow::default, Contact::window);
    if window.is_open(now, GUARD) { None } else { Some(Prepared::Fail(failure::window_closed(window.expires_at()))) }
}
