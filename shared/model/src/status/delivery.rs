//! The rank of a status: which of several to show.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryStatus {
    /// Meta took it; ours, from the answer to a send.
    Accepted,
    /// `held_for_quality_assessment`: taken, and held back until Meta trusts the template.
    Held,
    Sent,
    Failed,
    Delivered,
    Read,
    /// A voice note was played.
    Played,
    /// `deleted`, `warning` and whatever comes next: kept, never ranked.
    Other(String),
}

impl DeliveryStatus {
    pub fn parse(text: &str) -> Self {
        match text {
            "accepted" => Self::Accepted,
            "held" | "held_for_quality_assessment" => Self::Held,
            "sent" => Self::Sent,
            "failed" => Self::Failed,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "played" => Self::Played,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Other(other) => other,
        }
    }

    /// `delivered` after `failed` has been seen: a person who has it has it.
    pub fn rank(&self) -> Option<u8> {
        match self {
            Self::Accepted => Some(0),
            Self::Held => Some(1),
            Self::Sent => Some(2),
            Self::Failed => Some(3),
            Self::Delivered => Some(4),
            Self::Read => Some(5),
            Self::Played => Some(6),
            Self::Other(_) => None,
        }
    }
}

/// The one to show. `None` where none is ranked.
pub fn highest<'s>(statuses: impl IntoIterator<Item = &'s DeliveryStatus>) -> Option<DeliveryStatus> {
    statuses.into_iter().filter(|status| status.rank().is_some()).max_by_key(|status| status.rank()).cloned()
}

impl fmt::Display for DeliveryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for DeliveryStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for DeliveryStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permutations(of: &[DeliveryStatus]) -> Vec<Vec<DeliveryStatus>> {
        if of.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for index in 0..of.len() {
            let mut rest = of.to_vec();
            let first = rest.remove(index);
            for mut tail in permutations(&rest) {
                tail.insert(0, first.clone());
                all.push(tail);
            }
        }
        all
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        use DeliveryStatus::{Accepted, Delivered, Failed, Held, Other, Played, Read, Sent};
        let ranked = [Accepted, Held, Sent, Failed, Delivered, Read, Played];
        for end in 0..ranked.len() {
            let some: Vec<_> = ranked[..=end].iter().cloned().chain([Other("warning".into())]).collect();
            for order in permutations(&some) {
                assert_eq!(highest(&order).as_ref(), Some(&ranked[end]));
            }
        }
        assert_eq!(highest(&[Other("deleted".into())]), None);
        assert_eq!(highest(&[]), None);
    }

    #[test]
    fn every_status_survives_the_round_trip() {
        for text in ["accepted", "held", "sent", "failed", "delivered", "read", "played", "deleted"] {
            assert_eq!(DeliveryStatus::parse(text).as_str(), text);
        }
        assert_eq!(DeliveryStatus::parse("held_for_quality_assessment"), DeliveryStatus::Held);
    }
}
