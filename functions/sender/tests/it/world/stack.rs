//! What a stack has: table, queues, environment.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use graph::Timeouts;
use runtime::{Aws as Clients, Env};
use sender::App;

pub(super) const TABLE: &str = "waypost";

/// Patience short enough for a test.
pub(super) fn app(env: &Env) -> App {
    let timeouts = Timeouts {
        connect: Duration::from_secs(1),
        call: Duration::from_millis(1500),
        silence: Duration::from_millis(1500),
    };
    App::with_timeouts(env, timeouts).unwrap()
}

pub(super) fn env(variables: &[(&str, &str)]) -> Env {
    let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "us-east-1")];
    keys.iter().chain(variables).copied().collect()
}

pub(super) async fn create_queue(clients: &Clients, name: &str) -> String {
    let request = clients.sqs().create_queue().queue_name(name).attributes(QueueAttributeName::FifoQueue, "true");
    let created = request.attributes(QueueAttributeName::VisibilityTimeout, "180").send().await.unwrap();
    created.queue_url.unwrap()
}

pub(super) async fn create_standard_queue(clients: &Clients, name: &str) -> String {
    clients.sqs().create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
}

pub(super) async fn create_table(dynamo: &aws_sdk_dynamodb::Client) {
    let attributes = ["pk", "sk", "list_pk", "list_sk", "wamid", "due_pk", "due_sk"].map(|name| {
        let kind = ScalarAttributeType::S;
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    });
    let index = |name: &str, keys: &[&str]| {
        let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let schema = Some(schema(keys));
        GlobalSecondaryIndex::builder().index_name(name).set_key_schema(schema).projection(projection).build().unwrap()
    };
    dynamo
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.to_vec()))
        .set_key_schema(Some(schema(&["pk", "sk"])))
        .global_secondary_indexes(index("list", &["list_pk", "list_sk"]))
        .global_secondary_indexes(index("wamid", &["wamid"]))
        .global_secondary_indexes(index("due", &["due_pk", "due_sk"]))
        .send()
        .await
        .unwrap();
}

fn schema(keys: &[&str]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    keys.iter()
        .zip(kinds)
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(*name).key_type(kind).build().unwrap())
        .collect()
}
