//! Messages to one person leave in the order they were queued, except past one whose outcome nobody knew or that waited
//! for a cause to go: such a one holds the others back for a while only (issue 4, item 6).

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;

/// What one number had to say to one person.
#[derive(Clone, Debug, Default)]
pub(in crate::binaries) struct Conversation {
    /// Send ids, in the order they were queued.
    pub(in crate::binaries) queued: Vec<String>,
    /// Send ids, in the order Meta accepted them.
    pub(in crate::binaries) accepted: Vec<String>,
    /// Those that were in doubt or parked for longer than others wait for them.
    pub(in crate::binaries) passed_over: BTreeSet<String>,
}

/// Each message that one queued later overtook; of several that did, the first.
pub(in crate::binaries) fn order(conversation: &Conversation) -> Vec<Violation> {
    let Conversation { queued, accepted, passed_over } = conversation;
    let mut places: BTreeMap<&String, usize> = BTreeMap::new();
    for (place, id) in accepted.iter().enumerate() {
        // The first time it was accepted is when the person got it.
        places.entry(id).or_insert(place);
    }
    let mut found = Vec::new();
    for (turn, id) in queued.iter().enumerate() {
        let Some(place) = places.get(id).filter(|_| !passed_over.contains(id)) else { continue };
        let earlier = queued[turn + 1..].iter().filter(|later| places.get(later).is_some_and(|other| other < place));
        if let Some(by) = earlier.min_by_key(|later| places[later]) {
            found.push(Violation::Overtaken { id: id.clone(), by: by.clone() });
        }
    }
    found
}

fn conversation(queued: &[&str], accepted: &[&str], passed_over: &[&str]) -> Conversation {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    Conversation {
        queued: owned(queued),
        accepted: owned(accepted),
        passed_over: owned(passed_over).into_iter().collect(),
    }
}

#[test]
fn conversations_in_order_pass() {
    for (queued, accepted, passed_over) in [
        (&["a", "b", "c"][..], &["a", "b", "c"][..], &[][..]),
        // One failed, and is not waited for.
        (&["a", "b", "c"], &["a", "c"], &[]),
        (&["a", "b", "c"], &["b", "c"], &[]),
        // One was in doubt for too long, and came after all.
        (&["a", "b", "c"], &["b", "c", "a"], &["a"]),
        // Accepted twice is another's complaint.
        (&["a", "b"], &["a", "b", "a"], &[]),
        (&[], &[], &[]),
    ] {
        assert_eq!(order(&conversation(queued, accepted, passed_over)), [], "{queued:?} {accepted:?}");
    }
}

#[test]
fn whoever_is_overtaken_is_found() {
    let overtaken = |id: &str, by: &str| Violation::Overtaken { id: id.to_owned(), by: by.to_owned() };
    for (accepted, passed_over, found) in [
        (&["b", "a", "c"][..], &[][..], vec![overtaken("a", "b")]),
        (&["a", "c", "b"], &[], vec![overtaken("b", "c")]),
        (&["c", "b", "a"], &[], vec![overtaken("a", "c"), overtaken("b", "c")]),
        // Its own doubt excuses nobody else.
        (&["c", "b", "a"], &["a"], vec![overtaken("b", "c")]),
        (&["b", "a", "c"], &["b"], vec![overtaken("a", "b")]),
        (&["b", "c", "a", "b"], &[], vec![overtaken("a", "b")]),
    ] {
        assert_eq!(order(&conversation(&["a", "b", "c"], accepted, passed_over)), found, "{accepted:?}");
    }
}
