//! The phone number: on the Cloud API, registered, connected, under an approved name, of good quality.

use super::check;
use super::{Finding, Level};

/// What Meta says of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberFacts {
    pub status: Option<String>,
    pub platform_type: Option<String>,
    pub code_verification_status: Option<String>,
    pub name_status: Option<String>,
    pub new_name_status: Option<String>,
    pub quality_rating: Option<String>,
    pub messaging_limit: Option<String>,
    pub account_mode: Option<String>,
    pub is_on_biz_app: Option<bool>,
    /// The channel's own setting, where the team has one.
    pub test_number: Option<bool>,
    pub health: Vec<HealthEntity>,
}

/// One entity of Meta's `health_status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthEntity {
    /// `PHONE_NUMBER`, `WABA`, `BUSINESS`, `APP`, `MESSAGE_TEMPLATE`
    pub entity_type: String,
    /// `AVAILABLE`, `LIMITED`, `BLOCKED`
    pub can_send_message: String,
    pub errors: Vec<HealthError>,
}

/// Why an entity cannot send as it might.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthError {
    pub code: i64,
    pub description: String,
    pub solution: String,
}

/// Of `health_status` (contract §4.7).
const NO_PAYMENT_METHOD: i64 = 141_006;
const BUSINESS_NOT_VERIFIED: i64 = 141_010;

const REREGISTER: &str = "waypost number reregister";

impl NumberFacts {
    /// Whether it is one of Meta's test numbers.
    pub fn is_test(&self) -> bool {
        self.test_number.unwrap_or(self.account_mode.as_deref() == Some("SANDBOX"))
    }

    /// Whether the number is registered on the Cloud API.
    pub fn is_registered(&self) -> bool {
        self.platform_type.as_deref().is_none_or(|platform| platform == "CLOUD_API")
            && !matches!(self.status.as_deref(), Some("DISCONNECTED" | "UNVERIFIED"))
    }

    /// Whether the owner of the number has proven to be that.
    pub fn is_verified(&self) -> bool {
        self.code_verification_status.as_deref() == Some("VERIFIED")
    }

    /// What is wrong with a number. Without facts Meta does not show it to the token.
    pub fn findings(facts: Option<&Self>, phone_number_id: &str) -> Vec<Finding> {
        let Some(facts) = facts else {
            return vec![check::NUMBER_NOT_VISIBLE.error(
                format!("Meta shows no number {phone_number_id} to the access token."),
                "Compare the id with WhatsApp Manager, Phone numbers (it is not the number itself), and the account that the \
                 system user is assigned.",
            )];
        };
        let mut findings = facts.registration();
        findings.extend(facts.name());
        findings.extend(facts.standing());
        findings.extend(meta_says(&facts.health));
        if findings.iter().all(|finding| finding.level < Level::Warn) {
            findings.insert(0, check::NUMBER.ok("The number is registered, connected, and may send."));
        }
        findings
    }

    fn registration(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match (self.platform_type.as_deref(), self.status.as_deref()) {
            (Some("ON_PREMISE"), _) => findings.push(check::NUMBER_NOT_CLOUD_API.error(
                "The number is on the On-Premises API, not on the Cloud API: nothing can be sent with it here.",
                format!("Migrate it: {REREGISTER} (infra/docs/connect.md, Moving a number here)"),
            )),
            _ if !self.is_registered() => findings.push(
                check::NUMBER_NOT_REGISTERED
                    .error("The number is not registered on the Cloud API: it neither sends nor receives.", REREGISTER),
            ),
            (_, Some("CONNECTED") | None) => {}
            (_, Some(status @ ("BANNED" | "DELETED" | "MIGRATED"))) => findings.push(check::NUMBER_STATUS.error(
                format!("Meta says of the number: {status}. It cannot be used here."),
                "See the number in WhatsApp Manager: https://business.facebook.com/wa/manage/phone-numbers/",
            )),
            (_, Some(status)) => findings.push(check::NUMBER_STATUS.warn(
                format!("Meta says of the number: {status}. Only CONNECTED sends freely."),
                "See the number in WhatsApp Manager: https://business.facebook.com/wa/manage/phone-numbers/",
            )),
        }
        if !self.is_registered() && !self.is_verified() && self.code_verification_status.is_some() {
            findings.push(check::NUMBER_NOT_VERIFIED.warn(
                "That the number is yours has not been verified by a code, or that was long ago.",
                "waypost number request-code, then waypost number verify-code (reregister does both)",
            ));
        }
        findings
    }

