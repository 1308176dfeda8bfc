//! A WABA's token, and once more with a newer one where Meta refuses it.

use graph::{Cause, Token, Verdict};
use model::{Timestamp, WabaId};
use runtime::TokensSecret;

use crate::App;
use crate::sync::Failure;

/// The token goes to `call` by value: of an async closure with a borrow the compiler cannot tell that it is `Send`.
pub(crate) async fn with_token<T, F: Future<Output = Result<T, graph::Error>>>(
    app: &App,
    waba: &WabaId,
    now: Timestamp,
    call: impl Fn(Token) -> F,
) -> Result<T, Failure> {
    let secret = app.tokens.get(now).await?;
    let refused = match call(token(&secret, waba)?).await {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if refused.verdict(1, 0.0) != (Verdict::Park { cause: Cause::Token }) {
        return Err(Failure::Graph(refused));
    }
    match app.tokens.newer_than(&secret, now).await? {
        Some(newer) => call(token(&newer, waba)?).await.map_err(Failure::Graph),
        None => Err(Failure::Graph(refused)),
    }
}

fn token(secret: &TokensSecret, waba: &WabaId) -> Result<Token, Failure> {
    secret.for_waba(waba.as_str()).map(Token::new).ok_or(Failure::NoToken)
}
