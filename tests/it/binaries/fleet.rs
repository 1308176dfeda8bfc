//! Several senders at once, each under a Runtime API of its own and fed by a mapping of its own, as Lambda scales.

use futures::future::join_all;
use model::{ContactKey, PhoneNumberId, SendId};
use queue::{OutboundEnvelope, Queues};

use super::passing::stored_as;
use super::rig::{NUMBER, Rig};
use crate::lambda::Function;

pub(super) struct Fleet {
    senders: Vec<Function>,
}

impl Fleet {
    pub(super) async fn start(rig: &Rig, size: usize) -> Self {
        Self { senders: join_all((0..size).map(|_| rig.process("sender"))).await }
    }

    /// Every sender takes batches until it sees nothing that is visible; all until none has. How many records were
    /// received, those counted again that were received again.
    pub(super) async fn drain(&self, rig: &Rig) -> usize {
        let outbound = &rig.local.ready().queues.outbound;
        let mut all = 0;
        loop {
            let each = self.senders.iter().map(|sender| async move {
                let mut received = 0;
                loop {
                    let batch = rig.deliver(sender, "sender", outbound).await.expect("a sender died");
                    if batch.received == 0 {
                        return received;
                    }
                    received += batch.received;
                }
            });
            let received: usize = join_all(each).await.into_iter().sum();
            all += received;
            if received == 0 {
                return all;
            }
        }
    }

    pub(super) fn one(&self, at: usize) -> &Function {
        &self.senders[at]
    }
}

/// Stores a send and queues it as the API does. Its id.
pub(super) async fn queue(rig: &Rig, phone: &str, key: &str) -> String {
    let send = stored_as(rig, phone, key).await;
    queue_again(rig, phone, send.id.as_str(), send.requeues).await;
    send.id.into_string()
}

/// Queues a stored send as the API and the tick do.
pub(super) async fn queue_again(rig: &Rig, phone: &str, id: &str, requeues: u32) {
    let number = PhoneNumberId::new(NUMBER);
    let envelope = OutboundEnvelope::stored(&SendId::parse(id).unwrap(), &number);
    let group = queue::person_group(&number, &ContactKey::new(format!("wa:{phone}")));
    let mut queues = Queues::new(rig.sqs());
    queues.outbound = Some(rig.local.ready().queues.outbound.clone());
    queues.publish_send(&envelope, &group, requeues).await.unwrap();
}
