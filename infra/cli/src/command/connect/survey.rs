//! Everything that is so before anything is changed.

use graph::phone_numbers::PhoneNumber;
use graph::{Client, Token};
use model::health::{
    AppFacts, CallbackUrls, Finding, NumberFacts, SubscribedApp, SubscriptionFacts, TokenFacts, can_reach,
};
use model::{Timestamp, WabaId};
use runtime::Text;
use serde_json::Value;

use super::{ConnectArgs, is_id};
use crate::ask::{Asker, anything};
use crate::choose::text;
use crate::error::Error;
use crate::findings::errors;
use crate::reach::System;
use crate::reach::meta::refused;
use crate::reach::secrets::Secrets;

/// What is so, and what was chosen.
pub(super) struct Survey {
    pub(super) secrets: Secrets,
    pub(super) app_id: String,
    pub(super) app_secret: Text,
    /// As it is to be given to Meta, which keeps it on its side too.
    pub(super) verify_token: Text,
    pub(super) token: Token,
    /// Only where another one was given than is stored.
    pub(super) new_token: Option<Text>,
    pub(super) app: Token,
    pub(super) waba: WabaId,
    pub(super) number: PhoneNumber,
    pub(super) facts: NumberFacts,
    /// The channel that the number is here.
    pub(super) channel: Option<Value>,
    pub(super) name: String,
    /// Where Meta has to call.
    pub(super) callback: String,
    /// The app's own subscription.
    pub(super) subscription: Option<SubscriptionFacts>,
    /// Our app's subscription to the account.
    pub(super) subscribed: Option<SubscribedApp>,
    pub(super) urls: CallbackUrls,
}

impl Survey {
    /// The findings are what stands in the way.
    pub(super) async fn make(
        system: &System,
        graph: &Client,
        asker: &Asker,
        args: &ConnectArgs,
    ) -> Result<Result<Self, Vec<Finding>>, Error> {
        let channels = system.channels().await?;
        let secrets = system.secrets().await?;
        let stored_app = secrets.app_id().map(str::to_owned);
        let app_id = match args.app.clone().or_else(|| stored_app.filter(|_| !asker.is_person())) {
            Some(app_id) => app_id,
            None => asker.text("App id", secrets.app_id().map(str::to_owned), "--app ID", is_id)?,
        };
        let app_secret = match (asker.given("WAYPOST_APP_SECRET"), secrets.app_secrets().into_iter().next()) {
            (Some(given), _) => given,
            (None, Some(stored)) => stored,
            (None, None) => asker.secret("WAYPOST_APP_SECRET", "The app secret", anything)?,
        };
        let app = Token::of_app(&app_id, app_secret.reveal());
        if let Err(error) = graph.app_name(&app, &app_id).await {
            // Meta has several codes for a secret that does not fit, none of which means anything else here.
            if error.code().is_none() {
                return Err(refused("Meta does not show the app", &error));
            }
            let facts = AppFacts { has_id: true, has_secret: true, is_taken: Some(false), subscriptions: None };
            return Ok(Err(facts.findings("", false)));
        }
        let given = asker.given("WAYPOST_ACCESS_TOKEN");
        let named = args.waba.clone().or_else(|| waba_of(&channels, args.number.as_deref()));
        let stored = secrets.token(named.as_deref().unwrap_or("default"));
        let new_token = match (given, &stored) {
            (Some(given), Some(stored)) if Token::new(&given) == *stored => None,
            (Some(given), _) => Some(given),
            (None, Some(_)) => None,
            (None, None) => Some(asker.secret("WAYPOST_ACCESS_TOKEN", "The access token", anything)?),
        };
        let token = match (&new_token, stored) {
            (Some(new), _) => Token::new(new),
            (None, Some(stored)) => stored,
            (None, None) => return Err(Error::failed("there is no access token", "waypost token set")),
        };
        let worth = worth(graph, &app, &token).await?;
        let granted = can_reach(&worth);
        let judged = |waba: &str| errors(&TokenFacts::findings(Some(&worth), Some(&app_id), waba, Timestamp::now()));
        // Before an account is chosen only what holds for any of them counts.
        let any = named.clone().or_else(|| granted.as_ref().and_then(|granted| granted.first().cloned()));
        let wrong = judged(any.as_deref().unwrap_or_default());
        if !wrong.is_empty() && (any.is_some() || !worth.is_valid || granted.is_none()) {
            return Ok(Err(wrong));
        }
        let waba = account(graph, asker, &token, named, granted, &channels).await?;
        let wrong = judged(waba.as_str());
        if !wrong.is_empty() {
            return Ok(Err(wrong));
        }
        let number = number(graph, asker, &token, &waba, args.number.as_deref()).await?;
        let channel = channels.iter().find(|channel| text(channel, "/phone_number_id") == number.id.as_str()).cloned();
        if let Some(channel) = &channel
            && text(channel, "/waba_id") != waba.as_str()
        {
            return Err(Error::Failed(format!(
                "the number is a channel here already, of the account {}\n  remedy: waypost channel remove, then connect again",
                text(channel, "/waba_id")
            )));
        }
        let name = match (&channel, &args.name) {
            (Some(channel), _) => text(channel, "/name"),
            (None, Some(name)) => name.clone(),
            (None, None) => asker.text("Name of the channel", Some(proposed(&number)), "--name NAME", anything)?,
        };
        let verify_token = match secrets.verify_token() {
            Some(stored) => stored,
            None => new_verify_token()?,
        };
        let subscriptions = graph.subscriptions(&app, &app_id).await;
        let subscriptions = subscriptions.map_err(|error| refused("Meta does not show the app's callback", &error))?;
        let subscribed = graph.subscribed_apps(&token, &waba).await;
        let subscribed = subscribed.map_err(|error| refused("Meta does not show who is subscribed", &error))?;
        Ok(Ok(Self {
            subscribed: subscribed.into_iter().find(|one| one.app_id == app_id),
            subscription: SubscriptionFacts::of_whatsapp(&subscriptions).cloned(),
            callback: system.webhook.to_string(),
            urls: number.webhook.clone(),
            facts: number.facts(),
            secrets,
            app_id,
            app_secret,
            verify_token,
            token,
            new_token,
            app,
            waba,
            number,
            channel,
            name,
        }))
    }

