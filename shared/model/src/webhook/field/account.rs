//! What is told of an account: banned, restricted, reviewed, shared with a partner.

use crate::ids::WabaId;
use crate::json::{Fields, items};
use crate::time::{self, Timestamp};

/// `account_update`. New events appear every year: any word passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountUpdate {
    pub event: String,
    /// Of partner and advertising events, whose entry bears the id of a business portfolio instead.
    pub waba_id: Option<WabaId>,
    /// What the account may not do for now.
    pub restrictions: Vec<Restriction>,
    /// `DISABLE`, `REINSTATE` or `SCHEDULE_FOR_DISABLE`.
    pub ban_state: Option<String>,
    /// In words: `April 17, 2025`.
    pub ban_date: Option<String>,
    pub violation: Option<String>,
}

/// One of `restriction_info[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    pub kind: String,
    pub expires_at: Option<Timestamp>,
}

/// `account_review_update`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountReview {
    /// `APPROVED`, `REJECTED`, `PENDING`, `DEFERRED`.
    pub decision: String,
}

/// `account_alerts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAlert {
    /// `BUSINESS`, `PHONE_NUMBER`, `WABA` …
    pub entity_type: Option<String>,
    pub entity_id: Option<String>,
    /// `CRITICAL`, `WARNING`, `INFORMATIONAL`.
    pub severity: Option<String>,
    /// `ACTIVE` or `NONE`.
    pub status: Option<String>,
    pub kind: String,
    pub description: Option<String>,
}

impl AccountUpdate {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        let ban = value.object("ban_info");
        Some(Self {
            event: value.literal("event")?,
            waba_id: value.object("waba_info").and_then(|info| info.id("waba_id")),
            restrictions: Restriction::read_all(value),
            // One old sample has it as an array.
            ban_state: ban.as_ref().and_then(|ban| {
                let listed = || items(ban.get("waba_ban_state")?)?.first().copied().and_then(crate::json::text);
                ban.literal("waba_ban_state").or_else(listed)
            }),
            ban_date: ban.as_ref().and_then(|ban| ban.literal("waba_ban_date")),
            violation: value.object("violation_info").and_then(|info| info.literal("violation_type")),
        })
    }

    /// Events of partners tell of a portfolio's ties, and change nothing about numbers or templates.
    pub fn is_about_partners(&self) -> bool {
        self.event.starts_with("PARTNER_")
    }
}

impl Restriction {
    /// One sample has the object without its array.
    fn read_all(value: &Fields<'_>) -> Vec<Self> {
        let one = |fields: Fields<'_>| {
            Some(Self {
                kind: fields.literal("restriction_type")?,
                expires_at: fields.get("expiration").and_then(time::from_meta),
            })
        };
        let listed = value.items("restriction_info").into_iter().filter_map(Fields::parse);
        listed.chain(value.object("restriction_info")).filter_map(one).collect()
    }
}

impl AccountReview {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self { decision: value.literal("decision")? })
    }
}

impl AccountAlert {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        // Older samples have no `alert_info` around them.
        let info =
            |name| value.object("alert_info").and_then(|info| info.literal(name)).or_else(|| value.literal(name));
        Some(Self {
            entity_type: value.literal("entity_type"),
            entity_id: value.literal("entity_id"),
            severity: info("alert_severity"),
            status: info("alert_status"),
            kind: info("alert_type")?,
            description: info("alert_description"),
        })
    }
}
