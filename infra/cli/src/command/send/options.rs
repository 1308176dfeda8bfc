//! What is said of a send beside its content: `waypost` of the request (infra/docs/send.md).

use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::Error;
use crate::inbound::duration;

#[derive(Args)]
pub(crate) struct OptionArgs {
    /// Not sent before this time: RFC 3339, as 2026-12-24T18:00:00Z, up to 180 days ahead.
    #[arg(long, value_name = "TIME", help_heading = WHEN)]
    send_at: Option<Timestamp>,
    /// Not sent any more after this long, from being queued or from --send-at: seconds, or as 5m.
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = WHEN)]
    expires_in: Option<Duration>,
    /// Not sent before the message before it to the same person is delivered; or this send, as --after-delivered=SEND_ID.
    #[arg(long, value_name = "SEND_ID", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = WHEN)]
    after_delivered: Option<String>,
    /// What becomes of it where nothing tells whether Meta took it.
    #[arg(long, value_name = "WHAT", help_heading = WHEN)]
    on_uncertain: Option<OnUncertain>,
    /// Who says whether the person may be written to freely now: what is stored here, or Meta.
    #[arg(long, value_name = "WHO", value_parser = ["meta"], help_heading = WHEN)]
    window: Option<String>,
    /// What fills the template's variables, as JSON: {"body": {"1": {"contact": "name", "default": "there"}}}.
    #[arg(long, value_name = "JSON", value_parser = object, help_heading = WHEN)]
    variables: Option<Value>,
}

const WHEN: &str = "When, and what if";

#[derive(Clone, Copy, ValueEnum)]
enum OnUncertain {
    /// It is failed, and the person gets it once at most.
    Fail,
    /// It is sent again, and the person may get it twice.
    Resend,
}

fn object(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(Value::Object(members)),
        Ok(_) => Err(String::from("must be a JSON object")),
        Err(error) => Err(format!("is no JSON: {error}")),
    }
}

impl OptionArgs {
    /// Puts what was said into the message's own options. What is said on the command line counts.
    pub(super) fn apply(&self, message: &mut Value, fallback: Option<Value>) -> Result<(), Error> {
        let mut said = Vec::new();
        if let Some(at) = self.send_at {
            said.push(("send_at", json!(at.to_string())));
        }
        if let Some(within) = self.expires_in {
            said.push(("expires_in", json!(within.as_secs())));
        }
        if let Some(id) = &self.after_delivered {
            said.push(("after_delivered", if id.is_empty() { json!(true) } else { json!(id) }));
        }
        if let Some(what) = self.on_uncertain {
            let word = match what {
                OnUncertain::Fail => "fail",
                OnUncertain::Resend => "resend",
            };
            said.push(("on_uncertain", json!(word)));
        }
        if let Some(who) = &self.window {
            said.push(("window", json!(who)));
        }
        if let Some(variables) = &self.variables {
            said.push(("variables", variables.clone()));
        }
        if let Some(template) = fallback {
            said.push(("fallback_template", template));
        }
        if said.is_empty() {
            return Ok(());
        }
        if message.get("waypost").is_none() {
            message["waypost"] = json!({});
        }
        let Some(options) = message["waypost"].as_object_mut() else {
            return Err(Error::Usage(String::from("waypost in the message must be an object: infra/docs/send.md")));
        };
        options.extend(said.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: OptionArgs,
    }

    fn said(args: &[&str], message: Value) -> Value {
        let line = Line::try_parse_from([&["send"], args].concat()).unwrap();
        let mut message = message;
        line.options.apply(&mut message, None).unwrap();
        message["waypost"].take()
    }

    #[test]
    fn what_is_said_is_asked_for() {
        let args = ["--send-at", "2026-12-24T18:00:00Z", "--expires-in", "5m", "--on-uncertain", "resend"];
        assert_eq!(
            said(&args, json!({})),
            json!({"send_at": "2026-12-24T18:00:00Z", "expires_in": 300, "on_uncertain": "resend"})
        );
        assert_eq!(said(&["--after-delivered"], json!({})), json!({"after_delivered": true}));
        assert_eq!(said(&["--after-delivered=snd_a"], json!({})), json!({"after_delivered": "snd_a"}));
        assert_eq!(
            said(&["--window", "meta", "--variables", r#"{"body": {"1": "Ana"}}"#], json!({})),
            json!({"window": "meta", "variables": {"body": {"1": "Ana"}}})
        );
        for wrong in [&["--send-at", "tomorrow"][..], &["--variables", "[]"], &["--window", "me"]] {
            assert!(Line::try_parse_from([&["send"], wrong].concat()).is_err(), "{wrong:?}");
        }
    }

    /// A message of one's own keeps what it says of itself, but for what is said here.
    #[test]
    fn a_messages_own_options_stay() {
        let message = json!({"waypost": {"expires_in": 60, "raw": true}});
        assert_eq!(said(&["--expires-in", "90"], message.clone()), json!({"expires_in": 90, "raw": true}));
        assert_eq!(said(&[], message), json!({"expires_in": 60, "raw": true}));
        assert_eq!(said(&[], json!({"type": "text"})), Value::Null);
    }
}
