//! What is missing.

use model::health::{CallbackFacts, FIELDS};

use super::ConnectArgs;
use super::survey::Survey;
use crate::error::Error;

/// One change, in the order they are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    WebhookSecret,
    TokensSecret,
    Channel,
    /// The app's callback, with these fields.
    Callback(Vec<String>),
    /// The number's own callback goes, which leads elsewhere.
    NumberOverride(String),
    /// Our app to the account, with a callback of the account's own or without.
    Subscribe {
        overriding: bool,
    },
    Register,
}

impl Change {
    pub(super) fn id(&self) -> &'static str {
        match self {
            Self::WebhookSecret => "webhook_secret",
            Self::TokensSecret => "tokens_secret",
            Self::Channel => "channel",
            Self::Callback(_) => "callback",
            Self::NumberOverride(_) => "number_override",
            Self::Subscribe { .. } => "subscribe",
            Self::Register => "register",
        }
    }

    pub(super) fn describe(&self, survey: &Survey) -> String {
        let url = &survey.callback;
        match self {
            Self::WebhookSecret => {
                String::from("Put the app secret into the webhook secret, first; the one before stays second.")
            }
            Self::TokensSecret => String::from("Put app id and access token into the tokens secret."),
            Self::Channel => format!("Add the number as the channel {:?}.", survey.name),
            Self::Callback(fields) => match &survey.subscription {
                Some(old) if !CallbackFacts::is_same(&old.callback_url, url) => {
                    format!(
                        "Replace the app's callback {} by {url}, with the fields {}.",
                        old.callback_url,
                        fields.join(", ")
                    )
                }
                _ => format!("Set the app's callback to {url}, with the fields {}.", fields.join(", ")),
            },
            Self::NumberOverride(elsewhere) => format!("Remove the number's own callback {elsewhere}."),
            Self::Subscribe { overriding: true } => {
                format!(
                    "Subscribe the app {} to the account {}, whose messages go to {url}.",
                    survey.app_id, survey.waba
                )
            }
            Self::Subscribe { overriding: false } => {
                format!("Subscribe the app {} to the account {}.", survey.app_id, survey.waba)
            }
            Self::Register => String::from("Register the number on the Cloud API with its PIN."),
        }
    }
}

/// Nothing, where everything is as it has to be. A callback that leads elsewhere is not replaced unasked.
pub(super) fn plan(survey: &Survey, args: &ConnectArgs) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    let secrets = &survey.secrets;
    let is_known = secrets.app_secrets().first().is_some_and(|stored| stored == &survey.app_secret);
    if !is_known || secrets.verify_token().is_none() {
        changes.push(Change::WebhookSecret);
    }
    if secrets.app_id() != Some(&survey.app_id) || survey.new_token.is_some() {
        changes.push(Change::TokensSecret);
    }
    if survey.channel.is_none() {
        changes.push(Change::Channel);
    }
    changes.extend(callback(survey, args)?);
    changes.extend(number_override(survey, args)?);
    changes.extend(subscribe(survey, args)?);
    if !survey.facts.is_registered() && survey.facts.is_verified() {
        changes.push(Change::Register);
    }
    Ok(changes)
}

fn callback(survey: &Survey, args: &ConnectArgs) -> Result<Option<Change>, Error> {
    let wanted = || FIELDS.iter().map(|field| (*field).to_owned()).collect();
    let Some(now) = &survey.subscription else { return Ok(Some(Change::Callback(wanted()))) };
    if !CallbackFacts::is_same(&now.callback_url, &survey.callback) {
        if args.override_callback || survey.urls.overrides_to(&survey.callback) {
            return Ok(None);
        }
        if !args.replace_callback {
            return Err(Error::Failed(format!(
                "the app's callback is {}, and an app has only one\n  remedy: --replace-callback takes it over; --override sets \
                 one for this account only, and leaves the app's as it is",
                now.callback_url
            )));
        }
    } else if now.active && now.missing().is_empty() {
        return Ok(None);
    }
    // Fields that somebody else subscribed stay.
    let others = now.fields.iter().filter(|field| !FIELDS.contains(&field.as_str())).cloned();
    let fields: Vec<String> = wanted().into_iter().chain(others).collect::<Vec<String>>();
    Ok(Some(Change::Callback(fields)))
}

/// It comes before the account's and the app's.
fn number_override(survey: &Survey, args: &ConnectArgs) -> Result<Option<Change>, Error> {
    match &survey.urls.phone_number {
        None => Ok(None),
        Some(url) if CallbackFacts::is_same(url, &survey.callback) => Ok(None),
        Some(url) if args.replace_callback || args.override_callback => Ok(Some(Change::NumberOverride(url.clone()))),
        Some(url) => Err(Error::failed(
            format!("the number's messages go to {url}: it has an override of its own"),
            "--replace-callback removes it; so does --override, which leaves the app's callback as it is",
        )),
    }
}

fn subscribe(survey: &Survey, args: &ConnectArgs) -> Result<Option<Change>, Error> {
    let ours = |url: &String| CallbackFacts::is_same(url, &survey.callback);
    let Some(now) = &survey.subscribed else {
        return Ok(Some(Change::Subscribe { overriding: args.override_callback }));
    };
    match &now.override_callback_uri {
        None if args.override_callback => Ok(Some(Change::Subscribe { overriding: true })),
        None => Ok(None),
        Some(url) if ours(url) => Ok(None),
        Some(_) if args.override_callback => Ok(Some(Change::Subscribe { overriding: true })),
        Some(_) if args.replace_callback => Ok(Some(Change::Subscribe { overriding: false })),
        Some(url) => Err(Error::Failed(format!(
            "the account's messages go to {url}: it has an override\n  remedy: --replace-callback removes it; --override sets \
             ours instead"
        ))),
    }
}
