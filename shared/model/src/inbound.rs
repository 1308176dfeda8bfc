//! What people write to us (contract §3.5, §3.6). One file per content.
//!
//! Optional members that cannot be read are treated as absent; a content without what it cannot do without becomes
//! [`Content::Unknown`]. Meta's own JSON stays beside it either way.

mod button;
mod contacts;
mod content;
mod context;
mod display;
mod edit;
mod interactive;
mod location;
mod media;
mod order;
mod reaction;
mod referral;
mod revoke;
mod system;
mod text;
mod unsupported;

use serde_json::value::RawValue;

pub use button::Button;
pub use contacts::{ContactCard, ContactName, ContactOrg, Labelled, PhoneEntry, PostalAddress};
pub use content::Content;
pub use context::{Context, ReferredProduct};
pub use display::Display;
pub use edit::Edit;
pub use interactive::{CallPermission, Choice, FlowReply, Interactive, PaymentMethod};
pub use location::Location;
pub use media::Media;
pub use order::{Order, OrderItem};
pub use reaction::Reaction;
pub use referral::Referral;
pub use revoke::Revoke;
pub use system::{System, SystemKind};
pub use text::Text;
pub use unsupported::Unsupported;

use crate::error::MetaError;
use crate::ids::{ContactKey, MessageId, UserId, WaId};
use crate::json::Fields;
use crate::redact::redacted_debug;
use crate::time::{self, Timestamp};

/// One element of `messages[]`.
pub struct InboundMessage<'a> {
    pub id: MessageId,
    /// Digits, without `+`. Absent where the person hides their phone behind a username.
    pub from: Option<WaId>,
    pub from_user_id: Option<UserId>,
    pub from_parent_user_id: Option<UserId>,
    pub timestamp: Option<Timestamp>,
    /// Meta's `type`; empty where Meta sent none.
    pub kind: String,
    pub group_id: Option<String>,
    pub context: Option<Context>,
    pub referral: Option<Referral>,
    pub errors: Vec<MetaError>,
    pub content: Content,
    pub raw: &'a RawValue,
}

redacted_debug!(InboundMessage<'_>);

impl<'a> InboundMessage<'a> {
    /// `None` where `raw` is no object, has no id, or names a member twice.
    pub fn parse(raw: &'a RawValue) -> Option<Self> {
        let fields = Fields::parse(raw)?;
        let kind = fields.text("type").unwrap_or_default();
        Some(Self {
            id: fields.id("id")?,
            from: fields.wa_id("from"),
            from_user_id: fields.id("from_user_id"),
            from_parent_user_id: fields.id("from_parent_user_id"),
            timestamp: fields.get("timestamp").and_then(time::from_meta),
            group_id: fields.literal("group_id"),
            context: fields.object("context").map(|context| Context::read(&context)),
            referral: fields.object("referral").map(|referral| Referral::read(&referral)),
            errors: fields.get("errors").map(MetaError::parse_all).unwrap_or_default(),
            content: Content::read(&kind, &fields, raw),
            kind,
            raw,
        })
    }

    /// The contact this message makes, where nothing else is known of the person.
    pub fn contact_key(&self) -> Option<ContactKey> {
        ContactKey::from_identity(self.from.as_ref(), self.from_user_id.as_ref())
    }
}
