//! The Meta app: its secret, its callback and its fields. Seen with the app's own token only.

use super::{CallbackFacts, Finding, check};

/// The webhook fields that Waypost has a use for; `messages` is what nothing works without (infra/docs/webhooks.md).
pub const FIELDS: &[&str] = &[
    "messages",
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "phone_number_quality_update",
    "phone_number_name_update",
    "account_update",
    "account_alerts",
    "account_review_update",
];

/// What Meta calls WhatsApp's webhooks.
pub(super) const OBJECT: &str = "whatsapp_business_account";

/// What is so of the app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppFacts {
    pub has_id: bool,
    pub has_secret: bool,
    /// Whether Meta took the two together; `None` where that could not be asked.
    pub is_taken: Option<bool>,
    pub subscriptions: Option<Vec<SubscriptionFacts>>,
}

/// One subscription of the app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionFacts {
    pub object: String,
    pub callback_url: String,
    pub active: bool,
    pub fields: Vec<String>,
}

impl SubscriptionFacts {
    /// WhatsApp's among them.
    pub fn of_whatsapp(all: &[Self]) -> Option<&Self> {
        all.iter().find(|subscription| subscription.object == OBJECT)
    }

    /// Which of our fields it lacks.
    pub fn missing(&self) -> Vec<&'static str> {
        FIELDS.iter().copied().filter(|field| !self.fields.iter().any(|held| held == field)).collect()
    }
}

impl AppFacts {
    /// What is wrong with the app; `ours` is the callback that Meta has to call.
    pub fn findings(&self, ours: &str, overridden: bool) -> Vec<Finding> {
        let no_id = check::APP_ID_MISSING.error("The tokens secret names no app.", "waypost connect");
        let no_secret = check::APP_SECRET_MISSING
            .error("The webhook secret holds no app secret: every webhook is refused with 401.", "waypost connect");
        let missing =
            [(self.has_id, no_id), (self.has_secret, no_secret)].into_iter().filter(|(is_there, _)| !is_there);
        let missing: Vec<Finding> = missing.map(|(_, finding)| finding).collect();
        if !missing.is_empty() {
            return missing;
        }
        if self.is_taken == Some(false) {
            return vec![check::APP_SECRET_WRONG.error(
                "Meta does not take app id and app secret together: one of them is another app's, or the secret was reset. \
                 Meta signs with another one, so that webhooks are refused with 401.",
                "Copy the app secret from the app's settings, Basic, then: waypost connect (once it is connected, waypost token \
                 app-secret)",
            )];
        }
        let Some(subscriptions) = &self.subscriptions else { return Vec::new() };
        let Some(whatsapp) = SubscriptionFacts::of_whatsapp(subscriptions) else {
            return vec![
                check::APP_CALLBACK_MISSING
                    .error("The app has no callback for WhatsApp: Meta calls nobody.", "waypost connect"),
            ];
        };
        let mut findings = Vec::new();
        if !CallbackFacts::is_same(&whatsapp.callback_url, ours) {
            let what = format!("The app's callback is {}, not {ours}.", whatsapp.callback_url);
            findings.push(if overridden {
                check::APP_CALLBACK_ELSEWHERE
                    .info(format!("{what} Messages come here by the account's override; all else goes there."), "")
            } else {
                check::APP_CALLBACK_ELSEWHERE.error(
                    what,
                    "waypost connect --replace-callback takes it over; --override sets one for this account only.",
                )
            });
        }
        if !whatsapp.active {
            findings.push(
                check::APP_SUBSCRIPTION_INACTIVE
                    .error("The app's subscription is not active: Meta calls nobody.", "waypost connect"),
            );
        }
        let missing = whatsapp.missing();
        if missing.contains(&"messages") {
            findings.push(check::MESSAGES_FIELD_MISSING.error(
                "The app is not subscribed to the field messages: neither messages nor statuses arrive.",
                "waypost connect",
            ));
        } else if !missing.is_empty() {
            findings.push(check::FIELDS_MISSING.warn(
                format!(
                    "The app is not subscribed to {}: such changes are seen at the next sync only.",
                    missing.join(", ")
                ),
                "waypost connect",
            ));
        }
        if findings.is_empty() {
            findings.push(check::APP.ok("The app calls this system, with every field it has a use for."));
        }
        findings
    }
}
