//! How many messages are in a queue.

use aws_sdk_sqs::types::QueueAttributeName;
use model::health::Depth;

use super::System;
use crate::error::Error;

/// Each queue: what a person calls it, the stack's output, and what `waypost local` calls it.
type Named = (&'static str, &'static str, &'static str);

const QUEUES: [Named; 4] = [
    ("outbound", "OutboundQueueUrl", "waypost-local-OutboundQueue.fifo"),
    ("events", "EventsQueueUrl", "waypost-local-EventsQueue.fifo"),
    ("media", "MediaQueueUrl", "waypost-local-MediaQueue"),
    ("sync", "SyncQueueUrl", "waypost-local-SyncQueue"),
];
const DEAD_LETTERS: [Named; 4] = [
    ("outbound", "OutboundDeadLetterQueueUrl", "waypost-local-OutboundDeadLetterQueue.fifo"),
    ("events", "EventsDeadLetterQueueUrl", "waypost-local-EventsDeadLetterQueue.fifo"),
    ("media", "MediaDeadLetterQueueUrl", "waypost-local-MediaDeadLetterQueue"),
    ("sync", "SyncDeadLetterQueueUrl", "waypost-local-SyncDeadLetterQueue"),
];

impl System {
    /// The queues; `None` where SQS does not tell.
    pub(crate) async fn queues(&self) -> Result<Option<Vec<Depth>>, Error> {
        self.depths(&QUEUES).await
    }

    /// The dead-letter queues; `None` where SQS does not tell.
    pub(crate) async fn dead_letters(&self) -> Result<Option<Vec<Depth>>, Error> {
        self.depths(&DEAD_LETTERS).await
    }

    async fn depths(&self, queues: &[Named]) -> Result<Option<Vec<Depth>>, Error> {
        let client = aws_sdk_sqs::Client::new(&self.aws().await?);
        let mut depths = Vec::new();
        for (name, output, local) in queues {
            let url = match &self.outputs {
                Some(outputs) => Some(outputs.get(output)?.to_owned()),
                None => client.get_queue_url().queue_name(*local).send().await.ok().and_then(|found| found.queue_url),
            };
            let Some(url) = url else { return Ok(None) };
            let Some(messages) = depth(&client, &url).await else { return Ok(None) };
            depths.push(Depth { queue: (*name).to_owned(), messages });
        }
        Ok(Some(depths))
    }
}

async fn depth(client: &aws_sdk_sqs::Client, url: &str) -> Option<u64> {
    let wanted = QueueAttributeName::ApproximateNumberOfMessages;
    let answer = client.get_queue_attributes().queue_url(url).attribute_names(wanted.clone()).send().await.ok()?;
    answer.attributes()?.get(&wanted)?.parse().ok()
}
