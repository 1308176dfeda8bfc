//! One POST and its repeats, until it is answered 200 (contract §3.3).

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::meta::record::{Attempt, WebhookRecord, WebhookState};
use crate::meta::shared::Shared;

use super::sign;

impl Shared {
    /// Signs and sends exactly `body`. Returns after the first attempt, with the record as it is then.
    pub(crate) async fn post(
        self: &Arc<Self>,
        app_id: &str,
        url: &str,
        body: Bytes,
        fields: Vec<String>,
    ) -> WebhookRecord {
        let id = {
            let mut state = self.state();
            let secret = state.apps.iter().find(|app| app.id == app_id).map(|app| app.secret.clone());
            let record = WebhookRecord {
                id: state.webhooks.len(),
                at: self.now(),
                app_id: app_id.to_owned(),
                url: url.to_owned(),
                fields,
                signature: sign(&secret.unwrap_or_default(), &body),
                body: String::from_utf8_lossy(&body).into_owned(),
                bytes: body,
                attempts: Vec::new(),
                state: WebhookState::Sending,
            };
            state.webhooks.push(record);
            state.webhooks.len() - 1
        };
        let record = self.attempt(id).await;
        if record.state == WebhookState::Retrying {
            let shared = Arc::clone(self);
            self.spawn(async move { shared.repeat(id).await });
        }
        record
    }

    async fn repeat(self: Arc<Self>, id: usize) {
        for n in 2.. {
            let gap = self.state().settings.retry.gap_ms(n);
            tokio::time::sleep(Duration::from_millis(gap)).await;
            if self.attempt(id).await.state != WebhookState::Retrying {
                return;
            }
        }
    }

    async fn attempt(&self, id: usize) -> WebhookRecord {
        let (record, retry) = {
            let state = self.state();
            (state.webhooks[id].clone(), state.settings.retry.clone())
        };
        let (at, started) = (self.now(), Instant::now());
        let answer = self
            .http
            .post(&record.url)
            .timeout(Duration::from_millis(retry.timeout_ms))
            .header("content-type", "application/json")
            .header("user-agent", "facebookexternalua")
            .header("x-hub-signature-256", &record.signature)
            .body(record.bytes)
            .send()
            .await;
        let (status, error) = match answer {
            Ok(answer) => (Some(answer.status().as_u16()), None),
            Err(error) => (None, Some(error.without_url().to_string())),
        };
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut state = self.state();
        let record = &mut state.webhooks[id];
        record.attempts.push(Attempt { at, status, error, took_ms });
        let spent = u32::try_from(record.attempts.len()).unwrap_or(u32::MAX) >= retry.attempts;
        record.state = match status {
            // 200 is the only success Meta documents.
            Some(200) => WebhookState::Delivered,
            _ if spent => WebhookState::GivenUp,
            _ => WebhookState::Retrying,
        };
        record.clone()
    }
}
