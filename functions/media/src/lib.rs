//! Copies the files people send into the bucket, because Meta keeps them for seven days only (M-06), and brings the files
//! that a team sends to Meta (M-01 to M-05).
//!
//! One job is one file. A job that fails for now stays in the queue and comes back after a growing wait, for as long as
//! Meta keeps the file; one that can never succeed is recorded on its message, with the reason, and leaves the queue.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod copy;
mod event;
mod failure;
mod fetch;
mod outbound;
pub mod patience;
mod sniff;
mod upload;

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use graph::{Timeouts, Verdict};
use jiff::SignedDuration;
use model::event::DEFAULT_EVENT_TYPES;
use model::{EventFilter, Timestamp};
use queue::{Handled, MediaJob, MediaWork, Queues, Record, Undecodable, UploadJob, run_standard};
use runtime::{Aws, CachedSecret, Env, EnvError, TokensSecret};
use store::Store;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// The variables this function reads; infra/template.yaml sets exactly these.
pub const ENVIRONMENT: &[&str] = &[
    "TABLE_NAME",
    "OUTBOUND_QUEUE_URL",
    "EVENTS_QUEUE_URL",
    "MEDIA_QUEUE_URL",
    "MEDIA_DLQ_URL",
    "MEDIA_BUCKET",
    "TOKENS_SECRET_ID",
    "GRAPH_BASE_URL",
    "GRAPH_VERSION",
    "PUBLIC_URL",
    "FILE_LINK_DAYS",
    "EVENT_TYPES",
    "LOG_LEVEL",
    "METRIC_NAMESPACE",
];

/// Files under way at once, whatever the batch: each holds one part in memory.
const LANES: usize = 3;
/// What is left of an invocation for taking back an upload, recording and answering.
const ENDING: Duration = Duration::from_secs(15);

/// What a job needs, built once in init.
pub struct App {
    graph: graph::Client,
    tokens: CachedSecret<TokensSecret>,
    store: Store,
    queues: Queues,
    s3: aws_sdk_s3::Client,
    events: EventFilter,
    lanes: Semaphore,
    /// Where people follow links: an origin, without a slash at its end.
    public_url: String,
    link_lives: SignedDuration,
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
        queues.outbound = Some(env.required("OUTBOUND_QUEUE_URL")?);
        queues.events = Some(env.required("EVENTS_QUEUE_URL")?);
        queues.media = Some(env.required("MEDIA_QUEUE_URL")?);
        queues.media_dlq = Some(env.required("MEDIA_DLQ_URL")?);
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
            public_url: env.required("PUBLIC_URL")?.trim_end_matches('/').to_owned(),
            link_lives: link_lives(env)?,
        })
    }
}

/// `FILE_LINK_DAYS`: how long a link to a file lives that was sent as one.
fn link_lives(env: &Env) -> Result<SignedDuration, EnvError> {
    let expected = "a whole number of days from 1 to 30";
    let days: i64 = env.parsed("FILE_LINK_DAYS", expected, 7)?;
    if (1..=30).contains(&days) {
        return Ok(SignedDuration::from_hours(24 * days));
    }
    Err(EnvError::Invalid { name: String::from("FILE_LINK_DAYS"), expected })
}

/// Handles a batch of the `media` queue, its records side by side. `left` is the time until Lambda ends the function.
pub async fn handle(app: &App, event: SqsEvent, now: Timestamp, left: Duration) -> Result<SqsBatchResponse, NoBatch> {
    let deadline = Instant::now() + left.saturating_sub(ENDING);
    let records = Record::all_of(event).ok_or(NoBatch)?;
    let outcome = run_standard(records, |record| one(app, record, now, deadline)).await;
    if !outcome.visibility.is_empty()
        && let Err(error) = app.queues.change_media_visibility(&outcome.visibility).await
    {
        // They come back all the same, when the queue's own timeout passes.
        tracing::warn!(%error, records = outcome.visibility.len(), "could not set when records come back");
    }
    Ok(outcome.response())
}

async fn one(app: &App, record: Record, now: Timestamp, deadline: Instant) -> Handled {
    match MediaWork::decode(&record.body) {
        Ok(MediaWork::Copy(job)) => copied(app, &record, &job, now, deadline).await,
        Ok(MediaWork::Upload(job)) => brought(app, &record, &job, now, deadline).await,
        Err(error) => unreadable(app, &record, &error).await,
    }
}

async fn copied(app: &App, record: &Record, job: &MediaJob, now: Timestamp, deadline: Instant) -> Handled {
    match fetch::fetch(app, job, record.receive_count, now, deadline).await {
        Ok(()) => Handled::Done,
        Err(error) => {
            let wait = wait(&error, record);
            let waiting_hours = patience::age(job.at, now).as_secs() / 3600;
            if waiting_hours >= patience::OVERDUE_HOURS {
                // An alarm counts these lines, so no LOG_LEVEL may keep them back.
                tracing::error!(
                    media_id = %job.media_id,
                    waiting_hours,
                    metric = "MediaOverdue",
                    "a file could not be copied for too long"
                );
            }
            tracing::warn!(
                phone_number_id = %job.phone_number_id,
                media_id = %job.media_id,
                receive_count = record.receive_count,
                wait_s = wait,
                %error,
                "a file could not be copied yet"
            );
            Handled::RetryAfter(wait)
        }
    }
}

async fn brought(app: &App, record: &Record, job: &UploadJob, now: Timestamp, deadline: Instant) -> Handled {
    let wait = outbound::wait(record);
    match outbound::bring(app, job, record.receive_count, wait, now, deadline).await {
        Ok(()) => Handled::Done,
        Err(error) => {
            let asked = if let outbound::Error::NotYet(trouble) = &error { trouble.asks_for() } else { 0 };
            let wait_s = wait.max(asked);
            let (send_id, receive_count) = (&job.send_id, record.receive_count);
            tracing::warn!(%send_id, receive_count, wait_s, %error, "a file could not be brought to Meta yet");
            Handled::RetryAfter(wait_s)
        }
    }
}

/// Not ours, or of a later version: moved aside, where an alarm makes somebody look while Meta still has the file.
async fn unreadable(app: &App, record: &Record, error: &Undecodable) -> Handled {
    tracing::error!(%error, "a media job cannot be read");
    match app.queues.bury_media(record).await {
        Ok(()) => Handled::Done,
        Err(error) => {
            tracing::error!(%error, "a media job that cannot be read could not be moved aside");
            Handled::Failed
        }
    }
}

/// In seconds. Ours grows with the attempts; Meta's, where it asked for one, may lengthen it.
fn wait(error: &fetch::Error, record: &Record) -> u32 {
    let own = patience::wait(record.receive_count, patience::jitter(&record.message_id, record.receive_count));
    let asked = match error {
        fetch::Error::NotYet(copy::NotYet::Graph(error)) => match copy::verdict(error) {
            Verdict::Retry { after } => after,
            _ => Duration::ZERO,
        },
        _ => Duration::ZERO,
    };
    u32::try_from(own.max(asked).as_secs()).unwrap_or(u32::MAX)
}
