//! What a listing said, in short: sixteen bytes for a template. An account of 6,000 is compared with its last listing by one
//! item of 96 KB, where reading them would be megabytes (quality goal P7).

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::Template;
use super::diff::content;

/// Of two different templates it is the same once in 2^64.
const HALF: usize = 8;

/// Hashes of identities, and of what was listed under each.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Digest(BTreeMap<[u8; HALF], [u8; HALF]>);

impl Digest {
    /// Where a listing names one twice, the first stands, as it does in [`super::diff`].
    pub fn of(listed: &[Template]) -> Self {
        let mut entries = BTreeMap::new();
        for template in listed {
            entries.entry(identity(template)).or_insert_with(|| half(&content(template)));
        }
        Self(entries)
    }

    /// `None` where these are not its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (entries, rest) = bytes.as_chunks::<{ 2 * HALF }>();
        let entry = |entry: &[u8; 2 * HALF]| {
            let (key, value) = entry.split_at(HALF);
            Some((key.try_into().ok()?, value.try_into().ok()?))
        };
        if rest.is_empty() { entries.iter().map(entry).collect::<Option<_>>().map(Self) } else { None }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(key, value)| [*key, *value].concat()).collect()
    }

    /// Of these, what is new or another; each once.
    pub fn news<'t>(&self, listed: &'t [Template]) -> Vec<&'t Template> {
        let mut seen = std::collections::BTreeSet::new();
        let first = listed.iter().filter(|template| seen.insert(identity(template)));
        first.filter(|template| self.0.get(&identity(template)) != Some(&half(&content(template)))).collect()
    }

    /// Whether something of this is not in the other: which one, nobody can tell from it.
    pub fn is_beyond(&self, other: &Self) -> bool {
        self.0.keys().any(|key| !other.0.contains_key(key))
    }
}

fn identity(template: &Template) -> [u8; HALF] {
    // No name holds a control character.
    half(&format!("{}\u{1f}{}", template.name, template.language))
}

fn half(text: &str) -> [u8; HALF] {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let mut half = [0; HALF];
    half.copy_from_slice(&digest[..HALF]);
    half
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::WabaId;

    fn template(name: &str, language: &str, text: &str, sample: &str) -> Template {
        let listed = json!({"id": "9", "name": name, "language": language, "status": "APPROVED", "category": "UTILITY",
            "quality_score": {"score": "GREEN"}, "components": [{"type": "BODY", "text": text,
            "example": {"header_handle": [sample]}}]});
        let raw = serde_json::value::to_raw_value(&listed).unwrap();
        Template::parse(&WabaId::new("2"), &raw, "2026-01-05T12:00:00Z".parse().unwrap()).unwrap()
    }

    fn names(templates: &[&Template]) -> Vec<String> {
        templates.iter().map(|template| format!("{} {}", template.name, template.language)).collect()
    }

    #[test]
    fn only_what_is_another_is_news() {
        let before =
            [template("a", "de", "Hi", "https://x/1"), template("a", "en", "Hi", ""), template("b", "de", "Hi", "")];
        let digest = Digest::of(&before);
        assert_eq!(digest.to_bytes().len(), 48);
        assert!(Digest::from_bytes(&digest.to_bytes()).unwrap() == digest);
        // Samples are listed by links that expire.
        let now = [
            template("a", "de", "Hi", "https://x/2"),
            template("a", "en", "Ho", ""),
            template("c", "de", "Hi", ""),
            template("c", "de", "Ho", ""),
        ];
        assert_eq!(names(&digest.news(&now)), ["a en", "c de"]);
        assert!(digest.is_beyond(&Digest::of(&now)) && !Digest::of(&before[..2]).is_beyond(&digest));
        let paused = Template { status: "PAUSED".to_owned(), ..before[0].clone() };
        assert_eq!(names(&digest.news(&[paused, before[1].clone()])), ["a de"]);
    }

    #[test]
    fn other_bytes_are_none() {
        assert!(Digest::from_bytes(&[0; 15]).is_none());
        assert!(Digest::from_bytes(&[]).unwrap() == Digest::default());
    }
}
