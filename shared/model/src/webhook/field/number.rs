//! What is told of a business phone number: by the number as people dial it, never by its id.

use crate::json::Fields;

/// `phone_number_name_update`: the display name was judged (D-01).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberName {
    pub display_phone_number: Option<String>,
    /// `APPROVED`, `DEFERRED`, `PENDING`, `REJECTED`.
    pub decision: String,
    pub requested_verified_name: Option<String>,
    pub rejection_reason: Option<String>,
}

/// `phone_number_quality_update`: its limit or throughput changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberQuality {
    pub display_phone_number: Option<String>,
    /// `ONBOARDING`, `THROUGHPUT_UPGRADE`, `UPGRADE`, `DOWNGRADE`; `FLAGGED` and `UNFLAGGED` before October 2025.
    pub event: String,
    pub old_limit: Option<String>,
    pub current_limit: Option<String>,
    /// A tier, or a number: Meta's pages differ.
    pub max_daily_conversations_per_business: Option<String>,
}

/// `business_capability_update`: what the business may do in a day. Numbers or tiers, as Meta wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    pub max_daily_conversations_per_business: Option<String>,
    /// Gone since February 2026.
    pub max_daily_conversation_per_phone: Option<String>,
    pub max_phone_numbers_per_business: Option<String>,
    pub max_phone_numbers_per_waba: Option<String>,
}

/// `business_username_updates`, under each of its three spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessUsername {
    pub display_phone_number: Option<String>,
    /// Absent where it is deleted.
    pub username: Option<String>,
    /// `approved`, `reserved` or `deleted`.
    pub status: String,
}

/// `security`: somebody touched the number's PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    pub display_phone_number: Option<String>,
    /// `PIN_CHANGED`, `PIN_RESET_REQUEST`, `PIN_REQUEST_SUCCESS`.
    pub event: String,
    /// The id of who asked.
    pub requester: Option<String>,
}

impl NumberName {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self {
            display_phone_number: value.literal("display_phone_number"),
            decision: value.literal("decision")?,
            requested_verified_name: value.literal("requested_verified_name"),
            rejection_reason: value.literal("rejection_reason"),
        })
    }
}

impl NumberQuality {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self {
            display_phone_number: value.literal("display_phone_number"),
            event: value.literal("event")?,
            old_limit: value.literal("old_limit"),
            current_limit: value.literal("current_limit"),
            max_daily_conversations_per_business: value.literal("max_daily_conversations_per_business"),
        })
    }
}

impl Capability {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        let read = Self {
            max_daily_conversations_per_business: value.literal("max_daily_conversations_per_business"),
            max_daily_conversation_per_phone: value.literal("max_daily_conversation_per_phone"),
            max_phone_numbers_per_business: value.literal("max_phone_numbers_per_business"),
            max_phone_numbers_per_waba: value.literal("max_phone_numbers_per_waba"),
        };
        let told = read.max_daily_conversations_per_business.is_some()
            || read.max_daily_conversation_per_phone.is_some()
            || read.max_phone_numbers_per_business.is_some()
            || read.max_phone_numbers_per_waba.is_some();
        told.then_some(read)
    }
}

impl BusinessUsername {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self {
            display_phone_number: value.literal("display_phone_number"),
            username: value.literal("username"),
            status: value.literal("status")?,
        })
    }
}

impl Security {
    pub(super) fn read(value: &Fields<'_>) -> Option<Self> {
        Some(Self {
            display_phone_number: value.literal("display_phone_number"),
            event: value.literal("event")?,
            requester: value.literal("requester"),
        })
    }
}
