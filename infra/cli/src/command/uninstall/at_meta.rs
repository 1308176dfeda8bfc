//! What leads from Meta to this system, and ending it.

use graph::{Client, Token};
use model::WabaId;
use model::health::{SubscribedApp, SubscriptionFacts};

use crate::choose::text;
use crate::error::Error;
use crate::reach::System;
use crate::reach::meta::{MetaArgs, refused};

/// What was found.
pub(super) struct AtMeta {
    app_id: String,
    app: Token,
    /// The app's callback is this system's.
    leads_here: bool,
    /// Accounts whose messages come here, each with its token.
    accounts: Vec<(WabaId, Token)>,
}

impl AtMeta {
    pub(super) async fn look(system: &System, args: &MetaArgs) -> Result<Self, Error> {
        let graph = system.graph(args)?;
        let secrets = system.secrets().await?;
        let missing =
            || Error::failed("no app is connected, so nothing at Meta leads here by its secrets", "waypost doctor");
        let app_id = secrets.app_id().ok_or_else(missing)?.to_owned();
        let app = secrets.app_token().ok_or_else(missing)?;
        let subscriptions = graph.subscriptions(&app, &app_id).await;
        let subscriptions = subscriptions.map_err(|error| refused("Meta does not show the app's callback", &error))?;
        let ours = system.webhook.as_str();
        let whatsapp = SubscriptionFacts::of_whatsapp(&subscriptions);
        let leads_here = whatsapp.is_some_and(|subscription| subscription.callback_url == ours);
        let mut wabas: Vec<String> = system.channels().await?.iter().map(|channel| text(channel, "/waba_id")).collect();
        wabas.sort();
        wabas.dedup();
        let mut accounts = Vec::new();
        for waba in wabas {
            let Some(token) = secrets.token(&waba) else { continue };
            let waba = WabaId::new(waba);
            if comes_here(&graph, &token, &waba, &app_id, ours, leads_here).await? {
                accounts.push((waba, token));
            }
        }
        Ok(Self { app_id, app, leads_here, accounts })
    }

    /// Each thing that would be ended, for a person.
    pub(super) fn to_lines(&self) -> Vec<String> {
        let account = |(waba, _): &(WabaId, Token)| {
            format!("the app {} is subscribed to the account {waba}, and its messages come here", self.app_id)
        };
        let mut lines: Vec<String> = self.accounts.iter().map(account).collect();
        if self.leads_here {
            lines.push(format!("the callback of the app {} is this system's", self.app_id));
        }
        lines
    }

    /// The accounts first: what ends early has left nothing that leads nowhere. Says what was ended.
    pub(super) async fn end(&self, system: &System, args: &MetaArgs) -> Result<Vec<String>, Error> {
        let graph = system.graph(args)?;
        let mut ended = Vec::new();
        for (waba, token) in &self.accounts {
            let done = graph.unsubscribe_account(token, waba).await;
            done.map_err(|error| refused("Meta does not end the subscription to the account", &error))?;
            ended.push(format!("subscription {waba}"));
        }
        if self.leads_here {
            let done = graph.unsubscribe(&self.app, &self.app_id).await;
            done.map_err(|error| refused("Meta does not end the app's callback", &error))?;
            ended.push(String::from("callback"));
        }
        Ok(ended)
    }
}

/// Whether our app is subscribed to the account, by an override of its own or by the app's callback. Where both are
/// another system's, so is the subscription.
async fn comes_here(
    graph: &Client,
    token: &Token,
    waba: &WabaId,
    app_id: &str,
    ours: &str,
    leads_here: bool,
) -> Result<bool, Error> {
    let apps = graph.subscribed_apps(token, waba).await;
    let apps = apps.map_err(|error| refused("Meta does not show who is subscribed to the account", &error))?;
    let is_ours = |app: &SubscribedApp| {
        app.app_id == app_id && app.override_callback_uri.as_deref().map_or(leads_here, |url| url == ours)
    };
    Ok(apps.iter().any(is_ours))
}
