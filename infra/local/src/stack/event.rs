//! What calls a function: a route of the HTTP API, a queue, a schedule.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::template::Unplayable;
use crate::template::resolve::Scope;
use crate::template::section::{Number, read};

pub(super) enum Event {
    Route(Route),
    Mapping(Mapping),
    Schedule(Schedule),
    /// Switched off in the template.
    Off,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Route {
    /// `ANY` is every method.
    pub(crate) method: String,
    /// `/webhook`, `/v1/{proxy+}`
    pub(crate) path: String,
}

/// An event source mapping of a queue.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub(crate) queue_arn: String,
    pub(crate) batch_size: u32,
    /// Of a batch only what the answer names comes back, instead of all of it.
    pub(crate) partial_failures: bool,
    pub(crate) maximum_concurrency: u32,
}

/// Calls the function again and again.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) every: Duration,
    /// The event it calls with.
    pub(crate) input: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Source {
    queue: String,
    #[serde(default = "ten")]
    batch_size: Number,
    #[serde(default)]
    function_response_types: Vec<String>,
    #[serde(default)]
    scaling_config: Scaling,
    #[serde(default = "yes")]
    enabled: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Scaling {
    maximum_concurrency: Option<Number>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Timer {
    schedule_expression: String,
    #[serde(default)]
    input: String,
    state: Option<String>,
}

/// SQS's own default.
fn ten() -> Number {
    Number(10)
}

fn yes() -> bool {
    true
}

impl Event {
    pub(super) fn read(scope: &Scope<'_>, written: &Value) -> Result<Self, Unplayable> {
        let kind = written.get("Type").and_then(Value::as_str).unwrap_or_default();
        let none = Map::new();
        let properties = written.get("Properties").and_then(Value::as_object).unwrap_or(&none);
        match kind {
            "HttpApi" => {
                // There is one API; who may call a route is not asked on loopback.
                let route = read(scope, properties, &["Method", "Path"], &["ApiId", "Auth", "RouteSettings"])?;
                Ok(Self::Route(route))
            }
            "SQS" => mapping(read(
                scope,
                properties,
                &["Queue", "BatchSize", "FunctionResponseTypes", "ScalingConfig", "Enabled"],
                &[],
            )?),
            "Schedule" | "ScheduleV2" => schedule(&read(
                scope,
                properties,
                &["ScheduleExpression", "Input", "State"],
                // What keeps many stacks and lost calls apart on AWS.
                &["Description", "FlexibleTimeWindow", "Name", "OmitName", "PermissionsBoundary", "RetryPolicy"],
            )?),
            other => Err(Unplayable(format!("the type {other} is not played on a laptop"))),
        }
    }
}

fn mapping(read: Source) -> Result<Event, Unplayable> {
    if !read.enabled {
        return Ok(Event::Off);
    }
    if !(1..=10).contains(&read.batch_size.0) {
        return Err(Unplayable(String::from("a BatchSize over 10 needs a batching window, which is not played")));
    }
    let partial_failures = match read.function_response_types.as_slice() {
        [] => false,
        [only] if only == "ReportBatchItemFailures" => true,
        _ => return Err(Unplayable(String::from("of FunctionResponseTypes only ReportBatchItemFailures is played"))),
    };
    Ok(Event::Mapping(Mapping {
        queue_arn: read.queue,
        batch_size: read.batch_size.0,
        partial_failures,
        maximum_concurrency: read.scaling_config.maximum_concurrency.map_or(u32::MAX, |most| most.0),
    }))
}

fn schedule(read: &Timer) -> Result<Event, Unplayable> {
    if read.state.as_deref() == Some("DISABLED") {
        return Ok(Event::Off);
    }
    let every = rate(&read.schedule_expression).ok_or_else(|| {
        Unplayable(format!("of schedules only rate(…) is played on a laptop, not {}", read.schedule_expression))
    })?;
    Ok(Event::Schedule(Schedule { every, input: read.input.clone() }))
}

/// `rate(1 minute)`, `rate(6 hours)`
fn rate(expression: &str) -> Option<Duration> {
    let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    let count = count.parse::<u64>().ok().filter(|count| *count > 0)?;
    Some(Duration::from_secs(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!(rate("rate(1 minute)"), Some(Duration::from_mins(1)));
        assert_eq!(rate("rate(6 hours)"), Some(Duration::from_hours(6)));
        assert_eq!(rate("rate(2 days)"), Some(Duration::from_hours(48)));
        for odd in ["rate(0 minutes)", "rate(1 fortnight)", "cron(0 * * * ? *)", "rate(1minute)"] {
            assert_eq!(rate(odd), None, "{odd}");
        }
    }
}
