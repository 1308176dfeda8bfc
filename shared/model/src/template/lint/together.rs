//! What several templates of one account may not be together (T-02, contract §1.5, §5.8).

use std::collections::BTreeMap;

use super::{Finding, Found, broken, source};
use crate::template::definition::{Definition, member};

/// The findings of each, in the order given.
pub fn together(definitions: &[&Definition]) -> Vec<Vec<Finding>> {
    let mut identities: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut categories: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut contents: BTreeMap<(&str, String), (&str, &str)> = BTreeMap::new();
    let mut all = Vec::new();
    for (n, definition) in definitions.iter().enumerate() {
        let mut found = Found::default();
        let (name, language) = definition.identity();
        if identities.insert((name, language), n).is_some() {
            let what = format!("another file describes {name} in {language}");
            found.error("name", broken("duplicate", what, "Keep one of them.", source::MANAGEMENT));
        }
        let (category, of) = *categories.entry(name).or_insert((&definition.category, language));
        if category != definition.category {
            let what = format!("all languages of a name have one category, and {of} is {category}");
            found.error("category", broken("category_differs", what, "Give them the same.", source::MANAGEMENT));
        }
        if !definition.is_code()
            && let Some(content) = content(definition)
            && let Some((other, its)) = contents.insert((language, content), (name, language))
            && other != name
        {
            let what = format!("body and footer are those of {other} in {its}: Meta rejects the second of two alike");
            found.error(
                "components",
                broken("duplicate_content", what, "Use that one, or say something else.", source::REVIEW),
            );
        }
        all.push(found.0);
    }
    all
}

fn content(definition: &Definition) -> Option<String> {
    let text = |kind| definition.component(kind).map(|(_, component)| member(component, "text").to_owned());
    let body = text("BODY").filter(|body| !body.is_empty())?;
    Some(format!("{body}\u{1f}{}", text("FOOTER").unwrap_or_default()))
}
