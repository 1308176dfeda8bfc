//! The GET handshake by which Meta proves that the callback is ours (C-08, contract §3.1). It is not signed.

use std::collections::HashMap;

use http::{Response, StatusCode};
use jiff::Timestamp;
use lambda_http::Body;
use model::signature::verify_token;

use crate::{App, text};

/// The longest challenge that is echoed.
const CHALLENGE_MAX: usize = 1_024;

/// 200 with the challenge verbatim; 400 where a parameter is missing, repeated or odd; 403 for a wrong mode or token;
/// 503 where the token cannot be read.
pub(crate) async fn answer(app: &App, query: &str, now: Timestamp) -> Response<Body> {
    let Some(Handshake { mode, token, challenge }) = parse(query) else {
        return text(StatusCode::BAD_REQUEST, "hub.mode, hub.verify_token and hub.challenge are needed, once each");
    };
    if mode != "subscribe" {
        return text(StatusCode::FORBIDDEN, "hub.mode is not subscribe");
    }
    match is_ours(app, &token, now).await {
        Ok(true) => text(StatusCode::OK, challenge),
        Ok(false) => {
            tracing::warn!("a handshake with a wrong verify token");
            text(StatusCode::FORBIDDEN, "the verify token does not fit")
        }
        Err(error) => {
            tracing::error!(%error, "the verify token cannot be read");
            text(StatusCode::SERVICE_UNAVAILABLE, "try again")
        }
    }
}

async fn is_ours(app: &App, token: &str, now: Timestamp) -> Result<bool, runtime::SecretError> {
    let fits = |secret: &runtime::WebhookSecret| {
        secret.verify_token.as_ref().is_some_and(|expected| verify_token(expected.reveal(), token))
    };
    let secret = app.secret.get(now).await?;
    if fits(&secret) {
        return Ok(true);
    }
    // The token may have been changed since it was read.
    Ok(app.secret.newer_than(&secret, now).await?.is_some_and(|newer| fits(&newer)))
}

struct Handshake {
    mode: String,
    token: String,
    challenge: String,
}

/// `None` unless all three are there, once each, and the challenge is 1–1,024 printable ASCII characters.
fn parse(query: &str) -> Option<Handshake> {
    let mut parameters: HashMap<String, String> = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if name.starts_with("hub.") && parameters.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    let mut take = |name| parameters.remove(name).filter(|value: &String| !value.is_empty());
    let (mode, token, challenge) = (take("hub.mode")?, take("hub.verify_token")?, take("hub.challenge")?);
    let printable = challenge.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    (printable && challenge.len() <= CHALLENGE_MAX).then_some(Handshake { mode, token, challenge })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(query: &str) -> Option<String> {
        parse(query).map(|handshake| handshake.challenge)
    }

    #[test]
    fn all_three_once_each() {
        assert_eq!(
            challenge("hub.mode=subscribe&hub.challenge=1158201&hub.verify_token=x").as_deref(),
            Some("1158201")
        );
        assert_eq!(challenge("hub.mode=subscribe&hub.challenge=1"), None);
        assert_eq!(challenge("hub.mode=subscribe&hub.challenge=&hub.verify_token=x"), None);
        assert_eq!(challenge("hub.mode=subscribe&hub.challenge=1&hub.challenge=2&hub.verify_token=x"), None);
        assert_eq!(challenge(""), None);
    }

    #[test]
    fn a_challenge_is_printable_and_bounded() {
        let with = |value: &str| challenge(&format!("hub.mode=subscribe&hub.verify_token=x&hub.challenge={value}"));
        assert_eq!(with("%3Cscript%3E").as_deref(), Some("<script>"));
        assert_eq!(with("a%00b"), None);
        assert_eq!(with("%C3%A9"), None);
        assert!(with(&"9".repeat(1_024)).is_some());
        assert_eq!(with(&"9".repeat(1_025)), None);
    }
}
