//! Never twice, never lost (issue 4, item 5): records that come to two senders at once, whose visibility ends while they
//! are being sent, whose invocation has no time left, that come back from the dead; and whatever is wrong with one of a
//! batch is wrong with that one only.

mod bugs;
mod deadline;
mod duplicates;
mod outage;
mod poison;
mod redrive;

/// So many different people.
pub(super) fn people(count: usize) -> Vec<String> {
    (0..count).map(|person| format!("1555016{person:04}")).collect()
}
