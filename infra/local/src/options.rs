//! What can be chosen about a local system.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use sandbox::Clock;
use sandbox::meta::local;

/// How to start. The default takes any free ports, keeps everything in memory and leaves the template as it is.
#[derive(Clone)]
pub struct Options {
    /// Of the API and the webhook.
    pub port: u16,
    /// Of the fake Meta.
    pub meta_port: u16,
    /// Of the fake AWS.
    pub aws_port: u16,
    /// Another Graph API; then no fake Meta runs.
    pub graph_url: Option<String>,
    /// Keeps the table and the bucket here.
    pub data_dir: Option<PathBuf>,
    /// The Meta account it is connected to.
    pub account: Account,
    /// Which events are published.
    pub event_types: String,
    /// After how long without news an uncertain send is failed.
    pub uncertain_after_s: u64,
    /// Of the sender's tick.
    pub tick: Pace,
    /// Of the template sync.
    pub sync: Pace,
    /// In place of the template's visibility timeout of the queues that functions read.
    pub visibility: Option<Duration>,
    /// Functions (`sender`, `media`, `template-sync`) that nothing calls: their queues fill up.
    pub idle: BTreeSet<String>,
    /// A recording proxy between each function and the fake AWS: [`crate::Local::proxy`].
    pub recorded: bool,
    /// The time that functions, fake AWS and fake Meta live in.
    pub clock: Clock,
}

/// How often a schedule calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As the template says.
    #[default]
    Template,
    /// At this interval.
    Every(Duration),
    /// Only when told to.
    Never,
}

/// An account at Meta: one app, one WABA, one number.
#[derive(Clone)]
pub struct Account {
    /// The number's id.
    pub phone_number_id: String,
    /// The WABA's id.
    pub waba_id: String,
    /// The app's id.
    pub app_id: String,
    /// Signs the webhooks.
    pub app_secret: String,
    /// Opens the handshake.
    pub verify_token: String,
    /// Sends and reads.
    pub access_token: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            meta_port: 0,
            aws_port: 0,
            graph_url: None,
            data_dir: None,
            account: Account::default(),
            event_types: String::from("*"),
            uncertain_after_s: 600,
            tick: Pace::default(),
            sync: Pace::default(),
            visibility: None,
            idle: BTreeSet::new(),
            recorded: false,
            clock: Clock::real(),
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self {
            phone_number_id: local::PHONE_NUMBER_ID.to_owned(),
            waba_id: local::WABA_ID.to_owned(),
            app_id: local::APP_ID.to_owned(),
            app_secret: local::APP_SECRET.to_owned(),
            verify_token: local::VERIFY_TOKEN.to_owned(),
            access_token: local::ACCESS_TOKEN.to_owned(),
        }
    }
}
