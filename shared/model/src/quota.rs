//! Unique recipients in a rolling day: how many people may be written to outside a service window (contract §5.2).

mod day;
mod lease;

use serde::{Deserialize, Serialize};

pub use day::{Ask, BUCKET, Day, Full, Plan, Slot, block};
pub use lease::Lease;

/// Meta's messaging limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MessagingLimit {
    Recipients(u32),
    /// Nobody is counted.
    Unlimited,
}

impl MessagingLimit {
    /// `TIER_250`, `TIER_2K`, `TIER_UNLIMITED` and whatever steps there will be; `None` for what names no number.
    pub fn of_tier(tier: &str) -> Option<Self> {
        let step = tier.strip_prefix("TIER_")?;
        if step == "UNLIMITED" {
            return Some(Self::Unlimited);
        }
        let (digits, unit) = match step.as_bytes().last()? {
            b'K' => (step.strip_suffix('K')?, 1_000),
            b'M' => (step.strip_suffix('M')?, 1_000_000),
            _ => (step, 1),
        };
        let count: u32 = digits.parse().ok()?;
        count.checked_mul(unit).filter(|count| *count > 0).map(Self::Recipients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_read_as_meta_spells_them() {
        use MessagingLimit::{Recipients, Unlimited};
        for (tier, limit) in [
            ("TIER_50", Some(Recipients(50))),
            ("TIER_250", Some(Recipients(250))),
            ("TIER_1K", Some(Recipients(1_000))),
            ("TIER_2K", Some(Recipients(2_000))),
            ("TIER_10K", Some(Recipients(10_000))),
            ("TIER_100K", Some(Recipients(100_000))),
            ("TIER_1M", Some(Recipients(1_000_000))),
            ("TIER_UNLIMITED", Some(Unlimited)),
            ("TIER_NOT_SET", None),
            ("TIER_", None),
            ("TIER_K", None),
            ("TIER_0", None),
            ("TIER_-5", None),
            ("TIER_9999999M", None),
            ("2K", None),
            ("", None),
        ] {
            assert_eq!(MessagingLimit::of_tier(tier), limit, "{tier}");
        }
    }
}
