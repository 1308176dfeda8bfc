//! `calls`: somebody rang, or picked up, or hung up (contract §3.9).

use serde_json::value::RawValue;

use crate::error::MetaError;
use crate::ids::{PhoneNumberId, UserId, WaId};
use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};
use crate::webhook::SenderProfile;

/// The value of a `calls` change.
pub struct Calls<'a> {
    pub phone_number_id: Option<PhoneNumberId>,
    pub contacts: Vec<SenderProfile<'a>>,
    pub calls: Vec<Call<'a>>,
    /// `RINGING`, `ACCEPTED`, `REJECTED` of a call we made. They open no window.
    pub statuses: Vec<CallStatus<'a>>,
    /// Errors of a call stand beside it, not in it.
    pub errors: Vec<MetaError>,
    /// Elements of `calls` and `statuses` that are none.
    pub unknown: Vec<&'a RawValue>,
}

/// One element of `calls[]`.
pub struct Call<'a> {
    /// `wacid.…`
    pub id: String,
    pub from: Option<WaId>,
    pub from_user_id: Option<UserId>,
    pub from_parent_user_id: Option<UserId>,
    pub to: Option<WaId>,
    pub to_user_id: Option<UserId>,
    pub to_parent_user_id: Option<UserId>,
    /// `connect` or `terminate`; `call_created` for SIP.
    pub event: String,
    /// `USER_INITIATED` or `BUSINESS_INITIATED`.
    pub direction: Option<String>,
    pub timestamp: Option<Timestamp>,
    /// `COMPLETED` or `FAILED`, once it is over.
    pub status: Option<String>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub duration_s: Option<u64>,
    pub opaque: Option<String>,
    pub raw: &'a RawValue,
}

/// One element of `statuses[]` under `calls`.
pub struct CallStatus<'a> {
    pub id: String,
    pub status: String,
    pub timestamp: Option<Timestamp>,
    pub recipient_id: Option<WaId>,
    pub recipient_user_id: Option<UserId>,
    pub raw: &'a RawValue,
}

redacted_debug!(Calls<'_>, Call<'_>, CallStatus<'_>);

impl<'a> Calls<'a> {
    /// `None` where it holds neither `calls` nor `statuses`.
    pub(super) fn read(value: &Fields<'a>) -> Option<Self> {
        let (elements, statuses) = (value.items("calls"), value.items("statuses"));
        if elements.is_empty() && statuses.is_empty() {
            return None;
        }
        let mut read = Self {
            phone_number_id: value.object("metadata").and_then(|metadata| metadata.id("phone_number_id")),
            contacts: value.items("contacts").into_iter().filter_map(SenderProfile::parse).collect(),
            calls: Vec::new(),
            statuses: Vec::new(),
            errors: value.get("errors").map(MetaError::parse_all).unwrap_or_default(),
            unknown: Vec::new(),
        };
        for raw in elements {
            match Call::parse(raw) {
                Some(call) => read.calls.push(call),
                None => read.unknown.push(raw),
            }
        }
        for raw in statuses {
            match CallStatus::parse(raw) {
                Some(status) => read.statuses.push(status),
                None => read.unknown.push(raw),
            }
        }
        Some(read)
    }

    /// The caller's entry in `contacts[]`, matched by identity.
    pub fn profile_of(&self, call: &Call<'_>) -> Option<&SenderProfile<'a>> {
        self.contacts.iter().find(|profile| profile.is(call.from.as_ref(), call.from_user_id.as_ref()))
    }
}

impl<'a> Call<'a> {
    /// `None` where `raw` has no id or no event.
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let instant = |name| fields.get(name).and_then(time::from_meta);
        Some(Self {
            id: fields.id("id")?,
            from: fields.wa_id("from"),
            from_user_id: fields.id("from_user_id"),
            from_parent_user_id: fields.id("from_parent_user_id"),
            to: fields.wa_id("to"),
            to_user_id: fields.id("to_user_id"),
            to_parent_user_id: fields.id("to_parent_user_id"),
            event: fields.literal("event")?,
            direction: fields.literal("direction"),
            timestamp: instant("timestamp"),
            status: fields.literal("status"),
            started_at: instant("start_time"),
            ended_at: instant("end_time"),
            duration_s: fields.literal("duration").and_then(|seconds| seconds.parse().ok()),
            opaque: fields.literal("biz_opaque_callback_data"),
            raw,
        })
    }

    pub fn is_from_user(&self) -> bool {
        self.direction.as_deref().is_some_and(|direction| direction.eq_ignore_ascii_case("USER_INITIATED"))
    }

    /// When the person thereby opened the 24 hours (contract §5.1): when they rang, not when it was over.
    pub fn opens_window_at(&self) -> Option<Timestamp> {
        if !self.is_from_user() {
            return None;
        }
        if self.event.eq_ignore_ascii_case("terminate") { self.started_at } else { self.timestamp }
    }
}

impl<'a> CallStatus<'a> {
    fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        Some(Self {
            id: fields.id("id")?,
            status: fields.literal("status")?,
            timestamp: fields.get("timestamp").and_then(time::from_meta),
            recipient_id: fields.wa_id("recipient_id"),
            recipient_user_id: fields.id("recipient_user_id"),
            raw,
        })
    }
}
