//! CloudWatch's embedded metric format, as its specification has it: what is extracted from a line, and what a line has to be
//! (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// The schema of the specification, as far as a count needs it.
static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let definition = json!({"type": "object", "required": ["Name"], "properties": {
        "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
        "Unit": {"enum": ["Count", "Seconds", "Milliseconds", "Bytes", "Percent", "None"]},
        "StorageResolution": {"enum": [1, 60]}}});
    let dimensions = json!({"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 0, "maxItems": 30,
        "items": {"type": "string", "minLength": 1, "maxLength": 250}}});
    let directive = json!({"type": "object", "required": ["Namespace", "Dimensions", "Metrics"], "properties": {
        "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
        "Dimensions": dimensions,
        "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": definition}}});
    let metadata = json!({"type": "object", "required": ["Timestamp", "CloudWatchMetrics"], "properties": {
        "Timestamp": {"type": "integer", "minimum": 1_600_000_000_000_u64},
        "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": directive}}});
    let root = json!({"type": "object", "required": ["_aws"], "properties": {"_aws": metadata}});
    jsonschema::validator_for(&root).unwrap()
});

/// What a line adds to a metric without dimensions. Lines without `_aws` are no metrics; one that CloudWatch would refuse
/// is a fault.
pub(super) fn value(line: &Value, namespace: &str, name: &str) -> u64 {
    if line.get("_aws").is_none() {
        assert!(line.get("metric").is_none(), "a metric that is not counted: {line}");
        return 0;
    }
    let faults: Vec<String> = SCHEMA.iter_errors(line).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}: {line}");
    let mut sum = 0;
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        assert_eq!(directive["Namespace"], namespace, "{line}");
        for metric in directive["Metrics"].as_array().unwrap() {
            // The target of a definition is a member of the root, and a number; one that is not is dropped silently.
            let target = &line[metric["Name"].as_str().unwrap()];
            assert!(target.is_number(), "{line}");
            assert_eq!(metric["Name"], line["metric"], "people read another word: {line}");
            let without_dimensions = directive["Dimensions"].as_array().unwrap().contains(&json!([]));
            sum += if metric["Name"] == name && without_dimensions { target.as_u64().unwrap() } else { 0 };
        }
    }
    sum
}

#[test]
fn what_cloudwatch_would_refuse_is_refused() {
    let directive = json!({"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "Parked", "Unit": "Count"}]});
    let line = json!({"metric": "Parked", "Parked": 1,
        "_aws": {"Timestamp": 1_795_428_000_000_u64, "CloudWatchMetrics": [directive]}});
    assert_eq!((value(&line, "N", "Parked"), value(&line, "N", "Other")), (1, 0));
    assert_eq!(value(&json!({"message": "ingested"}), "N", "Parked"), 0);
    for (place, wrong) in [
        ("/_aws/Timestamp", json!(1_795_428_000)),
        ("/_aws/CloudWatchMetrics", json!([])),
        ("/_aws/CloudWatchMetrics/0/Namespace", json!("")),
        ("/_aws/CloudWatchMetrics/0/Namespace", json!("Another")),
        ("/_aws/CloudWatchMetrics/0/Dimensions", json!([])),
        ("/_aws/CloudWatchMetrics/0/Metrics/0/Unit", json!("Counts")),
        ("/Parked", json!("1")),
        ("/metric", json!("Uncertain")),
    ] {
        let mut line = line.clone();
        *line.pointer_mut(place).unwrap() = wrong;
        let refused = std::panic::catch_unwind(|| value(&line, "N", "Parked"));
        assert!(refused.is_err(), "{place}: {line}");
    }
    let mut uncounted = line;
    uncounted.as_object_mut().unwrap().remove("_aws");
    assert!(std::panic::catch_unwind(|| value(&uncounted, "N", "Parked")).is_err());
}
