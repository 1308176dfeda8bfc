//! What is looked at: at Meta with the account's token, and in the table.

use graph::{Error, Token};
use model::health::{
    AccountFacts, CallbackUrls, Finding, Level, NumberFacts, RunningFacts, SubscribedApp, TokenFacts, meta_unreachable,
    token_unreadable,
};
use model::{Channel, Timestamp};
use runtime::{SecretError, TokensSecret};

use crate::App;
use crate::problem::Problem;

/// What the table knows.
pub(super) async fn running(app: &App, channel: &Channel, now: Timestamp) -> Result<RunningFacts, Problem> {
    let number = &channel.phone_number_id;
    let (sending, pending, contacts, sync) = futures::future::join4(
        app.store.sending(number),
        app.store.pending(number, now),
        // A page is in the order of hours only.
        app.store.contacts(number, 50, None),
        app.store.sync_run(&channel.waba_id),
    )
    .await;
    let (pending, sync) = (pending?, sync?);
    Ok(RunningFacts {
        block: sending?.block,
        uncertain: pending.uncertain,
        overdue: pending.overdue,
        overdue_since: pending.overdue_since,
        last_inbound_at: contacts?.items.iter().filter_map(|contact| contact.last_inbound_at).max(),
        sync_error: sync.error.filter(|_| sync.result.as_deref() != Some("succeeded")),
        graph_version: app.graph.version().to_owned(),
    })
}

/// What Meta says. Whatever it does not say is left out, and told of once.
pub(super) async fn at_meta(app: &App, channel: &Channel, now: Timestamp) -> (Vec<Finding>, CallbackUrls) {
    let none = CallbackUrls::default();
    let secret = match app.tokens.get(now).await {
        Ok(secret) => secret,
        Err(error) => return (vec![unreadable(&error)], none),
    };
    let (mut secret, waba) = (secret, channel.waba_id.as_str());
    let mut looked = look(app, &secret, waba).await;
    if !matches!(&looked, Ok(Some((_, facts))) if facts.is_valid)
        && let Ok(Some(newer)) = app.tokens.newer_than(&secret, now).await
    {
        secret = newer;
        looked = look(app, &secret, waba).await;
    }
    let ours = secret.app_id.as_deref();
    let (token, facts) = match looked {
        Ok(Some(looked)) => looked,
        Ok(None) => return (TokenFacts::findings(None, ours, waba, now), none),
        Err(error) => return (vec![meta_unreachable(error.title())], none),
    };
    let mut findings = TokenFacts::findings(Some(&facts), ours, waba, now);
    if !facts.is_valid {
        return (findings, none);
    }
    let (number, account, apps) = futures::future::join3(
        app.graph.phone_number(&token, &channel.phone_number_id),
        app.graph.account(&token, &channel.waba_id),
        app.graph.subscribed_apps(&token, &channel.waba_id),
    )
    .await;
    // What a token without the account does not see says nothing of the number.
    let is_blind = findings.iter().any(|finding| finding.level == Level::Error);
    let mut silent = None;
    let number = told(number, &mut silent);
    let callbacks = number.as_ref().and_then(Option::as_ref).map(|number| number.webhook.clone()).unwrap_or_default();
    if let Some(number) = number.filter(|number| number.is_some() || !is_blind) {
        let facts = number.map(|number| NumberFacts { test_number: channel.overrides.test_number, ..number.facts() });
        findings.extend(NumberFacts::findings(facts.as_ref(), channel.phone_number_id.as_str()));
    }
    let account = told(account, &mut silent);
    let is_hidden = matches!(account, Some(None));
    if let Some(account) = account.filter(|account| account.is_some() || !is_blind) {
        findings.extend(AccountFacts::findings(account.as_ref(), waba));
    }
    // Of an account that Meta does not show it tells nothing, which is said already.
    if !is_hidden && let Some(apps) = told(apps, &mut silent) {
        findings.extend(SubscribedApp::findings(&apps, ours, waba));
    }
    findings.extend(silent.map(meta_unreachable));
    (findings, callbacks)
}

fn unreadable(error: &SecretError) -> Finding {
    let remedy = match error {
        SecretError::Malformed { .. } => "Correct the tokens secret; infra/docs/deploy.md shows its form.",
        SecretError::Unavailable { .. } => {
            "Try again. If it lasts, the stack's roles or the secret's key were changed: deploy it again (infra/docs/deploy.md)."
        }
    };
    token_unreadable(&error.to_string(), remedy)
}

async fn look(app: &App, secret: &TokensSecret, waba: &str) -> Result<Option<(Token, TokenFacts)>, Error> {
    let Some(token) = secret.for_waba(waba).map(Token::new) else { return Ok(None) };
    let facts = app.graph.look_at(&token).await?;
    Ok(Some((token, facts)))
}

/// What Meta told. That a permission is missing the token's own findings say; anything else is kept for a word of its own.
fn told<T>(outcome: Result<T, Error>, silent: &mut Option<&'static str>) -> Option<T> {
    match outcome {
        Ok(told) => Some(told),
        Err(error) => {
            tracing::warn!(%error, "Meta did not say how the number is");
            if !matches!(error.code(), Some(10 | 200..=299)) {
                *silent = Some(error.title());
            }
            None
        }
    }
}
