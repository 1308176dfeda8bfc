//! A business phone number as this system knows it.

mod limits;

use serde::{Deserialize, Serialize};

use crate::ids::{PhoneNumberId, PortfolioId, WabaId};
use crate::send::OnUnsupported;
use crate::time::Timestamp;

pub use limits::{LimitScope, Overrides, QuotaScope};

/// What Meta told of the number last is optional: a fresh channel knows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub phone_number_id: PhoneNumberId,
    pub waba_id: WabaId,
    /// The team's own word for it, unique in a stack and never sent to Meta (H-01).
    pub name: String,
    #[serde(default)]
    pub display_phone_number: Option<String>,
    #[serde(default)]
    pub verified_name: Option<String>,
    #[serde(default)]
    pub quality_rating: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub throughput: Option<String>,
    #[serde(default)]
    pub name_status: Option<String>,
    #[serde(default)]
    pub messaging_limit: Option<String>,
    #[serde(default)]
    pub account_mode: Option<String>,
    #[serde(default)]
    pub code_verification_status: Option<String>,
    #[serde(default)]
    pub platform_type: Option<String>,
    /// Used in the WhatsApp Business app too ("coexistence").
    #[serde(default)]
    pub is_on_biz_app: Option<bool>,
    /// The business portfolio that owns the account.
    #[serde(default)]
    pub portfolio_id: Option<PortfolioId>,
    /// What the team holds the number to instead of what Meta tells.
    #[serde(default)]
    pub overrides: Overrides,
    /// Shown for inbound content that is not supported (U-04).
    #[serde(default)]
    pub fallback_text: Option<String>,
    /// Messages that stop marketing; `None` is the default list, an empty one none at all.
    #[serde(default)]
    pub opt_out_words: Option<Vec<String>>,
    /// Messages that ask for it again.
    #[serde(default)]
    pub opt_in_words: Option<Vec<String>>,
    /// What becomes of a file that Meta does not take, where a send does not say.
    #[serde(default)]
    pub unsupported_media: Option<OnUnsupported>,
    /// Counts edits, so that two operators cannot overwrite one another (H-02).
    pub version: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// When Meta was last asked about the number.
    #[serde(default)]
    pub health_at: Option<Timestamp>,
}

/// What is shown for unsupported content where a channel sets no words of its own (U-01).
pub const FALLBACK_TEXT: &str = "Unsupported Message";

impl Channel {
    pub fn fallback(&self) -> &str {
        self.fallback_text.as_deref().unwrap_or(FALLBACK_TEXT)
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Channel({})", self.phone_number_id)
    }
}
