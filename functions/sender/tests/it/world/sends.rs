//! Sends, stored and queued as the API does, and what is told of them.

use model::{MessageId, OutboundMessage, PhoneNumberId, SendId, SendOptions, WabaId, canonical_hash};
use queue::{OutboundEnvelope, person_group};
use serde_json::{Value, json};
use store::{CreatedSend, Inbound, NewSend, NewStatus};

use super::{NUMBER, WABA, World, raw, text};

impl World {
    /// Stores a send as the API does.
    pub(crate) async fn store_send(&self, key: &str, message: &Value) -> SendId {
        self.store_send_with(key, message, &json!({})).await
    }

    /// The same, with options.
    pub(crate) async fn store_send_with(&self, key: &str, message: &Value, options: &Value) -> SendId {
        self.store_with(key, message, options, None).await
    }

    /// The same with options, and with what its template took when it was checked.
    pub(crate) async fn store_with(
        &self,
        key: &str,
        message: &Value,
        options: &Value,
        template_schema: Option<String>,
    ) -> SendId {
        let number = PhoneNumberId::new(NUMBER);
        let message = raw(message);
        let parsed = OutboundMessage::parse(&message).unwrap();
        let new = NewSend {
            id: SendId::from_idempotency(&number, key),
            phone_number_id: number,
            contact: parsed.contact_key().unwrap(),
            kind: parsed.kind.clone(),
            body_hash: canonical_hash(&message),
            message,
            reference: None,
            options: SendOptions::parse(&raw(options), "waypost").unwrap(),
            template_schema,
            fell_back: None,
            skipped: None,
            waits: None,
        };
        let CreatedSend::New(send) = self.store.create_send(new, self.now()).await.unwrap() else {
            panic!("{key} is taken")
        };
        send.id
    }

    pub(crate) async fn queue(&self, id: &SendId) {
        let send = self.send(id).await;
        let envelope = OutboundEnvelope::stored(id, &send.phone_number_id);
        let group = person_group(&send.phone_number_id, &send.contact);
        self.queues.publish_send(&envelope, &group, send.requeues).await.unwrap();
    }

    /// Stores and queues a text to somebody whose window is open.
    pub(crate) async fn text(&self, key: &str, to: &str) -> SendId {
        self.hear(to).await;
        let id = self.store_send(key, &text(to, key)).await;
        self.queue(&id).await;
        id
    }

    /// The same, with options.
    pub(crate) async fn text_with(&self, key: &str, to: &str, options: &Value) -> SendId {
        self.hear(to).await;
        let id = self.store_send_with(key, &text(to, key), options).await;
        self.queue(&id).await;
        id
    }

    /// Puts any body on the queue, as a team's own code would.
    pub(crate) async fn put(&self, body: &str, group: &str, deduplication_id: &str) {
        let request = self.clients.sqs().send_message().queue_url(&self.outbound).message_body(body);
        request.message_group_id(group).message_deduplication_id(deduplication_id).send().await.unwrap();
    }

    /// A status webhook for a send of ours is stored.
    pub(crate) async fn report(&self, id: &SendId, wamid: &str, status: &str) {
        let status = NewStatus {
            id: MessageId::new(wamid),
            phone_number_id: PhoneNumberId::new(NUMBER),
            waba_id: WabaId::new(WABA),
            contact: None,
            send_id: Some(id.clone()),
            status: status.to_owned(),
            at: self.now(),
            pricing: None,
            errors: None,
            extra: None,
        };
        self.store.record(Inbound { statuses: vec![status], ..Inbound::default() }, self.now()).await.unwrap();
    }
}
