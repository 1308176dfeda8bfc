//! What to do about a refusal, in this command's words: the API's own are for who has paths and JSON before them.

/// By the problem's code and the path that was asked; `None` where the API's remedy holds here too.
pub(crate) fn of(code: &str, path: &[&str]) -> Option<&'static str> {
    match (code, path) {
        ("not_found", ["v1", "channels", _, "contacts", _, ..]) => {
            Some("waypost contacts list shows who is known to the channel")
        }
        ("not_found", ["v1", "messages", ..]) => {
            Some("waypost contacts show KEY shows a person's messages with their ids")
        }
        ("not_found", ["v1", "wabas", ..]) => Some("waypost channel list shows the accounts there are"),
        ("window_closed", ["v1", "channels", _, "messages"]) => {
            Some("Send a template (--template), or let Meta judge (--window meta): a fresh install knows no windows.")
        }
        ("template_mismatch", ["v1", "channels", _, "messages"]) => Some(
            "--param gives a variable of the body its value, in their order; waypost templates pull FOLDER shows the template",
        ),
        ("channel_exists", _) => Some("waypost channel rename and waypost channel set change it"),
        ("sends_pending", _) => Some("wait until they are sent, or give them up with --abandon-sends"),
        ("not_merged", _) => Some("waypost contacts show KEY shows what is merged with what"),
        ("no_media", _) => Some("waypost message show ID shows what it is"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_is_a_command_where_there_is_one() {
        for (code, path, command) in [
            ("not_found", &["v1", "channels", "1", "contacts", "+15550101", "export"][..], "waypost contacts list"),
            ("not_found", &["v1", "messages", "wamid.x"], "waypost contacts show"),
            ("not_found", &["v1", "wabas", "1", "templates"], "waypost channel list"),
            ("window_closed", &["v1", "channels", "1", "messages"], "--template"),
            ("sends_pending", &["v1", "channels", "1"], "--abandon-sends"),
        ] {
            assert!(of(code, path).unwrap().contains(command), "{code} {path:?}");
        }
        // The API names the command itself.
        assert_eq!(of("not_found", &["v1", "channels", "1", "profile"]), None);
        assert_eq!(of("conflict", &["v1", "channels", "1"]), None);
    }
}
