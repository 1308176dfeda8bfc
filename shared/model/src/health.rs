//! What can be wrong with a connected number, each as a check: a pure function of what was looked at, with a stable id, a
//! finding in plain words and what to do about it (C-01, C-02, C-09, C-10, L-07, X-01 to X-10, N-03, D-01, Z-03).
//!
//! Who looks (the API with an account's token, `waypost doctor` with the operator's own credentials) gathers facts and
//! asks here what they mean.

mod account;
mod app;
mod callback;
mod change;
mod check;
mod limits;
mod number;
mod running;
mod send;
mod system;
mod token;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use account::AccountFacts;
pub use app::{AppFacts, FIELDS, SubscriptionFacts};
pub use callback::{Answered, CallbackFacts, CallbackUrls, SubscribedApp};
pub use change::NumberChange;
pub use check::{ALL, Check};
pub use limits::{LimitFacts, Used};
pub use number::{HealthEntity, HealthError, NumberFacts};
pub use running::RunningFacts;
pub use send::{SendFacts, inbound, meta_unreachable};
pub use system::{Depth, EventsFacts, SystemFacts};
pub use token::{MANAGEMENT, MESSAGING, Refusal, TokenFacts, can_reach, token_unreadable};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Looked at, and right.
    Ok,
    /// Worth knowing.
    Info,
    /// Only a person can see to it, at Meta.
    Manual,
    /// Something does not work well, or will stop working.
    Warn,
    /// Something does not work.
    Error,
}

/// What a check has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable: programs may go by it.
    pub id: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do; empty where there is nothing to do.
    pub remedy: String,
}

impl Check {
    fn ok(self, what: impl Into<String>) -> Finding {
        self.finding(Level::Ok, what, "")
    }

    fn info(self, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        self.finding(Level::Info, what, remedy)
    }

    fn manual(self, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        self.finding(Level::Manual, what, remedy)
    }

    fn warn(self, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        self.finding(Level::Warn, what, remedy)
    }

    fn error(self, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        self.finding(Level::Error, what, remedy)
    }

    fn finding(self, level: Level, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { id: self.id, level, what: what.into(), remedy: remedy.into() }
    }
}

/// The worst there is; [`Level::Ok`] of none.
pub fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
}

/// Only a person can see to these in Meta's dashboard, and no token tells whether they are done (C-10).
pub fn by_hand(app_id: Option<&str>) -> Vec<Finding> {
    let settings = match app_id.filter(|id| !id.is_empty()) {
        Some(app) => format!("https://developers.facebook.com/apps/{app}/settings/basic/"),
        None => String::from("https://developers.facebook.com/apps/, the app's settings, Basic"),
    };
    vec![
        check::LIVE_MODE.manual(
            "Whether the app is live cannot be seen from here. In development mode only people with a role in the app reach \
             you; everybody else's messages never arrive.",
            format!("Switch App mode to Live: {settings}"),
        ),
        check::PRIVACY_POLICY.manual(
            "Whether the app has a privacy policy URL cannot be seen from here. Meta lets no app go live without one.",
            format!("Fill in Privacy policy URL: {settings}"),
        ),
        check::PAYMENT_BY_HAND.manual(
            "Whether a payment method is set cannot be seen before Meta refuses a message for it (131042).",
            "Add one in WhatsApp Manager, Account tools, Payment settings: https://business.facebook.com/billing_hub",
        ),
    ]
}
