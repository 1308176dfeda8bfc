//! The `api` Lambda function.

use std::sync::Arc;
use std::time::Duration;

use api::App;
use lambda_http::Error;
use runtime::Env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Env::process();
    runtime::logs::init(&env);
    // Main prints an error by Debug; the words for a person are in Display.
    let app = Arc::new(App::from_env(&env).map_err(|error| error.to_string())?);
    // Init has more CPU than an invocation has, but a slow endpoint must not hold it up.
    let warmed = tokio::time::timeout(Duration::from_millis(300), app.warm()).await;
    tracing::debug!(in_time = warmed.is_ok(), "init");
    lambda_http::run(api::router(app)).await
}
