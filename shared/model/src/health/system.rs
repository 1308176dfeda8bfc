//! The system as a whole: its channels, queues, clock and account.

use jiff::SignedDuration;

use super::{Finding, LimitFacts, check};

/// So far clocks may be apart; AWS refuses signatures from five minutes on.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(30);
/// Where somebody reads events, some are with them whenever more than these wait.
const UNREAD: u64 = 20;

/// A queue's name and how many messages are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    pub queue: String,
    pub messages: u64,
}

/// What the events queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventsFacts {
    /// Events that nobody has taken yet.
    pub waiting: u64,
    /// Events that somebody has taken and not deleted yet.
    pub taken: u64,
}

impl EventsFacts {
    fn finding(self) -> Option<Finding> {
        (self.waiting > UNREAD && self.taken == 0).then(|| {
            check::EVENTS_UNREAD.warn(
                format!(
                    "{} events wait and nobody is reading any: your consumer has stopped, or there is none. After 14 days \
                     they are gone.",
                    self.waiting
                ),
                "See your consumer's log and its event source mapping (infra/docs/receive.md). Where nothing of yours is to \
                 read events, deploy with EventTypes=-*",
            )
        })
    }
}

/// What is so of the system as a whole, as an operator's own credentials see it.
#[derive(Clone, Debug, Default)]
pub struct SystemFacts {
    pub channels: usize,
    /// Of the dead-letter queues; `None` where they could not be asked.
    pub dead_letters: Option<Vec<Depth>>,
    /// `None` where it could not be asked, and on a laptop, where nothing reads events unless somebody tries that out.
    pub events: Option<EventsFacts>,
    /// This machine's clock less the API's.
    pub clock_ahead: Option<SignedDuration>,
    /// What the AWS account allows.
    pub limits: LimitFacts,
}

impl SystemFacts {
    /// What is wrong.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.channels == 0 {
            findings.push(check::NO_CHANNEL.error("No number is connected yet.", "waypost connect"));
        }
        if let Some(queues) = &self.dead_letters {
            let full: Vec<String> = queues
                .iter()
                .filter(|queue| queue.messages > 0)
                .map(|queue| format!("{} ({})", queue.queue, queue.messages))
                .collect();
            findings.push(if full.is_empty() {
                check::QUEUES.ok("The dead-letter queues are empty.")
            } else {
                check::DEAD_LETTERS.error(
                    format!(
                        "There are dead letters: {}. Each is a fault of ours or of your consumer.",
                        full.join(", ")
                    ),
                    "Read one, mend the cause, then move them back: aws sqs start-message-move-task",
                )
            });
        }
        findings.extend(self.events.and_then(EventsFacts::finding));
        if let Some(ahead) = self.clock_ahead.filter(|ahead| ahead.abs() > CLOCKS_APART) {
            findings.push(check::CLOCK.warn(
                format!(
                    "This machine's clock is {:#} off the API's: AWS refuses signatures from five minutes on.",
                    ahead.abs()
                ),
                "Set the clock: timedatectl set-ntp true",
            ));
        }
        findings.extend(self.limits.findings());
        findings
    }
}
