//! Calls to Meta with a WABA's token, and once more with the one that replaced it where Meta refuses the first.

use graph::Token;
use model::{Timestamp, WabaId};

use crate::App;
use crate::sync::Failure;

pub(crate) async fn with_token<T, F: Future<Output = Result<T, graph::Error>>>(
    app: &App,
    waba: &WabaId,
    now: Timestamp,
    call: impl Fn(Token) -> F,
) -> Result<T, Failure> {
    let call = |token| call(Token::new(token));
    let outcome = app.tokens.with_token(waba.as_str(), || now, graph::Error::is_token_refused, call).await;
    outcome?.map_err(Failure::Graph)
}
