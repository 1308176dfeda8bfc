//! A table and a bucket of a test's own.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use jiff::Timestamp;
use model::{PhoneNumberId, WabaId};
use sandbox::{Aws, AwsConfig, Proxy, ProxyOptions};
use store::{Created, NewChannel, Store};

pub(crate) const TABLE: &str = "waypost";

pub(crate) struct Table {
    pub(crate) store: Store,
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    aws: Aws,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn number() -> PhoneNumberId {
    PhoneNumberId::new("100000000000001")
}

pub(crate) fn waba() -> WabaId {
    WabaId::new("200000000000001")
}

impl Table {
    pub(crate) async fn new() -> Self {
        let aws = Aws::start(AwsConfig::default()).await.unwrap();
        let credentials = Credentials::from_keys("test", "test", None);
        let dynamo = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(aws.url())
            .credentials_provider(credentials.clone())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(aws.url())
            .force_path_style(true)
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let (client, s3) = (aws_sdk_dynamodb::Client::from_conf(dynamo), aws_sdk_s3::Client::from_conf(s3));
        create(&client).await;
        Self { store: Store::new(client.clone(), s3.clone(), TABLE, "media"), client, s3, aws }
    }

    /// The same table through a proxy that counts what it costs.
    pub(crate) async fn counted(&self) -> (Store, Proxy) {
        let options = ProxyOptions { ask_for_capacity: true, ..ProxyOptions::default() };
        let proxy = Proxy::start(&self.aws.url(), options).await.unwrap();
        let config = self.client.config().to_builder().endpoint_url(proxy.url()).build();
        let client = aws_sdk_dynamodb::Client::from_conf(config);
        (Store::new(client, self.s3.clone(), TABLE, "media"), proxy)
    }

    pub(crate) async fn with_channel() -> Self {
        let table = Self::new().await;
        let created = table.store.create_channel(channel("100000000000001", "shop"), at("2026-01-01T00:00:00Z")).await;
        assert!(matches!(created.unwrap(), Created::Done(_)));
        table
    }

    /// Every item, as text that two tables with the same contents share.
    pub(crate) async fn contents(&self) -> Vec<String> {
        let mut items: Vec<String> = self.scan().await.iter().map(printed).collect();
        items.sort();
        items
    }

    pub(crate) async fn scan(&self) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        self.client.scan().table_name(TABLE).consistent_read(true).send().await.unwrap().items.unwrap_or_default()
    }

    pub(crate) async fn kinds(&self) -> Vec<String> {
        let mut kinds: Vec<String> =
            self.scan().await.iter().map(|item| item.get("kind").unwrap().as_s().unwrap().clone()).collect();
        kinds.sort();
        kinds
    }
}

pub(crate) fn channel(id: &str, name: &str) -> NewChannel {
    NewChannel {
        phone_number_id: PhoneNumberId::new(id),
        waba_id: waba(),
        name: name.to_owned(),
        display_phone_number: None,
        fallback_text: None,
    }
}

fn printed(item: &std::collections::HashMap<String, AttributeValue>) -> String {
    let sorted: std::collections::BTreeMap<_, _> = item.iter().map(|(name, value)| (name, value_text(value))).collect();
    format!("{sorted:?}")
}

fn value_text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => printed(map),
        other => format!("{other:?}"),
    }
}

async fn create(client: &aws_sdk_dynamodb::Client) {
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = |name: &str, keys: Vec<KeySchemaElement>| {
        let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        GlobalSecondaryIndex::builder()
            .index_name(name)
            .set_key_schema(Some(keys))
            .projection(projection)
            .build()
            .unwrap()
    };
    let attributes = ["pk", "sk", "list_pk", "list_sk", "wamid", "due_pk", "due_sk"].map(|name| {
        let builder = AttributeDefinition::builder().attribute_name(name);
        builder.attribute_type(ScalarAttributeType::S).build().unwrap()
    });
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.into()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index("list", vec![key("list_pk", KeyType::Hash), key("list_sk", KeyType::Range)]))
        .global_secondary_indexes(index("wamid", vec![key("wamid", KeyType::Hash)]))
        .global_secondary_indexes(index("due", vec![key("due_pk", KeyType::Hash), key("due_sk", KeyType::Range)]))
        .send()
        .await
        .unwrap();
}
