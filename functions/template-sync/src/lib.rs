//! Keeps templates and numbers in step with Meta: every WABA on a schedule, one WABA on demand (S-01, L-08, A-06).
//!
//! Webhooks tell of changes first; this reconciles what they missed, and tells what no webhook tells: a number's health and
//! an account's token, where they change. On the schedule it also looks at what the tokens are worth.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod demand;
mod numbers;
mod pause;
mod sync;
mod templates;
mod token;
mod told;
mod worth;

use std::collections::BTreeMap;

use aws_lambda_events::sqs::SqsEvent;
use futures::stream;
use futures::{FutureExt, StreamExt};
use graph::Timeouts;
use model::event::DEFAULT_EVENT_TYPES;
use model::{Channel, EventFilter, Timestamp, WabaId};
use queue::{Queues, Record, run_standard};
use runtime::{Aws, CachedSecret, Env, EnvError, TokensSecret};
use serde_json::{Value, json};
use store::Store;

use crate::pause::AppPause;
use crate::sync::Synced;

/// The variables this function reads; infra/template.yaml sets exactly these.
pub const ENVIRONMENT: &[&str] = &[
    "TABLE_NAME",
    "MEDIA_BUCKET",
    "EVENTS_QUEUE_URL",
    "SYNC_QUEUE_URL",
    "TOKENS_SECRET_ID",
    "GRAPH_BASE_URL",
    "GRAPH_VERSION",
    "EVENT_TYPES",
    "LOG_LEVEL",
    "METRIC_NAMESPACE",
];

/// WABAs under way at once: a listing is held in memory whole.
const LANES: usize = 4;

/// What a sync needs, built once in init.
pub struct App {
    graph: graph::Client,
    tokens: CachedSecret<TokensSecret>,
    store: Store,
    queues: Queues,
    events: EventFilter,
    pause: AppPause,
}

/// Why an event was not dealt with. What concerns one WABA only is recorded on its sync run instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The event is no batch of SQS, whose records each have an id.
    #[error("an event came that looks like a batch of SQS and is none")]
    NoBatch,
    /// The channels could not be listed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// For these many WABAs not even a failure could be recorded.
    #[error("{0} of the accounts could not be synced, nor that be recorded")]
    Unrecorded(usize),
}

impl App {
    /// Reads the environment; makes no call.
    pub fn from_env(env: &Env) -> Result<Self, EnvError> {
        let aws = Aws::from_env(env)?;
        let base_url = env.optional("GRAPH_BASE_URL").unwrap_or("https://graph.facebook.com");
        let version = env.optional("GRAPH_VERSION").unwrap_or("v24.0");
        let graph = graph::Client::new(base_url, version, Timeouts::default()).map_err(|error| EnvError::Invalid {
            name: String::from("GRAPH_BASE_URL or GRAPH_VERSION"),
            expected: error.title(),
        })?;
        let mut queues = Queues::new(aws.sqs());
        queues.events = Some(env.required("EVENTS_QUEUE_URL")?);
        queues.sync = Some(env.required("SYNC_QUEUE_URL")?);
        let events = env.optional("EVENT_TYPES").unwrap_or(DEFAULT_EVENT_TYPES);
        Ok(Self {
            events: EventFilter::parse(events).map_err(|_| EnvError::Invalid {
                name: String::from("EVENT_TYPES"),
                expected: "a comma list of *, event types or message.status:<status>, each negated by a leading -",
            })?,
            graph,
            queues,
            pause: AppPause::default(),
            tokens: CachedSecret::new(aws.secretsmanager(), env.required("TOKENS_SECRET_ID")?),
            store: Store::new(aws.dynamodb(), aws.s3(), env.required("TABLE_NAME")?, env.required("MEDIA_BUCKET")?),
        })
    }
}

/// A batch of the `sync` queue, answered with what failed; anything else is the schedule.
pub async fn handle(app: &App, event: Value, now: Timestamp) -> Result<Value, Error> {
    if event.get("Records").is_some() {
        let batch: SqsEvent = serde_json::from_value(event).map_err(|_| Error::NoBatch)?;
        let records = Record::all_of(batch).ok_or(Error::NoBatch)?;
        let outcome = run_standard(records, |record| demand::handle(app, record, now)).await;
        if !outcome.visibility.is_empty()
            && let Err(error) = app.queues.change_sync_visibility(&outcome.visibility).await
        {
            // They come back all the same, when the queue's own timeout passes.
            tracing::warn!(%error, "could not set when a job comes back");
        }
        return serde_json::to_value(outcome.response()).map_err(|_| Error::NoBatch);
    }
    on_schedule(app, now).await
}

/// Every WABA that has a channel; one's failure does not stop another.
async fn on_schedule(app: &App, now: Timestamp) -> Result<Value, Error> {
    let mut wabas: BTreeMap<WabaId, Vec<Channel>> = BTreeMap::new();
    for channel in app.store.channels().await? {
        wabas.entry(channel.waba_id.clone()).or_default().push(channel);
    }
    let count = wabas.len();
    let accounts: Vec<WabaId> = wabas.keys().cloned().collect();
    let syncs: Vec<_> = wabas
        .into_iter()
        // Boxed: the compiler cannot see that the future of a closure with borrows is Send (rust-lang/rust#100013).
        .map(|(waba, channels)| async move { sync::sync(app, &waba, &channels, now).await }.boxed())
        .collect();
    let outcomes: Vec<_> = stream::iter(syncs).buffer_unordered(LANES).collect().await;
    let unrecorded = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    if unrecorded > 0 {
        return Err(Error::Unrecorded(unrecorded));
    }
    let failed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Synced::Failed { .. }))).count();
    let mut done = json!({"wabas": count, "failed": failed});
    let found = worth::check(app, &accounts, now).await;
    if !found.is_empty() {
        done["tokens"] = json!(found);
    }
    Ok(done)
}
