//! Logs: one JSON object a line on stdout, which Lambda hands to CloudWatch.
//!
//! What may be in them: send ids, phone_number_ids, counts, codes, durations. Never a body, a phone number, a name, a
//! token, nor a wamid (it holds the phone number in base64) (design invariant 7).

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format;

use crate::env::Env;
use crate::metric::Counted;

/// Starts logging for this process; `LOG_LEVEL` (default `info`) is for our own crates, everything else is at `warn`,
/// because the SDK's own debug lines would print bodies. `METRIC_NAMESPACE`: where CloudWatch counts the lines that bear a
/// `metric`; without it nothing is counted.
pub fn init(env: &Env) {
    let level = match env.optional("LOG_LEVEL").map(str::to_ascii_lowercase).as_deref() {
        Some("error") => "error",
        Some("warn") => "warn",
        Some("debug") => "debug",
        Some("trace") => "trace",
        _ => "info",
    };
    let lines = format().json().flatten_event(true).with_current_span(false).with_span_list(false);
    let namespace = env.optional("METRIC_NAMESPACE").map(str::to_owned);
    tracing_subscriber::fmt()
        .json()
        .event_format(Counted { lines, namespace })
        .with_env_filter(EnvFilter::new(filter(level)))
        .init();
}

/// A line that bears a metric passes at any level: no alarm hangs on how much a function is to say.
pub(crate) fn filter(level: &str) -> String {
    let ours =
        ["webhook", "sender", "template_sync", "api", "media", "ingest", "model", "graph", "store", "queue", "runtime"];
    ours.iter()
        .fold(String::from("warn"), |filter, krate| format!("{filter},{krate}={level},{krate}[{{metric}}]=trace"))
}

/// An AWS error in one line: its code where the service gave one, else what went wrong on the way. SDK errors print as
/// "dispatch failure" and hide the cause; and a service's message can quote a parameter, so that is left out.
pub fn aws_error<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error {
        SdkError::ServiceError(service) => {
            service.err().code().map_or_else(|| String::from("an error without a code"), str::to_owned)
        }
        SdkError::TimeoutError(_) => String::from("no answer in time"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => String::from("no connection in time"),
        SdkError::DispatchFailure(_) => String::from("no connection, or it broke"),
        SdkError::ResponseError(_) => String::from("an answer that could not be read"),
        _ => String::from("the request could not be built"),
    }
}
