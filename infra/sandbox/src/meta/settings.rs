//! What can be turned while the fake Meta runs.

use serde::{Deserialize, Serialize};

/// All switches and rates. `POST /_sandbox/settings` takes any part of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub auto_status: AutoStatus,
    pub enforce: Enforce,
    pub retry: Retry,
    /// A template that was created or edited is approved after this long; `None` leaves it pending.
    pub approve_after_ms: Option<u64>,
    /// A template that is created is filed under this category instead of the one that was asked for.
    pub files_template_under: Option<String>,
    /// The origin of the URLs of files, where a proxy stands in front of this one.
    pub files_at: Option<String>,
}

/// After how long each status of an accepted send follows the one before; `None` sends none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoStatus {
    pub sent_ms: Option<u64>,
    pub delivered_ms: Option<u64>,
    pub read_ms: Option<u64>,
}

impl Default for AutoStatus {
    fn default() -> Self {
        Self { sent_ms: Some(40), delivered_ms: Some(120), read_ms: Some(800) }
    }
}

impl AutoStatus {
    pub fn none() -> Self {
        Self { sent_ms: None, delivered_ms: None, read_ms: None }
    }
}

/// Which rules are judged, and their rates.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "these are switches")]
pub struct Enforce {
    pub window: bool,
    pub pair: bool,
    pub throughput: bool,
    /// How a closed window and an unreachable person are told: in the answer, or by a `failed` status after a 200.
    pub window_refusal: Refusal,
    pub unreachable_refusal: Refusal,
    pub pair_every_secs: f64,
    pub pair_burst: u32,
    /// `false`: the burst refills while it lasts (GCRA). `true`: what a burst borrowed is paid back in silence.
    pub pair_borrows: bool,
    /// `None`: 80 a second, 1,000 where the number's throughput is `HIGH`, 20 where it is on the business app too.
    pub per_second: Option<f64>,
    /// Management calls per WABA and hour; `None` does not count.
    pub management_per_hour: Option<u32>,
}

impl Default for Enforce {
    fn default() -> Self {
        Self {
            window: true,
            pair: true,
            throughput: true,
            window_refusal: Refusal::Answer,
            unreachable_refusal: Refusal::Status,
            pair_every_secs: 6.0,
            pair_burst: 45,
            pair_borrows: false,
            per_second: None,
            management_per_hour: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    Answer,
    Status,
}

/// How webhooks are repeated until they are answered 200: at once, then with growing gaps. Meta takes seven days.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    pub first_ms: u64,
    pub base_ms: u64,
    pub factor: f64,
    pub max_ms: u64,
    pub attempts: u32,
    pub timeout_ms: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first_ms: 0, base_ms: 200, factor: 2.0, max_ms: 30_000, attempts: 20, timeout_ms: 20_000 }
    }
}

impl Retry {
    /// The gap before attempt `n`, the first being 1.
    pub(crate) fn gap_ms(&self, n: u32) -> u64 {
        if n <= 1 {
            return 0;
        }
        if n == 2 {
            return self.first_ms;
        }
        let mut gap = std::time::Duration::from_millis(self.base_ms);
        for _ in 3..n {
            gap = gap.mul_f64(self.factor).min(std::time::Duration::from_millis(self.max_ms));
        }
        u64::try_from(gap.as_millis()).unwrap_or(self.max_ms).min(self.max_ms)
    }
}
