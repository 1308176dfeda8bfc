//! Which of what was kept is asked for.

use model::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::paging::Limit;
use crate::problem::{Code, Problem};

/// What to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// A day in UTC, `YYYY-MM-DD`; today where absent.
    #[param(value_type = Option<String>, format = Date)]
    day: Option<String>,
    /// `unregistered` (for a number that is no channel), `unknown` (a part that this version cannot read),
    /// `unprocessable` (no webhook at all) or `change` (another field, kept as it came). Without it the first three.
    #[param(inline)]
    pub(super) cause: Option<Cause>,
    /// Items on a page.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 50)]
    pub(super) limit: Limit,
    /// The `cursor` of the page before.
    pub(super) cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    Unregistered,
    Unknown,
    Unprocessable,
    Change,
}

impl Filter {
    /// The day as the table spells it.
    pub(super) fn day(&self, now: Timestamp) -> Result<String, Problem> {
        match &self.day {
            Some(day) => date(day),
            None => Ok(now.strftime("%Y-%m-%d").to_string()),
        }
    }
}

impl From<Cause> for store::Cause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Unregistered => Self::Unregistered,
            Cause::Unknown => Self::Unknown,
            Cause::Unprocessable => Self::Unprocessable,
            Cause::Change => Self::Change,
        }
    }
}

/// Read and written again, so that no other spelling of a day finds nothing.
fn date(text: &str) -> Result<String, Problem> {
    let day: Option<jiff::civil::Date> = text.parse().ok().filter(|_| text.len() == 10);
    day.map(|day| day.strftime("%Y-%m-%d").to_string())
        .ok_or_else(|| Problem::new(Code::InvalidQuery, "day must be a date, as in 2026-01-31."))
}
