//! What can go wrong with a queue.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

/// Never holds a body.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQS did not take (all of) it: throttled, away, or a `Failed` entry in an answer of 200. Trying again is right.
    #[error("the queue did not take the message: {0}")]
    Unavailable(String),
    /// The message is over what SQS takes (1 MiB). Trying again is useless.
    #[error("a message of {bytes} bytes is over what SQS takes")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The function was not given this queue: its environment has no URL for it.
    #[error("this function has no URL for the {0} queue")]
    NotConfigured(&'static str),
}

impl<E, R> From<SdkError<E, R>> for Error
where
    E: ProvideErrorMetadata,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Unavailable(match &error {
            SdkError::ServiceError(service) => service.err().code().unwrap_or("an error without a code").to_owned(),
            SdkError::TimeoutError(_) => String::from("no answer in time"),
            SdkError::DispatchFailure(_) => String::from("no connection, or it broke"),
            _ => String::from("an answer that could not be read"),
        })
    }
}
