//! What is seen from outside: the table, the queues, what Meta received.

use model::{Send, SendId};
use sandbox::aws::sqs::StoredMessage;
use serde_json::Value;

use super::World;

impl World {
    pub(crate) async fn send(&self, id: &SendId) -> Send {
        self.store.send(id, self.now()).await.unwrap().unwrap()
    }

    /// The state in the table, and the code of the error beside it.
    pub(crate) async fn state(&self, id: &SendId) -> (String, Option<String>) {
        let send = self.send(id).await;
        (send.state.to_string(), send.error.map(|error| error.code))
    }

    /// Calls that Meta saw, whatever came of them.
    pub(crate) fn calls(&self) -> usize {
        self.meta.calls().iter().filter(|call| call.path.ends_with("/messages")).count()
    }

    /// The texts that Meta accepted, in its order.
    pub(crate) fn texts(&self) -> Vec<String> {
        let body = |sent: &sandbox::meta::SendRecord| {
            let request: Value = serde_json::from_str(sent.request.get()).unwrap();
            request["text"]["body"].as_str().unwrap().to_owned()
        };
        self.meta.sends().iter().map(body).collect()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        bodies(&self.aws.sqs().messages(&self.events).unwrap())
    }

    /// (type, send id, state) of every event about a send.
    pub(crate) fn told(&self) -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let told = |event: &Value| (text(&event["type"]), text(&event["data"]["id"]), text(&event["data"]["state"]));
        let is_send = |event: &&Value| event["type"].as_str().is_some_and(|kind| kind.starts_with("message."));
        self.events().iter().filter(is_send).map(told).collect()
    }

    /// Syncs that were asked for.
    pub(crate) fn syncs(&self) -> Vec<Value> {
        bodies(&self.aws.sqs().messages(&self.sync).unwrap())
    }

    pub(crate) fn dead(&self) -> Vec<StoredMessage> {
        self.aws.sqs().messages(&self.dead).unwrap()
    }

    pub(crate) fn queued(&self) -> Vec<StoredMessage> {
        self.aws.sqs().messages(&self.outbound).unwrap()
    }
}

fn bodies(messages: &[StoredMessage]) -> Vec<Value> {
    messages.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
}
