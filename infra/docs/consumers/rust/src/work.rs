//! Your part: what an event comes to.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::event::Event;

/// What is used here of Meta's message. The id is text, unless Meta writes a number one day.
#[derive(Deserialize)]
struct Message {
    id: Value,
}

/// This one keeps an inbox, with a count of unread messages for each person.
///
/// Answers with the writes that belong to the event. They and the mark that the event is done are one transaction, so a
/// crash leaves both or neither, and counting is safe. (A mark written first loses the event in a crash, one written
/// last repeats it.) What you do elsewhere, you do here, before the mark: a crash may repeat it, so hand `event.id` along
/// as its idempotency key.
pub fn work(event: &Event<'_>, data: &str, inbox_table: &str) -> Result<Vec<TransactWriteItem>, Error> {
    let (Some(number), Some(contact)) = (&event.phone_number_id, &event.contact) else { return Ok(Vec::new()) };
    let message: Message = serde_json::from_str(data).map_err(|_| Error::NoEvent)?;
    let id = message.id.as_str().map_or_else(|| message.id.to_string(), str::to_owned);
    let update = Update::builder()
        .table_name(inbox_table)
        .key("conversation", AttributeValue::S(format!("{number}#{}", contact.key)))
        .update_expression("SET last_message_id = :id, last_at = :at ADD unread :one")
        .expression_attribute_values(":id", AttributeValue::S(id))
        .expression_attribute_values(":at", AttributeValue::S(event.at.clone()))
        .expression_attribute_values(":one", AttributeValue::N(String::from("1")))
        .build()
        .map_err(|_| Error::NoEvent)?;
    Ok(vec![TransactWriteItem::builder().update(update).build()])
}
