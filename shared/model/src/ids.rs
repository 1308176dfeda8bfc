//! Identifiers, one type each, so that one cannot stand in for another.
//!
//! Meta's are decimal strings of up to 18 digits that some webhooks send as numbers; here they are always strings.

mod contact_key;
mod send_id;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use crate::redact::redacted_debug;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(StringOrNumber).map(Self)
            }
        }
    };
}

macro_rules! shown {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )+};
}

id!(
    /// A WhatsApp Business Account.
    WabaId
);
id!(
    /// A business portfolio, which owns accounts: all their numbers share its messaging limit.
    PortfolioId
);
id!(
    /// A business phone number: what Meta's URLs and webhooks route by, never the number itself.
    PhoneNumberId
);
id!(
    /// A wamid. Opaque, yet its base64 holds the person's phone number, so it is never printed.
    MessageId
);
id!(
    /// A file held by Meta: 30 days where we uploaded it, 7 where a webhook named it.
    MediaId
);
id!(
    /// One template in one language.
    TemplateId
);
id!(
    /// One of our sends; Meta gives it back in every status as `biz_opaque_callback_data`.
    SendId
);
id!(
    /// A person's phone digits as WhatsApp registered them, which is not always what was dialled.
    WaId
);
id!(
    /// A business-scoped user id (BSUID), or a parent one. It changes when the person's number does.
    UserId
);
id!(
    /// The first identity seen of a person, kept for ever: `wa:<wa_id>` or `user:<user id>`.
    ContactKey
);

shown!(WabaId, PortfolioId, PhoneNumberId, MediaId, TemplateId, SendId);
redacted_debug!(MessageId, WaId, UserId, ContactKey);

impl WaId {
    pub fn e164(&self) -> String {
        format!("+{}", self.0.trim_start_matches('+'))
    }
}

struct StringOrNumber;

impl Visitor<'_> for StringOrNumber {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as a string or a number")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<String, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_as_strings_or_numbers_and_leave_as_strings() {
        let ids: Vec<TemplateId> = serde_json::from_str(r#"["12", 1234567890123456789]"#).unwrap();
        assert_eq!(serde_json::to_string(&ids).unwrap(), r#"["12","1234567890123456789"]"#);
        assert!(serde_json::from_str::<WabaId>("{}").is_err());
        assert!(serde_json::from_str::<WabaId>("null").is_err());
    }

    #[test]
    fn what_names_a_person_is_not_printed() {
        let shown = format!(
            "{:?} {:?} {:?} {:?}",
            WaId::new("15550100"),
            UserId::new("US.15550100"),
            MessageId::new("wamid.15550100"),
            ContactKey::new("wa:15550100"),
        );
        assert_eq!(shown, "WaId(…) UserId(…) MessageId(…) ContactKey(…)");
        assert_eq!(format!("{:?} {0}", WabaId::new("2")), "WabaId(2) 2");
    }

    #[test]
    fn a_phone_number_carries_one_plus() {
        assert_eq!(WaId::new("15550100").e164(), "+15550100");
        assert_eq!(WaId::new("+15550100").e164(), "+15550100");
    }
}
