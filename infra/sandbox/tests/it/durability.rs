//! What `data_dir` keeps across a restart.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use sandbox::AwsConfig;

use crate::{
    clients::World,
    conformance::dynamodb::{put, table},
};

#[tokio::test]
async fn tables_and_objects_survive() {
    let folder = tempfile::tempdir().unwrap();
    let config = || AwsConfig { data_dir: Some(folder.path().to_owned()), ..AwsConfig::default() };
    let before = World::sandbox(config()).await;
    let table = table(&before.dynamo()).await;
    put(&before.dynamo(), &table, "kept", &[]).await;
    before.s3().create_bucket().bucket("files").send().await.unwrap();
    for content in [b"older", b"newer"] {
        let content = ByteStream::from_static(content);
        before.s3().put_object().bucket("files").key("k").content_type("a/b").body(content).send().await.unwrap();
    }
    before.aws.unwrap().shutdown().await;

    let after = World::sandbox(config()).await;
    let found = after.dynamo().scan().table_name(&table).send().await.unwrap();
    assert_eq!(found.items()[0]["pk"], AttributeValue::S("kept".to_owned()));
    let got = after.s3().get_object().bucket("files").key("k").send().await.unwrap();
    assert_eq!(got.content_type.as_deref(), Some("a/b"));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"newer");
}