    fn name(&self) -> Option<Finding> {
        let (now, new) = (self.name_status.as_deref(), self.new_name_status.as_deref());
        match (now, new) {
            (_, Some("APPROVED" | "AVAILABLE_WITHOUT_REVIEW")) => Some(check::NAME_NOT_REGISTERED.warn(
                "Meta approved the new display name; people see it once the number is registered again.",
                REREGISTER,
            )),
            (_, Some("DECLINED")) | (Some("DECLINED"), _) => Some(check::NAME_DECLINED.warn(
                "Meta declined the display name.",
                "Choose another in WhatsApp Manager: it has to be the business's own, as its website shows it.",
            )),
            (_, Some("PENDING_REVIEW")) | (Some("PENDING_REVIEW"), _) => Some(check::NAME_PENDING.info(
                "Meta is reviewing the display name. Until then people see the number, or the name as it was.",
                "Wait; it takes days at most. After a change: waypost number reregister",
            )),
            _ => None,
        }
    }

    fn standing(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.quality_rating.as_deref() {
            Some("RED") => findings.push(check::QUALITY.warn(
                "The number's quality is low (RED): people block or report it. Meta may lower its limit.",
                "Write to those who asked for it, less often, and let them opt out.",
            )),
            Some("YELLOW") => findings.push(check::QUALITY.info("The number's quality is medium (YELLOW).", "")),
            _ => {}
        }
        if self.is_test() {
            findings.push(check::TEST_NUMBER.info(
                "It is a test number of Meta's: it writes to five people on its list only, and cannot be deleted.",
                "For others, add a number of your own in WhatsApp Manager, then: waypost connect",
            ));
        } else if let Some(tier) =
            self.messaging_limit.as_deref().filter(|tier| matches!(*tier, "TIER_50" | "TIER_250"))
        {
            let people = tier.trim_start_matches("TIER_");
            findings.push(check::MESSAGING_LIMIT.info(
                format!("You may write first to {people} people within 24 hours. Answers are unlimited."),
                "To scale, verify the business in Business settings, Security Center.",
            ));
        }
        if self.is_on_biz_app == Some(true) {
            findings.push(check::ON_BUSINESS_APP.info(
                "The number is used in the WhatsApp Business app too: it sends 20 messages a second, and cannot be \
                 deregistered.",
                "",
            ));
        }
        findings
    }
}

/// What Meta's own `health_status` says, one finding for each error.
pub(super) fn meta_says(entities: &[HealthEntity]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for entity in entities {
        let blocked = entity.can_send_message == "BLOCKED";
        for error in &entity.errors {
            let finding = match error.code {
                NO_PAYMENT_METHOD => no_payment_method(),
                // Told by the account itself.
                BUSINESS_NOT_VERIFIED => continue,
                code => {
                    let what =
                        format!("Meta says of the {}: {} ({code})", named(&entity.entity_type), error.description);
                    let level = if blocked { Level::Error } else { Level::Warn };
                    check::META_BLOCKS.finding(level, what, error.solution.as_str())
                }
            };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        if blocked && entity.errors.is_empty() {
            findings.push(check::META_BLOCKS.error(
                format!("Meta lets the {} send nothing, and does not say why.", named(&entity.entity_type)),
                "See WhatsApp Manager, Account tools, Policy enforcement.",
            ));
        }
    }
    findings
}

pub(super) fn no_payment_method() -> Finding {
    check::PAYMENT_METHOD.error(
        "The account has no payment method that works: Meta refuses what is charged for (131042).",
        "Add or mend it: https://business.facebook.com/billing_hub. What waits leaves by itself afterwards.",
    )
}

fn named(entity_type: &str) -> &str {
    match entity_type {
        "PHONE_NUMBER" => "number",
        "WABA" => "account",
        "BUSINESS" => "business",
        "APP" => "app",
        other => other,
    }
}
