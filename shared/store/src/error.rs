//! What can go wrong with the table. An expected outcome (a duplicate, a stale write) is no error.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Never holds a value of an item.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Throttled, away, or no answer: the write may or may not have happened. Trying again is right.
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    /// The bucket did not answer.
    #[error("the bucket did not answer: {0}")]
    Bucket(String),
    /// DynamoDB refused the request itself: a bug, or a missing permission.
    #[error("the table refused the request: {0}")]
    Refused(String),
    /// An item that this build cannot read: a bug, or a hand that was in the table.
    #[error("an item of kind {0} cannot be read")]
    Corrupt(&'static str),
    /// A cursor that is none of ours.
    #[error("the cursor is not one that this list gave out")]
    Cursor,
}

impl<E, R> From<SdkError<E, R>> for Error
where
    E: ProvideErrorMetadata,
{
    fn from(error: SdkError<E, R>) -> Self {
        match &error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or("an error without a code");
                match code {
                    "ValidationException" | "AccessDeniedException" | "ResourceNotFoundException" => {
                        Self::Refused(code.to_owned())
                    }
                    other => Self::Unavailable(other.to_owned()),
                }
            }
            SdkError::TimeoutError(_) => Self::Unavailable(String::from("no answer in time")),
            SdkError::DispatchFailure(_) => Self::Unavailable(String::from("no connection, or it broke")),
            _ => Self::Unavailable(String::from("an answer that could not be read")),
        }
    }
}

/// A condition that does not hold is no error where it says that all is as it should be already.
pub(crate) fn refused_is_fine<T, E, R>(outcome: Result<T, SdkError<E, R>>) -> Result<(), Error>
where
    E: ProvideErrorMetadata,
{
    match outcome {
        Err(error) if error.code() != Some("ConditionalCheckFailedException") => Err(error.into()),
        _ => Ok(()),
    }
}
