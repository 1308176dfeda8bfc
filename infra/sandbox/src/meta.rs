//! A fake Meta over real HTTP on loopback: the Graph API of WhatsApp, and the webhooks that follow from it.
//!
//! It is the referee of whoever talks to it, so it signs, validates, counts and refuses by its own reading of Meta's
//! contract and shares no line with what it judges. Tests and people steer it by the methods of [`Meta`], or by HTTP
//! under `/_sandbox/`, where the same can be done.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

pub use crate::clock::Clock;
use crate::server::Server;

mod auth;
mod call;
mod config;
mod control;
mod faults;
mod fields;
mod graph_error;
mod ids;
mod judge;
pub mod local;
mod media;
mod multipart;
mod numbers;
mod oauth;
mod paging;
mod people;
mod profile;
mod record;
mod registration;
mod router;
mod send;
mod serve;
mod settings;
mod shared;
mod state;
mod subscriptions;
mod templates;
mod uploads;
mod usage;
mod wabas;
mod webhooks;

pub use config::{App, MANAGEMENT, MESSAGING, MetaConfig, Number, Subscription, Template, Token, Waba};
pub use control::Refused;
pub use control::users::Written;
pub use faults::{ErrorFault, Fault, Match, Rule};
pub use people::Person;
pub use record::{
    Attempt, CallRecord, EmittedStatus, ReadRecord, RefusedRecord, SendRecord, WebhookRecord, WebhookState,
};
pub use settings::{AutoStatus, Enforce, Refusal, Retry, Settings};
pub use webhooks::{Release, sign};

use shared::Shared;
use state::State;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the fake Meta cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    #[error("the fake Meta cannot make an HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("the fake Meta sends webhooks to loopback addresses only, not to {0}")]
    Callback(String),
}

/// A running fake Meta; dropping it ends it.
pub struct Meta {
    shared: Arc<Shared>,
    server: Server,
}

impl Meta {
    pub async fn start(config: MetaConfig) -> Result<Self, Error> {
        let of_apps = config.apps.iter().filter_map(|app| app.callback_url.as_ref());
        if let Some(url) = config.callback_url.iter().chain(of_apps).find(|url| !webhooks::handshake::is_local(url)) {
            return Err(Error::Callback(url.clone()));
        }
        // Whoever came first has installed the same provider.
        drop(rustls::crypto::ring::default_provider().install_default());
        // Nothing but loopback is called: no proxy, and no roots to load.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        let (port, clock) = (config.port, config.clock.clone());
        let shared = Shared::new(clock, http, State::new(config));
        let served = Arc::clone(&shared);
        let server = Server::start(port, move |request, _| serve::handle(Arc::clone(&served), request)).await?;
        shared.listens_at(server.url());
        Ok(Self { shared, server })
    }

    /// The Graph base without version.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub async fn shutdown(mut self) {
        self.shared.stop();
        self.server.shutdown().await;
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Where the webhooks of all apps go that have no URL of their own. Without a handshake: that is what
    /// `POST /{app_id}/subscriptions` is for.
    pub fn set_callback(&self, url: impl Into<String>) -> Result<(), Error> {
        let url = url.into();
        if !webhooks::handshake::is_local(&url) {
            return Err(Error::Callback(url));
        }
        self.shared.state().callback_url = Some(url);
        Ok(())
    }

    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.state().settings);
    }

    /// A person writes in; `body` as `POST /_sandbox/users/{from}/messages` takes it.
    pub async fn write_in(&self, from: &str, body: &Value) -> Result<Written, Refused> {
        control::users::write_in(&self.shared, from, body).await
    }

    /// Sets what is so of a person: unreachable, nameless, without a visible number.
    pub fn person(&self, identity: &str, change: impl FnOnce(&mut Person)) {
        self.shared.state().people.change(identity, change);
    }

    /// Opens the window without a webhook, as a message long before the test would have.
    pub fn open_window(&self, phone_number_id: &str, identity: &str) {
        let mut state = self.shared.state();
        let user_id = state.people.meet(identity).user_id.clone();
        state.hear(phone_number_id, &user_id, self.shared.now());
    }

    /// Sets what is so of a number; says whether there is such a number.
    pub fn number(&self, phone_number_id: &str, change: impl FnOnce(&mut Number)) -> bool {
        self.shared.state().number_mut(phone_number_id).map(change).is_some()
    }

    /// Sets what is so of a WABA, its templates among it; says whether there is such a WABA.
    pub fn waba(&self, waba_id: &str, change: impl FnOnce(&mut Waba)) -> bool {
        self.shared.state().waba_mut(waba_id).map(change).is_some()
    }

    /// Adds a token, or replaces the one of that value.
    pub fn put_token(&self, token: Token) {
        let mut state = self.shared.state();
        state.tokens.retain(|known| known.value != token.value);
        state.tokens.push(token);
    }

    pub fn fault(&self, rule: Rule) -> u64 {
        self.shared.state().faults.add(rule)
    }

    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Keeps all webhooks back until [`Meta::release`].
    pub fn hold_webhooks(&self) {
        self.shared.state().holding = true;
    }

    pub async fn release(&self, how: &Release) -> Vec<WebhookRecord> {
        self.shared.release(how).await
    }

    /// Delivers a change as it is. What it says people wrote counts for their windows.
    pub async fn deliver_raw(&self, value: Value, field: &str) -> Vec<WebhookRecord> {
        control::hooks::deliver_raw(&self.shared, None, value, field).await
    }

    /// Signs and delivers a body as it is, to the first app. `None` when there is nowhere to deliver to.
    pub async fn deliver_body(&self, body: impl Into<Bytes>) -> Option<WebhookRecord> {
        let (app_id, url) = {
            let state = self.shared.state();
            let app = state.apps.first()?;
            (app.id.clone(), state.app_url(&app.id)?)
        };
        Some(self.shared.post(&app_id, &url, body.into(), Vec::new()).await)
    }

    /// Sends a status of an accepted send, in whatever order a test wants. `None` for a wamid that is not one.
    pub async fn report(&self, wamid: &str, status: &str, failed_with: Option<i64>) -> Option<Vec<WebhookRecord>> {
        let error = failed_with.map(graph_error::GraphError::new);
        self.shared.report(wamid, status, error.as_ref(), None).await
    }

    pub fn sends(&self) -> Vec<SendRecord> {
        self.shared.state().sends.clone()
    }

    pub fn refused(&self) -> Vec<RefusedRecord> {
        self.shared.state().refused.clone()
    }

    pub fn reads(&self) -> Vec<ReadRecord> {
        self.shared.state().reads.clone()
    }

    pub fn calls(&self) -> Vec<CallRecord> {
        self.shared.state().calls.clone()
    }

    pub fn webhooks(&self) -> Vec<WebhookRecord> {
        self.shared.state().webhooks.clone()
    }
}

impl Drop for Meta {
    fn drop(&mut self) {
        self.shared.stop();
    }
}
