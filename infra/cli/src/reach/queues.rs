//! How many messages are in a queue.

use aws_sdk_sqs::types::QueueAttributeName;
use model::health::{Depth, EventsFacts};

use super::System;
use crate::error::Error;

/// Each queue: what a person calls it, the stack's output, and what `waypost local` calls it.
type Named = (&'static str, &'static str, &'static str);

/// What is in a queue and with nobody.
const WAITING: QueueAttributeName = QueueAttributeName::ApproximateNumberOfMessages;

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

    /// What the events queue holds; `None` where SQS does not tell, and on this machine.
    pub(crate) async fn events(&self) -> Result<Option<EventsFacts>, Error> {
        let Some(outputs) = &self.outputs else { return Ok(None) };
        let client = aws_sdk_sqs::Client::new(&self.aws().await?);
        let url = outputs.get("EventsQueueUrl")?;
        let counted = counts(&client, url, [WAITING, QueueAttributeName::ApproximateNumberOfMessagesNotVisible]).await;
        Ok(counted.map(|[waiting, taken]| EventsFacts { waiting, taken }))
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
            let Some([messages]) = counts(&client, &url, [WAITING]).await else { return Ok(None) };
            depths.push(Depth { queue: (*name).to_owned(), messages });
        }
        Ok(Some(depths))
    }
}

/// The attributes of a queue that are numbers, in the order they are asked for.
async fn counts<const N: usize>(
    client: &aws_sdk_sqs::Client,
    url: &str,
    wanted: [QueueAttributeName; N],
) -> Option<[u64; N]> {
    let asked = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(wanted.to_vec()));
    let answer = asked.send().await.ok()?;
    let told = answer.attributes()?;
    let mut counts = [0; N];
    for (count, name) in counts.iter_mut().zip(&wanted) {
        *count = told.get(name)?.parse().ok()?;
    }
    Some(counts)
}
