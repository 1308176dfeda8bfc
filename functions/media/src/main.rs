//! The `media` Lambda function.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use media::App;
use model::Timestamp;
use runtime::Env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Env::process();
    runtime::logs::init(&env);
    let app = App::from_env(&env)?;
    let app = &app;
    run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(media::handle(app, event.payload, Timestamp::now()).await?)
    }))
    .await
}
