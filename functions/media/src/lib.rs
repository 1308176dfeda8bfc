//! Copies the files people send into the bucket, because Meta keeps them for seven days only (M-01).
//!
//! One job is one file. A job that fails for now stays in the queue; one that can never succeed is recorded on its
//! message, with the reason, and leaves the queue.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod fetch;
mod upload;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use graph::Timeouts;
use model::event::DEFAULT_EVENT_TYPES;
use model::{EventFilter, Timestamp};
use queue::{Handled, MediaJob, Queues, Record, run_standard};
use runtime::{Aws, CachedSecret, Env, EnvError, TokensSecret};
use store::Store;
use tokio::sync::Semaphore;

/// The variables this function reads; infra/template.yaml sets exactly these.
pub const ENVIRONMENT: &[&str] = &[
    "TABLE_NAME",
    "EVENTS_QUEUE_URL",
    "MEDIA_BUCKET",
    "TOKENS_SECRET_ID",
    "GRAPH_BASE_URL",
    "GRAPH_VERSION",
    "EVENT_TYPES",
    "LOG_LEVEL",
];

/// Files under way at once, whatever the batch: each holds up to two parts in memory.
const LANES: usize = 3;

/// What a job needs, built once in init.
pub struct App {
    graph: graph::Client,
    tokens: CachedSecret<TokensSecret>,
    store: Store,
    queues: Queues,
    s3: aws_sdk_s3::Client,
    events: EventFilter,
    lanes: Semaphore,
}

/// The event is no batch of SQS, whose records each have an id.
#[derive(Debug, thiserror::Error)]
#[error("a record without an id came, which SQS does not send")]
pub struct NoBatch;

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
        let events = env.optional("EVENT_TYPES").unwrap_or(DEFAULT_EVENT_TYPES);
        Ok(Self {
            graph,
            tokens: CachedSecret::new(aws.secretsmanager(), env.required("TOKENS_SECRET_ID")?),
            store: Store::new(aws.dynamodb(), aws.s3(), env.required("TABLE_NAME")?, env.required("MEDIA_BUCKET")?),
            queues,
            s3: aws.s3(),
            events: EventFilter::parse(events).map_err(|_| EnvError::Invalid {
                name: String::from("EVENT_TYPES"),
                expected: "a comma list of *, event types or message.status:<status>, each negated by a leading -",
            })?,
            lanes: Semaphore::new(LANES),
        })
    }
}

/// Handles a batch of the `media` queue, its records side by side.
pub async fn handle(app: &App, event: SqsEvent, now: Timestamp) -> Result<SqsBatchResponse, NoBatch> {
    let records = Record::all_of(event).ok_or(NoBatch)?;
    Ok(run_standard(records, |record| one(app, record, now)).await.response())
}

async fn one(app: &App, record: Record, now: Timestamp) -> Handled {
    let job = match MediaJob::decode(&record.body) {
        Ok(job) => job,
        Err(error) => {
            // Not ours, or of a later version: the queue moves it aside, where somebody looks.
            tracing::error!(%error, "a media job cannot be read");
            return Handled::Failed;
        }
    };
    match fetch::fetch(app, &job, now).await {
        Ok(()) => Handled::Done,
        Err(error) => {
            tracing::warn!(
                phone_number_id = %job.phone_number_id,
                media_id = %job.media_id,
                receive_count = record.receive_count,
                %error,
                "a file could not be copied yet"
            );
            Handled::Failed
        }
    }
}
