pub(crate) mod dynamodb;
mod s3;
mod secrets;
pub(crate) mod sqs;
