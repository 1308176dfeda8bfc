//! Why a send of a template is not let through, before Meta is asked: the same words when it is queued and when it is sent
//! (T-01, S-06, S-09, T-18).

use jiff::SignedDuration;
use serde_json::value::RawValue;

use super::label::{self, label, sendable};
use super::{Template, Unfilled};
use crate::consent::Signal;
use crate::json::Fields;
use crate::outbound::Invalid;
use crate::send::{ErrorSource, SendError};

/// A template that a listing as young as this does not have is not there. Of an older one another is made first.
pub const LISTED_LATELY: SignedDuration = SignedDuration::from_secs(60);

/// The error code of a send that was not made because a variable had no value, and the caller had asked for that.
pub const SKIPPED: &str = "skipped";

/// One reason. Its code is for programs and never changes its meaning.
#[derive(Clone)]
pub enum Refusal {
    /// No complete listing knows it in this language.
    Unknown {
        /// Those it has.
        languages: Vec<String>,
    },
    /// Meta has not approved it, or not any more.
    NotApproved(Standing),
    /// Meta has paused it for its quality.
    Paused(Standing),
    /// Meta has disabled it.
    Disabled(Standing),
    /// The parameters are not those it takes.
    Mismatch(Invalid),
    /// It takes other parameters than when the send was queued.
    Changed,
    /// A variable has no value.
    Unfilled(Unfilled),
    /// It is marketing, and the person has stopped that.
    OptedOut(Signal),
}

/// The status of a template that cannot be sent.
#[derive(Clone)]
pub struct Standing {
    /// Meta's word.
    pub status: String,
    pub rejected_reason: Option<String>,
    /// What webhooks told of it, in one sentence.
    pub why: Option<String>,
}

/// What is to be done about a template as it is stored.
#[derive(Clone)]
pub enum Sendable {
    Yes,
    No(Refusal),
    /// Only another listing knows: it is gone from the last one, or a webhook told of an event that is no status.
    Unlisted,
}

impl Template {
    /// Whether it may be sent, and why not.
    pub fn standing(&self) -> Sendable {
        if self.absent || label::is_event(&self.status) {
            return Sendable::Unlisted;
        }
        if sendable(&self.status) {
            return Sendable::Yes;
        }
        let standing = Standing {
            status: self.status.clone(),
            rejected_reason: self.rejected_reason.clone(),
            why: self.status_details.as_deref().and_then(why),
        };
        Sendable::No(match self.status.to_ascii_uppercase().as_str() {
            "PAUSED" => Refusal::Paused(standing),
            "DISABLED" => Refusal::Disabled(standing),
            _ => Refusal::NotApproved(standing),
        })
    }

    /// By Meta's own record: an opt-out holds for these and for no others.
    pub fn is_marketing(&self) -> bool {
        self.category.eq_ignore_ascii_case("MARKETING")
    }
}

/// The description, the recommendation or the date of `status_details`.
fn why(details: &RawValue) -> Option<String> {
    let details = Fields::parse(details)?;
    let other = details.object("other_info");
    let told = |name| other.as_ref().and_then(|info| info.literal(name)).or_else(|| details.literal(name));
    let rejection = details.object("rejection_info");
    told("description")
        .or_else(|| rejection.as_ref().and_then(|info| info.literal("recommendation")))
        .or_else(|| told("title"))
        .or_else(|| details.object("disable_info")?.literal("disable_date"))
}

impl Refusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "template_unknown",
            Self::NotApproved(_) => "template_not_approved",
            Self::Paused(_) => "template_paused",
            Self::Disabled(_) => "template_disabled",
            Self::Mismatch(_) => "template_mismatch",
            Self::Changed => "template_changed",
            Self::Unfilled(_) => "variable_missing",
            Self::OptedOut(_) => "opted_out",
        }
    }

    pub fn title(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "the account has no such template in this language",
            Self::NotApproved(_) => "the template is not approved",
            Self::Paused(_) => "the template is paused",
            Self::Disabled(_) => "the template is disabled",
            Self::Mismatch(_) => "the parameters do not fit the template",
            Self::Changed => "the template has changed since the message was queued",
            Self::Unfilled(_) => "a variable of the template has no value",
            Self::OptedOut(_) => "the person has stopped marketing messages",
        }
    }

    /// What is wrong with this very one. Nothing personal.
    pub fn detail(&self) -> String {
        match self {
            Self::Unknown { languages } if languages.is_empty() => {
                String::from("The last complete listing has no template of this name.")
            }
            Self::Unknown { languages } => {
                format!("The last complete listing has it in {} only.", languages.join(", "))
            }
            Self::NotApproved(standing) | Self::Paused(standing) | Self::Disabled(standing) => standing.to_string(),
            Self::Mismatch(invalid) => format!("{invalid}."),
            Self::Changed => {
                String::from("What it needs now is not what was checked then, so Meta has not been called.")
            }
            Self::Unfilled(unfilled) => format!("{}: {}.", unfilled.field, unfilled.why),
            Self::OptedOut(signal) => {
                format!(
                    "Told by {} at {}. Utility and authentication templates still pass.",
                    signal.source.as_str(),
                    signal.at
                )
            }
        }
    }

    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => {
                "Use the exact name and language (en is not en_US), or sync the account's templates and send anew."
            }
            Self::NotApproved(_) => "Wait for Meta's approval, or correct the template in WhatsApp Manager.",
            Self::Paused(_) => "Wait until Meta ends the pause (3 hours, then 6), or edit the template.",
            Self::Disabled(_) => "Make a new template: this one can no longer be sent.",
            Self::Mismatch(_) => {
                "Correct the parameters and send anew; GET /v1/wabas/{waba_id}/templates shows the template."
            }
            Self::Changed => "Send it anew with the parameters the template takes now.",
            Self::Unfilled(_) => "Give the value, or a default, or set missing to skip.",
            Self::OptedOut(_) => {
                "Do not send marketing to this person until they say, in WhatsApp or to you, that they want it."
            }
        }
    }
}

