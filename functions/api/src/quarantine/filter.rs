//! Which of what was kept is asked for.

use jiff::civil::Date;
use jiff::tz::TimeZone;
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
    /// Only what names this number.
    pub(super) phone_number_id: Option<String>,
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
    /// The day asked for, from its first moment to that of the next.
    pub(super) fn span(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
        match &self.day {
            Some(day) => span_of(day),
            None => span(now.to_zoned(TimeZone::UTC).date()),
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

/// A day in UTC, `YYYY-MM-DD` and nothing else.
pub(crate) fn span_of(day: &str) -> Result<(Timestamp, Timestamp), Problem> {
    let day: Option<Date> = day.parse().ok().filter(|_| day.len() == 10);
    span(day.ok_or_else(no_date)?)
}

fn span(day: Date) -> Result<(Timestamp, Timestamp), Problem> {
    let begin = |day: Date| day.to_zoned(TimeZone::UTC).map(|begin| begin.timestamp());
    let next = day.tomorrow().and_then(begin);
    begin(day).and_then(|from| Ok((from, next?))).map_err(|_| no_date())
}

fn no_date() -> Problem {
    Problem::new(Code::InvalidQuery, "day must be a date, as in 2026-01-31.")
}
