//! A thin client of `/v1`: JSON in, JSON out, problem documents as errors.

use std::time::{Duration, SystemTime};

use http::{HeaderValue, Method, header};
use reqwest::{Client, Response};
use serde_json::Value;
use url::Url;

use crate::error::Error;
use crate::remedy;

pub(crate) mod signer;

use signer::Signer;

/// API Gateway gives up after 30 s.
const TIMEOUT: Duration = Duration::from_secs(35);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An API at an origin; signs its requests where it has a signer.
pub(crate) struct Api {
    origin: Url,
    http: Client,
    signer: Option<Signer>,
}

/// A request to be.
pub(crate) struct Call<'a> {
    method: Method,
    path: Vec<&'a str>,
    query: Vec<(&'a str, String)>,
    body: Option<Value>,
    idempotency_key: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// `path` is in segments below the origin, unescaped.
    pub(crate) fn new(method: Method, path: impl IntoIterator<Item = &'a str>) -> Self {
        Self { method, path: path.into_iter().collect(), query: Vec::new(), body: None, idempotency_key: None }
    }

    pub(crate) fn get(path: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: impl IntoIterator<Item = &'a str>, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::POST, path) }
    }

    pub(crate) fn with_query(mut self, name: &'a str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }

    pub(crate) fn with_body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    pub(crate) fn with_idempotency_key(self, key: Option<&'a str>) -> Self {
        Self { idempotency_key: key, ..self }
    }
}

impl Api {
    pub(crate) fn new(origin: Url, signer: Option<Signer>) -> Result<Self, Error> {
        Ok(Self { http: client(&origin)?, origin, signer })
    }

    pub(crate) fn origin(&self) -> &Url {
        &self.origin
    }

    /// The answer's JSON; `null` where it has no body.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Value, Error> {
        let text = self.text(call).await?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|_| self.is_no_api("its answer is no JSON"))
    }

    /// The answer as it came.
    pub(crate) async fn text(&self, call: Call<'_>) -> Result<String, Error> {
        let path = call.path.clone();
        let mut url = self.origin.clone();
        url.set_path(&below(&url, call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = http::Request::builder().method(call.method).uri(url.as_str());
        if let Some(key) = call.idempotency_key {
            let key = HeaderValue::from_str(key)
                .map_err(|_| Error::Usage(String::from("an idempotency key is 1 to 256 printable ASCII characters")))?;
            request = request.header("idempotency-key", key);
        }
        let body = call.body.map(|body| body.to_string()).unwrap_or_default();
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body).map_err(|error| Error::Failed(format!("no request: {error}")))?;
        let request = match &self.signer {
            Some(signer) => signer.signed(request, SystemTime::now()).await?,
            None => request,
        };
        let request =
            reqwest::Request::try_from(request).map_err(|error| Error::Failed(format!("no request: {error}")))?;
        let response = self.http.execute(request).await.map_err(|error| self.unreachable(&error))?;
        self.read(response, &path).await
    }

    async fn read(&self, response: Response, path: &[&str]) -> Result<String, Error> {
        let status = response.status();
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_problem = kind.starts_with("application/problem+json");
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        if status.is_success() {
            return Ok(text);
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(mut document) if is_problem => {
                let code = document.get("code").and_then(Value::as_str).unwrap_or_default();
                if let Some(remedy) = remedy::of(code, path) {
                    document["remedy"] = remedy.into();
                }
                Err(Error::problem(document))
            }
            // API Gateway's own refusals.
            Ok(document) => match document.get("message").or_else(|| document.get("Message")).and_then(Value::as_str) {
                Some("Forbidden") => Err(Error::failed(
                    "AWS refused the request (403 Forbidden): your credentials may not call this API",
                    "the policy OperatorPolicyArn, an output of the stack, allows it",
                )),
                Some(message) => Err(Error::failed(
                    format!("the API answered {status}: {message}"),
                    "try again; where it lasts, the API's log says why (infra/docs/operate.md#logs)",
                )),
                None => Err(self.is_no_api(&format!("it answered {status}"))),
            },
            Err(_) => Err(self.is_no_api(&format!("it answered {status}"))),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let why = if error.is_timeout() { "no answer in time" } else { "no connection" };
        Error::Unreachable { what: format!("{} cannot be reached: {why}", self.shown()), remedy: remedy() }
    }

    fn is_no_api(&self, why: &str) -> Error {
        Error::Unreachable {
            what: format!("what answers at {} is no Waypost API: {why}", self.shown()),
            remedy: remedy(),
        }
    }

    fn shown(&self) -> String {
        self.origin.origin().ascii_serialization()
    }
}

/// A client for an origin; one on this machine is reached directly, whatever proxy is configured.
pub(crate) fn client(origin: &Url) -> Result<Client, Error> {
    let mut builder =
        Client::builder().timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT).redirect(reqwest::redirect::Policy::none());
    if is_loopback(origin) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Error::Failed(format!("no HTTP client can be made: {error}")))
}

/// Whether a URL is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A path below that of `url`: a custom domain of API Gateway may have one of its own.
pub(crate) fn below<'a>(url: &Url, segments: impl IntoIterator<Item = &'a str>) -> String {
    let base = url.path().trim_end_matches('/').to_owned();
    segments.into_iter().fold(base, |path, segment| path + "/" + &escaped(segment))
}

fn remedy() -> String {
    String::from(
        "start it with `waypost local`, or say where it is: --stack NAME, or --api URL (or WAYPOST_API in the \
         environment)",
    )
}

/// Everything but unreserved characters is escaped, so that whoever checks the signature sees one spelling only.
fn escaped(segment: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let spelt = |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    segment.bytes().map(spelt).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_may_have_a_path() {
        let path = |url: &str| below(&Url::parse(url).unwrap(), ["v1", "channels"]);
        assert_eq!(path("http://127.0.0.1:8787"), "/v1/channels");
        assert_eq!(path("https://api.shop.example/waypost/"), "/waypost/v1/channels");
    }

    #[test]
    fn a_wamid_is_one_segment() {
        assert_eq!(escaped("wamid.HB/gL+A=="), "wamid.HB%2FgL%2BA%3D%3D");
        assert_eq!(escaped("+15550101"), "%2B15550101");
    }
}
