//! The call, with the channel's token.

use model::{Channel, MessageId};

use crate::App;
use crate::meta::{self, refusal};
use crate::problem::Problem;

pub(super) async fn mark_read(app: &App, channel: &Channel, wamid: &MessageId, typing: bool) -> Result<(), Problem> {
    let number = &channel.phone_number_id;
    let outcome =
        meta::call(
            app,
            &channel.waba_id,
            |token| async move { app.graph.mark_read(&token, number, wamid, typing).await },
        );
    outcome.await?.map_err(|error| {
        tracing::warn!(phone_number_id = %number, %error, "Meta did not mark it read");
        refusal::of(&error)
    })
}
