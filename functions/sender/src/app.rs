//! What an invocation needs, built once in init.

use graph::Timeouts;
use jiff::SignedDuration;
use model::event::{DEFAULT_EVENT_TYPES, UnknownEventType};
use model::retention::{DEFAULT_DAYS, LEAST_DAYS};
use model::{EventFilter, Retention, Timestamp};
use queue::Queues;
use runtime::{Aws, CachedSecret, Env, EnvError, TokensSecret};
use store::Store;

use crate::blocks::Blocks;
use crate::channels::Channels;
use crate::limit::Limiter;
use crate::quota::Quotas;
use crate::template::Templates;

/// The variables this function reads beside those of AWS itself. `GRAPH_*`, `EVENT_TYPES`, `UNCERTAIN_AFTER_S`,
/// `HOLD_S`, `*_RETENTION_DAYS` and `LOG_LEVEL` have defaults.
pub const ENVIRONMENT: &[&str] = &[
    "TABLE_NAME",
    "OUTBOUND_QUEUE_URL",
    "OUTBOUND_DLQ_URL",
    "EVENTS_QUEUE_URL",
    "MEDIA_QUEUE_URL",
    "SYNC_QUEUE_URL",
    "MEDIA_BUCKET",
    "TOKENS_SECRET_ID",
    "GRAPH_BASE_URL",
    "GRAPH_VERSION",
    "EVENT_TYPES",
    "UNCERTAIN_AFTER_S",
    "HOLD_S",
    "MESSAGE_RETENTION_DAYS",
    "CONSENT_RETENTION_DAYS",
    "LOG_LEVEL",
    "METRIC_NAMESPACE",
];

/// Clients and settings, and what this process has learnt of channels.
pub struct App {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) graph: graph::Client,
    pub(crate) timeouts: Timeouts,
    pub(crate) tokens: CachedSecret<TokensSecret>,
    pub(crate) blocks: Blocks,
    pub(crate) channels: Channels,
    pub(crate) templates: Templates,
    pub(crate) limiter: Limiter,
    pub(crate) quotas: Quotas,
    pub(crate) events: EventFilter,
    pub(crate) uncertain_after: SignedDuration,
    /// How long a send in doubt or parked holds back later ones to the same person.
    pub(crate) hold: SignedDuration,
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// `GRAPH_BASE_URL` or `GRAPH_VERSION` is refused.
    #[error("GRAPH_BASE_URL or GRAPH_VERSION: {0}")]
    Graph(#[from] graph::Error),
    /// `EVENT_TYPES` names a type there is not.
    #[error("EVENT_TYPES: {0}")]
    EventTypes(#[from] UnknownEventType),
}

impl App {
    /// Reads the environment; makes no call.
    pub fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with_timeouts(env, Timeouts::default())
    }

    /// With other patience for Meta than the usual.
    pub fn with_timeouts(env: &Env, timeouts: Timeouts) -> Result<Self, StartError> {
        let aws = Aws::from_env(env)?;
        let mut queues = Queues::new(aws.sqs());
        queues.outbound = Some(env.required("OUTBOUND_QUEUE_URL")?);
        queues.outbound_dlq = Some(env.required("OUTBOUND_DLQ_URL")?);
        queues.events = Some(env.required("EVENTS_QUEUE_URL")?);
        queues.media = Some(env.required("MEDIA_QUEUE_URL")?);
        queues.sync = Some(env.required("SYNC_QUEUE_URL")?);
        let base_url = env.optional("GRAPH_BASE_URL").unwrap_or("https://graph.facebook.com");
        let version = env.optional("GRAPH_VERSION").unwrap_or("v24.0");
        let uncertain_after: u32 = env.parsed("UNCERTAIN_AFTER_S", "a whole number of seconds", 600)?;
        let hold: u32 = env.parsed("HOLD_S", "a whole number of seconds", 60)?;
        let store = Store::new(aws.dynamodb(), aws.s3(), env.required("TABLE_NAME")?, env.required("MEDIA_BUCKET")?);
        Ok(Self {
            store: store.retaining(Retention {
                messages: env.days("MESSAGE_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
                consents: env.days("CONSENT_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
                ..Retention::default()
            }),
            queues,
            graph: graph::Client::new(base_url, version, timeouts)?,
            timeouts,
            tokens: CachedSecret::new(aws.secretsmanager(), env.required("TOKENS_SECRET_ID")?),
            blocks: Blocks::default(),
            channels: Channels::default(),
            templates: Templates::default(),
            limiter: Limiter::new(crate::attempt::random()),
            quotas: Quotas::default(),
            events: EventFilter::parse(env.optional("EVENT_TYPES").unwrap_or(DEFAULT_EVENT_TYPES))?,
            uncertain_after: SignedDuration::from_secs(i64::from(uncertain_after)),
            hold: SignedDuration::from_secs(i64::from(hold)),
        })
    }

    /// Reads the secret and opens a connection to the table while Lambda still gives init its CPU. Failing is no harm:
    /// the first invocation then does it.
    pub async fn warm(&self, now: Timestamp) {
        let (secret, table) = futures::join!(self.tokens.get(now), self.store.warm());
        if secret.is_err() || table.is_err() {
            tracing::info!("could not warm up; the first invocation will connect");
        }
    }
}
