//! What a message may contain, and the checksums over it.

use aws_sdk_sqs::{primitives::Blob, types::MessageAttributeValue};

use super::{bodies, queue, receive};
use crate::clients::{World, code, fresh};

#[tokio::test]
async fn bodies_and_attributes_come_back_with_aws_checksums() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("md5"), &[]).await;
    let text = MessageAttributeValue::builder().data_type("String").string_value("hello").build().unwrap();
    let binary =
        MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([1, 2, 3])).build().unwrap();
    let sent = sqs
        .send_message()
        .queue_url(&url)
        .message_body("body ✓")
        .message_attributes("text", text)
        .message_attributes("binary", binary)
        .send()
        .await
        .unwrap();
    // Computed apart, with Python's hashlib, from AWS's description of the encoding.
    assert_eq!(sent.md5_of_message_body.as_deref(), Some("d516d70315d2f31da333d61a6655ad33"));
    assert_eq!(sent.md5_of_message_attributes.as_deref(), Some("d2c919816df909f698801f676fe59602"));
    let got = receive(&sqs, &url, 60).await;
    assert_eq!(bodies(&got), ["body ✓"]);
    assert_eq!(got[0].md5_of_body, sent.md5_of_message_body);
    assert_eq!(got[0].md5_of_message_attributes, sent.md5_of_message_attributes);
    let attributes = got[0].message_attributes.as_ref().unwrap();
    assert_eq!(attributes["binary"].binary_value.as_ref().unwrap().as_ref(), [1, 2, 3]);
}

#[tokio::test]
async fn characters_outside_the_allowed_set_are_refused() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("characters"), &[]).await;
    for bad in ["\u{0}", "\u{8}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        let sent = sqs.send_message().queue_url(&url).message_body(format!("a{bad}b")).send().await;
        assert!(sent.unwrap_err().as_service_error().unwrap().is_invalid_message_contents(), "{bad:?}");
    }
    for good in ["\t\n\r", "\u{7f}\u{85}", "\u{d7ff}\u{e000}\u{fffd}", "\u{10000}\u{10ffff}"] {
        sqs.send_message().queue_url(&url).message_body(good).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_message_weighs_a_mebibyte_at_most() {
    let world = World::to_judge().await;
    let sqs = world.sqs();
    let url = queue(&sqs, &fresh("size"), &[]).await;
    let largest = "x".repeat(1024 * 1024);
    sqs.send_message().queue_url(&url).message_body(&largest).send().await.unwrap();
    let too_large = sqs.send_message().queue_url(&url).message_body(format!("{largest}x")).send().await;
    assert_eq!(code(too_large), "InvalidParameterValue");
    let empty = sqs.send_message().queue_url(&url).message_body("").send().await;
    assert_eq!(code(empty), "MissingParameter");
}
