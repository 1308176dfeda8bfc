//! What a channel may send: by what Meta tells of the number, or as the team has set it.

use serde::{Deserialize, Serialize};

use super::Channel;
use crate::ids::{PhoneNumberId, PortfolioId, WabaId};
use crate::limits::{MESSAGES_PER_SECOND, MESSAGES_PER_SECOND_HIGH, MESSAGES_PER_SECOND_ON_BIZ_APP};
use crate::quota::MessagingLimit;

/// What the team holds a number to; `None` goes by Meta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    /// Messages a second, in and out together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
    /// People written to outside a service window within 24 hours (L-04).
    #[serde(default)]
    pub recipients_per_day: Option<u32>,
    /// Who shares that limit.
    #[serde(default)]
    pub limit_scope: Option<LimitScope>,
    /// Whether it is a test number of Meta's (Z-01).
    #[serde(default)]
    pub test_number: Option<bool>,
}

/// Who shares a limit of unique recipients (L-05).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// All numbers of the business portfolio, as Meta has it since October 2025.
    #[default]
    Portfolio,
    /// Each number has its own, as it was before.
    Number,
}

/// Within what a channel's recipients are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaScope {
    Portfolio(PortfolioId),
    /// Where the portfolio is not known.
    Waba(WabaId),
    Number(PhoneNumberId),
}

impl LimitScope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portfolio => "portfolio",
            Self::Number => "number",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Portfolio, Self::Number].into_iter().find(|scope| scope.as_str() == text)
    }
}

impl QuotaScope {
    /// Meta's id of what shares the limit: portfolios, accounts and numbers have theirs from one series.
    pub fn id(&self) -> &str {
        match self {
            Self::Portfolio(id) => id.as_str(),
            Self::Waba(id) => id.as_str(),
            Self::Number(id) => id.as_str(),
        }
    }
}

impl Channel {
    /// In and out together. A number that Meta was not asked about yet has the default.
    pub fn messages_per_second(&self) -> u32 {
        self.overrides.messages_per_second.unwrap_or(match self.throughput.as_deref() {
            _ if self.is_on_biz_app == Some(true) => MESSAGES_PER_SECOND_ON_BIZ_APP,
            Some("HIGH") => MESSAGES_PER_SECOND_HIGH,
            _ => MESSAGES_PER_SECOND,
        })
    }

    /// People it may write to outside a service window within 24 hours; `None` where nobody has told, and nothing is held
    /// back.
    pub fn recipients_per_day(&self) -> Option<MessagingLimit> {
        match self.overrides.recipients_per_day {
            Some(recipients) => Some(MessagingLimit::Recipients(recipients)),
            None => self.messaging_limit.as_deref().and_then(MessagingLimit::of_tier),
        }
    }

    pub fn quota_scope(&self) -> QuotaScope {
        match (self.overrides.limit_scope.unwrap_or_default(), &self.portfolio_id) {
            (LimitScope::Number, _) => QuotaScope::Number(self.phone_number_id.clone()),
            (LimitScope::Portfolio, Some(portfolio)) => QuotaScope::Portfolio(portfolio.clone()),
            (LimitScope::Portfolio, None) => QuotaScope::Waba(self.waba_id.clone()),
        }
    }

    /// Whether it may write to five people only, whom its owner has put on a list at Meta.
    pub fn is_test_number(&self) -> bool {
        self.overrides.test_number.unwrap_or(self.account_mode.as_deref() == Some("SANDBOX"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn channel(told: &serde_json::Value) -> Channel {
        let mut channel = json!({"phone_number_id": "1", "waba_id": "2", "name": "shop", "version": 1,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"});
        channel.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
        serde_json::from_value(channel).unwrap()
    }

    #[test]
    fn throughput_goes_by_meta_unless_set() {
        for (told, expected) in [
            (json!({}), 80),
            (json!({"throughput": "STANDARD"}), 80),
            (json!({"throughput": "NOT_APPLICABLE"}), 80),
            (json!({"throughput": "HIGH"}), 1_000),
            (json!({"throughput": "HIGH", "is_on_biz_app": true}), 20),
            (json!({"throughput": "HIGH", "is_on_biz_app": false}), 1_000),
            (json!({"throughput": "HIGH", "overrides": {"messages_per_second": 5}}), 5),
        ] {
            assert_eq!(channel(&told).messages_per_second(), expected, "{told}");
        }
    }

    #[test]
    fn recipients_go_by_the_tier_unless_set() {
        use MessagingLimit::{Recipients, Unlimited};
        for (told, expected) in [
            (json!({}), None),
            (json!({"messaging_limit": "TIER_2K"}), Some(Recipients(2_000))),
            (json!({"messaging_limit": "TIER_UNLIMITED"}), Some(Unlimited)),
            (json!({"messaging_limit": "TIER_NOT_SET"}), None),
            (
                json!({"messaging_limit": "TIER_UNLIMITED", "overrides": {"recipients_per_day": 50}}),
                Some(Recipients(50)),
            ),
        ] {
            assert_eq!(channel(&told).recipients_per_day(), expected, "{told}");
        }
    }

    #[test]
    fn a_portfolio_shares_unless_told_otherwise() {
        for (told, expected) in [
            (json!({}), QuotaScope::Waba("2".into())),
            (json!({"portfolio_id": "4"}), QuotaScope::Portfolio("4".into())),
            (
                json!({"portfolio_id": "4", "overrides": {"limit_scope": "portfolio"}}),
                QuotaScope::Portfolio("4".into()),
            ),
            (json!({"portfolio_id": "4", "overrides": {"limit_scope": "number"}}), QuotaScope::Number("1".into())),
        ] {
            assert_eq!(channel(&told).quota_scope(), expected, "{told}");
        }
    }

    #[test]
    fn a_test_number_is_told_by_meta_or_by_the_team() {
        for (told, expected) in [
            (json!({}), false),
            (json!({"account_mode": "LIVE"}), false),
            (json!({"account_mode": "SANDBOX"}), true),
            (json!({"account_mode": "SANDBOX", "overrides": {"test_number": false}}), false),
            (json!({"account_mode": "LIVE", "overrides": {"test_number": true}}), true),
        ] {
            assert_eq!(channel(&told).is_test_number(), expected, "{told}");
        }
    }
}
