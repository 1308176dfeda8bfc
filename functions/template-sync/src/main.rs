//! The `template-sync` Lambda function.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use model::Timestamp;
use runtime::Env;
use serde_json::Value;
use template_sync::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Env::process();
    runtime::logs::init(&env);
    // Main prints an error by Debug; the words for a person are in Display.
    let app = App::from_env(&env).map_err(|error| error.to_string())?;
    let app = &app;
    run(service_fn(move |event: LambdaEvent<Value>| async move {
        Ok::<_, Error>(template_sync::handle(app, event.payload, Timestamp::now()).await?)
    }))
    .await
}
