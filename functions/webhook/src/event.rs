//! An event of API Gateway, made safe for `lambda_http`: that panics on a URI or a base64 body it cannot read, and a
//! stranger must not be able to end the process.

use std::fmt::Write;

use http::header::HOST;
use lambda_http::request::LambdaRequest;

/// The gateway takes about 10 KB of headers and request line together.
const QUERY_MAX: usize = 16_384;

/// The same event in everything that [`crate::handle`] looks at.
pub fn tamed(event: LambdaRequest) -> LambdaRequest {
    match event {
        LambdaRequest::ApiGatewayV2(mut request) => {
            // They become parts of a URI that nobody reads: there is one route.
            request.raw_path = None;
            request.request_context.domain_name = None;
            request.request_context.stage = None;
            request.headers.remove(HOST);
            request.headers.remove("x-forwarded-proto");
            request.raw_query_string = request.raw_query_string.map(|query| encoded(&query));
            // What is no base64 cannot be what was signed.
            request.is_base64_encoded &= request.body.as_deref().is_none_or(is_base64);
            LambdaRequest::ApiGatewayV2(request)
        }
        other => other,
    }
}

/// With everything in `%XX` that has no place in the query of a URI. Says the same.
fn encoded(query: &str) -> String {
    let mut encoded = String::with_capacity(query.len());
    for byte in query.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/?".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _: std::fmt::Result = write!(encoded, "%{byte:02X}");
        }
    }
    // None at all is refused; half of one might not be.
    if encoded.len() > QUERY_MAX { String::new() } else { encoded }
}

/// RFC 4648 with padding, and no bits set that say nothing.
fn is_base64(text: &str) -> bool {
    let content = text.trim_end_matches('=');
    let padding = text.len() - content.len();
    let unused = match padding {
        0 => 0,
        1 => 0b11,
        2 => 0b1111,
        _ => return false,
    };
    let last = content.bytes().last().and_then(value_of).unwrap_or(0);
    text.len().is_multiple_of(4) && content.bytes().all(|byte| value_of(byte).is_some()) && last & unused == 0
}

fn value_of(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_the_same_and_is_one() {
        assert_eq!(encoded("hub.mode=subscribe&a=%20b+c"), "hub.mode=subscribe&a=%20b+c");
        assert_eq!(encoded("a=\"<é #>"), "a=%22%3C%C3%A9%20%23%3E");
        assert_eq!(encoded(&"a".repeat(QUERY_MAX + 1)), "");
    }

    #[test]
    fn base64_is_told_from_what_looks_like_it() {
        for good in ["", "QQ==", "QUI=", "QUJD", "QUJDRA==", "+/+/"] {
            assert!(is_base64(good), "{good}");
        }
        for bad in ["Q", "QQ", "QQ=", "QR==", "QUK=", "QQ==QQ==", "====", "=", "Q===", "QU-D", "QU D", "é==="] {
            assert!(!is_base64(bad), "{bad}");
        }
    }
}
