//! Secrets Manager as AWS documents it.

use aws_sdk_secretsmanager::primitives::Blob;

use crate::clients::{World, fresh};

#[tokio::test]
async fn a_secret_keeps_its_current_and_its_previous_version() {
    let world = World::to_judge().await;
    let secrets = world.secrets();
    let name = fresh("app/secret");
    let created = secrets.create_secret().name(&name).secret_string("one").send().await.unwrap();
    let arn = created.arn.unwrap();
    let put = secrets.put_secret_value().secret_id(&arn).secret_string("two").send().await.unwrap();
    assert_eq!(put.version_stages.unwrap(), ["AWSCURRENT"]);
    let current = secrets.get_secret_value().secret_id(&name).send().await.unwrap();
    assert_eq!(current.secret_string.as_deref(), Some("two"));
    assert_eq!(current.version_id, put.version_id);
    assert_eq!(current.arn.as_deref(), Some(arn.as_str()));
    let previous = secrets.get_secret_value().secret_id(&name).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.secret_string.as_deref(), Some("one"));
    assert_eq!(previous.version_id, created.version_id);
    secrets.update_secret().secret_id(&name).secret_string("three").send().await.unwrap();
    let previous = secrets.get_secret_value().secret_id(&name).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.secret_string.as_deref(), Some("two"));
}

#[tokio::test]
async fn a_secret_may_be_binary_and_is_described_without_its_value() {
    let world = World::to_judge().await;
    let secrets = world.secrets();
    let name = fresh("binary");
    secrets
        .create_secret()
        .name(&name)
        .description("what it is for")
        .secret_binary(Blob::new([1, 2, 3]))
        .send()
        .await
        .unwrap();
    let value = secrets.get_secret_value().secret_id(&name).send().await.unwrap();
    assert_eq!(value.secret_binary.unwrap().as_ref(), [1, 2, 3]);
    assert!(value.secret_string.is_none());
    let described = secrets.describe_secret().secret_id(&name).send().await.unwrap();
    assert_eq!(described.description.as_deref(), Some("what it is for"));
    let versions = described.version_ids_to_stages.unwrap();
    assert_eq!(versions[&value.version_id.unwrap()], ["AWSCURRENT"]);
    let mut pages = secrets.list_secrets().max_results(1).into_paginator().send();
    let mut found = false;
    while let Some(page) = pages.next().await {
        found |= page.unwrap().secret_list().iter().any(|secret| secret.name.as_deref() == Some(name.as_str()));
    }
    assert!(found);
}

#[tokio::test]
async fn what_is_missing_or_there_already_is_said_so() {
    let world = World::to_judge().await;
    let secrets = world.secrets();
    let name = fresh("once");
    let error = secrets.get_secret_value().secret_id(&name).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_resource_not_found_exception());
    secrets.create_secret().name(&name).send().await.unwrap();
    if !world.is_foreign() {
        // Created without a value, as CloudFormation may. MiniStack makes an empty one.
        let error = secrets.get_secret_value().secret_id(&name).send().await.unwrap_err();
        assert!(error.as_service_error().unwrap().is_resource_not_found_exception());
    }
    let error = secrets.create_secret().name(&name).secret_string("x").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_resource_exists_exception());
}
