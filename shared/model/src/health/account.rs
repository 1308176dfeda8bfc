//! The WhatsApp Business Account.

use super::number::meta_says;
use super::{Finding, HealthEntity, check};

/// What Meta says of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFacts {
    pub name: Option<String>,
    /// `APPROVED`, `PENDING`, `REJECTED`
    pub account_review_status: Option<String>,
    /// `verified`, `not_verified`, …
    pub business_verification_status: Option<String>,
    pub health: Vec<HealthEntity>,
}

impl AccountFacts {
    /// What is wrong with an account. Without facts Meta does not show it to the token.
    pub fn findings(facts: Option<&Self>, waba: &str) -> Vec<Finding> {
        let Some(facts) = facts else {
            return vec![check::ACCOUNT_NOT_VISIBLE.error(
                format!("Meta shows no account {waba} to the access token."),
                "Compare the id with WhatsApp Manager, and assign the account to the system user with full control.",
            )];
        };
        let mut findings = Vec::new();
        match facts.account_review_status.as_deref() {
            Some("REJECTED") => findings.push(check::ACCOUNT_REVIEW.error(
                "Meta rejected the account in review.",
                "Ask for another review: https://business.facebook.com/business-support-home",
            )),
            Some("PENDING") => {
                findings
                    .push(check::ACCOUNT_REVIEW.warn("Meta is still reviewing the account.", "Wait; it takes days."));
            }
            _ => {}
        }
        // L-07: a business that is not verified may answer everybody.
        if let Some(status) = facts.business_verification_status.as_deref()
            && !status.eq_ignore_ascii_case("verified")
        {
            findings.push(check::BUSINESS_NOT_VERIFIED.info(
                format!("The business is not verified ({status}). It needs to be only to write first to many, or for a badge."),
                "Business settings, Security Center, Start verification.",
            ));
        }
        findings.extend(meta_says(&facts.health));
        findings
    }
}
