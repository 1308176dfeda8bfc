//! The `sender` Lambda function.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use model::Timestamp;
use runtime::Env;
use sender::App;
use serde_json::Value;

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
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let deadline = Timestamp::try_from(event.context.deadline())?;
        Ok::<_, Error>(sender::handle(app, event.payload, deadline, &Timestamp::now).await?)
    }))
    .await
}
