//! The word people know a template's status by (S-05), and whether it may be sent (S-06).

/// An unknown status is its own label.
pub fn label(status: &str) -> &str {
    LABELS.iter().find(|(meta, _)| meta.eq_ignore_ascii_case(status)).map_or(status, |(_, label)| label)
}

/// Only what Meta has approved; an unknown status is not.
pub fn sendable(status: &str) -> bool {
    // Webhooks also print statuses in lower case.
    status.eq_ignore_ascii_case("APPROVED")
}

/// Whether it is a status of the API. Webhooks tell of events too (`REINSTATED`, `FLAGGED` …), after which only a listing
/// knows the status.
pub fn is_listed(status: &str) -> bool {
    LABELS.iter().take(LISTED).any(|(meta, _)| meta.eq_ignore_ascii_case(status))
}

/// Whether it is one of the events that webhooks add to these.
pub(super) fn is_event(status: &str) -> bool {
    LABELS.iter().skip(LISTED).any(|(meta, _)| meta.eq_ignore_ascii_case(status))
}

/// How many of the labels are statuses of the API.
const LISTED: usize = 10;

/// The ten statuses of the API, then the events that webhooks add.
const LABELS: [(&str, &str); 14] = [
    ("PENDING", "Submitted"),
    ("APPROVED", "Approved"),
    ("REJECTED", "Rejected"),
    ("IN_APPEAL", "In appeal"),
    ("PENDING_DELETION", "Pending deletion"),
    ("DELETED", "Deleted"),
    ("DISABLED", "Disabled"),
    ("PAUSED", "Paused"),
    ("LIMIT_EXCEEDED", "Limit exceeded"),
    ("ARCHIVED", "Archived"),
    ("FLAGGED", "Flagged"),
    ("LOCKED", "Locked"),
    ("REINSTATED", "Reinstated"),
    ("UNARCHIVED", "Unarchived"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_is_sendable() {
        let can: Vec<_> = LABELS.iter().filter(|(status, _)| sendable(status)).collect();
        assert_eq!(can, [&("APPROVED", "Approved")]);
        assert!(!sendable("SOMETHING_NEW"));
    }

    #[test]
    fn some_events_are_no_status() {
        let events: Vec<_> = LABELS.iter().map(|(status, _)| *status).filter(|status| !is_listed(status)).collect();
        assert_eq!(events, ["FLAGGED", "LOCKED", "REINSTATED", "UNARCHIVED"]);
        assert!(is_listed("paused") && !is_listed("SOMETHING_NEW"));
    }

    #[test]
    fn every_status_has_its_word() {
        assert_eq!(label("PENDING"), "Submitted");
        assert_eq!(label("rejected"), "Rejected");
        assert_eq!(label("SOMETHING_NEW"), "SOMETHING_NEW");
    }
}
