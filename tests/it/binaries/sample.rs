//! The sample of a template's header at its real limit (T-08): 20 MB from the bucket to Meta, through the real binary.

use aws_sdk_s3::primitives::ByteStream;
use serde_json::json;

use super::rig::{Rig, WABA};

/// What Meta and the guide take of a document.
const MOST: usize = 20 * 1024 * 1024;
/// Far less than the file, and more than its pieces under way.
const PIECES: u64 = 8 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_sample_passes_through_in_pieces() {
    let rig = Rig::start().await;
    let api = rig.process("api").await;
    let sample = async |bytes: usize| {
        let (key, mut content) = (format!("outbound/1/{bytes}"), b"%PDF-1.7\n".to_vec());
        content.resize(bytes, b' ');
        let object = rig.s3().put_object().bucket(&rig.local.ready().bucket).key(&key);
        object.content_type("application/pdf").body(ByteStream::from(content)).send().await.unwrap();
        let path = format!("/v1/wabas/{WABA}/templates/samples");
        rig.ask(&api, "POST", &path, None, &json!({"key": key, "format": "DOCUMENT"})).await.unwrap()
    };
    // With its clients and connections.
    assert_eq!(sample(100_000).await.status, 201);
    let before = api.peak_memory();
    let largest = sample(MOST).await;
    assert_eq!(largest.status, 201, "{}", largest.body);
    assert!(largest.body["header_handle"].as_str().unwrap().starts_with("4:"), "{}", largest.body);
    let grown = api.peak_memory() - before;
    assert!(grown < PIECES, "{grown} bytes more at the peak");
    let larger = sample(MOST + 1).await;
    assert_eq!((larger.status, &larger.body["code"]), (422, &json!("invalid_request")), "{}", larger.body);
    api.stop().await;
    rig.close().await;
}
