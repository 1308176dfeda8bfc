//! Lambda's limit of concurrent executions: new accounts have ten, which fails a deployment that reserves any.

use std::time::SystemTime;

use http::Request;
use serde_json::Value;

use super::System;
use crate::api::client;
use crate::api::signer::Signer;

impl System {
    /// The limit of the account and region; `None` where it cannot be asked, for which a right may be missing.
    pub(crate) async fn concurrency(&self) -> Option<u32> {
        let aws = self.aws.as_ref()?;
        let region = aws.region()?.to_string();
        let own = format!("https://lambda.{region}.amazonaws.com");
        let base = self.aws_endpoint.as_ref().map_or(own, |url| url.as_str().trim_end_matches('/').to_owned());
        let url = format!("{base}/2016-08-19/account-settings/");
        let url = url::Url::parse(&url).ok()?;
        let signer = Signer { credentials: aws.credentials_provider()?, region, service: "lambda" };
        let request = Request::get(url.as_str()).body(String::new()).ok()?;
        let request = reqwest::Request::try_from(signer.signed(request, SystemTime::now()).await.ok()?).ok()?;
        let answer = client(&url).ok()?.execute(request).await.ok()?;
        limit(&serde_json::from_str(&answer.text().await.ok()?).ok()?)
    }
}

fn limit(settings: &Value) -> Option<u32> {
    u32::try_from(settings.pointer("/AccountLimit/ConcurrentExecutions")?.as_u64()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_limit_is_read_from_the_settings() {
        assert_eq!(
            limit(&json!({"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}})),
            Some(10)
        );
        assert_eq!(limit(&json!({"message": "no"})), None);
    }
}
