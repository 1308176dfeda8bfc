//! A Lambda function in this process: the real handler, called with the JSON that Lambda would call it with, within
//! its timeout, and contained when it panics.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt;
use runtime::Env;
use sandbox::Clock;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::Error;
use crate::worker::Worker;

/// A function and its timeout.
pub(crate) struct Function {
    /// The folder of its code.
    pub(crate) name: String,
    timeout: Duration,
    clock: Clock,
    code: Code,
    worker: Worker,
}

enum Code {
    Webhook(webhook::App),
    Api(Router),
    Sender(Box<sender::App>),
    TemplateSync(template_sync::App),
    Media(media::App),
}

/// What Lambda says of an invocation that has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Returned(String),
    #[error("it ran longer than its timeout")]
    TimedOut,
    #[error("it panicked")]
    Panicked,
    #[error("the system is stopping")]
    Stopped,
}

impl Function {
    /// Starts the function of this name, as its `main` does.
    pub(crate) fn start(
        name: &str,
        timeout: Duration,
        env: &Env,
        clock: &Clock,
        worker: &Worker,
    ) -> Result<Arc<Self>, Error> {
        let code = Code::start(name, env, clock)?;
        Ok(Arc::new(Self { name: name.to_owned(), timeout, clock: clock.clone(), code, worker: worker.clone() }))
    }

    /// Calls it with an event of SQS or of a schedule.
    pub(crate) async fn invoke(self: &Arc<Self>, event: Value) -> Result<Value, Failure> {
        let function = Arc::clone(self);
        self.run(move || async move { function.code.invoke(event, &function.clock, function.timeout).await }).await
    }

    /// Calls it with an event of the HTTP API, as JSON.
    pub(crate) async fn answer(self: &Arc<Self>, event: String) -> Result<Response<Bytes>, Failure> {
        let function = Arc::clone(self);
        self.run(move || async move { function.code.answer(&event, function.clock.now()).await }).await
    }

    /// Runs to the end, the timeout or a panic, whether or not the caller still waits: Lambda does so too. At the
    /// timeout Lambda ends the process; dropping the task is the same to the handler.
    async fn run<T, F>(&self, start: impl FnOnce() -> F + Send + 'static) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, String>> + 'static,
    {
        let (tell, told) = oneshot::channel();
        let timeout = self.timeout;
        let accepted = self.worker.spawn(move || async move {
            let mut task = JoinSet::new();
            task.spawn_local(start());
            let outcome = match tokio::time::timeout(timeout, task.join_next()).await {
                Ok(Some(Ok(answer))) => answer.map_err(Failure::Returned),
                Ok(Some(Err(_)) | None) => Err(Failure::Panicked),
                Err(_) => Err(Failure::TimedOut),
            };
            // The caller may have left.
            drop(tell.send(outcome));
        });
        if !accepted {
            return Err(Failure::Stopped);
        }
        told.await.unwrap_or(Err(Failure::Stopped))
    }
}

impl Code {
    fn start(name: &str, env: &Env, clock: &Clock) -> Result<Self, Error> {
        let code = match name {
            "webhook" => webhook::App::from_env(env).map(Code::Webhook).map_err(|error| error.to_string()),
            "api" => {
                let clock = clock.clone();
                let app = api::App::from_env(env).map(|app| app.with_clock(move || clock.now()));
                app.map(|app| Code::Api(api::router(Arc::new(app)))).map_err(|error| error.to_string())
            }
            "sender" => {
                sender::App::from_env(env).map(|app| Self::Sender(Box::new(app))).map_err(|error| error.to_string())
            }
            "template-sync" => {
                template_sync::App::from_env(env).map(Code::TemplateSync).map_err(|error| error.to_string())
            }
            "media" => media::App::from_env(env).map(Code::Media).map_err(|error| error.to_string()),
            other => return Err(Error::UnknownFunction(other.to_owned())),
        };
        code.map_err(|reason| Error::Start { function: name.to_owned(), reason })
    }

    async fn invoke(&self, event: Value, clock: &Clock, timeout: Duration) -> Result<Value, String> {
        let now = clock.now();
        match self {
            Self::Sender(app) => {
                let deadline = now + timeout;
                let clock = clock.clone();
                let clock = move || clock.now();
                sender::handle(app, event, deadline, &clock).await.map_err(|error| error.to_string())
            }
            Self::TemplateSync(app) => template_sync::handle(app, event, now).await.map_err(|error| error.to_string()),
            Self::Media(app) => {
                let batch = serde_json::from_value(event).map_err(|error| error.to_string())?;
                let answer = media::handle(app, batch, now, timeout).await.map_err(|error| error.to_string())?;
                serde_json::to_value(answer).map_err(|error| error.to_string())
            }
            Self::Webhook(_) | Self::Api(_) => Err(String::from("it takes HTTP requests only")),
        }
    }

    async fn answer(&self, event: &str, now: jiff::Timestamp) -> Result<Response<Bytes>, String> {
        let request = lambda_http::request::from_str(event).map_err(|error| error.to_string())?;
        match self {
            Self::Webhook(app) => whole(webhook::handle(app, request, now).await).await,
            Self::Api(router) => {
                let answered = router.clone().oneshot(request).await;
                match answered {
                    Ok(response) => whole(response).await,
                    Err(never) => match never {},
                }
            }
            Self::Sender(_) | Self::TemplateSync(_) | Self::Media(_) => Err(String::from("it takes no HTTP requests")),
        }
    }
}

async fn whole<B>(response: Response<B>) -> Result<Response<Bytes>, String>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(Response::from_parts(parts, body))
}
