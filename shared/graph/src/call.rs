//! One exchange with the Graph API: the request out, the answer in, bounded in size and time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::multipart::Form;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::body::Delivery;
use crate::error::Effect;
use crate::{Client, Error, Token, Usage};

/// More than this of an answer is not read. The largest honest one is a page of templates.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// The gap before each read of an account that has used most of its calls.
const SPACED: Duration = Duration::from_secs(1);

/// A 2xx answer, whole.
pub(crate) struct Answer {
    status: StatusCode,
    body: Bytes,
    hints: Hints,
    effect: Effect,
}

/// What the headers of an answer say about when to come back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) wait: Option<Duration>,
}

impl Client {
    pub(crate) async fn get(&self, token: &Token, url: Url) -> Result<Answer, Error> {
        if let Some(meter) = self.meter() {
            let usage = meter.usage();
            if usage.is_spent() {
                return Err(Error::used_up(usage.regain));
            }
            if usage.is_high() {
                tokio::time::sleep(SPACED).await;
            }
        }
        self.exchange(token, self.http.get(url), None, Effect::None, self.timeouts().call).await
    }

    pub(crate) async fn post(&self, token: &Token, url: Url, body: String, effect: Effect) -> Result<Answer, Error> {
        // Lets the runtime notice connections that were closed meanwhile, before one of them is chosen: what is
        // written to a closed connection is uncertain.
        tokio::task::yield_now().await;
        let delivery = Delivery::default();
        let request = self.http.post(url).header(CONTENT_TYPE, "application/json").body(delivery.body(body));
        self.exchange(token, request, Some(delivery), effect, self.timeouts().call).await
    }

    /// A change that may be made again, answered with `{"success": true}`.
    pub(crate) async fn change(&self, token: &Token, url: Url, body: &Value) -> Result<(), Error> {
        self.post(token, url, body.to_string(), Effect::None).await?.succeeded()
    }

    pub(crate) async fn delete(&self, token: &Token, url: Url) -> Result<(), Error> {
        self.exchange(token, self.http.delete(url), None, Effect::None, self.timeouts().call).await?.succeeded()
    }

    /// A file with its words, which takes as long as it is large.
    pub(crate) async fn post_form(
        &self,
        token: &Token,
        url: Url,
        form: Form,
        within: Duration,
    ) -> Result<Answer, Error> {
        self.exchange(token, self.uploads.post(url).multipart(form), None, Effect::None, within).await
    }

    /// A file's bytes, which takes as long as it is large, and asks for the token in its own way (contract §1.4).
    pub(crate) async fn post_bytes(
        &self,
        token: &Token,
        request: RequestBuilder,
        within: Duration,
    ) -> Result<Answer, Error> {
        self.exchange_as(token.oauth(), request, None, Effect::None, within).await
    }

    async fn exchange(
        &self,
        token: &Token,
        request: RequestBuilder,
        delivery: Option<Delivery>,
        effect: Effect,
        within: Duration,
    ) -> Result<Answer, Error> {
        self.exchange_as(token.bearer(), request, delivery, effect, within).await
    }

    async fn exchange_as(
        &self,
        authorization: Option<HeaderValue>,
        request: RequestBuilder,
        delivery: Option<Delivery>,
        effect: Effect,
        within: Duration,
    ) -> Result<Answer, Error> {
        let authorization = authorization.ok_or_else(Error::unusable_token)?;
        let request = request.header(AUTHORIZATION, authorization).timeout(within);
        let response = request.send().await.map_err(|error| {
            let sent = delivery.is_none_or(|delivery| delivery.is_whole()) && !error.is_connect();
            if sent { Error::lost(error, effect) } else { Error::not_sent(error, effect) }
        })?;
        let status = response.status();
        let headers = response.headers().clone();
        let hints = Hints::read(&headers);
        let body = read(response, effect).await;
        let outcome = match body {
            Ok(body) if status.is_success() => Ok(Answer { status, body, hints, effect }),
            Ok(body) => Err(Error::answered(status, body, hints, effect)),
            Err(error) => Err(error),
        };
        if let Some(meter) = self.meter() {
            meter.note(&headers, outcome.as_ref().err().and_then(Error::refused_for_calls));
        }
        outcome
    }
}

impl Answer {
    /// The body as `T`. What is not a `T` is the error document it contains instead, or unreadable.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|_| self.unexpected())
    }

    /// Whether it says so.
    fn succeeded(&self) -> Result<(), Error> {
        #[derive(Deserialize)]
        struct Success {
            success: bool,
        }
        let Success { success } = self.read()?;
        if success { Ok(()) } else { Err(self.unexpected()) }
    }

    /// The error for a 2xx answer that does not say what it has to.
    pub(crate) fn unexpected(&self) -> Error {
        Error::answered(self.status, self.body.clone(), self.hints, self.effect)
    }
}

impl Hints {
    /// `Retry-After` in seconds, and the minutes of `X-Business-Use-Case-Usage`. Either may be missing or nonsense.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let after = after.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        Self { wait: after.max(Usage::of_account(headers).and_then(|usage| usage.regain)) }
    }
}

async fn read(mut response: Response, effect: Effect) -> Result<Bytes, Error> {
    let status = response.status();
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_LIMIT => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(Error::too_long(status, body.freeze(), effect)),
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(Error::cut_short(status, body.freeze(), error, effect)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(name: &'static str, value: &'static str) -> Option<u64> {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        Hints::read(&headers).wait.map(|wait| wait.as_secs())
    }

    #[test]
    fn hints_are_read_leniently() {
        let usage = r#"{"2":[{"type":"x","estimated_time_to_regain_access":3},{"estimated_time_to_regain_access":7}]}"#;
        assert_eq!(hint("x-business-use-case-usage", usage), Some(420));
        assert_eq!(hint("x-business-use-case-usage", r#"{"2":[{"estimated_time_to_regain_access":0}]}"#), None);
        assert_eq!(hint("x-business-use-case-usage", "[]"), None);
        assert_eq!(hint("retry-after", "12"), Some(12));
        assert_eq!(hint("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
