//! Times for people.

use jiff::Timestamp;

/// An RFC 3339 time without its fraction: `2026-11-23 02:45:10Z`. What is no time stays as it is.
pub(crate) fn short(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_noise() {
        assert_eq!(short("2026-11-23T02:45:10.123456Z"), "2026-11-23 02:45:10Z");
        assert_eq!(short("soon"), "soon");
    }
}
