//! The GET by which Meta proves that the callback is ours (C-08).

use crate::system::System;

const RIGHT: &str = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=local-verify-token";

#[tokio::test]
async fn the_right_token_gets_the_challenge_back() {
    let system = System::start().await;
    let answer = system.get(&format!("/webhook?{RIGHT}")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "1158201444"));
    // No browser takes it for a page, whatever somebody makes Meta's challenge out to be.
    for challenge in ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "a%20b%2Bc%26d", "%22%7B%7D~"] {
        let query = format!("hub.mode=subscribe&hub.verify_token=local-verify-token&hub.challenge={challenge}");
        let answer = system.get(&format!("/webhook?{query}")).await;
        let decoded = challenge
            .replace("%3C", "<")
            .replace("%3E", ">")
            .replace("%2F", "/")
            .replace("%20", " ")
            .replace("%2B", "+")
            .replace("%26", "&")
            .replace("%22", "\"")
            .replace("%7B", "{")
            .replace("%7D", "}");
        assert_eq!((answer.status, answer.text), (200, decoded));
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    let longest = "9".repeat(1_024);
    let answer = system.get(&format!("/webhook?{}", RIGHT.replace("1158201444", &longest))).await;
    assert_eq!((answer.status, answer.text), (200, longest));
    system.done().await;
}

#[tokio::test]
async fn anything_else_gets_nothing() {
    let system = System::start().await;
    for (query, status) in [
        (RIGHT.replace("local-verify-token", "guessed"), 403),
        (RIGHT.replace("local-verify-token", "local-verify-toke"), 403),
        (RIGHT.replace("local-verify-token", "LOCAL-VERIFY-TOKEN"), 403),
        (RIGHT.replace("=subscribe", "=unsubscribe"), 403),
        (RIGHT.replace("hub.mode=subscribe&", ""), 400),
        (RIGHT.replace("hub.challenge=1158201444&", ""), 400),
        (RIGHT.replace("&hub.verify_token=local-verify-token", ""), 400),
        (RIGHT.replace("=local-verify-token", "="), 400),
        (format!("{RIGHT}&hub.challenge=2"), 400),
        (format!("{RIGHT}&hub.verify_token=local-verify-token"), 400),
        (format!("{RIGHT}&hub.mode=subscribe"), 400),
        (RIGHT.replace("1158201444", &"9".repeat(1_025)), 400),
        (RIGHT.replace("1158201444", "a%00b"), 400),
        (RIGHT.replace("1158201444", "%C3%A9"), 400),
        (String::new(), 400),
    ] {
        let answer = system.get(&format!("/webhook?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(!answer.text.contains("1158201444"), "{query}");
    }
    system.done().await;
}
