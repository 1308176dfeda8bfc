//! The client certificate that API Gateway has verified against the truststore, where there is one (quality.md, Security 6).

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

/// Whether it was shown, and bears this common name. The default endpoint asks nobody for one: who comes that way has none.
pub(crate) fn is_of(request: &Request, common_name: &str) -> bool {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else { return false };
    let certificate = context.authentication.as_ref().and_then(|shown| shown.client_cert.as_ref());
    certificate.and_then(|shown| shown.subject_dn.as_deref()).is_some_and(|subject| names(subject, common_name))
}

/// Whether this is the one common name of a subject, as RFC 2253 and its elders write one.
fn names(subject: &str, common_name: &str) -> bool {
    let mut names = parts(subject).into_iter().filter_map(|part| part.trim_start().strip_prefix("CN="));
    names.next() == Some(common_name) && names.next().is_none()
}

/// At each comma and plus that is neither quoted nor escaped.
fn parts(subject: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, letter) in subject.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | '+' | ';' if !quoted => {
                parts.extend(subject.get(begin..at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(subject.get(begin..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = "client.webhooks.fbclientcerts.com";

    #[test]
    fn metas_subject_is_known_however_it_is_written() {
        for subject in [
            "CN=client.webhooks.fbclientcerts.com",
            r"CN=client.webhooks.fbclientcerts.com,O=Meta Platforms\, Inc.,L=Menlo Park,C=US",
            r#"C=US, ST=California, O="Meta Platforms, Inc.", CN=client.webhooks.fbclientcerts.com"#,
        ] {
            assert!(names(subject, META), "{subject}");
        }
    }

    #[test]
    fn no_other_subject_is_taken_for_it() {
        for subject in [
            "",
            "CN=",
            "CN=fbclientcerts.com",
            "CN=client.webhooks.fbclientcerts.com.example.com",
            "CN=Client.webhooks.fbclientcerts.com",
            "O=client.webhooks.fbclientcerts.com",
            "O=CN=client.webhooks.fbclientcerts.com",
            "CN=other,CN=client.webhooks.fbclientcerts.com",
            "CN=client.webhooks.fbclientcerts.com,CN=other",
            "CN=other+CN=client.webhooks.fbclientcerts.com",
            r"O=x\,CN=client.webhooks.fbclientcerts.com",
            r#"O="x,CN=client.webhooks.fbclientcerts.com""#,
        ] {
            assert!(!names(subject, META), "{subject}");
        }
    }
}
