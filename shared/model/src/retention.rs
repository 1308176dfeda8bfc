//! How long what is stored stays.

/// Deduplication and late statuses lean on what is stored: Meta tells again for seven days (quality goal R7).
pub const LEAST_DAYS: u32 = 14;
/// Where nothing is said.
pub const DEFAULT_DAYS: u32 = 365;

/// Days that each class of what is stored stays, from when it is written. What is not named here has a time of its own, or
/// stays until it is erased (infra/docs/operate.md lists all of it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Messages of either direction with their statuses, and sends.
    pub messages: u32,
    /// What people said of marketing; what holds of it now stays with the contact.
    pub consents: u32,
    /// Changes that were kept raw, and what was quarantined.
    pub raw: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { messages: DEFAULT_DAYS, consents: DEFAULT_DAYS, raw: DEFAULT_DAYS }
    }
}
