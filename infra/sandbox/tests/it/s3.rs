//! What the sandbox's S3 refuses, which other fakes let pass.

use std::time::Duration;

use aws_sdk_s3::{presigning::PresigningConfig, primitives::ByteStream};
use sandbox::AwsConfig;

use crate::clients::{World, http};

#[tokio::test]
async fn a_presigned_address_expires() {
    let world = World::sandbox(AwsConfig::default()).await;
    let s3 = world.s3();
    s3.create_bucket().bucket("files").send().await.unwrap();
    s3.put_object().bucket("files").key("k").body(ByteStream::from_static(b"x")).send().await.unwrap();
    let minute = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let download = s3.get_object().bucket("files").key("k").presigned(minute).await.unwrap();
    let client = http();
    assert_eq!(client.get(download.uri()).send().await.unwrap().status(), 200);
    world.own().clock().advance(Duration::from_secs(61));
    let late = client.get(download.uri()).send().await.unwrap();
    assert_eq!(late.status(), 403);
    let xml = late.text().await.unwrap();
    assert!(xml.contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"), "{xml}");
}

#[tokio::test]
async fn the_bucket_is_private() {
    let world = World::sandbox(AwsConfig::default()).await;
    world.s3().create_bucket().bucket("files").send().await.unwrap();
    let url = format!("{}/files/k", world.own().url());
    let client = http();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 403);
    assert_eq!(client.put(&url).body("x").send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_body_that_is_not_what_was_signed_is_refused() {
    let world = World::sandbox(AwsConfig::default()).await;
    world.s3().create_bucket().bucket("files").send().await.unwrap();
    let url = format!("{}/files/k", world.own().url());
    let put = || {
        let scope =
            "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x";
        http().put(&url).header("authorization", scope).body("hello")
    };
    // Of "hello": MD5, CRC-32.
    assert_eq!(put().header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==").send().await.unwrap().status(), 200);
    assert_eq!(put().header("x-amz-checksum-crc32", "NhCmhg==").send().await.unwrap().status(), 200);
    let cases = [
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", "BadDigest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        ("x-amz-content-sha256", &"0".repeat(64), "XAmzContentSHA256Mismatch"),
        ("x-amz-acl", "public-read", "NotImplemented"),
    ];
    for (header, value, code) in cases {
        let refused = put().header(header, value).send().await.unwrap().text().await.unwrap();
        assert!(refused.contains(&format!("<Code>{code}</Code>")), "{header}: {refused}");
    }
}
