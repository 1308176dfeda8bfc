//! Where everything is once it runs: the line that `waypost local --json` prints.

use serde::Serialize;

use crate::stack::Stack;

/// Addresses and names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// The API's origin, without `/v1`.
    pub api: String,
    /// Meta's callback.
    pub webhook: String,
    /// The Graph API, without version.
    pub meta: String,
    /// The endpoint of the fake AWS; any credentials, `us-east-1`.
    pub aws: String,
    /// The table's name.
    pub table: String,
    /// The bucket's name.
    pub bucket: String,
    /// The secret with the app secret and the verify token.
    pub webhook_secret_id: String,
    /// The secret with the access tokens.
    pub tokens_secret_id: String,
    /// URLs.
    pub queues: Queues,
}

/// Queue URLs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Queues {
    pub outbound: String,
    pub events: String,
    pub media: String,
    pub sync: String,
    pub outbound_dlq: String,
    pub events_dlq: String,
    pub media_dlq: String,
    pub sync_dlq: String,
}

impl Ready {
    pub(crate) fn of(stack: &Stack, api: String, meta: String, aws: String) -> Self {
        let secret = |id: &str| stack.secrets.get(id).cloned().unwrap_or_default();
        Self {
            webhook: format!("{api}/webhook"),
            api,
            meta,
            aws,
            table: stack.output("TableName"),
            bucket: stack.output("BucketName"),
            webhook_secret_id: secret("WebhookSecret"),
            tokens_secret_id: secret("TokensSecret"),
            queues: Queues {
                outbound: stack.output("OutboundQueueUrl"),
                events: stack.output("EventsQueueUrl"),
                media: stack.output("MediaQueueUrl"),
                sync: stack.output("SyncQueueUrl"),
                outbound_dlq: stack.output("OutboundDeadLetterQueueUrl"),
                events_dlq: stack.output("EventsDeadLetterQueueUrl"),
                media_dlq: stack.output("MediaDeadLetterQueueUrl"),
                sync_dlq: stack.output("SyncDeadLetterQueueUrl"),
            },
        }
    }
}
