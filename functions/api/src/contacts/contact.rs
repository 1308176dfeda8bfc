//! A contact as the API shows it, with its service window in plain words.

use model::contact::{self, shown_name};
use model::window::{GUARD, OpenedKind, Standing};
use model::{ContactKey, Timestamp, UserId, WaId};
use serde::Serialize;
use utoipa::ToSchema;

/// A person who wrote in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Contact {
    /// Never changes; the identities that lead here do.
    key: String,
    phone_number_id: String,
    /// As WhatsApp gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<String>,
    /// The business-scoped user id.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// E.164 with `+`.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// The profile name, as the person wrote it, without control characters: untrusted text.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    pub(super) first_seen_at: Timestamp,
    /// When the person last wrote, or rang, what opens the service window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_inbound_at: Option<Timestamp>,
    window: Window,
    /// When their number or user id last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_changed_at: Option<Timestamp>,
    /// Until when Meta charges nothing, because they came from an advertisement. An estimate where Meta named no end. It
    /// never says that anything may be sent: `window` does.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_entry_point_until: Option<Timestamp>,
    /// Everything they are or were known by: `wa:…` and `user:…`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identities: Vec<String>,
    /// Contacts that turned out to be the same person; their keys find this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merged: Vec<Merged>,
}

/// A contact that was merged into another.
#[derive(Serialize, ToSchema)]
pub(crate) struct Merged {
    key: String,
    /// The contact it was merged into, which may have been merged on.
    into: String,
    at: Timestamp,
    /// `meta` where Meta's own words said that they are one, `operator` where somebody did.
    by: &'static str,
    /// Of Meta's: `phone_and_user_id`, `number_changed`, `user_id_changed` or `accepted_as`. Else the operator's words.
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_inbound_at: Option<Timestamp>,
}

/// The 24-hour service window.
#[derive(Serialize, ToSchema)]
pub(crate) struct Window {
    /// Whether anything but templates would be sent now.
    open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// `message` or `call` opened it; else why it is closed: `closing` within its last minute, `expired`,
    /// `closed_by_meta` where Meta refused a message for it and they wrote nothing since, `identity_changed` where the person wrote only before they changed their number or user id, or `unknown` where
    /// they did nothing that opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Since when it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_since: Option<Timestamp>,
    /// What opened it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_by: Option<OpenedBy>,
    /// All of it in a sentence.
    explanation: String,
}

/// A message or call that opened the window.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenedBy {
    /// `message` or `call`.
    kind: &'static str,
    /// The wamid, or the call's id.
    id: String,
    /// Meta's `type` of the message; `connect` or `terminate` of a call.
    #[serde(rename = "type")]
    what: String,
    at: Timestamp,
    /// `ad` or `post`, where the message came from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    referral: Option<String>,
}

impl Contact {
    pub(crate) fn at(contact: &model::Contact, now: Timestamp) -> Self {
        Self {
            key: ContactKey::into_string(contact.key.clone()),
            phone_number_id: contact.phone_number_id.as_str().to_owned(),
            wa_id: contact.wa_id.clone().map(WaId::into_string),
            user_id: contact.user_id.clone().map(UserId::into_string),
            phone: contact.phone(),
            name: contact.name.as_deref().and_then(shown_name),
            first_seen_at: contact.first_seen_at,
            last_inbound_at: contact.last_inbound_at,
            window: Window::at(contact, now),
            identity_changed_at: contact.identity_since,
            free_entry_point_until: contact.free_entry_point_until,
            identities: contact.identities.clone(),
            merged: contact.merged.iter().map(Merged::from).collect(),
        }
    }
}

impl From<&contact::Merged> for Merged {
    fn from(merged: &contact::Merged) -> Self {
        Self {
            key: merged.key.as_str().to_owned(),
            into: merged.into.as_str().to_owned(),
            at: merged.at,
            by: merged.by.as_str(),
            reason: merged.reason.clone(),
            last_inbound_at: merged.last_inbound_at,
        }
    }
}

impl Window {
    /// Open here is open for a send: with the same guard before the end.
    fn at(contact: &model::Contact, now: Timestamp) -> Self {
        let window = contact.window();
        let (standing, expires_at) = (window.standing(now), window.expires_at());
        let kind = contact.opened_by.as_ref().map_or(OpenedKind::Message, |by| by.kind);
        let reason = if standing == Standing::Open { kind.as_str() } else { standing.as_str() };
        let closed_since = match standing {
            Standing::Expired | Standing::ClosedByMeta => expires_at,
            Standing::Renamed => contact.identity_since,
            Standing::Open | Standing::Closing | Standing::Unknown => None,
        };
        Self {
            open: standing == Standing::Open,
            expires_at,
            reason: Some(reason),
            closed_since,
            opened_by: contact.opened_by.as_ref().zip(contact.last_inbound_at).map(|(by, at)| OpenedBy {
                kind: by.kind.as_str(),
                id: by.id.clone(),
                what: by.what.clone(),
                at,
                referral: by.referral.clone(),
            }),
            explanation: explanation(contact, standing, kind),
        }
    }
}

fn explanation(contact: &model::Contact, standing: Standing, kind: OpenedKind) -> String {
    const TEMPLATES: &str = "Only templates can be sent.";
    let window = contact.window();
    let (Some(wrote), until) = (contact.last_inbound_at, window.expires_at().unwrap_or_default()) else {
        return format!("Closed: they have sent nothing yet that opens it, as far as is known here. {TEMPLATES}");
    };
    let last = match (kind, contact.opened_by.as_ref()) {
        (OpenedKind::Call, _) => format!("they rang at {wrote}"),
        (OpenedKind::Message, Some(by)) if by.referral.is_some() => {
            format!("they wrote at {wrote} ({}, from an advertisement or post)", by.what)
        }
        (OpenedKind::Message, Some(by)) => format!("they wrote at {wrote} ({})", by.what),
        (OpenedKind::Message, None) => format!("they wrote at {wrote}"),
    };
    match standing {
        Standing::Open => format!("Open until {until}: {last}."),
        Standing::Closing => {
            format!(
                "Closing at {until}, within {GUARD} seconds, too late for a message to be safe: {last}. {TEMPLATES}"
            )
        }
        Standing::Expired => format!("Closed since {until}: {last}, more than 24 hours ago. {TEMPLATES}"),
        Standing::ClosedByMeta => {
            format!("Closed since {until}, when Meta refused a message for it, though {last}. {TEMPLATES}")
        }
        Standing::Renamed => {
            let since = contact.identity_since.unwrap_or_default();
            format!(
                "Closed since {since}, when their number or user id changed: {last}, and nothing since. {TEMPLATES}"
            )
        }
        Standing::Unknown => {
            format!("Closed: they have sent nothing yet that opens it, as far as is known here. {TEMPLATES}")
        }
    }
}
