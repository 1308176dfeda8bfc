//! Meta's webhook: the GET handshake, and POSTs verified, stored, published and only then answered with 200.
//!
//! Works without the Graph API and without any token of Meta's: this is the one function that strangers can reach.

mod certificate;
mod event;
mod handshake;
mod receive;

use http::{HeaderValue, Method, Response, StatusCode, header};
use ingest::Ingest;
use jiff::Timestamp;
use lambda_http::{Body, Request};
use model::event::DEFAULT_EVENT_TYPES;
use model::retention::{DEFAULT_DAYS, LEAST_DAYS};
use model::{EventFilter, Retention};
use queue::Queues;
use runtime::{Aws, CachedSecret, Env, EnvError, WebhookSecret};
use store::Store;

pub use event::tamed;

/// The variables this function reads; infra/template.yaml sets exactly these.
pub const ENVIRONMENT: &[&str] = &[
    "TABLE_NAME",
    "EVENTS_QUEUE_URL",
    "MEDIA_QUEUE_URL",
    "SYNC_QUEUE_URL",
    "MEDIA_BUCKET",
    "WEBHOOK_SECRET_ID",
    "EVENT_TYPES",
    "CLIENT_CERTIFICATE_CN",
    "MESSAGE_RETENTION_DAYS",
    "CONSENT_RETENTION_DAYS",
    "RAW_RETENTION_DAYS",
    "LOG_LEVEL",
    "METRIC_NAMESPACE",
];

/// What a request needs, built once in init.
pub struct App {
    ingest: Ingest,
    secret: CachedSecret<WebhookSecret>,
    /// Who has to have shown a client certificate to API Gateway; `None` where nobody has to.
    client: Option<String>,
}

impl App {
    /// Reads the environment; makes no call.
    pub fn from_env(env: &Env) -> Result<Self, EnvError> {
        Self::over(Aws::from_env(env)?, env)
    }

    /// The same over these clients.
    pub fn over(aws: Aws, env: &Env) -> Result<Self, EnvError> {
        let aws = aws.within(receive::CALL);
        let mut queues = Queues::new(aws.sqs());
        queues.events = Some(env.required("EVENTS_QUEUE_URL")?);
        queues.media = Some(env.required("MEDIA_QUEUE_URL")?);
        queues.sync = Some(env.required("SYNC_QUEUE_URL")?);
        let events = env.optional("EVENT_TYPES").unwrap_or(DEFAULT_EVENT_TYPES);
        let store = Store::new(aws.dynamodb(), aws.s3(), env.required("TABLE_NAME")?, env.required("MEDIA_BUCKET")?);
        let ingest = Ingest {
            store: store.retaining(Retention {
                messages: env.days("MESSAGE_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
                consents: env.days("CONSENT_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
                raw: env.days("RAW_RETENTION_DAYS", LEAST_DAYS, DEFAULT_DAYS)?,
            }),
            queues,
            events: EventFilter::parse(events).map_err(|_| EnvError::Invalid {
                name: String::from("EVENT_TYPES"),
                expected: "a comma list of *, event types or message.status:<status>, each negated by a leading -",
            })?,
        };
        let secret = CachedSecret::new(aws.secretsmanager(), env.required("WEBHOOK_SECRET_ID")?);
        Ok(Self { ingest, secret, client: env.optional("CLIENT_CERTIFICATE_CN").map(str::to_owned) })
    }

    /// Reads the secret and opens connections to the table and the queues while Lambda still gives init its CPU. Failing
    /// is no harm: the first request then does it.
    pub async fn warm(&self, now: Timestamp) {
        let Ingest { store, queues, .. } = &self.ingest;
        let (secret, table, events) = futures::join!(self.secret.get(now), store.warm(), queues.warm_events());
        if secret.is_err() || table.is_err() || events.is_err() {
            tracing::info!("could not warm up; the first request will connect");
        }
    }
}

/// Answers one request.
pub async fn handle(app: &App, request: Request, now: Timestamp) -> Response<Body> {
    if let Some(client) = &app.client
        && !certificate::is_of(&request, client)
    {
        tracing::warn!(metric = "BadCertificate", "a request without the client certificate that is asked for");
        return text(StatusCode::FORBIDDEN, "a client certificate is asked for here");
    }
    match *request.method() {
        Method::GET => handshake::answer(app, request.uri().query().unwrap_or_default(), now).await,
        Method::POST => receive::answer(app, request, now).await,
        _ => text(StatusCode::METHOD_NOT_ALLOWED, "GET or POST"),
    }
}

/// A plain answer, which no browser takes for anything else.
fn text(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
