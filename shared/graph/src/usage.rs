//! How much of its management calls an account has used, as Meta's headers tell it (`Graph API/Overview/Rate Limiting`,
//! contract §5.6), and holding back before Meta does.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// From here on calls are spaced out, and from here on none is made. In percent.
const HIGH: u32 = 75;
const SPENT: u32 = 90;

const OF_ACCOUNT: &str = "x-business-use-case-usage";
const OF_APP: &str = "x-app-usage";

/// Part of the calls of an hour that are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The highest of calls, CPU time and time, in percent; over 100 where Meta says so.
    pub percent: u32,
    /// How long Meta says it takes until calls are taken again.
    pub regain: Option<Duration>,
}

/// What a client has been told while it read one account. A client that has one stops at 90 % by itself.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Told>);

#[derive(Clone, Copy, Debug, Default)]
struct Told {
    account: Usage,
    app: Usage,
}

/// Who makes too many calls, by the code of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Account,
    App,
}

impl Usage {
    /// Time to slow down.
    pub fn is_high(self) -> bool {
        self.percent >= HIGH
    }

    /// Time to stop.
    pub fn is_spent(self) -> bool {
        self.percent >= SPENT
    }

    fn worse(self, other: Self) -> Self {
        Self { percent: self.percent.max(other.percent), regain: self.regain.max(other.regain) }
    }

    /// One `{call_count, total_cputime, total_time, estimated_time_to_regain_access?}`: percents, and minutes. What is
    /// missing or of another shape counts as nothing used.
    fn of(limit: &Value) -> Self {
        let part = |name: &str| limit.get(name).and_then(Value::as_f64).filter(|part| *part > 0.0).map_or(0, ceiled);
        let minutes =
            limit.get("estimated_time_to_regain_access").and_then(Value::as_u64).filter(|minutes| *minutes > 0);
        Self {
            percent: part("call_count").max(part("total_cputime")).max(part("total_time")),
            regain: minutes.map(|minutes| Duration::from_secs(minutes.saturating_mul(60))),
        }
    }

    pub(crate) fn of_account(headers: &HeaderMap) -> Option<Self> {
        let told: Value = serde_json::from_slice(headers.get(OF_ACCOUNT)?.as_bytes()).ok()?;
        let limits = told.as_object()?.values().filter_map(Value::as_array).flatten();
        limits.map(Self::of).reduce(Self::worse)
    }

    fn of_app(headers: &HeaderMap) -> Option<Self> {
        let told: Value = serde_json::from_slice(headers.get(OF_APP)?.as_bytes()).ok()?;
        told.is_object().then(|| Self::of(&told))
    }
}

/// To whole percents, upwards.
fn ceiled(part: f64) -> u32 {
    (0..=1_000).find(|whole| f64::from(*whole) >= part).unwrap_or(1_000)
}

impl Meter {
    /// Of the account and of the whole app, the worse.
    pub fn usage(&self) -> Usage {
        let told = self.told();
        told.account.worse(told.app)
    }

    /// Of the whole app: no other account fares better.
    pub fn of_app(&self) -> Usage {
        self.told().app
    }

    /// The newest word counts; of a header that is missing nothing is learnt.
    pub(crate) fn note(&self, headers: &HeaderMap, refused: Option<Refused>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(usage) = Usage::of_account(headers) {
            told.account = usage;
        }
        if let Some(usage) = Usage::of_app(headers) {
            told.app = usage;
        }
        let all = Usage { percent: 100, regain: None };
        match refused {
            Some(Refused::Account) => told.account = told.account.worse(all),
            Some(Refused::App) => told.app = told.app.worse(all),
            None => {}
        }
    }

    fn told(&self) -> Told {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(account: Option<&'static str>, app: Option<&'static str>) -> (Usage, Usage) {
        let header = |name: &'static str, value: &'static str| (name.parse().unwrap(), value.parse().unwrap());
        let headers = account.map(|value| header(OF_ACCOUNT, value)).into_iter();
        let headers: HeaderMap = headers.chain(app.map(|value| header(OF_APP, value))).collect();
        let meter = Meter::default();
        meter.note(&headers, None);
        (meter.usage(), meter.of_app())
    }

    fn usage(percent: u32, minutes: Option<u64>) -> Usage {
        Usage { percent, regain: minutes.map(Duration::from_mins) }
    }

    #[test]
    fn headers_are_read_leniently() {
        let account = r#"{"2":[{"type":"whatsapp_business_management","call_count":28,"total_cputime":5,"total_time":91.2,
            "estimated_time_to_regain_access":0},{"call_count":3,"estimated_time_to_regain_access":7}]}"#;
        let account: &'static str = Box::leak(account.replace('\n', "").into_boxed_str());
        assert_eq!(told(Some(account), None), (usage(92, Some(7)), usage(0, None)));
        let app = r#"{"call_count":76,"total_time":1,"total_cputime":1}"#;
        assert_eq!(told(None, Some(app)), (usage(76, None), usage(76, None)));
        for nonsense in ["", "[]", "{}", "7", r#"{"2":{}}"#, r#"{"2":[7]}"#, r#"{"2":[{"call_count":"9"}]}"#, "{"] {
            assert_eq!(told(Some(nonsense), Some(nonsense)), (usage(0, None), usage(0, None)), "{nonsense}");
        }
        assert_eq!(told(Some(r#"{"2":[{"call_count":-5}]}"#), None).0, usage(0, None));
        assert_eq!(told(Some(r#"{"2":[{"call_count":1e300}]}"#), None).0.percent, 1_000);
    }

    #[test]
    fn the_newest_word_counts() {
        let meter = Meter::default();
        let word = |percent: u32| {
            let header = format!(r#"{{"2":[{{"call_count":{percent}}}]}}"#).parse().unwrap();
            [(OF_ACCOUNT.parse().unwrap(), header)].into_iter().collect::<HeaderMap>()
        };
        meter.note(&word(95), None);
        assert!(meter.usage().is_spent() && meter.usage().is_high());
        meter.note(&HeaderMap::new(), None);
        assert!(meter.usage().is_spent());
        meter.note(&word(80), None);
        assert!(meter.usage().is_high() && !meter.usage().is_spent());
        meter.note(&word(10), Some(Refused::Account));
        assert!(meter.usage().is_spent() && !meter.of_app().is_spent());
        meter.note(&word(10), Some(Refused::App));
        assert!(meter.of_app().is_spent());
    }
}
