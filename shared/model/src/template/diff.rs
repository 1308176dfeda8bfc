//! What a complete listing changes. A listing that broke off must not come here: it proves nothing absent (S-02).

use std::collections::BTreeMap;

use super::Template;
use crate::canonical::{canonical, canonical_without};

#[derive(Debug, Default)]
pub struct Changes {
    /// New, back again, or different in something that counts.
    pub write: Vec<Template>,
    /// Stored and not listed, marked so. Those marked before are not here.
    pub absent: Vec<Template>,
}

pub fn diff(stored: &[Template], listed: &[Template]) -> Changes {
    let before: BTreeMap<_, _> = stored.iter().map(|template| (identity(template), template)).collect();
    // Where a listing names one twice (pages move while they are read), the first stands.
    let mut now: BTreeMap<_, &Template> = BTreeMap::new();
    for template in listed {
        now.entry(identity(template)).or_insert(template);
    }
    let changed = |template: &&&Template| {
        before.get(&identity(template)).is_none_or(|old| old.absent || content(old) != content(template))
    };
    let gone = |template: &&Template| !template.absent && !now.contains_key(&identity(template));
    Changes {
        write: now.values().filter(changed).map(|template| (*template).clone()).collect(),
        absent: stored.iter().filter(gone).map(|template| Template { absent: true, ..template.clone() }).collect(),
    }
}

fn identity(template: &Template) -> (&str, &str) {
    (&template.name, &template.language)
}

/// Everything of a template that a listing tells and that counts, as one text.
pub(super) fn content(template: &Template) -> String {
    // Samples are listed by URLs that expire and so differ every time.
    let components = canonical_without(&template.components, &["header_handle"]);
    let plain = [
        Some(template.id.as_str()),
        Some(template.category.as_str()),
        Some(template.status.as_str()),
        template.rejected_reason.as_deref(),
        template.quality.as_deref(),
        Some(template.parameter_format.as_str()),
        Some(components.as_str()),
    ];
    // What is not there differs from what is empty.
    let plain = plain.map(|text| text.map(|text| format!("={text}")).unwrap_or_default());
    let extra = template.extra.iter().map(|(name, value)| format!("{name}={}", canonical(value)));
    plain.into_iter().chain(extra).collect::<Vec<_>>().join("\u{1f}")
}
