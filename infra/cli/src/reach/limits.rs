//! What the AWS account allows: new accounts run ten functions at once, and old ones are full of what nobody deleted.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::StackStatus;
use http::Request;
use model::health::{LimitFacts, Used};
use serde_json::Value;

use super::System;
use crate::api::client;
use crate::api::signer::Signer;

/// IAM is one for all regions of the partition, and is signed for as if it were here.
const IAM: &str = "https://iam.amazonaws.com";
const IAM_REGION: &str = "us-east-1";

impl System {
    /// What could be asked. Of a system on this machine without an AWS nothing is.
    pub(crate) async fn limits(&self) -> LimitFacts {
        let Some(aws) = &self.aws else { return LimitFacts::default() };
        let (settings, summary, stacks) =
            futures::future::join3(self.lambda_settings(aws), self.iam_summary(aws), stacks(aws)).await;
        let settings = settings.unwrap_or_default();
        let summary = summary.unwrap_or_default();
        let (concurrency, code) = of_lambda(&settings);
        LimitFacts {
            concurrency,
            code,
            stacks,
            roles: of_iam(&summary, "Roles", "RolesQuota"),
            policies: of_iam(&summary, "Policies", "PoliciesQuota"),
        }
    }

    async fn lambda_settings(&self, aws: &SdkConfig) -> Option<Value> {
        let region = aws.region()?.to_string();
        let base = self.base(&format!("https://lambda.{region}.amazonaws.com"));
        let text = get(aws, region, "lambda", &format!("{base}/2016-08-19/account-settings/")).await?;
        serde_json::from_str(&text).ok()
    }

    async fn iam_summary(&self, aws: &SdkConfig) -> Option<String> {
        let base = self.base(IAM);
        let url = format!("{base}/?Action=GetAccountSummary&Version=2010-05-08");
        get(aws, IAM_REGION.to_owned(), "iam", &url).await
    }

    fn base(&self, own: &str) -> String {
        self.aws_endpoint.as_ref().map_or(own.to_owned(), |url| url.as_str().trim_end_matches('/').to_owned())
    }
}

/// By hand: for one request each, two more SDK clients would be longer to build than the rest of the command.
async fn get(aws: &SdkConfig, region: String, service: &'static str, url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let signer = Signer { credentials: aws.credentials_provider()?, region, service };
    let request = Request::get(url.as_str()).body(String::new()).ok()?;
    let request = reqwest::Request::try_from(signer.signed(request, SystemTime::now()).await.ok()?).ok()?;
    let answer = client(&url).ok()?.execute(request).await.ok()?;
    if answer.status() != 200 {
        return None;
    }
    answer.text().await.ok()
}

/// What is not deleted.
async fn stacks(aws: &SdkConfig) -> Option<Used> {
    let client = aws_sdk_cloudformation::Client::new(aws);
    let limits = client.describe_account_limits().send().await.ok()?;
    let limit = limits.account_limits().iter().find(|limit| limit.name() == Some("StackLimit"))?;
    let most = u64::try_from(limit.value()?).ok()?;
    let live = StackStatus::values().iter().map(|status| StackStatus::from(*status));
    let live: Vec<StackStatus> = live.filter(|status| *status != StackStatus::DeleteComplete).collect();
    let (mut used, mut next) = (0, None);
    loop {
        let page = client.list_stacks().set_stack_status_filter(Some(live.clone())).set_next_token(next);
        let page = page.send().await.ok()?;
        used += u64::try_from(page.stack_summaries().len()).ok()?;
        next = page.next_token;
        if next.is_none() {
            return Some(Used { used, most });
        }
    }
}

fn of_lambda(settings: &Value) -> (Option<u64>, Option<Used>) {
    let number = |at: &str| settings.pointer(at).and_then(Value::as_u64);
    let code = number("/AccountUsage/TotalCodeSize").zip(number("/AccountLimit/TotalCodeSize"));
    (number("/AccountLimit/UnreservedConcurrentExecutions"), code.map(|(used, most)| Used { used, most }))
}

/// `<entry><key>Roles</key><value>31</value></entry>`
fn of_iam(summary: &str, used: &str, most: &str) -> Option<Used> {
    let number = |key: &str| {
        let (_, rest) = summary.split_once(&format!("<key>{key}</key>"))?;
        rest.split_once("<value>")?.1.split_once("</value>")?.0.trim().parse().ok()
    };
    Some(Used { used: number(used)?, most: number(most)? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lambda_tells_of_what_is_not_reserved_and_of_code() {
        let settings = json!({
            "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900, "TotalCodeSize": 80},
            "AccountUsage": {"FunctionCount": 5, "TotalCodeSize": 70},
        });
        assert_eq!(of_lambda(&settings), (Some(900), Some(Used { used: 70, most: 80 })));
        assert_eq!(of_lambda(&json!({"message": "no"})), (None, None));
    }

    #[test]
    fn iam_tells_in_entries() {
        let summary = "<SummaryMap><entry><key>RolesQuota</key>\n<value>1000</value></entry><entry><key>Roles</key>\n\
                       <value>31</value></entry></SummaryMap>";
        assert_eq!(of_iam(summary, "Roles", "RolesQuota"), Some(Used { used: 31, most: 1_000 }));
        assert_eq!(of_iam(summary, "Policies", "PoliciesQuota"), None);
        assert_eq!(of_iam("", "Roles", "RolesQuota"), None);
    }
}
