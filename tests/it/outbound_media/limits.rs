//! The last byte that fits goes out as a file, the first that does not as a link: each kind, for real (M-01 to M-04).

use serde_json::json;

use super::{JPEG, at_meta, file, keep, send, talking};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_byte_makes_the_difference() {
    let system = talking().await;
    let still = b"RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00";
    let moving = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02";
    for (kind, mime, head, limit) in [
        ("image", "image/jpeg", JPEG, 5 * MIB),
        ("sticker", "image/webp", still.as_slice(), 100 * KIB),
        ("sticker", "image/webp", moving.as_slice(), 500 * KIB),
        ("audio", "audio/mpeg", b"ID3\x03\x00".as_slice(), 16 * MIB),
        ("video", "video/mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom".as_slice(), 16 * MIB),
    ] {
        let mut bytes = file(head, limit + 1);
        let over = keep(&system, "over", mime, bytes.clone()).await;
        bytes.truncate(limit);
        let fits = keep(&system, "fits", mime, bytes).await;
        let id = send(&system, kind, json!({}), json!({"key": fits})).await;
        let message = system.message_in(&id, "accepted").await;
        assert!(message.get("converted").is_none(), "{kind}: {message}");
        assert_eq!(at_meta(&system, kind).await["file_size"], limit);
        let id = send(&system, kind, json!({}), json!({"key": over})).await;
        let converted = system.message_in(&id, "accepted").await["converted"].clone();
        assert_eq!((&converted["reason"], &converted["from"]), (&json!("media_too_large"), &json!(kind)));
        let detail = converted["detail"].as_str().unwrap();
        assert!(detail.contains(&limit.to_string()) && detail.contains(&(limit + 1).to_string()), "{detail}");
    }
    // Meta, which looks into files later, took each of them.
    assert!(system.meta().sends().iter().all(|sent| sent.statuses.iter().all(|status| status.status != "failed")));
    system.done().await;
}
