//! Takes events from Waypost's events.fifo: each one once, those of one person in order.
//!
//! What is yours is `work.rs`. The rest is what every consumer of the queue needs; events.md says why.

mod event;
mod once;
mod work;

use std::collections::{BTreeMap, HashSet};

use aws_config::BehaviorVersion;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use futures::future::join_all;
use lambda_runtime::{LambdaEvent, run, service_fn};

use event::Event;
use once::Once;

/// Why a record comes again. None of it quotes what is in the event: bodies, names and phone numbers do not belong in
/// logs.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the body is no event")]
    NoEvent,
    #[error("version {0} of the events is not known here")]
    Version(u64),
    #[error("the data in the bucket are not those of the event")]
    OtherData,
    #[error("AWS: {0}")]
    Aws(String),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let app = &App {
        once: Once::new(aws_sdk_dynamodb::Client::new(&config), std::env::var("SEEN_TABLE")?),
        s3: aws_sdk_s3::Client::new(&config),
        inbox_table: std::env::var("INBOX_TABLE")?,
    };
    run(service_fn(|batch: LambdaEvent<SqsEvent>| async move {
        Ok::<_, lambda_runtime::Error>(app.batch(batch.payload.records).await)
    }))
    .await
}

struct App {
    once: Once,
    s3: aws_sdk_s3::Client,
    inbox_table: String,
}

impl App {
    /// One batch. What is reported comes again; what is not is done.
    async fn batch(&self, records: Vec<SqsMessage>) -> SqsBatchResponse {
        let mut groups: BTreeMap<&str, Vec<&SqsMessage>> = BTreeMap::new();
        for record in &records {
            let group = record.attributes.get("MessageGroupId").map(String::as_str);
            groups.entry(group.unwrap_or_default()).or_default().push(record);
        }
        // Groups side by side, each in order.
        let failed = join_all(groups.into_values().map(|group| self.in_order(group))).await;
        let failed: HashSet<String> = failed.into_iter().flatten().collect();
        let mut response = SqsBatchResponse::default();
        for id in records.into_iter().filter_map(|record| record.message_id).filter(|id| failed.contains(id)) {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
        response
    }

    async fn in_order(&self, records: Vec<&SqsMessage>) -> Vec<String> {
        for (at, record) in records.iter().enumerate() {
            if let Err(error) = self.handle(record.body.as_deref().unwrap_or_default()).await {
                eprintln!("record {} failed: {error}", record.message_id.as_deref().unwrap_or_default());
                // The rest of the person's events wait, or they would overtake it.
                return records.iter().skip(at).filter_map(|record| record.message_id.clone()).collect();
            }
        }
        Vec::new()
    }

    async fn handle(&self, body: &str) -> Result<(), Error> {
        let event = Event::parse(body)?;
        // Other types are let go, those of tomorrow too.
        if event.kind != "message.received" || self.once.is_done(&event.id).await? {
            return Ok(());
        }
        let data = event.data(&self.s3).await?;
        let writes = work::work(&event, &data, &self.inbox_table)?;
        self.once.finish(&event.id, writes).await
    }
}
