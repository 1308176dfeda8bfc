//! The `webhook` Lambda function.

use std::time::Duration;

use jiff::Timestamp;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Error, LambdaEvent, Request, Service, service_fn};
use runtime::Env;
use webhook::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Env::process();
    runtime::logs::init(&env);
    // Main prints an error by Debug; the words for a person are in Display.
    let app = App::from_env(&env).map_err(|error| error.to_string())?;
    // Init has more CPU than an invocation has, but a slow endpoint must not hold it up.
    let warmed = tokio::time::timeout(Duration::from_millis(300), app.warm(Timestamp::now())).await;
    tracing::debug!(in_time = warmed.is_ok(), "init");
    let app = &app;
    let mut handler = Adapter::from(service_fn(move |request: Request| async move {
        Ok::<_, Error>(webhook::handle(app, request, Timestamp::now()).await)
    }));
    lambda_runtime::run(service_fn(move |LambdaEvent { payload, context }: LambdaEvent<LambdaRequest>| {
        handler.call(LambdaEvent::new(webhook::tamed(payload), context))
    }))
    .await
}
