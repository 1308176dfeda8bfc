//! Fetches a file from the URL Meta gave for it (`WhatsApp Cloud API/Media/Download media`), or from one that a caller named.
//!
//! Meta's file host wants the token too, so the URL decides who sees it: Meta's hosts over https, or the fake on
//! loopback, and nobody else. Redirects are followed by hand, each checked as the first URL was; a name leads to public
//! addresses only.

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::{RequestBuilder, Response};
use url::{Host, Url};

use crate::call::Hints;
use crate::error::Effect;
use crate::{Client, Error, Token};

const MAX_REDIRECTS: usize = 3;
const META_HOSTS: &[&str] = &["fbsbx.com", "facebook.com", "fbcdn.net"];
/// Top-level names that no public host is under (RFC 6761, 6762, 7686, 8375 and ICANN's `internal`), or that many
/// networks use for their own.
const INSIDE: &[&str] = &[
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localhost",
    "onion",
    "private",
    "test",
];

/// A file on its way. The bytes come as they arrive; an error among them means the file is not whole.
pub struct Download {
    pub content_length: Option<u64>,
    pub content_type: Option<String>,
    pub bytes: BoxStream<'static, Result<Bytes, Error>>,
}

/// Whose host a URL is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The origin of a base URL on loopback.
    Own,
    Meta,
    /// Some public host. It is asked, and sees no token.
    Foreign,
}

impl Client {
    /// With the token, as far as it is Meta that asks for it.
    pub async fn download(&self, token: &Token, url: &str) -> Result<Download, Error> {
        self.follow(Some(token), url).await
    }

    /// From a URL that anybody may have named: nobody sees a token.
    pub async fn fetch(&self, url: &str) -> Result<Download, Error> {
        self.follow(None, url).await
    }

    async fn follow(&self, token: Option<&Token>, url: &str) -> Result<Download, Error> {
        let mut url = Url::parse(url).map_err(|_| Error::invalid("the file's URL is not one"))?;
        // Who is not Meta could send the token anywhere at Meta, and a GET there may delete: after a foreign host nobody
        // sees it.
        let mut trusted = true;
        for _ in 0..=MAX_REDIRECTS {
            let whose = self.whose(&url)?;
            trusted &= whose != Whose::Foreign;
            let response = self.request(token.filter(|_| trusted), whose, &url)?.send().await.map_err(|error| {
                if error.is_connect() { Error::not_sent(error, Effect::None) } else { Error::lost(error, Effect::None) }
            })?;
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

    fn request(&self, token: Option<&Token>, whose: Whose, url: &Url) -> Result<RequestBuilder, Error> {
        let client = if whose == Whose::Own { &self.http } else { &self.files };
        let request = client.get(url.clone());
        match token {
            Some(token) => Ok(request.header(AUTHORIZATION, token.bearer().ok_or_else(Error::unusable_token)?)),
            None => Ok(request),
        }
    }

    /// What may not even be asked without a token is an error: plain http, addresses instead of names, other ports,
    /// names inside the network, names and passwords in the URL. `url` has brought every spelling of an address, of a
    /// dot and of a letter into one form before.
    fn whose(&self, url: &Url) -> Result<Whose, Error> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::invalid("the file's URL names a user"));
        }
        if self.loopback_origin().is_some_and(|origin| origin == url.origin()) {
            return Ok(Whose::Own);
        }
        let Some(Host::Domain(host)) = url.host() else {
            return Err(Error::invalid("the file's URL names an address"));
        };
        if url.scheme() != "https" || url.port().is_some() || !is_public_name(host) {
            return Err(Error::invalid("the file's URL is not on a public https host"));
        }
        let is_meta = META_HOSTS
            .iter()
            .any(|meta| host == *meta || host.strip_suffix(meta).is_some_and(|sub| sub.ends_with('.')));
        Ok(if is_meta { Whose::Meta } else { Whose::Foreign })
    }
}

/// A name with a top-level domain, spelled plainly: Meta writes no final dot and no empty label.
fn is_public_name(host: &str) -> bool {
    host.split('.').all(|label| !label.is_empty())
        && host.rsplit_once('.').is_some_and(|(_, top)| !INSIDE.contains(&top))
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

    /// Whether the request for a URL, as it would be sent, bears the token; `None` where none would be sent.
    fn bears_token(base: &str, url: &str) -> Option<bool> {
        let client = Client::new(base, "v24.0", Timeouts::default()).unwrap();
        let url = Url::parse(url).ok()?;
        let whose = client.whose(&url).ok()?;
        let token = Token::new("secret");
        let request =
            client.request((whose != Whose::Foreign).then_some(&token), whose, &url).unwrap().build().unwrap();
        Some(request.headers().contains_key(AUTHORIZATION))
    }

    #[test]
    fn only_meta_sees_the_token() {
        for (url, token) in [
            ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", Some(true)),
            ("https://lookaside.fbsbx.com:443/x", Some(true)),
            ("https://graph.facebook.com/x", Some(true)),
            ("https://scontent.xx.fbcdn.net/x", Some(true)),
            ("https://LOOKASIDE.FBSBX.COM/x", Some(true)),
            ("https://fbsbx.com/x", Some(true)),
            ("https://mmg.whatsapp.net/x", Some(false)),
            ("https://evilfbsbx.com/x", Some(false)),
            ("https://fbsbx.com.evil.org/x", Some(false)),
            ("https://lookaside-fbsbx.com/x", Some(false)),
            ("https://fbsbx.co/x", Some(false)),
            ("https://evil.org/lookaside.fbsbx.com", Some(false)),
            ("https://evil.org/?lookaside.fbsbx.com", Some(false)),
            ("https://evil.org/#@lookaside.fbsbx.com", Some(false)),
            ("https://evil.org\\@lookaside.fbsbx.com/x", Some(false)),
            // A Cyrillic letter: another name in punycode.
            ("https://lookaside.fbsb\u{445}.com/x", Some(false)),
            ("https://xn--lookasde-m2a.fbsbx.com.evil.org/x", Some(false)),
            ("http://lookaside.fbsbx.com/x", None),
            ("https://lookaside.fbsbx.com@evil.org/x", None),
            ("https://user:password@lookaside.fbsbx.com/x", None),
            ("https://@lookaside.fbsbx.com:8443/x", None),
            ("https://lookaside.fbsbx.com./x", None),
            ("https://127.0.0.1/x", None),
            ("https://localhost/x", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(bears_token("https://graph.facebook.com", url), token, "{url}");
        }
    }

    #[test]
    fn the_fake_sees_its_own_token_and_no_other_port_does() {
        let base = "http://127.0.0.1:8788";
        assert_eq!(bears_token(base, "http://127.0.0.1:8788/media/1"), Some(true));
        assert_eq!(bears_token(base, "http://a@127.0.0.1:8788/media/1"), None);
        assert_eq!(bears_token(base, "http://127.0.0.1:8789/media/1"), None);
        assert_eq!(bears_token(base, "https://127.0.0.1:8788/media/1"), None);
        assert_eq!(bears_token(base, "http://localhost:8788/media/1"), None);
        assert_eq!(bears_token(base, "https://evil.org/media/1"), Some(false));
    }
}
