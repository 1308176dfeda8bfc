//! Calls to Meta while somebody waits: with the account's token, and once more with the token that replaced it, where Meta
//! refuses the first.

pub(crate) mod refusal;

use graph::{Cause, Token, Verdict};
use model::WabaId;
use runtime::{SecretError, TokensSecret};

use crate::App;
use crate::problem::Problem;

/// What Meta answered; a problem where there is no token to ask with. The token goes to `call` by value: of an async closure
/// with a borrow the compiler cannot tell that it is `Send`.
pub(crate) async fn call<T, F: Future<Output = Result<T, graph::Error>>>(
    app: &App,
    waba: &WabaId,
    call: impl Fn(Token) -> F,
) -> Result<Result<T, graph::Error>, Problem> {
    let secret = app.tokens.get(app.now()).await.map_err(|error| unreadable(&error))?;
    let used = token(&secret, waba);
    let refused = match &used {
        Some(used) => match call(used.clone()).await {
            Err(error) if error.verdict(1, 0.0) == (Verdict::Park { cause: Cause::Token }) => Some(error),
            outcome => return Ok(outcome),
        },
        None => None,
    };
    let newer = app.tokens.newer_than(&secret, app.now()).await.map_err(|error| unreadable(&error))?;
    match newer.and_then(|secret| token(&secret, waba)).filter(|newer| used.as_ref() != Some(newer)) {
        Some(newer) => Ok(call(newer).await),
        None => refused.map_or_else(|| Err(refusal::no_token()), |error| Ok(Err(error))),
    }
}

/// The Meta app that the tokens belong to.
pub(crate) async fn app_id(app: &App) -> Result<String, Problem> {
    let secret = app.tokens.get(app.now()).await.map_err(|error| unreadable(&error))?;
    secret.app_id.clone().filter(|id| !id.is_empty()).ok_or_else(refusal::no_app)
}

fn token(secret: &TokensSecret, waba: &WabaId) -> Option<Token> {
    secret.for_waba(waba.as_str()).map(Token::new)
}

fn unreadable(error: &SecretError) -> Problem {
    tracing::error!(%error, "no token to call Meta with");
    match error {
        SecretError::Malformed { .. } => refusal::malformed_secret(),
        SecretError::Unavailable { .. } => refusal::no_secret(),
    }
}
