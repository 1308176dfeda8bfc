//! `EVENT_TYPES`: which events the team wants. Receipts are most of the traffic and most of the cost.

use super::EventType;

/// Everything but receipts, and of those the failures.
pub const DEFAULT_EVENT_TYPES: &str = "*,-message.status,message.status:failed";

/// Rules applied left to right; the last one that fits decides, and without one an event is not wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter(Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    wanted: bool,
    fits: Fits,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fits {
    All,
    Type(EventType),
    Status(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither *, nor an event type, nor message.status:<status>")]
pub struct UnknownEventType(pub String);

impl EventFilter {
    /// A comma list of `*`, a type or `message.status:<status>`, each negated by a leading `-`.
    pub fn parse(list: &str) -> Result<Self, UnknownEventType> {
        let items = list.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(Rule::parse).collect::<Result<_, _>>().map(Self)
    }

    /// `status` is that of a `message.status`.
    pub fn wants(&self, kind: EventType, status: Option<&str>) -> bool {
        let rule = self.0.iter().rev().find(|rule| match &rule.fits {
            Fits::All => true,
            Fits::Type(one) => *one == kind,
            Fits::Status(one) => kind == EventType::MessageStatus && status == Some(one),
        });
        rule.is_some_and(|rule| rule.wanted)
    }
}

impl Rule {
    fn parse(item: &str) -> Result<Self, UnknownEventType> {
        let (wanted, name) = match item.strip_prefix('-') {
            Some(name) => (false, name),
            None => (true, item),
        };
        let fits = match name.split_once(':') {
            _ if name == "*" => Some(Fits::All),
            // Statuses are an open set.
            Some((kind, status)) if kind == EventType::MessageStatus.as_str() && !status.is_empty() => {
                Some(Fits::Status(status.to_owned()))
            }
            Some(_) => None,
            None => EventType::parse(name).map(Fits::Type),
        };
        fits.map(|fits| Self { wanted, fits }).ok_or_else(|| UnknownEventType(item.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(list: &str, kind: &str, status: Option<&str>) -> bool {
        EventFilter::parse(list).unwrap().wants(EventType::parse(kind).unwrap(), status)
    }

    #[test]
    fn the_default_drops_receipts_and_keeps_failures() {
        let list = DEFAULT_EVENT_TYPES;
        assert!(wants(list, "message.received", None));
        assert!(wants(list, "unknown", None));
        assert!(!wants(list, "message.status", Some("delivered")));
        assert!(!wants(list, "message.status", None));
        assert!(wants(list, "message.status", Some("failed")));
    }

    #[test]
    fn the_last_rule_that_fits_decides() {
        assert!(!wants("", "message.received", None));
        assert!(wants(" message.received , ", "message.received", None));
        assert!(!wants("message.received,-*", "message.received", None));
        assert!(wants("*,-message.status:read", "message.status", Some("sent")));
        assert!(!wants("*,-message.status:read", "message.status", Some("read")));
        assert!(!wants("message.status:failed", "message.received", Some("failed")));
    }

    #[test]
    fn a_slip_of_the_pen_is_told() {
        for list in ["message", "*,message.status:", "media.stored:x", "--*", "!*"] {
            assert!(EventFilter::parse(list).is_err(), "{list}");
        }
        let error = EventFilter::parse("*,mesage.status").unwrap_err();
        assert!(error.to_string().contains("mesage.status"));
    }
}
