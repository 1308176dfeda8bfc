//! A send stored, where its id is free.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;
use jiff::Timestamp;
use model::send::{FellBack, SendError};
use model::{ContactKey, PhoneNumberId, Send, SendId, SendOptions, SendState, WaitsFor};
use serde_json::value::RawValue;

use super::{NEVER_TAKEN, json, read_send};
use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};

/// A send to store.
#[derive(Clone, Debug)]
pub struct NewSend {
    /// From the idempotency key, or random.
    pub id: SendId,
    /// The number that sends.
    pub phone_number_id: PhoneNumberId,
    /// The person.
    pub contact: ContactKey,
    /// Meta's `type`.
    pub kind: String,
    /// Meta's message object as the caller gave it.
    pub message: Box<RawValue>,
    /// The caller's own `biz_opaque_callback_data`.
    pub reference: Option<String>,
    /// What the caller asked for beside the message.
    pub options: SendOptions,
    /// What the template asks for at this time (S-09).
    pub template_schema: Option<String>,
    /// Why its fallback template is what is sent.
    pub fell_back: Option<FellBack>,
    /// Why it is not sent at all: it is stored as cancelled.
    pub skipped: Option<SendError>,
    /// What it has to wait for before it is queued, and until when; else it is queued at once.
    pub waits: Option<(WaitsFor, Timestamp)>,
    /// Hash of the canonical body, by which the same key with another body is told.
    pub body_hash: String,
}

/// What came of storing a send.
#[derive(Clone, Debug)]
pub enum CreatedSend {
    /// It is new.
    New(Box<Send>),
    /// A send of this id is there; whether it is the same one, its `body_hash` says.
    Exists(Box<Send>),
}

impl Store {
    /// Stores a send as queued or waiting, where its id is free. Queued, it is due in 15 minutes: a crash between this
    /// and the queue strands nothing.
    pub async fn create_send(&self, new: NewSend, now: Timestamp) -> Result<CreatedSend, Error> {
        let due_at = new.waits.map_or(now + NEVER_TAKEN, |(_, until)| until);
        let state = match new.waits {
            _ if new.skipped.is_some() => SendState::Cancelled,
            Some(_) => SendState::Waiting,
            None => SendState::Queued,
        };
        let options = Some(&new.options).filter(|options| !options.is_default()).map(json).transpose()?;
        let (due_pk, due_sk) = keys::due_keys(due_at, &new.id);
        let key = Key::send(&new.id);
        let item = Item::at(&key)
            .text("kind", keys::SEND.to_lowercase())
            .text("send_id", new.id.as_str())
            .text("phone_number_id", new.phone_number_id.as_str())
            .text("contact_key", new.contact.as_str())
            .text("type", &new.kind)
            .text("message", new.message.get())
            .text_if("reference", new.reference)
            .text_if("options", options)
            .text_if("template_schema", new.template_schema)
            .text_if("fell_back", new.fell_back.map(FellBack::as_str))
            .text_if("error", new.skipped.as_ref().map(json).transpose()?)
            .text("body_hash", &new.body_hash)
            .text("state", state.as_str())
            .text_if("waits_for", new.waits.map(|(waits_for, _)| waits_for.as_str()))
            .number("attempts", 0)
            .number("requeues", 0)
            .time("at", now)
            .time("updated_at", now)
            .text("list_pk", keys::contact_partition(&new.phone_number_id, &new.contact))
            .text("list_sk", keys::message_sort(now, new.id.as_str()))
            .for_days(self.retention.messages, now);
        let item = match state {
            SendState::Cancelled => item,
            _ => item.text("due_pk", due_pk).text("due_sk", due_sk),
        };
        let stored = item.clone();
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.0))
            // An item whose time has passed is absent, though DynamoDB has not deleted it yet.
            .condition_expression("attribute_not_exists(pk) OR #ttl < :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", item::number(now.as_second()))
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(CreatedSend::New(Box::new(read_send(&stored)?))),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    let old = Item::from(refusal.item.clone().unwrap_or_default());
                    Ok(CreatedSend::Exists(Box::new(read_send(&old)?)))
                }
                _ => Err(error.into()),
            },
        }
    }
}
