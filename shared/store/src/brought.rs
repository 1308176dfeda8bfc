//! The end of a send's wait for its file: the message bears it, and the send is queued.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure};
use jiff::Timestamp;
use model::send::SendFile;
use model::{SendId, SendState, WaitsFor};
use serde_json::value::RawValue;

use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::send::{Moved, NEVER_TAKEN, json, read_send};
use crate::{Error, Store};

/// What became of a send's file.
pub struct Brought<'a> {
    /// The message from now on, and Meta's `type` of it; as it is, where the send is to fail.
    pub message: Option<(&'a RawValue, &'a str)>,
    /// What to show of it.
    pub file: &'a SendFile,
}

impl Store {
    /// Queues a send that waits for its file, counted as once more: where it was queued before, SQS would drop what looks
    /// the same. It happens once; who comes second is told how it is.
    pub async fn bring_file(&self, id: &SendId, brought: &Brought<'_>, now: Timestamp) -> Result<Moved, Error> {
        let (due_pk, due_sk) = keys::due_keys(now + NEVER_TAKEN, id);
        let mut sets = String::from(
            "SET #state = :queued, updated_at = :now, #file = :file, requeues = requeues + :one, due_pk = :due_pk, \
             due_sk = :due_sk",
        );
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::send(id))))
            .condition_expression("#state = :waiting AND waits_for = :media")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#file", "file")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":queued", item::text(SendState::Queued.as_str()))
            .expression_attribute_values(":waiting", item::text(SendState::Waiting.as_str()))
            .expression_attribute_values(":media", item::text(WaitsFor::Media.as_str()))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":file", item::text(json(brought.file)?))
            .expression_attribute_values(":one", item::number(1))
            .expression_attribute_values(":due_pk", item::text(due_pk))
            .expression_attribute_values(":due_sk", item::text(due_sk))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        if let Some((message, kind)) = brought.message {
            sets.push_str(", #message = :message, #type = :type");
            request = request
                .expression_attribute_names("#message", "message")
                .expression_attribute_names("#type", "type")
                .expression_attribute_values(":message", item::text(message.get()))
                .expression_attribute_values(":type", item::text(kind));
        }
        match request.update_expression(format!("{sets} REMOVE waits_for, #error, lease_until")).send().await {
            Ok(answer) => moved(answer.attributes.map(Item::from)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    match refusal.item.clone().map(Item::from).filter(|old| old.lives(now)) {
                        Some(old) => Ok(Moved::Refused(Box::new(read_send(&old)?))),
                        None => Ok(Moved::Missing),
                    }
                }
                _ => Err(error.into()),
            },
        }
    }

    /// A claimed send whose file Meta does not have any more waits for it once more, and never a third time.
    pub async fn lose_file(&self, id: &SendId, lease: Timestamp, now: Timestamp) -> Result<Moved, Error> {
        let (due_pk, due_sk) = keys::due_keys(now + NEVER_TAKEN, id);
        let request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::send(id))))
            .update_expression(
                "SET #state = :waiting, updated_at = :now, #file = :file, waits_for = :media, due_pk = :due_pk, \
                 due_sk = :due_sk REMOVE lease_until",
            )
            .condition_expression("#state = :sending AND lease_until = :lease")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#file", "file")
            .expression_attribute_values(":waiting", item::text(SendState::Waiting.as_str()))
            .expression_attribute_values(":sending", item::text(SendState::Sending.as_str()))
            .expression_attribute_values(":media", item::text(WaitsFor::Media.as_str()))
            .expression_attribute_values(":lease", item::time(lease))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":file", item::text(json(&SendFile::Again)?))
            .expression_attribute_values(":due_pk", item::text(due_pk))
            .expression_attribute_values(":due_sk", item::text(due_sk))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        match request.send().await {
            Ok(answer) => moved(answer.attributes.map(Item::from)),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    match refusal.item.clone().map(Item::from) {
                        Some(old) => Ok(Moved::Refused(Box::new(read_send(&old)?))),
                        None => Ok(Moved::Missing),
                    }
                }
                _ => Err(error.into()),
            },
        }
    }
}

fn moved(item: Option<Item>) -> Result<Moved, Error> {
    Ok(Moved::Done(Box::new(read_send(&item.ok_or(Error::Corrupt("send"))?)?)))
}
