//! The call, with the channel's token: once more with the token that replaced it, where Meta refuses the first.

use graph::{Cause, Token, Verdict};
use model::{Channel, MessageId};
use runtime::{SecretError, TokensSecret};

use super::refusal;
use crate::App;
use crate::problem::Problem;

pub(super) async fn mark_read(app: &App, channel: &Channel, wamid: &MessageId, typing: bool) -> Result<(), Problem> {
    let secret = app.tokens.get(app.now()).await.map_err(|error| unreadable(&error))?;
    let used = token(&secret, channel);
    let refused = match &used {
        Some(used) => match call(app, used, channel, wamid, typing).await {
            Err(error) if error.verdict(1, 0.0) == (Verdict::Park { cause: Cause::Token }) => Some(error),
            outcome => return outcome.map_err(|error| refusal::of(&error)),
        },
        None => None,
    };
    let newer = app.tokens.newer_than(&secret, app.now()).await.map_err(|error| unreadable(&error))?;
    match newer.and_then(|secret| token(&secret, channel)).filter(|newer| used.as_ref() != Some(newer)) {
        Some(newer) => call(app, &newer, channel, wamid, typing).await.map_err(|error| refusal::of(&error)),
        None => Err(refused.map_or_else(refusal::no_token, |error| refusal::of(&error))),
    }
}

async fn call(
    app: &App,
    token: &Token,
    channel: &Channel,
    wamid: &MessageId,
    typing: bool,
) -> Result<(), graph::Error> {
    let outcome = app.graph.mark_read(token, &channel.phone_number_id, wamid, typing).await;
    if let Err(error) = &outcome {
        tracing::warn!(phone_number_id = %channel.phone_number_id, %error, "Meta did not mark it read");
    }
    outcome
}

fn token(secret: &TokensSecret, channel: &Channel) -> Option<Token> {
    secret.for_waba(channel.waba_id.as_str()).map(Token::new)
}

fn unreadable(error: &SecretError) -> Problem {
    tracing::error!(%error, "no token to call Meta with");
    match error {
        SecretError::Malformed { .. } => refusal::malformed_secret(),
        SecretError::Unavailable { .. } => refusal::no_secret(),
    }
}
