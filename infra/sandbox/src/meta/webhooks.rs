//! Webhooks out: which app gets them where, and what tests do to them on the way.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::faults::{Facts, Fault};
use super::record::{WebhookRecord, WebhookState};
use super::shared::Shared;
use super::state::State;

mod body;
pub(crate) mod handshake;
pub(crate) mod inbound;
mod post;
mod sign;
pub(crate) mod statuses;

pub(crate) use body::{envelope, escaped};
pub use sign::sign;

/// The fields an override of the WABA or the number covers; every other field goes to the app's own URL.
const COVERED: [&str; 13] = [
    "messages",
    "message_echoes",
    "calls",
    "consumer_profile",
    "messaging_handovers",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "smb_message_echoes",
    "smb_app_state_sync",
    "history",
    "account_settings_update",
];

/// How long an overtaken webhook waits for the one that overtakes it.
const OVERTAKING: Duration = Duration::from_secs(1);

/// One change, not yet on its way.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) waba_id: String,
    pub(crate) phone_number_id: Option<String>,
    pub(crate) field: String,
    pub(crate) value: Value,
    pub(crate) at: Timestamp,
}

/// How held webhooks are let go.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// Last in, first out.
    pub reversed: bool,
    /// How many changes go into one POST; Meta takes up to 1,000.
    pub batch: usize,
    /// Changes of one number in one POST share one `value`, as Meta may do.
    pub merge: bool,
    /// How often each POST is sent.
    pub copies: usize,
}

impl Default for Release {
    fn default() -> Self {
        Self { reversed: false, batch: 1, merge: false, copies: 1 }
    }
}

impl Update {
    /// The status this carries, if it is one.
    fn status(&self) -> Option<&str> {
        self.value.pointer("/statuses/0/status").and_then(Value::as_str)
    }

    fn facts(&self) -> Facts {
        let to = ["/statuses/0/recipient_id", "/statuses/0/recipient_user_id", "/messages/0/from"];
        Facts {
            webhook: true,
            phone_number_id: self.phone_number_id.clone(),
            waba_id: Some(self.waba_id.clone()),
            to: to.iter().find_map(|path| self.value.pointer(path)?.as_str()).map(str::to_owned),
            field: Some(self.field.clone()),
            status: self.status().map(str::to_owned),
            ..Facts::default()
        }
    }
}

impl Shared {
    /// Sends a change to whoever is subscribed. Returns after the first attempts; repeats go on by themselves.
    pub(crate) async fn publish(self: &Arc<Self>, update: Update) -> Vec<WebhookRecord> {
        let (updates, copies) = {
            let mut state = self.state();
            let now = self.now();
            let fault = state.faults.take(&update.facts(), now);
            if state.holding {
                state.held.push(update);
                return Vec::new();
            }
            match fault {
                Some(Fault::Drop {}) => {
                    state.drop_webhook(&update);
                    return Vec::new();
                }
                Some(Fault::Hold {}) => {
                    state.held.push(update);
                    return Vec::new();
                }
                Some(Fault::Reorder {}) if state.overtaken.is_none() => {
                    state.overtaken = Some(update);
                    drop(state);
                    self.let_pass();
                    return Vec::new();
                }
                Some(Fault::Duplicate { copies }) => (vec![update], copies + 1),
                _ => {
                    let overtaken = state.overtaken.take();
                    (std::iter::once(update).chain(overtaken).collect::<Vec<_>>(), 1)
                }
            }
        };
        let mut records = Vec::new();
        for update in updates {
            records.extend(self.deliver(&[update], false, copies).await);
        }
        records
    }

    /// An update that nothing overtook goes on its own.
    fn let_pass(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.spawn(async move {
            tokio::time::sleep(OVERTAKING).await;
            let overtaken = shared.state().overtaken.take();
            if let Some(update) = overtaken {
                shared.deliver(&[update], false, 1).await;
            }
        });
    }

    /// Lets go of everything held, and holds no more.
    pub(crate) async fn release(self: &Arc<Self>, how: &Release) -> Vec<WebhookRecord> {
        let mut held = {
            let mut state = self.state();
            state.holding = false;
            std::mem::take(&mut state.held)
        };
        if how.reversed {
            held.reverse();
        }
        let mut records = Vec::new();
        for updates in held.chunks(how.batch.max(1)) {
            records.extend(self.deliver(updates, how.merge, how.copies.max(1)).await);
        }
        records
    }

    /// One POST for each app and URL that these changes belong to.
    async fn deliver(self: &Arc<Self>, updates: &[Update], merge: bool, copies: usize) -> Vec<WebhookRecord> {
        let targets = self.state().targets(updates);
        let mut records = Vec::new();
        for target in targets {
            let fields = target.updates.iter().map(|update| update.field.clone()).collect::<Vec<_>>();
            let body = escaped(&envelope(&target.updates, merge).to_string());
            for _ in 0..copies {
                records.push(self.post(&target.app_id, &target.url, body.clone().into(), fields.clone()).await);
            }
        }
        records
    }
}

pub(crate) struct Target {
    pub(crate) app_id: String,
    pub(crate) url: String,
    pub(crate) updates: Vec<Update>,
}

impl State {
    fn targets(&self, updates: &[Update]) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for update in updates {
            for app in &self.apps {
                let wants = app.active && (app.fields.is_empty() || app.fields.contains(&update.field));
                let Some(url) = self.url_for(&app.id, update).filter(|_| wants) else { continue };
                match targets.iter_mut().find(|target| target.app_id == app.id && target.url == url) {
                    Some(target) => target.updates.push(update.clone()),
                    None => targets.push(Target { app_id: app.id.clone(), url, updates: vec![update.clone()] }),
                }
            }
        }
        targets
    }

    /// The number's URL, else the WABA's, else the app's. Nothing without a subscription.
    fn url_for(&self, app_id: &str, update: &Update) -> Option<String> {
        let waba = self.waba(&update.waba_id)?;
        let subscription = waba.subscribed.iter().find(|subscription| subscription.app_id == app_id)?;
        let of_app = self.app_url(app_id);
        if !COVERED.contains(&update.field.as_str()) {
            return of_app;
        }
        let number = update.phone_number_id.as_deref().and_then(|id| self.number(id));
        let of_number = number.and_then(|number| number.override_url.clone());
        of_number.or_else(|| subscription.override_url.clone()).or(of_app)
    }

    pub(crate) fn app_url(&self, app_id: &str) -> Option<String> {
        let app = self.apps.iter().find(|app| app.id == app_id)?;
        app.callback_url.clone().or_else(|| self.callback_url.clone())
    }

    fn drop_webhook(&mut self, update: &Update) {
        for target in self.targets(std::slice::from_ref(update)) {
            let body = escaped(&envelope(&target.updates, false).to_string());
            self.webhooks.push(WebhookRecord {
                id: self.webhooks.len(),
                at: update.at,
                app_id: target.app_id,
                url: target.url,
                fields: vec![update.field.clone()],
                bytes: body.clone().into(),
                body,
                signature: String::new(),
                attempts: Vec::new(),
                state: WebhookState::Dropped,
            });
        }
    }
}
