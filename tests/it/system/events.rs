//! The events queue, as the team's own consumer reads it.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{System, eventually};
use crate::events::schema;

#[derive(Clone, Deserialize)]
pub(crate) struct Event {
    pub(crate) v: u8,
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) at: String,
    pub(crate) waba_id: Option<String>,
    pub(crate) phone_number_id: Option<String>,
    pub(crate) contact: Value,
    pub(crate) data: Box<RawValue>,
    /// Where large data are instead.
    #[serde(default)]
    pub(crate) data_ref: Value,
    /// All of it, as it stood on the queue.
    #[serde(skip)]
    pub(crate) body: String,
}

impl Event {
    pub(crate) fn data(&self) -> Value {
        serde_json::from_str(self.data.get()).unwrap()
    }
}

impl System {
    /// Every event so far, in the order received; each is deleted from the queue, as a consumer would. Each is held to the
    /// public contract.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let mut received = self.received.lock().await;
        let (sqs, url) = (self.aws.sqs(), &self.local.ready().queues.events);
        loop {
            let batch = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
            let messages = batch.messages.unwrap_or_default();
            if messages.is_empty() {
                return received.clone();
            }
            for message in messages {
                let body = message.body().unwrap();
                schema::hold(body);
                received.push(Event { body: body.to_owned(), ..serde_json::from_str(body).unwrap() });
                let receipt = message.receipt_handle().unwrap();
                sqs.delete_message().queue_url(url).receipt_handle(receipt).send().await.unwrap();
            }
        }
    }

    /// Those of one type.
    pub(crate) async fn events_of(&self, kind: &str) -> Vec<Event> {
        self.events().await.into_iter().filter(|event| event.kind == kind).collect()
    }

    /// The one event of this type. What it tells of stands in the table a moment before it is published.
    pub(crate) async fn one_event_of(&self, kind: &str) -> Event {
        let events =
            eventually(kind, async || Some(self.events_of(kind).await).filter(|events| !events.is_empty())).await;
        let [event] = <[_; 1]>::try_from(events).unwrap_or_else(|events| panic!("{} of {kind}", events.len()));
        event
    }
}
