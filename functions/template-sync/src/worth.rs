//! What the accounts' tokens are worth, looked at on the schedule: before one ends, not after.

use std::collections::BTreeSet;

use graph::debug_token::refused_token;
use model::health::{Finding, Level, TokenFacts};
use model::{Timestamp, WabaId};
use runtime::NoToken;

use crate::App;
use crate::sync::Failure;
use crate::token::with_token;
use crate::told;

/// Says in the log what is wrong with the token of each account, for an alarm to hear; the ids of what was found.
pub(crate) async fn check(app: &App, wabas: &[WabaId], now: Timestamp) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for waba in wabas {
        let Some(findings) = look(app, waba, now).await else { continue };
        if let Err(error) = tell(app, waba, &findings, now).await {
            tracing::warn!(waba_id = %waba, %error, "what became of the token could not be told");
        }
        for finding in findings {
            found.insert(finding.id);
            match (finding.level, finding.id) {
                (Level::Error, id) => {
                    tracing::error!(waba_id = %waba, finding = id, metric = "TokenInvalid", "{}", finding.remedy);
                }
                (_, id @ ("token_expires" | "data_access_expires")) => {
                    tracing::warn!(waba_id = %waba, finding = id, metric = "TokenExpiring", "{}", finding.remedy);
                }
                (_, id) => tracing::warn!(waba_id = %waba, finding = id, "{}", finding.remedy),
            }
        }
    }
    found
}

/// Once for each change.
async fn tell(app: &App, waba: &WabaId, findings: &[Finding], now: Timestamp) -> Result<(), Failure> {
    let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.id).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let known = app.store.sync_run(waba).await?;
    if known.token_findings == ids {
        return Ok(());
    }
    told::token(app, waba, &ids, &known.token_findings, known.token_findings_at, now).await?;
    Ok(app.store.record_token_findings(waba, &ids, now).await?)
}

/// Those that are a warning or worse; `None` where it cannot be looked at: the sync itself says so.
async fn look(app: &App, waba: &WabaId, now: Timestamp) -> Option<Vec<Finding>> {
    let secret = app.tokens.get(now).await.ok()?;
    let looked = with_token(app, waba, now, |token| async move { app.graph.debug_token(&token, &token).await }).await;
    let facts = match looked {
        Ok(facts) => Some(facts),
        Err(Failure::NoToken(NoToken::Absent)) => None,
        Err(error) => {
            let refused = match &error {
                Failure::Graph(error) => refused_token(error),
                _ => None,
            };
            if refused.is_none() {
                tracing::warn!(waba_id = %waba, %error, "the token could not be looked at");
                return None;
            }
            refused
        }
    };
    let findings = TokenFacts::findings(facts.as_ref(), secret.app_id.as_deref(), waba.as_str(), now);
    Some(findings.into_iter().filter(|finding| finding.level >= Level::Warn).collect())
}
