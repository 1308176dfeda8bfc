//! infra/docs/events.md, read.

use std::collections::BTreeSet;

use model::EventType;
use model::event::type_of_field;
use serde_json::Value;

use super::schema;

const DOCUMENT: &str = include_str!("../../../infra/docs/events.md");

pub(super) struct Example {
    /// The heading it stands under.
    pub(super) section: String,
    pub(super) event: Value,
}

/// Every event in the document, in its order.
pub(super) fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for (section, text) in sections() {
        for block in text.split("```json\n").skip(1) {
            let json = block.split("```").next().unwrap();
            let event = serde_json::from_str(json).unwrap_or_else(|error| panic!("{section}: {error}\n{json}"));
            examples.push(Example { section: section.clone(), event });
        }
    }
    examples
}

/// The rows of the tables under a heading, without their heads.
pub(super) fn rows(heading: &str) -> Vec<Vec<String>> {
    let text = section(heading);
    let lines = text.lines().filter(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    lines.skip(2).map(cells).collect()
}

/// What stands between backticks.
pub(super) fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

pub(super) fn section(heading: &str) -> String {
    let found = sections().into_iter().find(|(name, _)| name == heading);
    found.unwrap_or_else(|| panic!("no section {heading}")).1
}

/// Meta's fields that a section says become its type: it lists them up to the first full stop.
pub(super) fn fields(kind: EventType) -> Vec<String> {
    let text = section(kind.as_str());
    let paragraph = text.split("\n\n").find(|paragraph| paragraph.trim_start().starts_with("Field"));
    let list = paragraph.map(|paragraph| paragraph.replace('\n', " "));
    list.map(|list| quoted(list.split(". ").next().unwrap_or_default())).unwrap_or_default()
}

fn sections() -> Vec<(String, String)> {
    let mut sections = vec![(String::new(), String::new())];
    let mut fenced = false;
    for line in DOCUMENT.lines() {
        fenced ^= line.starts_with("```");
        if line.starts_with('#') && !fenced {
            let heading = line.trim_start_matches('#').trim().trim_matches('`');
            sections.push((heading.to_owned(), String::new()));
        } else if let Some((_, text)) = sections.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    sections
}

/// One section and one row for each type, and at least one example, which a consumer's validator takes.
#[test]
fn every_type_is_described() {
    let examples = examples();
    for example in &examples {
        let faults = schema::faults(&example.event);
        assert!(faults.is_empty(), "{}: {faults:?}", example.section);
    }
    let listed: Vec<String> = rows("Types").iter().map(|row| quoted(&row[0]).remove(0)).collect();
    let types: Vec<&str> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(listed, types, "the table is in the order of the code");
    for kind in types {
        let own: Vec<_> = examples.iter().filter(|example| example.section == kind).collect();
        assert!(!own.is_empty(), "{kind} has no example");
        assert!(own.iter().all(|example| example.event["type"] == kind), "{kind}");
    }
}

#[test]
fn fields_are_under_their_types() {
    let mut seen = BTreeSet::new();
    for kind in EventType::ALL {
        for field in fields(kind) {
            assert_eq!(type_of_field(&field), kind, "{field}");
            assert!(seen.insert(field.clone()), "{field} is listed twice");
        }
    }
    assert!(seen.len() >= 20, "{seen:?}");
}

/// Members of the envelope and of the person are listed, no more and no fewer than in the schema.
#[test]
fn members_are_those_of_the_schema() {
    for (heading, name) in [("Events", "Envelope"), ("The person", "Contact")] {
        let listed: BTreeSet<String> = rows(heading).iter().map(|row| quoted(&row[0]).remove(0)).collect();
        let defined = &schema::schema()["$defs"][name]["properties"];
        assert_eq!(listed, defined.as_object().unwrap().keys().cloned().collect(), "{heading}");
    }
}
