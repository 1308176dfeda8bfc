//! The fields beside `messages` (contract §3.8), each read only when somebody asks: a change itself stays two words and
//! its raw JSON.

mod call;
mod preference;
mod user_id;

pub use call::{Call, CallStatus, Calls};
pub use preference::{UserPreference, UserPreferences};
pub use user_id::{Changed, UserIdUpdate};

use super::Change;
use crate::json::{Fields, too_deep};

/// What a change says, where it has the shape its field should have.
pub enum Field<'a> {
    Calls(Calls<'a>),
    UserPreferences(UserPreferences<'a>),
    UserIds(Vec<UserIdUpdate<'a>>),
    /// A field this build gives no meaning to, or one in another shape than Meta documents. The change is kept raw and
    /// published all the same.
    Raw,
}

impl<'a> Field<'a> {
    pub fn read(change: &Change<'a>) -> Self {
        Self::known(change).unwrap_or(Self::Raw)
    }

    fn known(change: &Change<'a>) -> Option<Self> {
        let value = change.raw_value().filter(|value| !too_deep(value))?;
        let value = Fields::parse(value)?;
        Some(match change.field.as_str() {
            "calls" => Self::Calls(Calls::read(&value)?),
            "user_preferences" => Self::UserPreferences(UserPreferences::read(&value)?),
            "user_id_update" => Self::UserIds(UserIdUpdate::parse_all(value.get("user_id_update")?)),
            _ => return None,
        })
    }
}
