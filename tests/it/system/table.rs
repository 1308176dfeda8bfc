//! The table, item by item, in DynamoDB's own JSON (`{"S": "…"}`).

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::System;

pub(crate) type Item = Map<String, Value>;

/// A text attribute, empty where it is absent.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value["S"].as_str()).unwrap_or_default()
}

impl System {
    /// Everything in the table, by key.
    pub(crate) async fn items(&self) -> Vec<Item> {
        let pages = self.aws.dynamodb().scan().table_name(&self.local.ready().table).consistent_read(true);
        let all: Result<Vec<_>, _> = pages.into_paginator().items().send().collect().await;
        let mut items: Vec<Item> = all.unwrap().iter().map(json_of).collect();
        items.sort_by_key(|item| (text(item, "pk").to_owned(), text(item, "sk").to_owned()));
        items
    }

    /// Those of one kind: `message`, `contact`, `send`, …
    pub(crate) async fn items_of(&self, kind: &str) -> Vec<Item> {
        self.items().await.into_iter().filter(|item| text(item, "kind") == kind).collect()
    }

    pub(crate) async fn put_item(&self, item: &Item) {
        let item = item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
        let put = self.aws.dynamodb().put_item().table_name(&self.local.ready().table).set_item(Some(item));
        put.send().await.unwrap();
    }
}

fn json_of(item: &HashMap<String, AttributeValue>) -> Item {
    item.iter().map(|(name, value)| (name.clone(), json(value))).collect()
}

fn json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::M(map) => json!({ "M": json_of(map) }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(json).collect::<Vec<_>>() }),
        other => panic!("no item of ours has {other:?}"),
    }
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).unwrap();
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("N", Value::String(number)) => AttributeValue::N(number.clone()),
        ("B", Value::String(text)) => AttributeValue::B(Blob::new(STANDARD.decode(text).unwrap())),
        ("BOOL", Value::Bool(yes)) => AttributeValue::Bool(*yes),
        ("M", Value::Object(map)) => {
            AttributeValue::M(map.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
        }
        ("L", Value::Array(list)) => AttributeValue::L(list.iter().map(attribute).collect()),
        _ => panic!("no item of ours has {kind}"),
    }
}
