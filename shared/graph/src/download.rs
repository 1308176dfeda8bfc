//! Fetches a file from the URL Meta gave for it (`WhatsApp Cloud API/Media/Download media`).
//!
//! The file host wants the token too, so the URL decides who sees it: Meta's hosts over https, or the fake on
//! loopback, and nobody else. Redirects are followed by hand, each checked as the first URL was.

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use reqwest::Response;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use url::{Host, Url};

use crate::call::Hints;
use crate::error::Effect;
use crate::{Client, Error, Token};

const MAX_REDIRECTS: usize = 3;
const META_HOSTS: &[&str] = &["fbsbx.com", "facebook.com", "fbcdn.net"];

/// A file on its way. The bytes come as they arrive; an error among them means the file is not whole.
pub struct Download {
    pub content_length: Option<u64>,
    pub content_type: Option<String>,
    pub bytes: BoxStream<'static, Result<Bytes, Error>>,
}

impl Client {
    pub async fn download(&self, token: &Token, url: &str) -> Result<Download, Error> {
        let mut url = Url::parse(url).map_err(|_| Error::invalid("the file's URL is not one"))?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.fetch(token, &url).await?;
            let status = response.status();
            if status.is_success() {
                return Ok(Download::of(response));
            }
            if !status.is_redirection() {
                return Err(Error::download(status, Hints::read(response.headers())));
            }
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            url = location
                .and_then(|location| url.join(location).ok())
                .ok_or_else(|| Error::unreadable("a redirect without a place to go"))?;
        }
        Err(Error::unreadable("too many redirects"))
    }

    async fn fetch(&self, token: &Token, url: &Url) -> Result<Response, Error> {
        let mut request = self.http.get(url.clone());
        if self.may_see_token(url)? {
            request = request.header(AUTHORIZATION, token.bearer().ok_or_else(Error::unusable_token)?);
        }
        request.send().await.map_err(|error| {
            if error.is_connect() { Error::not_sent(error, Effect::None) } else { Error::lost(error, Effect::None) }
        })
    }

    /// Whether the token goes along. What may not even be asked without one is an error: plain http, addresses instead
    /// of names, other ports, hosts inside the network.
    fn may_see_token(&self, url: &Url) -> Result<bool, Error> {
        if self.loopback_origin().is_some_and(|origin| origin == url.origin()) {
            return Ok(true);
        }
        let Some(Host::Domain(host)) = url.host() else {
            return Err(Error::invalid("the file's URL names an address"));
        };
        let host = host.trim_end_matches('.');
        let public = host.rsplit_once('.').is_some_and(|(_, top)| !matches!(top, "internal" | "local" | "localhost"));
        if url.scheme() != "https" || url.port().is_some() || !public {
            return Err(Error::invalid("the file's URL is not on a public https host"));
        }
        Ok(META_HOSTS.iter().any(|meta| host == *meta || host.strip_suffix(meta).is_some_and(|sub| sub.ends_with('.'))))
    }
}

impl Download {
    fn of(response: Response) -> Self {
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Self {
            content_length: response.content_length(),
            content_type: content_type.map(str::to_owned),
            bytes: response.bytes_stream().map_err(|error| Error::lost(error, Effect::None)).boxed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timeouts;

    fn sees(base: &str, url: &str) -> Option<bool> {
        let client = Client::new(base, "v24.0", Timeouts::default()).unwrap();
        client.may_see_token(&Url::parse(url).unwrap()).ok()
    }

    #[test]
    fn only_meta_sees_the_token() {
        for (url, token) in [
            ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", Some(true)),
            ("https://graph.facebook.com/x", Some(true)),
            ("https://scontent.xx.fbcdn.net/x", Some(true)),
            ("https://LOOKASIDE.FBSBX.COM/x", Some(true)),
            ("https://mmg.whatsapp.net/x", Some(false)),
            ("https://evilfbsbx.com/x", Some(false)),
            ("https://fbsbx.com.evil.example/x", Some(false)),
            ("https://lookaside.fbsbx.com@evil.example/x", Some(false)),
            ("http://lookaside.fbsbx.com/x", None),
            ("https://lookaside.fbsbx.com:8443/x", None),
            ("https://127.0.0.1/x", None),
            ("https://2130706433/x", None),
            ("https://0x7f.1/x", None),
            ("https://[::1]/x", None),
            ("https://[::ffff:10.0.0.1]/x", None),
            ("https://169.254.169.254/latest/meta-data", None),
            ("https://localhost/x", None),
            ("https://metadata.google.internal/x", None),
            ("http://127.0.0.1:8788/x", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(sees("https://graph.facebook.com", url), token, "{url}");
        }
    }

    #[test]
    fn the_fake_sees_its_own_token_and_no_other_port_does() {
        let base = "http://127.0.0.1:8788";
        assert_eq!(sees(base, "http://127.0.0.1:8788/media/1"), Some(true));
        assert_eq!(sees(base, "http://127.0.0.1:8789/media/1"), None);
        assert_eq!(sees(base, "http://localhost:8788/media/1"), None);
    }
}
