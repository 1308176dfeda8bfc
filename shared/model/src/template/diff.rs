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
    let changed = |template: &&&Template| before.get(&identity(template)).is_none_or(|old| differs(old, template));
    let gone = |template: &&Template| !template.absent && !now.contains_key(&identity(template));
    Changes {
        write: now.values().filter(changed).map(|template| (*template).clone()).collect(),
        absent: stored.iter().filter(gone).map(|template| Template { absent: true, ..template.clone() }).collect(),
    }
}

fn identity(template: &Template) -> (&str, &str) {
    (&template.name, &template.language)
}

fn differs(old: &Template, new: &Template) -> bool {
    fn plain(template: &Template) -> impl PartialEq {
        (
            template.id.clone(),
            template.category.clone(),
            template.status.clone(),
            template.rejected_reason.clone(),
            template.quality.clone(),
            template.parameter_format.clone(),
            template.absent,
        )
    }
    // Samples are listed by URLs that expire and so differ every time.
    let components = |template: &Template| canonical_without(&template.components, &["header_handle"]);
    let extra = |template: &Template| -> Vec<_> {
        template.extra.iter().map(|(name, value)| (name.clone(), canonical(value))).collect()
    };
    plain(old) != plain(new) || components(old) != components(new) || extra(old) != extra(new)
}
