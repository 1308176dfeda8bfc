//! Who a message came from, as `contacts[]` tells it. Any part may be missing, and so may the whole list.

use serde_json::value::RawValue;

use crate::ids::{UserId, WaId};
use crate::json::Fields;
use crate::redact::redacted_debug;

pub struct SenderProfile<'a> {
    pub wa_id: Option<WaId>,
    pub user_id: Option<UserId>,
    pub parent_user_id: Option<UserId>,
    pub name: Option<String>,
    /// Without the `@` that older samples print. People change it at will: it identifies nobody.
    pub username: Option<String>,
    pub raw: &'a RawValue,
}

redacted_debug!(SenderProfile<'_>);

impl<'a> SenderProfile<'a> {
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let profile = |name| fields.object("profile")?.literal(name);
        Some(Self {
            wa_id: fields.wa_id("wa_id"),
            user_id: fields.id("user_id"),
            parent_user_id: fields.id("parent_user_id"),
            name: profile("name"),
            username: profile("username").map(|name| name.trim_start_matches('@').to_owned()),
            raw,
        })
    }

    /// By identity, because positions in `contacts[]` and `messages[]` do not correspond.
    pub fn is(&self, wa_id: Option<&WaId>, user_id: Option<&UserId>) -> bool {
        let same_phone = wa_id.is_some() && self.wa_id.as_ref() == wa_id;
        let same_user = user_id.is_some() && self.user_id.as_ref() == user_id;
        same_phone || same_user
    }
}
