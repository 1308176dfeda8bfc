//! The access token: valid, of our app, with both permissions, for this account, and for how long.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use super::check;

/// Sending, and the `messages` webhooks.
pub const MESSAGING: &str = "whatsapp_business_messaging";
/// Everything else about an account.
pub const MANAGEMENT: &str = "whatsapp_business_management";

/// How long before an end it is told of.
const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What `debug_token` says of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFacts {
    /// The app it was made for.
    pub app_id: Option<String>,
    /// `SYSTEM_USER`, `USER`, `APP`, …
    pub kind: Option<String>,
    pub is_valid: bool,
    /// `None`: never.
    pub expires_at: Option<Timestamp>,
    /// `None`: never.
    pub data_access_expires_at: Option<Timestamp>,
    pub scopes: Vec<String>,
    /// Ids of accounts per scope; a scope that is not here is granted for all.
    pub granular: BTreeMap<String, Vec<String>>,
    /// Why it is not valid.
    pub refused: Option<Refusal>,
}

/// Meta's refusal, in our words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    pub code: i64,
    pub subcode: Option<i64>,
    pub title: String,
    pub remedy: String,
}

/// The functions cannot read the tokens secret, so nobody knows a token. `why` ends without a full stop.
pub fn token_unreadable(why: &str, remedy: &str) -> Finding {
    check::TOKEN_UNREADABLE.error(format!("No access token can be read: {why}."), remedy)
}

impl Refusal {
    fn code(&self) -> String {
        self.subcode.map_or_else(|| self.code.to_string(), |subcode| format!("{}/{subcode}", self.code))
    }
}

impl TokenFacts {
    /// What is wrong with the token for an account; ours is the app that it has to be of. Without facts there is no token.
    pub fn findings(facts: Option<&Self>, ours: Option<&str>, waba: &str, now: Timestamp) -> Vec<Finding> {
        let Some(facts) = facts else {
            return vec![check::TOKEN_MISSING.error(
                format!("The tokens secret holds no access token for the account {waba}, and no default."),
                "waypost token set",
            )];
        };
        if !facts.is_valid {
            return vec![facts.invalid()];
        }
        let mut findings = facts.permissions(waba);
        if let (Some(ours), Some(its)) = (ours.filter(|id| !id.is_empty()), &facts.app_id)
            && ours != its
        {
            findings.push(check::TOKEN_OF_ANOTHER_APP.error(
                format!("The access token was made for the app {its}; the tokens secret names the app {ours}."),
                "Generate the system user's token for this app, then: waypost token set",
            ));
        }
        if facts.kind.as_deref() == Some("USER") {
            findings.push(check::TOKEN_OF_A_PERSON.warn(
                "The access token is a person's: it ends with their password, their role, or within hours.",
                "Make a system user in Business settings, assign it app and account, generate its token, then: waypost token \
                 set. Only an administrator of the business can.",
            ));
        }
        findings.extend(facts.ends(now));
        if findings.is_empty() {
            findings.push(check::TOKEN.ok("The access token is valid, of this app, and has both permissions."));
        }
        findings
    }

    fn invalid(&self) -> Finding {
        let (why, remedy) = match &self.refused {
            Some(refused) => (format!("{} (code {})", refused.title, refused.code()), refused.remedy.as_str()),
            None => (String::from("Meta does not say why"), "Make a new token, better a system user's."),
        };
        check::TOKEN_INVALID.error(
            format!("Meta does not take the access token: {why}. Nothing can be sent; what people write still arrives."),
            format!(
                "{remedy} Only an administrator of the business can generate one. What puts it in place: waypost token set"
            ),
        )
    }

    fn permissions(&self, waba: &str) -> Vec<Finding> {
        let scopes = [
            (check::TOKEN_LACKS_MESSAGING, MESSAGING, "sends nothing, and Meta tells of no message"),
            (check::TOKEN_LACKS_MANAGEMENT, MANAGEMENT, "reads no template, number or account, and subscribes nothing"),
        ];
        let mut findings = Vec::new();
        let mut elsewhere = Vec::new();
        for (check, scope, without) in scopes {
            if !self.scopes.iter().any(|held| held == scope) {
                findings.push(check.error(
                    format!("The access token lacks the permission {scope}: it {without}."),
                    format!("Generate the system user's token with {scope}, then: waypost token set"),
                ));
            } else if self.granular.get(scope).is_some_and(|targets| !targets.iter().any(|id| id == waba)) {
                elsewhere.push(scope);
            }
        }
        if !elsewhere.is_empty() {
            findings.push(check::TOKEN_LACKS_ACCOUNT.error(
                format!("The access token has {} for other accounts, not for {waba}.", elsewhere.join(" and ")),
                "In Business settings, Users, System users, assign the WhatsApp account with full control; generate the token \
                 anew, then: waypost token set",
            ));
        }
        findings
    }

    fn ends(&self, now: Timestamp) -> Vec<Finding> {
        let soon = |at: &Option<Timestamp>| at.filter(|at| at.duration_since(now) < AHEAD);
        let mut findings = Vec::new();
        if let Some(at) = soon(&self.expires_at) {
            findings.push(check::TOKEN_EXPIRES.warn(
                format!("The access token expires at {at:.0}."),
                "Generate a system user's token that never expires, then: waypost token set",
            ));
        }
        if let Some(at) = soon(&self.data_access_expires_at) {
            findings.push(check::DATA_ACCESS_EXPIRES.warn(
                format!("The access token loses its access to data at {at:.0}."),
                "Generate the system user's token anew, then: waypost token set",
            ));
        }
        findings
    }
}

/// The accounts a token was granted, by either permission; `None` where it is not limited to some.
pub fn can_reach(token: &TokenFacts) -> Option<Vec<String>> {
    let mut accounts: Vec<String> =
        [MANAGEMENT, MESSAGING].iter().filter_map(|scope| token.granular.get(*scope)).flatten().cloned().collect();
    accounts.sort();
    accounts.dedup();
    let limited = [MANAGEMENT, MESSAGING].iter().any(|scope| token.granular.contains_key(*scope));
    limited.then_some(accounts)
}
