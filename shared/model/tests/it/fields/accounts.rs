//! What is told of numbers and accounts.

use model::Field;

use super::example;

#[test]
fn an_account_is_restricted_banned_or_shared() {
    example("account_update.restriction", |field| {
        let Field::Account(update) = field else { panic!("an account") };
        assert_eq!(update.restrictions[0].kind, "RESTRICTED_BIZ_INITIATED_MESSAGING");
        assert_eq!(update.restrictions[0].expires_at.unwrap().as_second(), 1_767_700_800);
    });
    example("account_update.ban", |field| {
        let Field::Account(update) = field else { panic!("an account") };
        assert_eq!(update.ban_state.as_deref(), Some("SCHEDULE_FOR_DISABLE"));
        assert_eq!(update.ban_date.as_deref(), Some("April 17, 2026"));
    });
    example("account_update.violation", |field| {
        let Field::Account(update) = field else { panic!("an account") };
        assert_eq!(update.violation.as_deref(), Some("SCAM"));
    });
    example("account_update.partner", |field| {
        let Field::Account(update) = field else { panic!("an account") };
        assert!(update.is_about_partners());
        assert_eq!(update.waba_id.unwrap().as_str(), "200000000000001");
    });
    example("account_update.tomorrow", |field| {
        let Field::Account(update) = field else { panic!("an account") };
        assert_eq!((update.event.as_str(), update.waba_id), ("EVENT_OF_2027", None));
    });
    example("account_review_update", |field| {
        assert!(matches!(field, Field::AccountReview(review) if review.decision == "APPROVED"));
    });
    example("account_alerts", |field| {
        let Field::AccountAlert(alert) = field else { panic!("an alert") };
        assert_eq!((alert.kind.as_str(), alert.severity.as_deref()), ("PROFILE_PICTURE_LOST", Some("WARNING")));
    });
}

#[test]
fn limits_come_as_tiers_or_numbers() {
    for (name, expected) in [("business_capability_update", "TIER_2K"), ("business_capability_update.number", "-1")] {
        example(name, |field| {
            let Field::Capability(told) = field else { panic!("a capability") };
            assert_eq!(told.max_daily_conversations_per_business.as_deref(), Some(expected));
        });
    }
    example("phone_number_quality_update", |field| {
        let Field::NumberQuality(told) = field else { panic!("a quality") };
        assert_eq!((told.event.as_str(), told.current_limit.as_deref()), ("DOWNGRADE", Some("TIER_2K")));
    });
    example("phone_number_name_update", |field| {
        let Field::NumberName(told) = field else { panic!("a name") };
        assert_eq!(told.rejection_reason.as_deref(), Some("NAME_FORMAT_UNACCEPTABLE"));
    });
    example("security", |field| {
        assert!(matches!(field, Field::Security(told) if told.event == "PIN_CHANGED"));
    });
    for name in ["business_username_updates", "business_username_update", "phone_number_username_update"] {
        example(name, |field| assert!(matches!(field, Field::BusinessUsername(_)), "{name}"));
    }
}
