//! The templates that deploy the consumers, and the snippet of infra/docs/events.md.

use serde_yaml_ng::Value;

use super::consumer::folder;
use crate::events::document::{rows, section};

const LANGUAGES: [&str; 3] = ["python", "node", "rust"];

/// The queue's own visibility timeout is six times this and a little.
const LONGEST_TIMEOUT_S: u64 = 50;

#[test]
fn each_reports_partial_failures_and_marks_expire() {
    for language in LANGUAGES {
        let template = template(language);
        let function = &template["Resources"]["Consumer"]["Properties"];
        let source = &function["Events"]["Waypost"]["Properties"];
        assert_eq!(source["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{language}");
        assert!(function["Timeout"].as_u64().unwrap() <= LONGEST_TIMEOUT_S, "{language}");
        let seen = &template["Resources"]["SeenTable"]["Properties"];
        assert_eq!(seen["TimeToLiveSpecification"]["AttributeName"], "ttl", "{language}");
        assert_eq!(seen["KeySchema"][0]["AttributeName"], "id", "{language}");
        let inbox = &template["Resources"]["InboxTable"]["Properties"];
        assert_eq!(inbox["KeySchema"][0]["AttributeName"], "conversation", "{language}");
    }
}

/// What the document shows is what stands in the templates.
#[test]
fn the_document_shows_them() {
    let text = section("Consumers");
    let snippet = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let snippet: Value = serde_yaml_ng::from_str(snippet).unwrap();
    for (language, row) in LANGUAGES.into_iter().zip(rows("Consumers")) {
        assert_eq!(row[0].to_lowercase(), language, "{row:?}");
        let template = template(language);
        let consumer = &template["Resources"]["Consumer"];
        let function = &consumer["Properties"];
        assert_eq!(function["Events"], snippet["Events"], "{language}");
        let method = consumer["Metadata"]["BuildMethod"].as_str();
        let shown = [function["Runtime"].as_str(), function["Handler"].as_str(), method];
        for (cell, shown) in row[1..].iter().zip(shown) {
            assert_eq!(cell.trim_matches('`'), shown.unwrap_or_default(), "{language}");
        }
    }
}

fn template(language: &str) -> Value {
    let text = std::fs::read_to_string(folder(language).join("template.yaml")).unwrap();
    serde_yaml_ng::from_str(&text).unwrap()
}
