//! Making a change, and reading back what came of it.

use std::time::{Duration, Instant};

use graph::Client;
use graph::registration::Pin;
use model::health::{Answered, CallbackFacts, CallbackUrls, Finding, NumberFacts, SubscribedApp};
use serde_json::json;

use super::plan::Change;
use super::survey::Survey;
use crate::api::Call;
use crate::ask::{Asker, six_digits};
use crate::callback;
use crate::error::Error;
use crate::reach::System;
use crate::reach::meta::refused;

/// A function reads a secret again at most every 30 s, and its verify token may be five minutes old.
const SEEN_WITHIN: Duration = Duration::from_secs(45);
const BETWEEN: Duration = Duration::from_secs(1);

/// The number's two-step PIN: six digits.
pub(crate) fn pin(asker: &Asker) -> Result<Pin, Error> {
    let text = asker.secret("WAYPOST_PIN", "The number's two-step PIN of six digits", six_digits)?;
    // Written as codes are shown, it is the same PIN.
    let digits: String = text.reveal().chars().filter(char::is_ascii_digit).collect();
    Pin::new(&digits).ok_or_else(|| Error::Usage(String::from("a PIN is six digits")))
}

pub(super) async fn apply(
    system: &System,
    graph: &Client,
    survey: &Survey,
    change: &Change,
    pin: Option<&Pin>,
) -> Result<(), Error> {
    let secrets = &survey.secrets;
    let verify_token = survey.verify_token.reveal();
    match change {
        Change::WebhookSecret => {
            let secret = secrets.webhook.clone().with_app_secret(survey.app_secret.reveal());
            secrets.put(&secret.with("verify_token", verify_token)).await?;
        }
        Change::TokensSecret => {
            let mut secret = secrets.tokens.clone().with("app_id", &survey.app_id);
            if let Some(token) = &survey.new_token {
                // The first token serves every account; a later one only its own.
                let member = if secrets.token("default").is_none() { "default" } else { survey.waba.as_str() };
                secret = secret.with(member, token.reveal());
            }
            secrets.put(&secret).await?;
        }
        Change::Channel => {
            let mut body = json!({"phone_number_id": survey.number.id, "waba_id": survey.waba, "name": survey.name});
            if let Some(phone) = &survey.number.display_phone_number {
                body["display_phone_number"] = phone.as_str().into();
            }
            system.api.call(Call::post(["v1", "channels"], body)).await?;
        }
        Change::Callback(fields) => {
            let set = graph.subscribe(&survey.app, &survey.app_id, &survey.callback, verify_token, fields).await;
            set.map_err(|error| refused("Meta does not take the callback", &error))?;
        }
        Change::NumberOverride(_) => {
            let ended = graph.end_number_override(&survey.token, &survey.number.id).await;
            ended.map_err(|error| refused("Meta does not remove the number's own callback", &error))?;
        }
        Change::Subscribe { overriding } => {
            let own = overriding.then_some((survey.callback.as_str(), verify_token));
            let set = graph.subscribe_account(&survey.token, &survey.waba, own).await;
            set.map_err(|error| refused("Meta does not subscribe the app to the account", &error))?;
        }
        Change::Register => {
            let pin = pin.ok_or_else(|| Error::Usage(String::from("a number is registered with its PIN")))?;
            let set = graph.register(&survey.token, &survey.number.id, pin).await;
            set.map_err(|error| refused("Meta does not register the number", &error))?;
        }
    }
    Ok(())
}

/// What is so now: that *our* app is subscribed, where messages go, and that a signed event is taken through the public URL.
pub(super) async fn verify(system: &System, graph: &Client, survey: &Survey) -> Result<Vec<Finding>, Error> {
    let number = graph.phone_number(&survey.token, &survey.number.id).await;
    let number = number.map_err(|error| refused("Meta does not show the number", &error))?;
    let apps = graph.subscribed_apps(&survey.token, &survey.waba).await;
    let apps = apps.map_err(|error| refused("Meta does not show who is subscribed", &error))?;
    let mut findings = SubscribedApp::findings(&apps, Some(&survey.app_id), survey.waba.as_str());
    let urls: CallbackUrls = number.as_ref().map(|number| number.webhook.clone()).unwrap_or_default();
    findings.extend(urls.findings(&survey.callback));
    let facts = number.map(|number| number.facts());
    findings.extend(NumberFacts::findings(facts.as_ref(), survey.number.id.as_str()));
    findings.extend(public_url(system, survey).await?.findings());
    Ok(findings)
}

/// A secret that was just written is seen by the function a little later.
async fn public_url(system: &System, survey: &Survey) -> Result<CallbackFacts, Error> {
    let began = Instant::now();
    loop {
        let asked = callback::ask(&system.webhook, survey.verify_token.reveal(), Some(&survey.app_secret)).await?;
        let is_taken = asked.facts.event == Some(Answered::Status(200));
        if is_taken || began.elapsed() > SEEN_WITHIN {
            return Ok(asked.facts);
        }
        tokio::time::sleep(BETWEEN).await;
    }
}
