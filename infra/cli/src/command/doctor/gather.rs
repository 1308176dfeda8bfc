//! What is looked at from here: secrets, app, callback, queues; and, through `/v1`, every channel.

use graph::{Client, Token};
use model::health::{AppFacts, CallbackUrls, Finding, SystemFacts, by_hand, meta_unreachable};
use serde_json::Value;

use crate::callback;
use crate::choose::{Channel, text};
use crate::error::Error;
use crate::reach::System;
use crate::reach::meta::MetaArgs;
use crate::reach::secrets::Secrets;

/// A finding, and the channel that it is of, where it is of one.
pub(crate) struct Found<'c> {
    pub(crate) of: Option<&'c Channel>,
    pub(crate) finding: Finding,
}

/// Everything that is found without being told of a send or waiting for somebody.
pub(crate) async fn system<'c>(
    system: &System,
    meta: &MetaArgs,
    channels: &'c [Channel],
) -> Result<Vec<Found<'c>>, Error> {
    let graph = system.graph(meta)?;
    let secrets = system.secrets().await?;
    let ours = system.webhook.as_str();
    let mut found = Vec::new();
    let mut overridden = !channels.is_empty();
    for one in channels {
        let (findings, health) = super::channel(system, one).await?;
        let urls = urls(&health);
        overridden &= urls.overrides_to(ours);
        let all = findings.into_iter().chain(urls.findings(ours));
        found.extend(all.map(|finding| Found { of: Some(one), finding }));
    }
    let mut of_system = app(&graph, &secrets, ours, overridden).await;
    let verify_token = secrets.verify_token();
    let verify_token = verify_token.as_ref().map(runtime::Text::reveal).unwrap_or_default();
    let asked = callback::ask(&system.webhook, verify_token, secrets.app_secrets().first()).await?;
    of_system.extend(asked.facts.findings());
    let facts = SystemFacts {
        channels: channels.len(),
        dead_letters: system.dead_letters().await?,
        events: system.events().await?,
        clock_ahead: asked.clock_ahead,
        limits: system.limits().await,
    };
    of_system.extend(facts.findings());
    of_system.extend(by_hand(secrets.app_id()));
    found.extend(of_system.into_iter().map(|finding| Found { of: None, finding }));
    Ok(found)
}

/// The app, with its own token: the reason that this is not `/v1`'s to look at.
async fn app(graph: &Client, secrets: &Secrets, ours: &str, overridden: bool) -> Vec<Finding> {
    let mut facts = AppFacts {
        has_id: secrets.app_id().is_some(),
        has_secret: !secrets.app_secrets().is_empty(),
        ..AppFacts::default()
    };
    let (Some(app_id), Some(token)) = (secrets.app_id(), secrets.app_token()) else {
        return facts.findings(ours, overridden);
    };
    match asked(graph, &token, app_id).await {
        Ok(subscriptions) => {
            facts.is_taken = Some(true);
            facts.subscriptions = Some(subscriptions);
            facts.findings(ours, overridden)
        }
        Err(error) if error.code().is_some() && !error.is_throttled() => {
            facts.is_taken = Some(false);
            facts.findings(ours, overridden)
        }
        Err(error) => vec![meta_unreachable(error.title())],
    }
}

async fn asked(
    graph: &Client,
    token: &Token,
    app_id: &str,
) -> Result<Vec<model::health::SubscriptionFacts>, graph::Error> {
    graph.app_name(token, app_id).await?;
    graph.subscriptions(token, app_id).await
}

fn urls(health: &Value) -> CallbackUrls {
    let url = |name: &str| Some(text(health, &format!("/callbacks/{name}"))).filter(|url| !url.is_empty());
    CallbackUrls { phone_number: url("phone_number"), account: url("account"), application: url("application") }
}
