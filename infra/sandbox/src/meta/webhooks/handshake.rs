//! The GET with which Meta verifies a callback whenever one is set (contract §3.1).

use std::time::Duration;

use crate::meta::graph_error::GraphError;
use crate::meta::ids::Ids;
use crate::meta::shared::Shared;

/// Whether a URL is on this machine. The fake Meta calls no other.
pub(crate) fn is_local(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

impl Shared {
    /// 2200 unless the callback answers 200 with exactly the challenge.
    pub(crate) async fn handshake(&self, callback: &str, verify_token: &str) -> Result<(), GraphError> {
        let failed = |why: &str| {
            Err(GraphError::new(2200).title(format!("Callback verification failed with the following errors: {why}")))
        };
        if !is_local(callback) {
            return failed("the sandbox calls loopback addresses only");
        }
        let challenge: u32 =
            Ids::hash().bytes().fold(7, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let challenge = challenge.to_string();
        let Ok(mut url) = url::Url::parse(callback) else { return failed("the URL is malformed") };
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair("hub.verify_token", verify_token);
        let answer = self.http.get(url).timeout(Duration::from_secs(10)).send().await;
        let Ok(answer) = answer else { return failed("the callback cannot be reached") };
        let status = answer.status();
        if status.as_u16() != 200 {
            return failed(&format!("HTTP Status Code = {}", status.as_u16()));
        }
        match answer.text().await {
            Ok(text) if text == challenge => Ok(()),
            _ => failed("the challenge was not returned verbatim"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine() {
        for url in ["http://127.0.0.1:1/webhook", "http://localhost/", "http://[::1]:8/"] {
            assert!(is_local(url), "{url}");
        }
        for url in ["https://shop.example/webhook", "http://10.0.0.1/", "webhook"] {
            assert!(!is_local(url), "{url}");
        }
    }
}
