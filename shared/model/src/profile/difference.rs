//! What differs between two profiles, member by member (P-02).

use serde::Serialize;
use serde_json::{Value, json};

use super::Profile;

/// One member that is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub field: &'static str,
    /// `null` where it was not set.
    pub from: Value,
    /// `null` where it is not set any more.
    pub to: Value,
}

/// From one to the other. The photo's link expires, and does not count.
pub fn differences(from: &Profile, to: &Profile) -> Vec<Difference> {
    let sites = |profile: &Profile| Some(profile.websites.clone()).filter(|sites| !sites.is_empty());
    let members = [
        ("about", json!(from.about), json!(to.about)),
        ("address", json!(from.address), json!(to.address)),
        ("description", json!(from.description), json!(to.description)),
        ("email", json!(from.email), json!(to.email)),
        ("websites", json!(sites(from)), json!(sites(to))),
        ("vertical", json!(from.vertical), json!(to.vertical)),
    ];
    let another = members.into_iter().filter(|(_, from, to)| from != to);
    another.map(|(field, from, to)| Difference { field, from, to }).collect()
}
