//! The fields beside `messages` (contract §3.8), each read only when somebody asks: a change itself stays its name and
//! its raw JSON.

mod account;
mod call;
mod echo;
mod flow;
mod group;
mod handover;
mod history;
mod number;
mod preference;
mod state_sync;
mod template;
mod user_id;

pub use account::{AccountAlert, AccountReview, AccountUpdate, Restriction};
pub use call::{Call, CallStatus, Calls};
pub use echo::{Echo, Echoes};
pub use flow::FlowUpdate;
pub use group::GroupUpdate;
pub use handover::{HandOver, Standby};
pub use history::{Chunk, History, PastMessage, Thread};
pub use number::{BusinessUsername, Capability, NumberName, NumberQuality, Security};
pub use preference::{UserPreference, UserPreferences};
pub use state_sync::{AddressBookEntry, StateSync};
pub use template::{TemplateCategory, TemplateQuality, TemplateRef, TemplateStatus};
pub use user_id::{Changed, UserIdUpdate};

use super::Change;
use crate::json::{Fields, too_deep};

/// What a change says, where it has the shape its field should have.
pub enum Field<'a> {
    TemplateStatus(TemplateStatus),
    TemplateQuality(TemplateQuality),
    TemplateCategory(TemplateCategory),
    /// It was edited. What it holds now is told in part only: to be read from Meta.
    TemplateComponents(TemplateRef),
    NumberName(NumberName),
    NumberQuality(NumberQuality),
    Capability(Capability),
    BusinessUsername(BusinessUsername),
    Security(Security),
    Account(AccountUpdate),
    AccountReview(AccountReview),
    AccountAlert(AccountAlert),
    Calls(Calls<'a>),
    UserPreferences(UserPreferences<'a>),
    UserIds(Vec<UserIdUpdate<'a>>),
    Echoes(Echoes<'a>),
    History(Box<History<'a>>),
    StateSync(StateSync),
    Flow(FlowUpdate),
    Groups(Vec<GroupUpdate<'a>>),
    HandOver(HandOver),
    Standby(Standby),
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
            // Meta's own sample has a change of quality under the field of statuses: told apart by what it says.
            "message_template_status_update" | "message_template_quality_update" => {
                match TemplateQuality::read(&value) {
                    Some(quality) => Self::TemplateQuality(quality),
                    None => Self::TemplateStatus(TemplateStatus::read(&value)?),
                }
            }
            "template_category_update" => Self::TemplateCategory(TemplateCategory::read(&value)?),
            "message_template_components_update" => Self::TemplateComponents(TemplateRef::read(&value)?),
            "phone_number_name_update" => Self::NumberName(NumberName::read(&value)?),
            "phone_number_quality_update" => Self::NumberQuality(NumberQuality::read(&value)?),
            "business_capability_update" => Self::Capability(Capability::read(&value)?),
            "business_username_updates" | "business_username_update" | "phone_number_username_update" => {
                Self::BusinessUsername(BusinessUsername::read(&value)?)
            }
            "security" => Self::Security(Security::read(&value)?),
            "account_update" => Self::Account(AccountUpdate::read(&value)?),
            "account_review_update" => Self::AccountReview(AccountReview::read(&value)?),
            "account_alerts" => Self::AccountAlert(AccountAlert::read(&value)?),
            "calls" => Self::Calls(Calls::read(&value)?),
            "user_preferences" => Self::UserPreferences(UserPreferences::read(&value)?),
            "user_id_update" => Self::UserIds(UserIdUpdate::parse_all(value.get("user_id_update")?)),
            "smb_message_echoes" | "message_echoes" => Self::Echoes(Echoes::read(&value)?),
            "history" => Self::History(Box::new(History::read(&value)?)),
            "smb_app_state_sync" => Self::StateSync(StateSync::read(&value)?),
            "flows" => Self::Flow(FlowUpdate::read(&value)?),
            "messaging_handovers" => Self::HandOver(HandOver::read(&value)?),
            "standby" => Self::Standby(Standby::read(&value)?),
            group if group.starts_with("group_") => Self::Groups(GroupUpdate::read_all(&value)?),
            _ => return None,
        })
    }
}

/// Every field beside `messages` that Meta's guide or its test payloads name. There will be others tomorrow.
pub const FIELDS: [&str; 37] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_update",
    "business_username_updates",
    "calls",
    "consumer_profile",
    "flows",
    "group_lifecycle_update",
    "group_participant_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_echoes",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "phone_number_username_update",
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    "template_category_update",
    "template_correct_category_detection",
    "tracking_events",
    "user_id_update",
    "user_preferences",
];

#[cfg(test)]
mod tests {
    use super::FIELDS;

    /// A field that has an event type of its own is one we know.
    #[test]
    fn every_field_with_a_type_is_listed() {
        let source = include_str!("../event/kind.rs");
        let (_, rest) = source.split_once("pub fn type_of_field").unwrap();
        let (body, _) = rest.split_once("\n}").unwrap();
        let named: Vec<&str> =
            body.split('"').skip(1).step_by(2).filter(|name| !name.ends_with('_') && *name != "messages").collect();
        assert!(named.len() > 5);
        for name in named {
            assert!(FIELDS.contains(&name), "{name}");
        }
        assert!(FIELDS.is_sorted());
    }
}
