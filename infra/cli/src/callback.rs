//! The callback, asked as Meta asks it.

use std::time::SystemTime;

use http::header::{CONTENT_TYPE, DATE};
use jiff::SignedDuration;
use model::health::{Answered, CallbackFacts};
use reqwest::Response;
use runtime::Text;
use url::Url;

use crate::api::client;
use crate::error::Error;
use crate::sign::signature;

/// An envelope that nothing is in: whoever takes it has nothing to store.
const NOTHING: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;

/// How it answered, and how far this machine's clock is ahead of it.
pub(crate) struct Asked {
    pub(crate) facts: CallbackFacts,
    pub(crate) clock_ahead: Option<SignedDuration>,
}

/// A handshake with the stored verify token, then a signed event that holds nothing.
pub(crate) async fn ask(url: &Url, verify_token: &str, app_secret: Option<&Text>) -> Result<Asked, Error> {
    let challenge = nonce()?;
    let mut handshake = url.clone();
    handshake
        .query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", verify_token);
    let answer = client(url)?.get(handshake).send().await;
    let clock_ahead = answer.as_ref().ok().and_then(ahead);
    let handshake = match answer {
        Err(_) => Answered::Nothing,
        Ok(answer) if answer.status() != 200 => Answered::Status(answer.status().as_u16()),
        Ok(answer) => match answer.text().await {
            Ok(text) if text == challenge => Answered::Status(200),
            _ => Answered::NoChallenge,
        },
    };
    let event = match app_secret {
        Some(secret) => Some(signed(url, secret).await?),
        None => None,
    };
    let url = url.as_str().to_owned();
    Ok(Asked { facts: CallbackFacts { url, handshake, event }, clock_ahead })
}

/// How a signed event that holds nothing is answered.
pub(crate) async fn signed(url: &Url, app_secret: &Text) -> Result<Answered, Error> {
    let request = client(url)?
        .post(url.clone())
        .header(CONTENT_TYPE, "application/json")
        .header("x-hub-signature-256", signature(app_secret.reveal(), NOTHING.as_bytes())?)
        .body(NOTHING);
    Ok(match request.send().await {
        Ok(answer) => Answered::Status(answer.status().as_u16()),
        Err(_) => Answered::Nothing,
    })
}

fn ahead(answer: &Response) -> Option<SignedDuration> {
    let theirs = answer.headers().get(DATE)?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(theirs).ok()?.timestamp();
    let ours = jiff::Timestamp::try_from(SystemTime::now()).ok()?;
    Some(ours.duration_since(theirs))
}

fn nonce() -> Result<String, Error> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).map_err(|error| Error::Failed(format!("no randomness: {error}")))?;
    Ok(hex::encode(random))
}
