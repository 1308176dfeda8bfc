//! The management and send API under `/v1`, and the links to files under `/f`: one axum router, which Lambda and the laptop
//! both serve.
//!
//! It reads and writes the table and puts sends, events and sync jobs on queues. It calls Meta where somebody waits for the
//! answer: to mark a message read, which is worth nothing later, to look at a number's health for a person who asks, to
//! submit, edit and delete templates, and to read and change a number's profile.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod channels;
mod consent;
mod contacts;
mod extract;
mod health;
mod identity;
mod links;
mod media;
mod messages;
mod meta;
mod openapi;
mod paging;
mod present;
mod problem;
mod profile;
mod quarantine;
mod read;
mod replay;
mod sends;
mod sync;
mod templates;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{delete, get, post};
use graph::Timeouts;
use ingest::Ingest;
use model::event::DEFAULT_EVENT_TYPES;
use model::retention::{DEFAULT_DAYS, LEAST_DAYS};
use model::{EventFilter, Retention, Timestamp};
use queue::Queues;
use runtime::{Aws, CachedSecret, Env, EnvError, TokensSecret};
use store::Store;

pub use openapi::openapi_json;
use problem::Problem;

/// The variables this function reads; infra/template.yaml sets exactly these.
pub const ENVIRONMENT: &[&str] = &[
    "TABLE_NAME",
    "OUTBOUND_QUEUE_URL",
    "EVENTS_QUEUE_URL",
    "MEDIA_QUEUE_URL",
    "SYNC_QUEUE_URL",
    "MEDIA_BUCKET",
    "TOKENS_SECRET_ID",
    "GRAPH_BASE_URL",
    "GRAPH_VERSION",
    "EVENT_TYPES",
    "MESSAGE_RETENTION_DAYS",
    "CONSENT_RETENTION_DAYS",
    "RAW_RETENTION_DAYS",
    "LOG_LEVEL",
    "METRIC_NAMESPACE",
];

/// The largest request body. Meta's largest message is far below; files go to the bucket, not through here.
const BODY_MAX: usize = 256 * 1024;

/// For Meta, while somebody waits for the answer: two calls, should the first token be refused, end well before Lambda
/// ends the function.
const PATIENCE: Timeouts =
    Timeouts { connect: Duration::from_secs(2), call: Duration::from_secs(5), silence: Duration::from_secs(5) };

