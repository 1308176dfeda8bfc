//! A test number writes to five people only (Z-01, Z-02).

use model::{Channel, OutboundMessage, Send};

use crate::prepare::{Prepared, Stopped};
use crate::{App, Error, failure};

/// Meta's code for somebody who is not on the list.
const NOT_LISTED: i64 = 131_030;

/// The API has asked already; an envelope of a team's own has not.
pub(crate) async fn gate(
    app: &App,
    send: &Send,
    message: &OutboundMessage,
    channel: &Channel,
) -> Result<Stopped, Error> {
    let listed = !channel.is_test_number() || message.is_to_group();
    if listed || app.store.admit_test_recipient(&send.phone_number_id, &send.contact).await? {
        return Ok(None);
    }
    Ok(Some(Prepared::Fail(failure::test_number_recipients())))
}

/// Meta does not know the person on the list: they take nobody's place.
pub(crate) async fn note(app: &App, send: &Send, error: &graph::Error) -> Result<(), Error> {
    if error.code() == Some(NOT_LISTED) {
        app.store.forget_test_recipient(&send.phone_number_id, &send.contact).await?;
    }
    Ok(())
}
