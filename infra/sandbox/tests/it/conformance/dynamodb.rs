//! DynamoDB: what we rely on, statement by statement.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue as Value, BatchStatementErrorCodeEnum as Code, BatchStatementRequest,
        BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, KeysAndAttributes, Projection, ProjectionType,
        Put, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
        ScalarAttributeType, TableStatus, TransactWriteItem,
    },
};

use crate::clients::{World, fresh};

fn text(value: &str) -> Value {
    Value::S(value.to_owned())
}

/// One table with `pk`, `sk` and an index over `gpk`, `gsk`.
pub(crate) async fn table(dynamo: &Client) -> String {
    let name = fresh("table");
    let attribute = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key =
        |name: &str, kind: KeyType| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let index = GlobalSecondaryIndex::builder()
        .index_name("list")
        .key_schema(key("gpk", KeyType::Hash))
        .key_schema(key("gsk", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    dynamo
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .attribute_definitions(attribute("gpk"))
        .attribute_definitions(attribute("gsk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index)
        .send()
        .await
        .unwrap();
    for _ in 0..200 {
        let described = dynamo.describe_table().table_name(&name).send().await.unwrap().table.unwrap();
        if described.table_status == Some(TableStatus::Active) {
            return name;
        }
    }
    panic!("the table never became active");
}

pub(crate) fn item(pk: &str, more: &[(&str, &str)]) -> HashMap<String, Value> {
    let key = [("pk", pk), ("sk", "S")];
    key.iter().chain(more).map(|(name, value)| ((*name).to_owned(), text(value))).collect()
}

pub(crate) async fn put(dynamo: &Client, table: &str, pk: &str, more: &[(&str, &str)]) {
    dynamo.put_item().table_name(table).set_item(Some(item(pk, more))).send().await.unwrap();
}

pub(crate) fn statement(text: String, parameters: &[Value]) -> BatchStatementRequest {
    BatchStatementRequest::builder()
        .statement(text)
        .set_parameters((!parameters.is_empty()).then(|| parameters.to_vec()))
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_batch_of_statements_fails_statement_by_statement() {
    let world = World::to_judge().await;
    let dynamo = world.dynamo();
    let table = table(&dynamo).await;
    put(&dynamo, &table, "there", &[("v", "1")]).await;
    let answer = dynamo
        .batch_execute_statement()
        .statements(statement(
            format!(r#"INSERT INTO "{table}" VALUE {{'pk': ?, 'sk': 'S', 'v': '2'}}"#),
            &[text("new")],
        ))
        .statements(statement(format!(r#"INSERT INTO "{table}" VALUE {{'pk': 'there', 'sk': 'S'}}"#), &[]))
        .statements(statement(
            format!(r#"UPDATE "{table}" SET v = ? WHERE pk = ? AND sk = ? AND v = ?"#),
            &[text("3"), text("there-not"), text("S"), text("1")],
        ))
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    let errors: Vec<_> = answer
        .responses()
        .iter()
        .map(|response| response.error.as_ref().and_then(|error| error.code.clone()))
        .collect();
    assert_eq!(errors, [None, Some(Code::DuplicateItem), Some(Code::ConditionalCheckFailed)]);
    let units: f64 = answer.consumed_capacity().iter().filter_map(|capacity| capacity.capacity_units).sum();
    assert!(units >= 3.0, "{units}");

    let failed = dynamo
        .batch_execute_statement()
        .statements(statement(
            format!(r#"UPDATE "{table}" SET v = '9' WHERE pk = 'there' AND sk = 'S' AND v = '0'"#),
            &[],
        ))
        .send()
        .await
        .unwrap();
    let error = failed.responses()[0].error.as_ref().unwrap();
    assert_eq!(error.code, Some(Code::ConditionalCheckFailed));
    assert_eq!(error.item.as_ref().unwrap()["v"], text("1"));
}

#[tokio::test]
async fn conditions_give_the_old_item_back() {
    let world = World::to_judge().await;
    let dynamo = world.dynamo();
    let table = table(&dynamo).await;
    put(&dynamo, &table, "a", &[("v", "1")]).await;
    let error = dynamo
        .put_item()
        .table_name(&table)
        .set_item(Some(item("a", &[("v", "2")])))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(OnFailure::AllOld)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_conditional_check_failed_exception());
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("another error")
    };
    assert_eq!(failed.item.unwrap()["v"], text("1"));
    let updated = dynamo
        .update_item()
        .table_name(&table)
        .key("pk", text("a"))
        .key("sk", text("S"))
        .update_expression("SET v = :v ADD n :one")
        .condition_expression("v = :old")
        .expression_attribute_values(":v", text("2"))
        .expression_attribute_values(":old", text("1"))
        .expression_attribute_values(":one", Value::N("1".to_owned()))
        .return_values(ReturnValue::AllNew)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    assert_eq!(updated.attributes.unwrap()["n"], Value::N("1".to_owned()));
    assert!(updated.consumed_capacity.unwrap().capacity_units.unwrap() >= 1.0);
}

#[tokio::test]
async fn an_index_is_queried_in_order_and_page_by_page() {
    let world = World::to_judge().await;
    let dynamo = world.dynamo();
    let table = table(&dynamo).await;
    for number in 0..5 {
        put(&dynamo, &table, &format!("p{number}"), &[("gpk", "g"), ("gsk", &format!("{number}"))]).await;
    }
    put(&dynamo, &table, "not-in-the-index", &[]).await;
    let mut pages = dynamo
        .query()
        .table_name(&table)
        .index_name("list")
        .key_condition_expression("gpk = :g")
        .expression_attribute_values(":g", text("g"))
        .scan_index_forward(false)
        .limit(2)
        .into_paginator()
        .items()
        .send();
    let mut found = Vec::new();
    while let Some(item) = pages.next().await {
        found.push(item.unwrap()["pk"].as_s().unwrap().clone());
    }
    assert_eq!(found, ["p4", "p3", "p2", "p1", "p0"]);
    let all = dynamo.scan().table_name(&table).send().await.unwrap();
    assert_eq!(all.count, 6);
}

#[tokio::test]
async fn a_transaction_is_all_or_nothing_and_batches_read() {
    let world = World::to_judge().await;
    let dynamo = world.dynamo();
    let table = table(&dynamo).await;
    let insert = |pk: &str| {
        let put = Put::builder()
            .table_name(&table)
            .set_item(Some(item(pk, &[])))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    dynamo.transact_write_items().transact_items(insert("a")).transact_items(insert("b")).send().await.unwrap();
    let error =
        dynamo.transact_write_items().transact_items(insert("c")).transact_items(insert("a")).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_transaction_canceled_exception());
    let keys = ["a", "b", "c"].map(|pk| item(pk, &[]));
    let wanted = KeysAndAttributes::builder().set_keys(Some(keys.to_vec())).build().unwrap();
    let read = dynamo.batch_get_item().request_items(&table, wanted).send().await.unwrap();
    assert_eq!(read.responses.unwrap()[&table].len(), 2);
    dynamo.delete_item().table_name(&table).key("pk", text("a")).key("sk", text("S")).send().await.unwrap();
    let gone = dynamo.get_item().table_name(&table).key("pk", text("a")).key("sk", text("S")).send().await.unwrap();
    assert!(gone.item.is_none());
}
