//! What infra/docs/events.md says of EVENT_TYPES, executed.

use model::event::DEFAULT_EVENT_TYPES;
use model::{EventFilter, EventType};

use super::document::{quoted, rows, section};

const HEADING: &str = "EVENT_TYPES";

#[test]
fn the_lists_do_what_is_said() {
    let rows = rows(HEADING);
    assert!(rows.len() >= 5, "{rows:?}");
    for row in &rows {
        let list = quoted(&row[0]).remove(0);
        let filter = EventFilter::parse(&list).unwrap();
        for (cell, expected) in [(&row[1], true), (&row[2], false)] {
            for event in quoted(cell) {
                let (kind, status) = match event.split_once(':') {
                    Some((kind, status)) => (kind, Some(status)),
                    None => (event.as_str(), None),
                };
                let kind = EventType::parse(kind).unwrap_or_else(|| panic!("{event} is no type"));
                assert_eq!(filter.wants(kind, status), expected, "{list}: {event}");
            }
        }
    }
    assert_eq!(quoted(&rows[0][0])[0], DEFAULT_EVENT_TYPES);
}

#[test]
fn what_is_no_rule_is_refused() {
    let text = section(HEADING);
    let sentence = text.lines().find_map(|line| line.strip_prefix("Not rules, and refused: ")).unwrap();
    let slips = quoted(sentence);
    assert!(slips.len() >= 4);
    for slip in slips {
        assert!(EventFilter::parse(&format!("*,{slip}")).is_err(), "{slip}");
    }
}
