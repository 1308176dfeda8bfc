//! Calls to Meta while somebody waits: with the account's token, and once more with the token that replaced it, where Meta
//! refuses the first.

pub(crate) mod refusal;

use graph::Token;
use model::WabaId;
use runtime::{NoToken, SecretError};

use crate::App;
use crate::problem::Problem;

/// What Meta answered; a problem where there is no token to ask with.
pub(crate) async fn call<T, F: Future<Output = Result<T, graph::Error>>>(
    app: &App,
    waba: &WabaId,
    call: impl Fn(Token) -> F,
) -> Result<Result<T, graph::Error>, Problem> {
    let call = |token| call(Token::new(token));
    let outcome = app.tokens.with_token(waba.as_str(), || app.now(), graph::Error::is_token_refused, call).await;
    outcome.map_err(|error| match error {
        NoToken::Absent => refusal::no_token(),
        NoToken::Secret(error) => unreadable(&error),
    })
}

/// The Meta app that the tokens belong to.
pub(crate) async fn app_id(app: &App) -> Result<String, Problem> {
    let secret = app.tokens.get(app.now()).await.map_err(|error| unreadable(&error))?;
    secret.app_id.clone().filter(|id| !id.is_empty()).ok_or_else(refusal::no_app)
}

fn unreadable(error: &SecretError) -> Problem {
    tracing::error!(%error, "no token to call Meta with");
    match error {
        SecretError::Malformed { .. } => refusal::malformed_secret(),
        SecretError::Unavailable { .. } => refusal::no_secret(),
    }
}
