//! Where Meta sends webhooks, and whether this system takes them there.

use super::{Finding, check};

/// An app subscribed to an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscribedApp {
    pub app_id: String,
    pub override_callback_uri: Option<String>,
}

/// The URLs in force for a number (`webhook_configuration`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallbackUrls {
    pub phone_number: Option<String>,
    pub account: Option<String>,
    pub application: Option<String>,
}

impl SubscribedApp {
    /// What is wrong with an account's subscriptions; ours is the app that has to be among them.
    pub fn findings(subscribed: &[Self], ours: Option<&str>, waba: &str) -> Vec<Finding> {
        if subscribed.is_empty() {
            return vec![check::APP_NOT_SUBSCRIBED.error(
                format!("No app is subscribed to the account {waba}: nothing arrives, although the callback is right."),
                "waypost connect",
            )];
        }
        let Some(ours) = ours.filter(|id| !id.is_empty()) else { return Vec::new() };
        let others: Vec<&str> =
            subscribed.iter().map(|app| app.app_id.as_str()).filter(|app_id| *app_id != ours).collect();
        if others.len() == subscribed.len() {
            return vec![check::ANOTHER_APP_SUBSCRIBED.error(
                format!("The account {waba} is subscribed by the app {}, not by ours, {ours}.", others.join(", ")),
                "waypost connect",
            )];
        }
        if others.is_empty() {
            return vec![check::SUBSCRIPTION.ok("Our app is subscribed to the account.")];
        }
        vec![check::OTHER_APPS_TOO.info(
            format!("Beside our app the account is subscribed by {}: both are told of everything.", others.join(", ")),
            "If that is a former provider, end it there (DELETE subscribed_apps with its token).",
        )]
    }
}

impl CallbackUrls {
    /// Overrides that lead away from `ours`.
    pub fn findings(&self, ours: &str) -> Vec<Finding> {
        let elsewhere = |url: &Option<String>| url.clone().filter(|url| !CallbackFacts::is_same(url, ours));
        let mut findings = Vec::new();
        if let Some(url) = elsewhere(&self.phone_number) {
            findings.push(check::NUMBER_OVERRIDE_ELSEWHERE.error(
                format!("Meta sends this number's messages to {url}: the number has an override."),
                "waypost connect removes it with --replace-callback, or --override.",
            ));
        } else if self.phone_number.is_none()
            && let Some(url) = elsewhere(&self.account)
        {
            findings.push(check::ACCOUNT_OVERRIDE_ELSEWHERE.error(
                format!("Meta sends this account's messages to {url}: the account has an override."),
                "waypost connect removes it with --replace-callback; --override sets ours instead.",
            ));
        }
        findings
    }

    /// Whether messages come here by an override, whatever the app's own callback is.
    pub fn overrides_to(&self, ours: &str) -> bool {
        let first = self.phone_number.as_ref().or(self.account.as_ref());
        first.is_some_and(|url| CallbackFacts::is_same(url, ours))
    }
}

/// How the callback answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    Nothing,
    Status(u16),
    /// 200, but the challenge was not what came back.
    NoChallenge,
}

/// The callback, asked as Meta asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackFacts {
    pub url: String,
    /// To a handshake with the stored verify token.
    pub handshake: Answered,
    /// To a signed event with nothing in it; `None` where there is no app secret to sign with.
    pub event: Option<Answered>,
}

impl CallbackFacts {
    /// Whether two callbacks are one; a slash at the end does not count.
    pub fn is_same(one: &str, other: &str) -> bool {
        one.trim_end_matches('/') == other.trim_end_matches('/')
    }

    /// What is wrong with the callback. That Meta itself reaches it is proven by a real message only.
    pub fn findings(&self) -> Vec<Finding> {
        let url = &self.url;
        let finding = match self.handshake {
            Answered::Nothing => Some(check::CALLBACK_UNREACHABLE.error(
                format!("{url} does not answer."),
                "Check that the stack is deployed, that a custom domain leads to it, and its certificate.",
            )),
            Answered::Status(403) => Some(check::VERIFY_TOKEN_WRONG.error(
                format!("{url} refuses the stored verify token: Meta's handshake would fail."),
                "A secret that was just changed is seen within five minutes. After that: whose system is it?",
            )),
            Answered::Status(200) => None,
            Answered::Status(status) => Some(
                check::CALLBACK_NOT_OURS
                    .error(format!("{url} answers a handshake with {status}."), "The webhook's log says why."),
            ),
            Answered::NoChallenge => Some(check::CALLBACK_NOT_OURS.error(
                format!("{url} does not return the challenge: something else answers there."),
                "Check where a custom domain leads to.",
            )),
        };
        let event = match self.event {
            _ if finding.is_some() => None,
            Some(Answered::Status(401)) => Some(check::SIGNATURE_REFUSED.error(
                format!("{url} refuses an event signed with the stored app secret."),
                "A secret that was just changed is seen within a minute. After that: the webhook's log says why.",
            )),
            Some(Answered::Status(200)) | None => None,
            Some(_) => Some(
                check::WEBHOOK_FAILING
                    .error(format!("{url} does not take a signed event."), "The webhook's log says why."),
            ),
        };
        let found: Vec<Finding> = finding.into_iter().chain(event).collect();
        if found.is_empty() && self.event.is_some() {
            return vec![check::CALLBACK.ok(format!(
                "{url} knows the verify token and takes a signed event. That proves our half; a real message proves Meta's."
            ))];
        }
        found
    }
}