impl Unfilled {
    /// Why a send was not made, as was asked for such a case.
    pub fn skipped(&self) -> SendError {
        SendError {
            source: ErrorSource::Waypost,
            code: String::from(SKIPPED),
            title: String::from("it is not sent, since a variable has no value"),
            detail: Some(format!("{}: {}.", self.field, self.why)),
            remedy: Some(String::from("Nothing, or give the value and send anew.")),
            raw: None,
        }
    }
}

impl Refusal {
    /// As a failed send bears it.
    pub fn as_error(&self) -> SendError {
        SendError {
            source: ErrorSource::Waypost,
            code: self.code().to_owned(),
            title: self.title().to_owned(),
            detail: Some(self.detail()),
            remedy: Some(self.remedy().to_owned()),
            raw: None,
        }
    }
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Its status is {} ({})", self.status, label(&self.status))?;
        if let Some(reason) = &self.rejected_reason {
            write!(f, ", reason {reason}")?;
        }
        if let Some(why) = &self.why {
            write!(f, ": {}", why.trim_end_matches('.'))?;
        }
        write!(f, ".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WabaId;
    use crate::time::Timestamp;

    fn template(status: &str) -> Template {
        let listed = format!(r#"{{"id":"1","name":"n","language":"en","category":"marketing","status":"{status}"}}"#);
        Template::parse(&WabaId::new("2"), serde_json::from_str(&listed).unwrap(), Timestamp::UNIX_EPOCH).unwrap()
    }

    fn code(template: &Template) -> &'static str {
        match template.standing() {
            Sendable::Yes => "yes",
            Sendable::No(refusal) => refusal.code(),
            Sendable::Unlisted => "unlisted",
        }
    }

    #[test]
    fn every_status_has_its_answer() {
        for (status, expected) in [
            ("APPROVED", "yes"),
            ("approved", "yes"),
            ("PAUSED", "template_paused"),
            ("DISABLED", "template_disabled"),
            ("PENDING", "template_not_approved"),
            ("REJECTED", "template_not_approved"),
            ("ARCHIVED", "template_not_approved"),
            ("PENDING_DELETION", "template_not_approved"),
            ("IN_APPEAL", "template_not_approved"),
            ("LIMIT_EXCEEDED", "template_not_approved"),
            ("DELETED", "template_not_approved"),
            ("SOMETHING_NEW", "template_not_approved"),
            ("FLAGGED", "unlisted"),
            ("LOCKED", "unlisted"),
            ("REINSTATED", "unlisted"),
            ("UNARCHIVED", "unlisted"),
        ] {
            assert_eq!(code(&template(status)), expected, "{status}");
        }
        assert_eq!(code(&Template { absent: true, ..template("APPROVED") }), "unlisted");
    }

    #[test]
    fn what_is_known_of_a_status_is_told() {
        let with = |status: &str, reason: Option<&str>, details: Option<&str>| {
            let mut template = template(status);
            template.rejected_reason = reason.map(str::to_owned);
            template.status_details = details.map(|details| RawValue::from_string(details.to_owned()).unwrap());
            match template.standing() {
                Sendable::No(refusal) => refusal.detail(),
                _ => String::new(),
            }
        };
        let paused = r#"{"other_info":{"title":"FIRST_PAUSE","description":"Paused for 3 hours."}}"#;
        assert_eq!(with("PAUSED", None, Some(paused)), "Its status is PAUSED (Paused): Paused for 3 hours.");
        assert_eq!(with("PENDING", None, None), "Its status is PENDING (Submitted).");
        let rejected = r#"{"rejection_info":{"reason":"INVALID_FORMAT","recommendation":"Name the shop"}}"#;
        assert_eq!(
            with("REJECTED", Some("INVALID_FORMAT"), Some(rejected)),
            "Its status is REJECTED (Rejected), reason INVALID_FORMAT: Name the shop."
        );
        assert_eq!(with("PENDING", None, Some("7")), "Its status is PENDING (Submitted).");
    }

    #[test]
    fn only_marketing_is_marketing() {
        assert!(template("APPROVED").is_marketing());
        assert!(!Template { category: "UTILITY".into(), ..template("APPROVED") }.is_marketing());
    }
}
