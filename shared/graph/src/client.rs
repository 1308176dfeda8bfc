//! The client: one connection pool, one base URL, one version.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::{ClientBuilder, redirect};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Origin, Url};

use crate::names::{PublicOnly, System};
use crate::{Error, Meter};

/// Idle connections are dropped early: one that Meta closed while the function was frozen looks alive, and a send
/// written to it is uncertain instead of sent.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// The Graph API at one address and version. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    /// For URLs that come from outside: it connects to public addresses only.
    pub(crate) files: reqwest::Client,
    /// For large requests: before an answer there is silence for as long as they take.
    pub(crate) uploads: reqwest::Client,
    base: Url,
    version: Version,
    timeouts: Timeouts,
    meter: Option<Arc<Meter>>,
}

/// How long a call may take. A download has no limit as a whole, only between two pieces.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// TCP and TLS together.
    pub connect: Duration,
    /// A whole call, from connecting to the last byte of the answer.
    pub call: Duration,
    /// The longest silence while an answer or a file is read.
    pub silence: Duration,
}

impl Default for Timeouts {
    /// Fits the sender's 30 s: a call that hangs is settled as uncertain before Lambda ends the function.
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), call: Duration::from_secs(20), silence: Duration::from_secs(15) }
    }
}

#[derive(Clone, Debug)]
struct Version {
    text: String,
    major: u32,
}

impl Client {
    /// `base_url` without a version, such as `https://graph.facebook.com`. Refused unless it is https or loopback: a
    /// token would cross the network in the clear.
    pub fn new(base_url: &str, version: &str, timeouts: Timeouts) -> Result<Self, Error> {
        Self::with_names(base_url, version, timeouts, Arc::new(System))
    }

    /// As [`Client::new`], with the addresses of file hosts from `names` instead of the system's resolver. Of these too
    /// only the public ones are connected to.
    pub fn with_names(
        base_url: &str,
        version: &str,
        timeouts: Timeouts,
        names: Arc<dyn Resolve>,
    ) -> Result<Self, Error> {
        let base = base(base_url)?;
        let version = Version::parse(version)?;
        let provider = Arc::new(ring::default_provider());
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::config("TLS", error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let built = |builder: ClientBuilder| builder.build().map_err(|error| Error::config("HTTP client", error));
        let reading = |tls: ClientConfig| builder(tls, timeouts).read_timeout(timeouts.silence);
        let http = built(reading(tls.clone()))?;
        let files = built(reading(tls.clone()).dns_resolver(PublicOnly(names)))?;
        let uploads = built(builder(tls, timeouts))?;
        Ok(Self { http, files, uploads, base, version, timeouts, meter: None })
    }

    /// The same client for one account, whose reads tell `meter` how much of its calls is used, and hold back by it: spaced
    /// out from 75 %, and refused without a call from 90 %.
    #[must_use]
    pub fn metered(&self, meter: Arc<Meter>) -> Self {
        Self { meter: Some(meter), ..self.clone() }
    }

    /// Such as `v24.0`.
    pub fn version(&self) -> &str {
        &self.version.text
    }

    pub(crate) fn meter(&self) -> Option<&Meter> {
        self.meter.as_deref()
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// `major` is what fields are asked for by: asking for one the version does not know is an error.
    pub(crate) fn major(&self) -> u32 {
        self.version.major
    }

    /// `{base}/{version}/{segments…}`. Ids come from queues that anybody in the account may write to, so what could
    /// leave the path is refused rather than escaped.
    pub(crate) fn url(&self, segments: &[&str]) -> Result<Url, Error> {
        let mut path = format!("{}/{}", self.base.path().trim_end_matches('/'), self.version.text);
        for segment in segments {
            if !is_plain(segment) {
                return Err(Error::invalid("an id in the call's path is not one of Meta's"));
            }
            path.push('/');
            path.push_str(segment);
        }
        let mut url = self.base.clone();
        url.set_path(&path);
        Ok(url)
    }

    /// The origin that may see a token although it is not Meta's: the fake on loopback. `None` for a real base URL.
    pub(crate) fn loopback_origin(&self) -> Option<Origin> {
        is_loopback(&self.base).then(|| self.base.origin())
    }
}

fn builder(tls: ClientConfig, timeouts: Timeouts) -> ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        // Whatever is repeated is repeated by a caller who has read the verdict.
        .retry(reqwest::retry::never())
        .redirect(redirect::Policy::none())
        // The environment is runtime's to read.
        .no_proxy()
        // Meta's file host refuses odd and missing user agents.
        .user_agent(concat!("waypost/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        .pool_idle_timeout(POOL_IDLE)
}

impl Version {
    fn parse(text: &str) -> Result<Self, Error> {
        let numbers = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
        match numbers.map(|(major, minor)| (major.parse(), minor.parse::<u32>())) {
            Some((Ok(major), Ok(_))) => Ok(Self { text: text.to_owned(), major }),
            _ => Err(Error::invalid_config("the Graph version must look like v24.0")),
        }
    }
}

fn base(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|error| Error::config("the Graph base URL", error))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(Error::invalid_config("the Graph base URL must be an origin, at most with a path"));
    }
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) {
        return Ok(url);
    }
    Err(Error::invalid_config("the Graph base URL must be https, or http on loopback"))
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

fn is_plain(segment: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    (1..=128).contains(&segment.len()) && segment.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_https_or_loopback() {
        for (base, fine) in [
            ("https://graph.facebook.com", true),
            ("https://proxy.example/graph/", true),
            ("http://127.0.0.1:8788", true),
            ("http://localhost:8788", true),
            ("http://[::1]:8788", true),
            ("http://graph.facebook.com", false),
            ("http://127.0.0.1.example", false),
            ("http://localhost.example", false),
            ("ftp://127.0.0.1", false),
            ("https://token@graph.facebook.com", false),
            ("https://graph.facebook.com?access_token=x", false),
            ("graph.facebook.com", false),
        ] {
            assert_eq!(Client::new(base, "v24.0", Timeouts::default()).is_ok(), fine, "{base}");
        }
    }

    #[test]
    fn a_version_is_checked() {
        for (version, fine) in [("v24.0", true), ("24.0", false), ("v24", false), ("v24.0/x", false), ("", false)] {
            let client = Client::new("https://graph.facebook.com", version, Timeouts::default());
            assert_eq!(client.is_ok(), fine, "{version}");
        }
    }

    #[test]
    fn an_id_cannot_leave_the_path() {
        let client = Client::new("https://proxy.example/graph/", "v24.0", Timeouts::default()).unwrap();
        let url = client.url(&["100000000000001", "messages"]).unwrap();
        assert_eq!(url.as_str(), "https://proxy.example/graph/v24.0/100000000000001/messages");
        for id in ["", "..", "1/2", "1?a=b", "1#", "%2e%2e", "ä"] {
            assert!(client.url(&[id, "messages"]).is_err(), "{id}");
        }
    }
}
