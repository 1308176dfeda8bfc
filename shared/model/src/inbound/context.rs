//! `context`: what a message answers, or that it was passed on. Any member may be missing.

use crate::ids::{MessageId, UserId, WaId};
use crate::json::Fields;
use crate::redact::redacted_debug;

#[derive(Clone, PartialEq, Eq)]
pub struct Context {
    /// Who wrote the quoted message: our number for a reply to us.
    pub from: Option<WaId>,
    pub from_user_id: Option<UserId>,
    pub id: Option<MessageId>,
    pub forwarded: bool,
    /// More than five times.
    pub frequently_forwarded: bool,
    /// The product an enquiry is about.
    pub referred_product: Option<ReferredProduct>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferredProduct {
    pub catalog_id: Option<String>,
    pub product_retailer_id: Option<String>,
}

redacted_debug!(Context);

impl Context {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        Self {
            from: fields.literal("from").map(|from| WaId::from(from.trim_start_matches('+'))),
            from_user_id: fields.id("from_user_id"),
            id: fields.id("id"),
            forwarded: fields.flag("forwarded").unwrap_or(false),
            frequently_forwarded: fields.flag("frequently_forwarded").unwrap_or(false),
            referred_product: fields.object("referred_product").map(|product| ReferredProduct {
                catalog_id: product.literal("catalog_id"),
                product_retailer_id: product.literal("product_retailer_id"),
            }),
        }
    }
}