/// What a request needs, built once in init.
pub struct App {
    store: Store,
    queues: Queues,
    /// For what was kept, and is taken in again.
    ingest: Ingest,
    graph: graph::Client,
    tokens: CachedSecret<TokensSecret>,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl App {
    /// Reads the environment; makes no call.
    pub fn from_env(env: &Env) -> Result<Self, EnvError> {
        Self::with_timeouts(env, PATIENCE)
    }

    /// With other patience for Meta than the usual.
    pub fn with_timeouts(env: &Env, timeouts: Timeouts) -> Result<Self, EnvError> {
        let aws = Aws::from_env(env)?;
        let mut queues = Queues::new(aws.sqs());
        queues.outbound = Some(env.required("OUTBOUND_QUEUE_URL")?);
        queues.events = Some(env.required("EVENTS_QUEUE_URL")?);
        queues.media = Some(env.required("MEDIA_QUEUE_URL")?);
        queues.sync = Some(env.required("SYNC_QUEUE_URL")?);
        let store = Store::new(aws.dynamodb(), aws.s3(), env.required("TABLE_NAME")?, env.required("MEDIA_BUCKET")?);
        let store = store.retaining(Retention {
            messages: env.days("MESSAGE_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
            consents: env.days("CONSENT_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
            raw: env.days("RAW_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
        });
        let wanted = env.optional("EVENT_TYPES").unwrap_or(DEFAULT_EVENT_TYPES);
        let events = EventFilter::parse(wanted).map_err(|_| EnvError::Invalid {
            name: String::from("EVENT_TYPES"),
            expected: "a comma list of *, event types or message.status:<status>, each negated by a leading -",
        })?;
        let ingest = Ingest { store: store.clone(), queues: queues.clone(), events };
        let base_url = env.optional("GRAPH_BASE_URL").unwrap_or("https://graph.facebook.com");
        let version = env.optional("GRAPH_VERSION").unwrap_or("v24.0");
        let graph = graph::Client::new(base_url, version, timeouts).map_err(|error| EnvError::Invalid {
            name: String::from("GRAPH_BASE_URL or GRAPH_VERSION"),
            expected: error.title(),
        })?;
        let tokens = CachedSecret::new(aws.secretsmanager(), env.required("TOKENS_SECRET_ID")?);
        Ok(Self { store, queues, ingest, graph, tokens, clock: Box::new(Timestamp::now) })
    }

    /// Tells the time by `clock`, once per request.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Opens a connection to the table while Lambda still gives init its CPU. Failing is no harm.
    pub async fn warm(&self) {
        if self.store.warm().await.is_err() {
            tracing::info!("could not warm up; the first request will connect");
        }
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// Every route. What `axum::serve` and `lambda_http::run` both take.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/openapi.json", get(openapi::show))
        .route("/v1/channels", get(channels::list).post(channels::create))
        .route(
            "/v1/channels/{phone_number_id}",
            get(channels::show).patch(channels::change).delete(channels::remove),
        )
        .route("/v1/channels/{phone_number_id}/data", delete(channels::erase))
        .route("/v1/channels/{phone_number_id}/health", get(health::show))
        .route("/v1/channels/{phone_number_id}/messages", post(sends::create))
        .route("/v1/channels/{phone_number_id}/profile", get(profile::show).patch(profile::change))
        .route("/v1/channels/{phone_number_id}/profile/sync", post(profile::sync))
        .route("/v1/channels/{phone_number_id}/read", post(read::mark))
        .route("/v1/channels/{phone_number_id}/media", post(uploads::create))
        .route("/v1/channels/{phone_number_id}/inbox", get(contacts::inbox))
        .route("/v1/channels/{phone_number_id}/contacts", get(contacts::list))
        .route("/v1/channels/{phone_number_id}/contacts/{key}", get(contacts::show).delete(contacts::erase))
        .route("/v1/channels/{phone_number_id}/contacts/{key}/export", get(contacts::export))
        .route("/v1/channels/{phone_number_id}/contacts/{key}/messages", get(contacts::history))
        .route("/v1/channels/{phone_number_id}/contacts/{key}/merge", post(contacts::merge))
        .route("/v1/channels/{phone_number_id}/contacts/{key}/unmerge", post(contacts::unmerge))
        .route("/v1/channels/{phone_number_id}/contacts/{key}/consent", get(consent::show).put(consent::set))
        // Greedy: a wamid is base64 and holds slashes, and API Gateway hands the path over percent-decoded.
        .route("/v1/messages/{*id}", get(messages::show).delete(messages::cancel))
        .route(
            "/v1/wabas/{waba_id}/templates",
            get(templates::list).post(templates::submit).put(templates::edit).delete(templates::remove),
        )
        .route("/v1/wabas/{waba_id}/templates/preview", post(templates::preview))
        .route("/v1/wabas/{waba_id}/templates/samples", post(templates::upload))
        .route("/v1/wabas/{waba_id}/templates/sync", get(sync::show).post(sync::start))
        .route("/v1/replay", post(replay::replay))
        .route("/v1/quarantine", get(quarantine::list))
        // Public: people follow it from their chat.
        .route("/f/{token}", get(links::follow))
        .fallback(async || Problem::not_found("There is no such path. GET /v1/openapi.json lists what there is."))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(map_response(uncached))
        .with_state(app)
}

/// Answers are about people: no cache may keep them.
async fn uncached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
