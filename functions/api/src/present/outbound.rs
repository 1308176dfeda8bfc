//! A send of ours: the message object that events carry too.

use model::send::FellBack;
use model::{Send, WaitsFor};

use super::{Converted, Direction, EXPLAIN, Message, MessageError, ShownAs, Status};

pub(super) fn show(send: &Send) -> Message {
    let object = send.message_object(EXPLAIN);
    Message {
        id: object.id.as_str().to_owned(),
        wamid: object.wamid.map(|id| id.as_str().to_owned()),
        reference: object.reference.map(str::to_owned),
        channel: object.channel.as_str().to_owned(),
        direction: Direction::Outbound,
        contact: object.contact.map(|key| key.as_str().to_owned()),
        kind: object.kind.to_owned(),
        state: Some(object.state.as_str()),
        waits_for: object.waits_for.map(WaitsFor::as_str),
        waits_until: object.waits_until,
        expires_at: object.expires_at,
        sent_as: object.sent_as,
        sent_as_because: object.sent_as_because.map(FellBack::as_str),
        at: object.at,
        statuses: object
            .statuses
            .iter()
            .map(|shown| Status { status: shown.status.to_owned(), at: shown.at })
            .collect(),
        errors: object.errors.into_iter().map(MessageError::from).collect(),
        pricing: object.pricing.map(ToOwned::to_owned),
        content: Some(object.content.to_owned()),
        display: ShownAs::from(object.display),
        media: None,
        converted: object.converted.map(Converted::from),
    }
}
