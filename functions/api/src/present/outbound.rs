//! A send of ours.

use model::{OutboundMessage, Send, SendState};

use super::{Direction, Message, MessageError, ShownAs, pricing, status_errors, statuses};

pub(super) fn show(send: Send) -> Message {
    let state = send.shown_state();
    // What stands in the item may be over: a token was found again, a status proved what nobody could tell.
    let still_so = matches!(state, SendState::Failed | SendState::Uncertain | SendState::Waiting | SendState::Parked);
    let own = send.error.clone().filter(|_| still_so).map(MessageError::from);
    let errors = own.into_iter().chain(status_errors(&send.statuses)).collect();
    let display = match OutboundMessage::parse(&send.message) {
        Ok(message) => ShownAs::from(message.display()),
        // Checked by other rules when it was queued.
        Err(_) => ShownAs { text: format!("[{}]", send.kind), kind: send.kind.clone(), payload_available: true },
    };
    Message {
        id: send.id.into_string(),
        wamid: send.wamid.map(model::MessageId::into_string),
        reference: send.reference,
        channel: send.phone_number_id.into_string(),
        direction: Direction::Outbound,
        contact: Some(send.contact.into_string()),
        kind: send.kind,
        state: Some(state.as_str()),
        at: send.created_at,
        statuses: statuses(&send.statuses),
        errors,
        pricing: pricing(&send.statuses),
        content: Some(send.message),
        display,
        media: None,
    }
}