    pub(super) fn number_shown(&self) -> String {
        let shown = self.number.display_phone_number.clone().unwrap_or_default();
        format!("{shown} ({})", self.number.id)
    }
}

/// By the app; a token of another one only tells of itself.
async fn worth(graph: &Client, app: &Token, token: &Token) -> Result<TokenFacts, Error> {
    let seen = match graph.debug_token(app, token).await {
        Err(error) if error.code() == Some(100) => graph.look_at(token).await,
        seen => seen,
    };
    seen.map_err(|error| refused("Meta does not say what the access token is worth", &error))
}

/// From the token's granular targets: the edge of owned accounts needs more rights.
async fn account(
    graph: &Client,
    asker: &Asker,
    token: &Token,
    named: Option<String>,
    granted: Option<Vec<String>>,
    channels: &[Value],
) -> Result<WabaId, Error> {
    if let Some(named) = named {
        return Ok(WabaId::new(named));
    }
    let mut ids = granted.unwrap_or_else(|| channels.iter().map(|channel| text(channel, "/waba_id")).collect());
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        // The token is granted for all, and Meta has no list of them for it.
        return Ok(WabaId::new(asker.text("Id of the WhatsApp Business Account", None, "--waba ID", is_id)?));
    }
    let mut shown = Vec::new();
    for id in &ids {
        let account = graph.account(token, &WabaId::new(id.as_str())).await;
        let account = account.map_err(|error| refused("Meta does not show the account", &error))?;
        shown.push(format!("{} ({id})", account.and_then(|account| account.name).unwrap_or_default()));
    }
    let at = asker.choose("account", &shown, "--waba ID")?;
    Ok(WabaId::new(ids.swap_remove(at)))
}

/// One of the account's, with all there is to know of it.
async fn number(
    graph: &Client,
    asker: &Asker,
    token: &Token,
    waba: &WabaId,
    named: Option<&str>,
) -> Result<PhoneNumber, Error> {
    let listed = graph.phone_numbers(token, waba).await;
    let mut listed = listed.map_err(|error| refused("Meta does not list the account's numbers", &error))?;
    let shown: Vec<String> = listed.iter().map(shown).collect();
    let at = match named {
        Some(named) => listed.iter().position(|number| number.id.as_str() == named).ok_or_else(|| {
            Error::Failed(format!("the account {waba} has no number {named}; it has: {}", shown.join(", ")))
        })?,
        None if listed.is_empty() => {
            return Err(Error::Failed(format!(
                "the account {waba} has no number\n  remedy: add one: https://business.facebook.com/wa/manage/phone-numbers/"
            )));
        }
        None => asker.choose("number", &shown, "--number PHONE_NUMBER_ID")?,
    };
    let number = graph.phone_number(token, &listed.swap_remove(at).id).await;
    let number = number.map_err(|error| refused("Meta does not show the number", &error))?;
    number.ok_or_else(|| Error::failed("Meta lists the number, and does not show it", "waypost token check"))
}

fn shown(number: &PhoneNumber) -> String {
    let (phone, name) = (number.display_phone_number.as_deref(), number.verified_name.as_deref());
    format!("{} {} ({})", phone.unwrap_or_default(), name.unwrap_or_default(), number.id)
}

fn proposed(number: &PhoneNumber) -> String {
    number.verified_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| number.id.to_string())
}

fn waba_of(channels: &[Value], number: Option<&str>) -> Option<String> {
    let is = |channel: &&Value| Some(text(channel, "/phone_number_id").as_str()) == number;
    channels.iter().find(is).map(|channel| text(channel, "/waba_id"))
}

fn new_verify_token() -> Result<Text, Error> {
    let mut random = [0_u8; 24];
    getrandom::fill(&mut random).map_err(|error| Error::Failed(format!("no randomness: {error}")))?;
    Ok(Text::new(hex::encode(random)))
}
