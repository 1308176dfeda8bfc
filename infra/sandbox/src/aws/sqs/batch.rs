//! Batches: each entry succeeds or fails for itself, inside one 200.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    State,
    error::SqsError,
    message::LARGEST,
    wire::{Batch, Entry, Outgoing, Receipt, Visibility},
};
use crate::aws::faults::FailEntries;

const MOST_ENTRIES: usize = 10;

impl State {
    pub(super) fn send_batch(
        &mut self,
        batch: Batch<Outgoing>,
        failing: Option<&FailEntries>,
        now: Timestamp,
    ) -> Result<Value, SqsError> {
        let queue = self.queue(&batch.queue_url, now)?;
        check(&batch.entries)?;
        let weight = batch.entries.iter().map(|entry| entry.content.weight()).sum();
        if weight > LARGEST {
            return Err(SqsError::batch_too_long(weight));
        }
        Ok(each(batch.entries, failing, |outgoing| queue.send(outgoing, now).map(|sent| sent.as_json())))
    }

    pub(super) fn delete_batch(
        &mut self,
        batch: Batch<Receipt>,
        failing: Option<&FailEntries>,
        now: Timestamp,
    ) -> Result<Value, SqsError> {
        let queue = self.queue(&batch.queue_url, now)?;
        check(&batch.entries)?;
        Ok(each(batch.entries, failing, |Receipt { receipt_handle }| {
            queue.delete(&receipt_handle).map(|()| Map::new())
        }))
    }

    pub(super) fn change_visibility_batch(
        &mut self,
        batch: Batch<Visibility>,
        failing: Option<&FailEntries>,
        now: Timestamp,
    ) -> Result<Value, SqsError> {
        let queue = self.queue(&batch.queue_url, now)?;
        check(&batch.entries)?;
        Ok(each(batch.entries, failing, |Visibility { receipt_handle, visibility_timeout }| {
            queue.change_visibility(&receipt_handle, visibility_timeout, now).map(|()| Map::new())
        }))
    }
}

/// What makes AWS refuse the whole batch.
fn check<E>(entries: &[Entry<E>]) -> Result<(), SqsError> {
    if entries.is_empty() {
        return Err(SqsError::empty_batch());
    }
    if entries.len() > MOST_ENTRIES {
        return Err(SqsError::too_many_entries(entries.len()));
    }
    let mut seen = HashSet::new();
    for Entry { id, .. } in entries {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=80).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(SqsError::entry_id());
        }
        if !seen.insert(id) {
            return Err(SqsError::repeated_id(id));
        }
    }
    Ok(())
}

fn each<E>(
    entries: Vec<Entry<E>>,
    failing: Option<&FailEntries>,
    mut carry_out: impl FnMut(E) -> Result<Map<String, Value>, SqsError>,
) -> Value {
    let mut successful = Vec::new();
    let mut failed = Vec::new();
    for (position, Entry { id, content }) in entries.into_iter().enumerate() {
        if let Some(fault) = failing.filter(|fault| fault.hits(position)) {
            let message = "on request";
            failed.push(json!({ "Id": id, "SenderFault": fault.sender_fault, "Code": fault.code, "Message": message }));
            continue;
        }
        match carry_out(content) {
            Ok(mut result) => {
                result.insert("Id".to_owned(), json!(id));
                successful.push(Value::Object(result));
            }
            Err(SqsError { code, message, .. }) => {
                failed.push(json!({ "Id": id, "SenderFault": true, "Code": code, "Message": message }));
            }
        }
    }
    let mut answer = json!({ "Successful": successful });
    if !failed.is_empty() {
        answer["Failed"] = Value::Array(failed);
    }
    answer
}
