//! `user_id_update`: the older shape of `user_changed_user_id` (contract §3.8). Meta has withdrawn it as a field; test
//! payloads still have it, as a field of its own or beside `messages`.

use serde_json::value::RawValue;

use crate::ids::{UserId, WaId};
use crate::json::{Fields, items};
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};

/// One element of `user_id_update[]`.
pub struct UserIdUpdate<'a> {
    pub wa_id: Option<WaId>,
    pub user_id: Changed,
    pub parent_user_id: Changed,
    pub timestamp: Option<Timestamp>,
    pub raw: &'a RawValue,
}

/// From one id to another. Either may be missing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Changed {
    pub previous: Option<UserId>,
    pub current: Option<UserId>,
}

redacted_debug!(UserIdUpdate<'_>, Changed);

impl<'a> UserIdUpdate<'a> {
    /// `None` where `raw` names no current id.
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let user_id = Changed::read(&fields, "user_id");
        user_id.current.as_ref()?;
        Some(Self {
            wa_id: fields.wa_id("wa_id"),
            user_id,
            parent_user_id: Changed::read(&fields, "parent_user_id"),
            timestamp: fields.get("timestamp").and_then(time::from_meta),
            raw,
        })
    }

    /// Those of a `user_id_update` array; what is none is left out.
    pub fn parse_all(raw: &'a RawValue) -> Vec<Self> {
        items(raw).unwrap_or_default().into_iter().filter_map(Self::parse).collect()
    }
}

impl Changed {
    fn read(fields: &Fields<'_>, name: &str) -> Self {
        let Some(ids) = fields.object(name) else { return Self::default() };
        Self { previous: ids.id("previous"), current: ids.id("current") }
    }
}
