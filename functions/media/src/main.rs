//! The `media` Lambda function.

use std::time::SystemTime;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use media::App;
use model::Timestamp;
use runtime::Env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Env::process();
    runtime::logs::init(&env);
    // Main prints an error by Debug; the words for a person are in Display.
    let app = App::from_env(&env).map_err(|error| error.to_string())?;
    let app = &app;
    run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        Ok::<_, Error>(media::handle(app, event.payload, Timestamp::now(), left).await?)
    }))
    .await
}
