//! Which route a request takes.

use http::Method;

use crate::stack::Route;

/// The path as API Gateway hands it over: percent-decoded, so that a wamid's `%2F` is a slash like any other.
pub(super) fn decoded(path: &str) -> String {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = match rest {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        out.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { rest.get(3..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The most specific route: a full path before a greedy one, a method before `ANY`.
pub(super) fn find<'r, T>(routes: &'r [(Route, T)], method: &Method, path: &str) -> Option<&'r (Route, T)> {
    routes
        .iter()
        .filter(|(route, _)| (route.method == "ANY" || route.method == method.as_str()) && matches(&route.path, path))
        .max_by_key(|(route, _)| (!route.path.contains('{'), !route.path.ends_with("+}"), route.method != "ANY"))
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut given = path.split('/');
    for part in pattern.split('/') {
        if part.ends_with("+}") {
            return given.next().is_some_and(|first| !first.is_empty());
        }
        match given.next() {
            Some(segment) if part == segment => {}
            Some(segment) if part.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
    given.next().is_none()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wamid_in_a_path_is_decoded() {
        assert_eq!(decoded("/v1/messages/wamid.HBgL%2Fab%2Bc%3D%3D/raw"), "/v1/messages/wamid.HBgL/ab+c==/raw");
        // A plus is a plus, and what is no escape stays.
        assert_eq!(decoded("/a+b/100%/%zz/%C3%A9"), "/a+b/100%/%zz/é");
    }

    #[test]
    fn the_most_specific_route_wins() {
        let route = |method: &str, path: &str| (Route { method: method.into(), path: path.into() }, ());
        let routes = [
            route("ANY", "/v1/{proxy+}"),
            route("ANY", "/v1"),
            route("GET", "/webhook"),
            route("POST", "/webhook"),
            route("GET", "/f/{token}"),
        ];
        let found = |method: Method, path: &str| find(&routes, &method, path).map(|(route, ())| route.path.as_str());
        assert_eq!(found(Method::PATCH, "/v1/messages/a/b"), Some("/v1/{proxy+}"));
        assert_eq!(found(Method::GET, "/v1"), Some("/v1"));
        assert_eq!(found(Method::GET, "/webhook"), Some("/webhook"));
        assert_eq!(found(Method::GET, "/f/abc"), Some("/f/{token}"));
        for (method, path) in
            [(Method::PUT, "/webhook"), (Method::GET, "/webhook/"), (Method::GET, "/"), (Method::GET, "/f/a/b")]
        {
            assert_eq!(found(method, path), None, "{path}");
        }
    }
}
