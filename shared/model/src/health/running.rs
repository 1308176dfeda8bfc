//! A channel at work: what waits, what came, and the Graph version.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, civil::date};

use super::number::no_payment_method;
use super::{Finding, check};
use crate::send::Block;

/// So long may nobody write before it is told of.
const QUIET: SignedDuration = SignedDuration::from_hours(72);
/// A queued send becomes due after 15 minutes, if nobody took it.
const PATIENCE: &str = "15 minutes";
/// How long before the end of a Graph version it is told of.
const VERSION_AHEAD: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Until when Meta supports a Graph version (contract §1.1); what is newer than the table has no end yet.
const VERSIONS: &[(&str, Date)] = &[
    ("v25.0", date(2028, 7, 29)),
    ("v24.0", date(2028, 2, 18)),
    ("v23.0", date(2027, 10, 8)),
    ("v22.0", date(2027, 5, 20)),
    ("v21.0", date(2027, 1, 21)),
    ("v20.0", date(2026, 9, 24)),
];

/// What the table knows of a channel at work.
#[derive(Clone, Debug, Default)]
pub struct RunningFacts {
    /// What keeps the number from sending.
    pub block: Option<Block>,
    /// Sends whose outcome is not known.
    pub uncertain: usize,
    /// Sends that should have been taken by now.
    pub overdue: usize,
    /// Since when the oldest of those has waited.
    pub overdue_since: Option<Timestamp>,
    /// When somebody last wrote in; `None`: nobody ever did.
    pub last_inbound_at: Option<Timestamp>,
    /// Why the last sync failed.
    pub sync_error: Option<String>,
    /// Such as `v24.0`.
    pub graph_version: String,
}

impl RunningFacts {
    /// What is wrong.
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let mut findings = self.sending(now);
        match self.last_inbound_at {
            None => findings.push(check::NOTHING_RECEIVED.info(
                "Nobody has written to this number since it is a channel here. While the app is in development mode, only \
                 people with a role in it do.",
                "Write to the number from a phone: waypost doctor --wait-inbound 5m",
            )),
            Some(at) if now.duration_since(at) > QUIET => findings.push(check::NO_INBOUND.info(
                format!("Nobody has written to this number since {at:.0}."),
                "If that is unusual: waypost doctor --wait-inbound 5m",
            )),
            Some(_) => {}
        }
        if let Some(error) = &self.sync_error {
            findings.push(
                check::SYNC_FAILED.warn(
                    format!("Templates and numbers could not be read from Meta: {error}"),
                    "waypost templates sync",
                ),
            );
        }
        findings.extend(self.version(now));
        findings
    }

    fn sending(&self, now: Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(block) = &self.block {
            let error = &block.error;
            if error.code == "billing" {
                findings.push(no_payment_method());
            } else {
                findings.push(check::SENDING_PARKED.error(
                    format!(
                        "The number has not been sending since {:.0}: {} ({}).",
                        block.since, error.title, error.code
                    ),
                    error.remedy.clone().unwrap_or_default(),
                ));
            }
        }
        if self.uncertain > 0 {
            findings.push(check::SENDS_UNCERTAIN.warn(
                format!("{} sends are in doubt: Meta did not answer whether it took them.", self.uncertain),
                "A status settles them; after ten minutes without one they are failed. If it lasts, see Meta's status page: \
                 https://metastatus.com/whatsapp-business-api",
            ));
        }
        if self.overdue > 0 {
            findings.push(check::SENDS_OVERDUE.warn(
                format!(
                        "{} sends have waited for more than {PATIENCE} and nobody took them{}.",
                        self.overdue,
                        self.overdue_since
                            .map(|since| format!(", the oldest for {}", waited(now, since)))
                            .unwrap_or_default()
                    ),
                "See the sender's log and its event source mapping; the tick each minute publishes them again.",
            ));
        }
        if findings.is_empty() {
            findings
                .push(check::SENDING.ok("Nothing keeps the number from sending, and nothing waits that should not."));
        }
        findings
    }

    fn version(&self, now: Timestamp) -> Option<Finding> {
        let version = &self.graph_version;
        let (_, end) = VERSIONS.iter().find(|(known, _)| known == version)?;
        let end = end.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        if end <= now {
            return Some(check::GRAPH_VERSION.error(
                format!("Meta has ended the Graph version {version}."),
                "Deploy with a newer GraphVersion (infra/docs/deploy.md).",
            ));
        }
        (end.duration_since(now) < VERSION_AHEAD).then(|| {
            check::GRAPH_VERSION.warn(
                format!("Meta supports the Graph version {version} until {}.", end.strftime("%Y-%m-%d")),
                "Deploy with a newer GraphVersion (infra/docs/deploy.md).",
            )
        })
    }
}

/// In words, such as `1h 20m`.
fn waited(now: Timestamp, since: Timestamp) -> String {
    let minutes = SignedDuration::from_mins(now.duration_since(since).as_mins());
    format!("{minutes:#}")
}
