//! One send that somebody asks about.

use super::number::no_payment_method;
use super::{Finding, check};

/// How it ended, as `/v1` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendFacts {
    pub id: String,
    /// The send's state.
    pub state: String,
    /// Meta's code, title and our remedy, of its last error.
    pub error: Option<(i64, String, String)>,
}

impl SendFacts {
    /// What became of it, and what to do.
    pub fn finding(&self) -> Finding {
        let id = &self.id;
        match &self.error {
            // one code for several causes, of which Meta tells none.
            Some((131_026, ..)) => check::NOT_ON_WHATSAPP.warn(
                format!(
                    "Meta could not deliver {id} (131026): the person is not on WhatsApp, has an old version of it, or has \
                     not accepted its terms."
                ),
                "Ask them by another way to update WhatsApp, open it, accept its terms, and write to you first.",
            ),
            Some((131_030, ..)) => check::NOT_ON_TEST_LIST.warn(
                format!("Meta did not take {id} (131030): a test number writes to the five people on its list only."),
                "Add the person under API Setup in the app's dashboard, or write from a number of your own.",
            ),
            Some((131_042, ..)) => no_payment_method(),
            Some((code, title, remedy)) => {
                check::SEND_FAILED.warn(format!("{id} is {}: {title} ({code}).", self.state), remedy.as_str())
            }
            None => check::SEND.ok(format!("{id} is {}; no error is known of it.", self.state)),
        }
    }
}

/// Whether somebody's message came while it was waited for.
pub fn inbound(arrived_after: Option<std::time::Duration>, waited: std::time::Duration) -> Finding {
    match arrived_after {
        Some(after) => check::INBOUND.ok(format!("A message arrived after {:.1} s.", after.as_secs_f64())),
        None => check::INBOUND.error(
            format!("No message arrived within {} s.", waited.as_secs()),
            "Did somebody write to this very number, and is the app live? The other findings say what else is wrong.",
        ),
    }
}

/// What could not be looked at, because Meta did not say.
pub fn meta_unreachable(why: &str) -> Finding {
    check::META_UNREACHABLE.warn(
        format!("Not everything could be looked at: {why}."),
        "Try again; if it lasts, see Meta's status page: https://metastatus.com/whatsapp-business-api",
    )
}
