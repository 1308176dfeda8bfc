//! A number's health: every finding with its remedy (C-09, X-01 to X-08, L-07, D-01).
//!
//! As far as the account's token and the table tell. What needs the app's secret, the callback's URL or AWS itself is for
//! `waypost doctor`, which asks here first.

mod gather;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use model::PhoneNumberId;
use model::health::{CallbackUrls, Level};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Segments;
use crate::problem::Problem;
use crate::{App, channels};

/// How a number is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// What was looked at, the worst first.
    findings: Vec<Finding>,
    /// Where Meta sends the number's webhooks, as it says.
    callbacks: Callbacks,
}

/// What a check has to say; infra/docs/doctor.md lists them all.
#[derive(Serialize, ToSchema)]
pub(crate) struct Finding {
    /// Stable.
    id: &'static str,
    /// `ok`, `info`, `manual`, `warn` or `error`.
    #[schema(value_type = String)]
    level: Level,
    /// What was found.
    what: String,
    /// What to do; empty where there is nothing to do.
    remedy: String,
}

/// The more particular goes first: the number's own, the account's, the app's.
#[derive(Serialize, ToSchema)]
pub(crate) struct Callbacks {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<String>,
}

/// Looks at a number: its token, registration, name and quality, its account, the app that is subscribed, and what waits.
#[utoipa::path(get, path = "/v1/channels/{phone_number_id}/health", operation_id = "get_channel_health", tag = "channels",
    params(("phone_number_id" = String, Path, description = "Meta's id of the number")),
    responses((status = 200, description = "Every finding", body = Health), Problem))]
pub(crate) async fn show(State(app): State<Arc<App>>, Segments(id): Segments<String>) -> Result<Json<Health>, Problem> {
    let channel = channels::known(&app, &PhoneNumberId::new(id)).await?;
    let now = app.now();
    let running = gather::running(&app, &channel, now).await?;
    let (mut findings, callbacks) = gather::at_meta(&app, &channel, now).await;
    findings.extend(running.findings(now));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let CallbackUrls { phone_number, account, application } = callbacks;
    let findings = findings.into_iter().map(Finding::from).collect();
    Ok(Json(Health { findings, callbacks: Callbacks { phone_number, account, application } }))
}

impl From<model::health::Finding> for Finding {
    fn from(finding: model::health::Finding) -> Self {
        let model::health::Finding { id, level, what, remedy } = finding;
        Self { id, level, what, remedy }
    }
}
