//! Whether a token may do what it asks for (contract §1.1, §4.2).

use jiff::Timestamp;

use super::config::{App, MANAGEMENT, MESSAGING, Token};
use super::graph_error::GraphError;

/// What a call needs.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    Messaging,
    Management,
    Either,
    Both,
}

/// Who calls.
#[derive(Clone)]
pub(crate) enum Caller {
    Token(Token),
    /// `APP_ID|APP_SECRET`
    App(App),
}

impl Caller {
    pub(crate) fn app_id(&self) -> &str {
        match self {
            Self::Token(token) => &token.app_id,
            Self::App(app) => &app.id,
        }
    }
}

/// The caller behind a token, if it is good at all.
pub(crate) fn authenticate(
    tokens: &[Token],
    apps: &[App],
    value: Option<&str>,
    now: Timestamp,
) -> Result<Caller, GraphError> {
    let Some(value) = value else {
        return Err(GraphError::new(190).title("An access token is required to request this resource."));
    };
    if let Some((id, secret)) = value.split_once('|') {
        let app = apps.iter().find(|app| app.id == id && app.secret == secret);
        return app.cloned().map(Caller::App).ok_or_else(|| GraphError::new(190).title("Invalid OAuth access token."));
    }
    let token = tokens.iter().find(|token| token.value == value);
    let token =
        token.ok_or_else(|| GraphError::new(190).title("Invalid OAuth access token - Cannot parse access token"))?;
    match refused(token, now) {
        Some(error) => Err(error),
        None => Ok(Caller::Token(token.clone())),
    }
}

/// Why a known token is no longer good.
pub(crate) fn refused(token: &Token, now: Timestamp) -> Option<GraphError> {
    if let Some(subcode) = token.invalid {
        let why = match subcode {
            460 => "The session has been invalidated because the user changed their password.",
            _ => "The session has been invalidated.",
        };
        return Some(GraphError::new(190).subcode(subcode).title(format!("Error validating access token: {why}")));
    }
    let expired = token.expires_at.is_some_and(|at| at <= now);
    expired.then(|| GraphError::new(190).subcode(463).title("Error validating access token: Session has expired."))
}

/// Whether the caller holds the permissions, and holds them for this WABA.
pub(crate) fn authorise(caller: &Caller, need: Need, waba_id: &str) -> Result<(), GraphError> {
    let Caller::Token(token) = caller else {
        return Err(GraphError::new(10).details("An app token carries no WhatsApp permission."));
    };
    let holds = |scope: &str| reach(token, scope, waba_id);
    match need {
        Need::Messaging => holds(MESSAGING),
        Need::Management => holds(MANAGEMENT),
        Need::Either => holds(MESSAGING).or_else(|_| holds(MANAGEMENT)),
        Need::Both => holds(MESSAGING).and_then(|()| holds(MANAGEMENT)),
    }
}

fn reach(token: &Token, scope: &str, waba_id: &str) -> Result<(), GraphError> {
    if !token.scopes.iter().any(|held| held == scope) {
        return Err(GraphError::new(10).details(format!("The token lacks the permission {scope}.")));
    }
    let reaches = token.granular.get(scope).is_none_or(|targets| targets.iter().any(|id| id == waba_id));
    if reaches {
        return Ok(());
    }
    Err(GraphError::new(200).details(format!("The token holds {scope}, and not for this WhatsApp Business Account.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(token: &Token, need: Need) -> Option<i64> {
        authorise(&Caller::Token(token.clone()), need, "2").err().map(|error| error.code)
    }

    #[test]
    fn permissions_and_reach() {
        let mut token = Token::system_user("t", "3");
        assert_eq!(code(&token, Need::Both), None);
        token.granular.insert(MESSAGING.to_owned(), vec!["1".to_owned()]);
        assert_eq!(code(&token, Need::Messaging), Some(200));
        assert_eq!(code(&token, Need::Either), None);
        token.scopes.retain(|scope| scope == MESSAGING);
        assert_eq!(code(&token, Need::Management), Some(10));
    }
}
