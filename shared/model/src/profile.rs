//! The business profile that people see behind a number (P-01 to P-10, contract §1.7): what Meta has of it, what somebody
//! wants of it, and what lies between the two.

mod check;
mod difference;
pub mod photo;
pub mod vertical;
mod wanted;

use serde_json::value::RawValue;

use crate::json::{Fields, items, text};
use crate::redact::redacted_debug;

pub use check::check;
pub use difference::{Difference, differences};
pub use wanted::Wanted;

/// As Meta has it. What is not set is `None`; Meta's empty text says the same.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub about: Option<String>,
    pub address: Option<String>,
    pub description: Option<String>,
    pub email: Option<String>,
    pub websites: Vec<String>,
    /// The industry, by Meta's word; one that is not known here is kept.
    pub vertical: Option<String>,
    /// Meta's own link to the photo, which expires.
    pub picture_url: Option<String>,
}

redacted_debug!(Profile);

impl Profile {
    /// What is asked for: unasked, Meta tells almost nothing.
    pub const FIELDS: &[&str] =
        &["about", "address", "description", "email", "profile_picture_url", "websites", "vertical"];

    /// `None` where `raw` is no object. Any member may be missing or of another shape.
    pub fn parse(raw: &RawValue) -> Option<Self> {
        let fields = Fields::parse_any(raw)?;
        let filled = |name| fields.text(name).filter(|text| !text.is_empty());
        let websites = fields.get("websites").and_then(items).unwrap_or_default();
        Some(Self {
            about: filled("about"),
            address: filled("address"),
            description: filled("description"),
            email: filled("email"),
            websites: websites.into_iter().filter_map(text).filter(|site| !site.is_empty()).collect(),
            vertical: filled("vertical").filter(|word| word != vertical::UNDEFINED),
            picture_url: filled("profile_picture_url"),
        })
    }

    /// Whether both links are to one photo. They expire, and then have other parameters and may have another host; the
    /// name of the file stays.
    pub fn has_photo_of(&self, other: &Self) -> bool {
        let name = |profile: &Self| {
            let path = profile.picture_url.as_deref()?.split(['?', '#']).next()?;
            path.rsplit('/').next().map(str::to_owned)
        };
        name(self) == name(other)
    }

    /// As it will be once Meta has taken `wanted`. The photo is Meta's to tell.
    #[must_use]
    pub fn with(&self, wanted: &Wanted) -> Self {
        let text = |wanted: &Option<String>, now: &Option<String>| match wanted {
            Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            None => now.clone(),
        };
        Self {
            about: text(&wanted.about, &self.about),
            address: text(&wanted.address, &self.address),
            description: text(&wanted.description, &self.description),
            email: text(&wanted.email, &self.email),
            websites: wanted.websites.clone().unwrap_or_else(|| self.websites.clone()),
            vertical: text(&wanted.vertical, &self.vertical),
            picture_url: self.picture_url.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
