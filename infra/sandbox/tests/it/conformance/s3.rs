//! S3 as AWS documents it.

use std::time::Duration;

use aws_sdk_s3::{
    Client,
    presigning::PresigningConfig,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier},
};

use crate::clients::{World, code, fresh, http};

async fn bucket(s3: &Client) -> String {
    let name = fresh("bucket");
    s3.create_bucket().bucket(&name).send().await.unwrap();
    name
}

async fn put(s3: &Client, bucket: &str, key: &str, content: &str) {
    let content = ByteStream::from(content.as_bytes().to_vec());
    s3.put_object().bucket(bucket).key(key).body(content).send().await.unwrap();
}

async fn read(body: ByteStream) -> Vec<u8> {
    body.collect().await.unwrap().to_vec()
}

#[tokio::test]
async fn an_object_comes_back_with_what_was_said_of_it() {
    let world = World::to_judge().await;
    let s3 = world.s3();
    let bucket = bucket(&s3).await;
    s3.head_bucket().bucket(&bucket).send().await.unwrap();
    let key = "in/a b+c/é.txt";
    let stored = s3
        .put_object()
        .bucket(&bucket)
        .key(key)
        .body(ByteStream::from_static(b"hello"))
        .content_type("text/plain")
        .content_disposition("attachment")
        .metadata("origin", "test")
        .send()
        .await
        .unwrap();
    assert_eq!(stored.e_tag.as_deref(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let got = s3.get_object().bucket(&bucket).key(key).send().await.unwrap();
    assert_eq!(got.content_type.as_deref(), Some("text/plain"));
    assert_eq!(got.content_disposition.as_deref(), Some("attachment"));
    assert_eq!(got.metadata.as_ref().unwrap()["origin"], "test");
    assert_eq!(got.content_encoding, None);
    assert_eq!(read(got.body).await, b"hello");
    let head = s3.head_object().bucket(&bucket).key(key).send().await.unwrap();
    assert_eq!((head.content_length, head.e_tag), (Some(5), stored.e_tag));
    let part = s3.get_object().bucket(&bucket).key(key).range("bytes=1-3").send().await.unwrap();
    assert_eq!(part.content_range.as_deref(), Some("bytes 1-3/5"));
    assert_eq!(read(part.body).await, b"ell");
    s3.delete_object().bucket(&bucket).key(key).send().await.unwrap();
    s3.delete_object().bucket(&bucket).key(key).send().await.unwrap();
    let gone = s3.get_object().bucket(&bucket).key(key).send().await.unwrap_err();
    assert!(gone.as_service_error().unwrap().is_no_such_key());
    let gone = s3.head_object().bucket(&bucket).key(key).send().await.unwrap_err();
    assert!(gone.as_service_error().unwrap().is_not_found());
    let nowhere = s3.get_object().bucket(fresh("nowhere")).key(key).send().await;
    assert_eq!(code(nowhere), "NoSuchBucket");
}

#[tokio::test]
async fn a_streamed_body_arrives_unchunked() {
    let world = World::to_judge().await;
    let s3 = world.s3();
    let bucket = bucket(&s3).await;
    let file = std::env::temp_dir().join(fresh("upload"));
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    std::fs::write(&file, &content).unwrap();
    let body = ByteStream::from_path(&file).await.unwrap();
    s3.put_object().bucket(&bucket).key("streamed").body(body).send().await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let got = s3.get_object().bucket(&bucket).key("streamed").send().await.unwrap();
    assert_eq!(got.content_length, Some(3_000_000));
    assert!(read(got.body).await == content);
}

#[tokio::test]
async fn an_object_is_written_once_when_asked_so() {
    let world = World::to_judge().await;
    let s3 = world.s3();
    let bucket = bucket(&s3).await;
    let write = || s3.put_object().bucket(&bucket).key("once").if_none_match("*").body(ByteStream::from_static(b"x"));
    write().send().await.unwrap();
    assert_eq!(code(write().send().await), "PreconditionFailed");
}

#[tokio::test]
async fn listings_go_by_prefix_folder_and_page() {
    let world = World::to_judge().await;
    let s3 = world.s3();
    let bucket = bucket(&s3).await;
    for key in ["a/1", "a/2", "a/b/3", "c"] {
        put(&s3, &bucket, key, "x").await;
    }
    let listed = s3.list_objects_v2().bucket(&bucket).prefix("a/").delimiter("/").send().await.unwrap();
    let keys: Vec<_> = listed.contents().iter().map(|object| object.key().unwrap()).collect();
    assert_eq!(keys, ["a/1", "a/2"]);
    assert_eq!(listed.common_prefixes()[0].prefix(), Some("a/b/"));
    let mut pages = s3.list_objects_v2().bucket(&bucket).max_keys(1).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        all.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    assert_eq!(all, ["a/1", "a/2", "a/b/3", "c"]);
    let identifier = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = Delete::builder().objects(identifier("a/1")).objects(identifier("c")).build().unwrap();
    let deleted = s3.delete_objects().bucket(&bucket).delete(delete).send().await.unwrap();
    assert_eq!(deleted.deleted().len(), 2);
    assert_eq!(s3.list_objects_v2().bucket(&bucket).send().await.unwrap().key_count, Some(2));
}

#[tokio::test]
async fn an_upload_in_parts_becomes_one_object() {
    let world = World::to_judge().await;
    let s3 = world.s3();
    let bucket = bucket(&s3).await;
    let key = "parts/large";
    let created = s3.create_multipart_upload().bucket(&bucket).key(key).content_type("video/mp4").send().await.unwrap();
    let id = created.upload_id.unwrap();
    let mut done = CompletedMultipartUpload::builder();
    for (number, size) in [(1, 5 * 1024 * 1024), (2, 10)] {
        let fill = u8::try_from(number).unwrap();
        let sent = s3
            .upload_part()
            .bucket(&bucket)
            .key(key)
            .upload_id(&id)
            .part_number(number)
            .body(ByteStream::from(vec![fill; size]))
            .send()
            .await
            .unwrap();
        done = done.parts(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build());
    }
    let completed = s3
        .complete_multipart_upload()
        .bucket(&bucket)
        .key(key)
        .upload_id(&id)
        .multipart_upload(done.build())
        .send()
        .await
        .unwrap();
    assert!(completed.e_tag.unwrap().ends_with("-2\""));
    let tail = s3.get_object().bucket(&bucket).key(key).range("bytes=-11").send().await.unwrap();
    assert_eq!(tail.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(read(tail.body).await, [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);

    let id = s3.create_multipart_upload().bucket(&bucket).key("never").send().await.unwrap().upload_id.unwrap();
    s3.abort_multipart_upload().bucket(&bucket).key("never").upload_id(&id).send().await.unwrap();
    let late = s3.upload_part().bucket(&bucket).key("never").upload_id(&id).part_number(1);
    assert_eq!(code(late.body(ByteStream::from_static(b"x")).send().await), "NoSuchUpload");
}

#[tokio::test]
async fn presigned_addresses_need_no_credentials() {
    let world = World::to_judge().await;
    let s3 = world.s3();
    let bucket = bucket(&s3).await;
    let hour = || PresigningConfig::expires_in(Duration::from_hours(1)).unwrap();
    let client = http();
    let upload = s3.put_object().bucket(&bucket).key("k").content_type("text/plain").presigned(hour()).await.unwrap();
    let stored = client.put(upload.uri()).header("content-type", "text/plain").body("presigned").send().await.unwrap();
    assert_eq!(stored.status(), 200);
    let download = s3
        .get_object()
        .bucket(&bucket)
        .key("k")
        .response_content_disposition("inline")
        .presigned(hour())
        .await
        .unwrap();
    let got = client.get(download.uri()).send().await.unwrap();
    assert_eq!(got.headers()["content-disposition"], "inline");
    assert_eq!(got.text().await.unwrap(), "presigned");
}
