//! Metrics: a line that bears the field `metric` is one of that name, in CloudWatch's embedded metric format (EMF).
//!
//! The line that people read is the line that is counted, so that the two cannot differ; every other line is what it was.
//! The format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use std::fmt;
use std::time::SystemTime;

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{Format, FormatEvent, FormatFields, Json, Writer};
use tracing_subscriber::registry::LookupSpan;

/// The field, and a member of the line.
const METRIC: &str = "metric";

/// JSON lines, of which some are metrics.
pub(crate) struct Counted {
    pub(crate) lines: Format<Json>,
    /// The stack's own. Its metrics have no dimensions: an alarm is about the whole of it.
    pub(crate) namespace: Option<String>,
}

impl<S, N> FormatEvent<S, N> for Counted
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let name = event.metadata().fields().field(METRIC).and_then(|_| name_of(event));
        let (Some(namespace), Some(name)) = (&self.namespace, name) else {
            return self.lines.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.lines.format_event(context, Writer::new(&mut line), event)?;
        let open = line.trim_end().strip_suffix('}').ok_or(fmt::Error)?;
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let directive =
            json!({"Namespace": namespace, "Dimensions": [[]], "Metrics": [{"Name": name, "Unit": "Count"}]});
        writeln!(writer, "{open},\"_aws\":{{\"Timestamp\":{at},\"CloudWatchMetrics\":[{directive}]}},\"{name}\":1}}")
    }
}

/// A word of ours: letters only, so that it needs no escapes. Anything else is no metric.
fn name_of(event: &Event<'_>) -> Option<String> {
    let mut found = Name(None);
    event.record(&mut found);
    found.0.filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

struct Name(Option<String>);

impl Visit for Name {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == METRIC {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::io::{Result, Write};
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::fmt::format;

    use super::*;
    use crate::logs::filter;

    #[derive(Clone, Default)]
    struct Printed(Arc<Mutex<Vec<u8>>>);

    impl Write for Printed {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn printed(namespace: Option<&str>, level: &str, log: impl FnOnce()) -> Vec<Value> {
        let out = Printed::default();
        let lines = format().json().flatten_event(true).with_current_span(false).with_span_list(false);
        let writer = out.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .event_format(Counted { lines, namespace: namespace.map(str::to_owned) })
            .with_writer(move || writer.clone())
            .with_env_filter(EnvFilter::new(filter(level)))
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        assert!(text.ends_with('\n') && !text.contains("\n\n"), "one line each: {text:?}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_with_a_metric_is_counted_and_another_is_as_it_was() {
        let none: Option<&str> = None;
        let lines = printed(Some("Waypost/shop"), "info", || {
            tracing::warn!(send_id = "snd_1", metric = "Uncertain", "it says {}", "\"so\"");
            tracing::warn!(send_id = "snd_2", metric = none, "not this time");
            tracing::info!(send_id = "snd_3", "ingested");
            tracing::info!(metric = "no word", "no name");
        });
        let counted = &lines[0];
        assert_eq!((&counted["message"], &counted["metric"]), (&json!("it says \"so\""), &json!("Uncertain")));
        assert_eq!(counted["Uncertain"], 1);
        assert!(counted["_aws"]["Timestamp"].is_u64());
        let directive = json!({"Namespace": "Waypost/shop", "Dimensions": [[]],
            "Metrics": [{"Name": "Uncertain", "Unit": "Count"}]});
        assert_eq!(counted["_aws"]["CloudWatchMetrics"], json!([directive]));
        for line in &lines[1..] {
            assert!(line.get("_aws").is_none(), "{line}");
        }
        let uncounted = printed(None, "info", || tracing::warn!(metric = "Uncertain", "x"));
        assert!(uncounted[0].get("_aws").is_none() && uncounted[0]["metric"] == "Uncertain", "{uncounted:?}");
    }

    #[test]
    fn a_metric_is_told_however_little_is_to_be_said() {
        for (level, expected) in [("error", 1), ("warn", 2), ("info", 3), ("debug", 4)] {
            let lines = printed(Some("Waypost/shop"), level, || {
                tracing::warn!(metric = "Uncertain", "counted");
                tracing::warn!("warned");
                tracing::info!("told");
                tracing::debug!("explained");
            });
            assert_eq!((lines.len(), &lines[0]["Uncertain"]), (expected, &json!(1)), "{level}: {lines:?}");
        }
    }
}
