//! A file's name in headers (RFC 6266, RFC 8187).

use std::fmt::Write;

/// The longest name that is kept, in characters.
const NAME_CHARS: usize = 240;

/// A name without what could lead out of a folder or out of a header. `None` where nothing is left of it.
pub fn tidy(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|letter| !letter.is_control()).take(NAME_CHARS).collect();
    let kept = kept.trim().trim_start_matches('.');
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// `Content-Disposition` that has a file downloaded under its name, whatever it is: a page that somebody sent must not run
/// in a browser.
pub fn disposition(name: &str) -> String {
    let Some(name) = tidy(name) else { return String::from("attachment") };
    let mut out = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The name that [`disposition`] was made of, or that another program put plainly between quotes.
pub fn of_disposition(header: &str) -> Option<String> {
    let parameter = |name: &str| {
        header.split(';').find_map(|part| {
            let (key, value) = part.trim().split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    if let Some(escaped) = parameter("filename*") {
        let (_, escaped) = escaped.split_once("''")?;
        return tidy(&unescaped(escaped)?);
    }
    tidy(parameter("filename")?.trim_matches('"'))
}

/// The name that a URL's path ends in, where it looks like a file's.
pub fn of_url(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, rest) = path.split_once("://")?;
    let (_, last) = rest.rsplit_once('/')?;
    tidy(&unescaped(last)?).filter(|name| name.contains('.'))
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_there_and_back() {
        for (name, header) in [
            ("Rechnung März.pdf", "attachment; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf"),
            ("a\"b;c.pdf", "attachment; filename*=UTF-8''a%22b%3Bc.pdf"),
        ] {
            assert_eq!(disposition(name), header);
            assert_eq!(of_disposition(header).as_deref(), Some(name));
        }
        assert_eq!(of_disposition("attachment; filename=\"plain.pdf\"").as_deref(), Some("plain.pdf"));
        for odd in ["attachment", "", "attachment; filename*=UTF-8''%FF", "attachment; filename*=x", "a; filename=\"\""]
        {
            assert_eq!(of_disposition(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_url_ends_in_a_name() {
        assert_eq!(of_url("https://shop.example/a/M%C3%A4rz.pdf?x=/y.png#z").as_deref(), Some("März.pdf"));
        for odd in [
            "https://shop.example",
            "https://shop.example/",
            "https://shop.example/download",
            "a.pdf",
            "https://x/%FF.pdf",
        ] {
            assert_eq!(of_url(odd), None, "{odd}");
        }
    }

    #[test]
    fn no_name_leads_out() {
        assert_eq!(tidy("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(tidy("C:\\temp\\a.pdf").as_deref(), Some("a.pdf"));
        assert_eq!(tidy(".\r\nSet-Cookie: x").as_deref(), Some("Set-Cookie: x"));
        assert_eq!(disposition(".."), "attachment");
        assert_eq!(tidy(&"x".repeat(500)).map(|name| name.len()), Some(240));
    }
}
