//! The least that a Lambda function in Rust can be: what the benchmark measures everything else against.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::IgnoredAny;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handler = |_: LambdaEvent<IgnoredAny>| async { Ok::<_, Error>(Answer { status_code: 200 }) };
    lambda_runtime::run(service_fn(handler)).await
}
