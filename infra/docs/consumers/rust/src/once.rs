//! The table of events that are done.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

use crate::Error;

/// A repeat may be published a week after the first, and then wait in the queue for two.
const REMEMBER: Duration = Duration::from_hours(30 * 24);

pub struct Once {
    client: Client,
    table: String,
}

impl Once {
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    pub async fn is_done(&self, id: &str) -> Result<bool, Error> {
        let id = AttributeValue::S(id.to_owned());
        let found = self.client.get_item().table_name(&self.table).key("id", id).consistent_read(true).send().await;
        Ok(found.map_err(aws)?.item.is_some())
    }

    /// Marks the event as done, together with its writes.
    pub async fn finish(&self, id: &str, writes: Vec<TransactWriteItem>) -> Result<(), Error> {
        let ttl = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + REMEMBER;
        let mark = Put::builder()
            .table_name(&self.table)
            .item("id", AttributeValue::S(id.to_owned()))
            .item("ttl", AttributeValue::N(ttl.as_secs().to_string()))
            .condition_expression("attribute_not_exists(id)")
            .build()
            .map_err(|_| Error::NoEvent)?;
        let mark = TransactWriteItem::builder().put(mark).build();
        let items = std::iter::once(mark).chain(writes).collect();
        match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
            // The mark is there: it was done meanwhile.
            Err(error) if is_marked(&error) => Ok(()),
            Err(error) => Err(aws(error)),
            Ok(_) => Ok(()),
        }
    }
}

fn is_marked(error: &SdkError<TransactWriteItemsError>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
        return false;
    };
    canceled.cancellation_reasons().first().and_then(|reason| reason.code()) == Some("ConditionalCheckFailed")
}

/// The code alone: the words of an error may quote what was to be written.
fn aws<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> Error {
    Error::Aws(error.as_service_error().and_then(|error| error.code()).unwrap_or("no answer").to_owned())
}
