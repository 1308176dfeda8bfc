//! What Meta tells of a number otherwise than before (L-08, D-01).

use crate::quota::MessagingLimit;

/// One fact of a number that was something else before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberChange {
    /// Meta's name of it: `quality_rating`, `messaging_limit`, `name_status`, …
    pub field: &'static str,
    pub from: String,
    pub to: String,
}

impl NumberChange {
    /// Whether the number may do less than before, or is about to. What Meta does not know yet (`UNKNOWN`,
    /// `TIER_NOT_SET`) is no step down.
    pub fn is_downgrade(&self) -> bool {
        let (from, to) = (self.from.as_str(), self.to.as_str());
        let down = |steps: &[&str]| {
            let at = |step: &str| steps.iter().position(|one| *one == step);
            at(to).zip(at(from)).is_some_and(|(to, from)| to < from)
        };
        match self.field {
            "quality_rating" => down(&["RED", "YELLOW", "GREEN"]),
            "messaging_limit" => {
                let (from, to) = (MessagingLimit::of_tier(from), MessagingLimit::of_tier(to));
                to.zip(from).is_some_and(|(to, from)| to < from)
            }
            "throughput" => down(&["STANDARD", "HIGH"]),
            "status" => from == "CONNECTED",
            "name_status" => to == "DECLINED",
            "platform_type" => from == "CLOUD_API",
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_down_is_told_from_a_step_up() {
        for (field, from, to, is_downgrade) in [
            ("quality_rating", "GREEN", "RED", true),
            ("quality_rating", "YELLOW", "GREEN", false),
            ("quality_rating", "GREEN", "UNKNOWN", false),
            ("messaging_limit", "TIER_2K", "TIER_250", true),
            ("messaging_limit", "TIER_UNLIMITED", "TIER_100K", true),
            ("messaging_limit", "TIER_250", "TIER_2K", false),
            ("messaging_limit", "TIER_2K", "TIER_NOT_SET", false),
            ("throughput", "HIGH", "STANDARD", true),
            ("throughput", "STANDARD", "HIGH", false),
            ("status", "CONNECTED", "FLAGGED", true),
            ("status", "FLAGGED", "CONNECTED", false),
            ("name_status", "PENDING_REVIEW", "DECLINED", true),
            ("name_status", "PENDING_REVIEW", "APPROVED", false),
            ("platform_type", "CLOUD_API", "NOT_APPLICABLE", true),
            ("verified_name", "One", "Another", false),
        ] {
            let change = NumberChange { field, from: from.into(), to: to.into() };
            assert_eq!(change.is_downgrade(), is_downgrade, "{change:?}");
        }
    }
}
