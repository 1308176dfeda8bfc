//! Makes the stack's resources in the fake AWS, by the same calls that CloudFormation makes in the real one.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use runtime::Aws;
use runtime::logs::aws_error;
use serde_json::json;

use crate::options::Account;
use crate::stack::{Index, KeyPart, Queue, Stack, Table};
use crate::{Error, Options};

/// Makes everything; what is there already (from an earlier run on the same folder) stays as it is.
pub(crate) async fn provision(aws: &Aws, stack: &Stack, options: &Options) -> Result<(), Error> {
    for table in &stack.tables {
        create_table(&aws.dynamodb(), table).await?;
    }
    for bucket in &stack.buckets {
        create_bucket(&aws.s3(), bucket).await?;
    }
    for (id, name) in &stack.secrets {
        create_secret(&aws.secretsmanager(), id, name, &options.account).await?;
    }
    let mapped: Vec<&str> = stack
        .functions
        .iter()
        .flat_map(|function| &function.mappings)
        .map(|mapping| mapping.queue_arn.as_str())
        .collect();
    // A queue must be there before another can name it for its dead letters.
    let (later, first): (Vec<&Queue>, Vec<&Queue>) = stack.queues.iter().partition(|queue| queue.has_dead_letters());
    for queue in first.into_iter().chain(later) {
        let visibility = options.visibility.filter(|_| mapped.contains(&queue.arn.as_str()));
        create_queue(&aws.sqs(), queue, visibility).await?;
    }
    Ok(())
}

async fn create_table(dynamodb: &aws_sdk_dynamodb::Client, table: &Table) -> Result<(), Error> {
    let refused = |reason: String| Error::Provision { what: format!("the table {}", table.name), reason };
    let unbuildable = |error: aws_sdk_dynamodb::error::BuildError| refused(error.to_string());
    let attributes = table.attributes.iter().map(|(name, kind)| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::from(kind.as_str()))
            .build()
    });
    let indexes = table.indexes.iter().map(index).collect::<Result<Vec<_>, _>>().map_err(unbuildable)?;
    let created = dynamodb
        .create_table()
        .table_name(&table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.collect::<Result<_, _>>().map_err(unbuildable)?))
        .set_key_schema(Some(key(&table.key).map_err(unbuildable)?))
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .send()
        .await;
    match created {
        Ok(_) => {}
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => {
            return Ok(());
        }
        Err(error) => return Err(refused(aws_error(&error))),
    }
    if let Some(ttl) = &table.ttl {
        let ttl = TimeToLiveSpecification::builder().attribute_name(ttl).enabled(true).build().map_err(unbuildable)?;
        let set = dynamodb.update_time_to_live().table_name(&table.name).time_to_live_specification(ttl).send().await;
        set.map_err(|error| refused(aws_error(&error)))?;
    }
    Ok(())
}

fn index(index: &Index) -> Result<GlobalSecondaryIndex, aws_sdk_dynamodb::error::BuildError> {
    let others = &index.projection.non_key_attributes;
    let projection = Projection::builder()
        .projection_type(ProjectionType::from(index.projection.projection_type.as_str()))
        .set_non_key_attributes((!others.is_empty()).then(|| others.clone()))
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(&index.name)
        .set_key_schema(Some(key(&index.key_schema)?))
        .projection(projection)
        .build()
}

fn key(parts: &[KeyPart]) -> Result<Vec<KeySchemaElement>, aws_sdk_dynamodb::error::BuildError> {
    let element = |part: &KeyPart| {
        KeySchemaElement::builder()
            .attribute_name(&part.attribute_name)
            .key_type(KeyType::from(part.key_type.as_str()))
            .build()
    };
    parts.iter().map(element).collect()
}

async fn create_bucket(s3: &aws_sdk_s3::Client, name: &str) -> Result<(), Error> {
    match s3.create_bucket().bucket(name).send().await {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_bucket_already_owned_by_you() || error.is_bucket_already_exists()) =>
        {
            Ok(())
        }
        Err(error) => Err(Error::Provision { what: format!("the bucket {name}"), reason: aws_error(&error) }),
    }
}

/// With the content an operator writes after the first deployment.
async fn create_secret(
    secrets: &aws_sdk_secretsmanager::Client,
    id: &str,
    name: &str,
    account: &Account,
) -> Result<(), Error> {
    let content = match id {
        "WebhookSecret" => json!({"app_secret": [account.app_secret], "verify_token": account.verify_token}),
        "TokensSecret" => json!({"app_id": account.app_id, "default": account.access_token}),
        _ => {
            return Err(Error::Provision {
                what: format!("the secret {id}"),
                reason: String::from("this machine has no value for it"),
            });
        }
    };
    let created = secrets.create_secret().name(name).secret_string(content.to_string()).send().await;
    created.map_err(|error| Error::Provision { what: format!("the secret {id}"), reason: aws_error(&error) })?;
    Ok(())
}

async fn create_queue(sqs: &aws_sdk_sqs::Client, queue: &Queue, visibility: Option<Duration>) -> Result<(), Error> {
    let refused = |reason: String| Error::Provision { what: format!("the queue {}", queue.name), reason };
    let mut attributes: BTreeMap<&str, String> =
        queue.attributes.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    if let Some(visibility) = visibility {
        attributes.insert("VisibilityTimeout", visibility.as_secs().to_string());
    }
    let mut request = sqs.create_queue().queue_name(&queue.name);
    for (name, value) in attributes {
        request = request.attributes(QueueAttributeName::from(name), value);
    }
    let created = request.send().await.map_err(|error| refused(aws_error(&error)))?;
    if created.queue_url() == Some(queue.url.as_str()) {
        Ok(())
    } else {
        Err(refused(String::from("it has another URL than the functions were told")))
    }
}
