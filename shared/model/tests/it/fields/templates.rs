//! What webhooks tell of templates.

use model::template::{Facet, TemplateNews};
use model::webhook::field::TemplateCategory;
use model::{Field, Timestamp};

use super::example;

#[test]
fn a_status_is_told_in_capitals_and_a_language_with_an_underscore() {
    example("message_template_status_update.paused", |field| {
        let Field::TemplateStatus(status) = field else { panic!("a status") };
        assert_eq!((status.event.as_str(), status.reason.as_deref()), ("PAUSED", None));
        assert_eq!((status.template.name.as_str(), status.template.language.as_str()), ("hello_world", "en_US"));
        assert_eq!(status.template.id.unwrap().as_str(), "900000000000001");
        assert!(status.details.unwrap().get().contains("FIRST_PAUSE"));
    });
    example("message_template_status_update.rejected", |field| {
        let Field::TemplateStatus(status) = field else { panic!("a status") };
        assert_eq!((status.event.as_str(), status.reason.as_deref()), ("REJECTED", Some("INVALID_FORMAT")));
        assert_eq!(status.category.as_deref(), Some("UTILITY"));
    });
}

/// Meta's own sample has it under the field of statuses.
#[test]
fn quality_is_known_by_what_it_says() {
    for (name, current) in
        [("message_template_quality_update", "YELLOW"), ("message_template_status_update.quality", "RED")]
    {
        example(name, |field| {
            let Field::TemplateQuality(quality) = field else { panic!("{name}") };
            assert_eq!(quality.current, current);
        });
    }
}

/// `new_category` is the old one in the announcement, and the new one once it has come about.
#[test]
fn an_announced_category_is_not_a_done_one() {
    example("template_category_update.announced", |field| {
        let Field::TemplateCategory(TemplateCategory::Announced { current, future, at, .. }) = field else {
            panic!("announced")
        };
        assert_eq!(
            (current.as_str(), future.as_str(), at.unwrap().as_second()),
            ("UTILITY", "MARKETING", 1_767_700_800)
        );
    });
    example("template_category_update.done", |field| {
        let Field::TemplateCategory(TemplateCategory::Done { previous, current, .. }) = field else { panic!("done") };
        assert_eq!((previous.as_deref(), current.as_str()), (Some("UTILITY"), "MARKETING"));
    });
}

#[test]
fn only_some_fields_tell_of_a_facet() {
    let at = Timestamp::from_second(1_767_614_400).unwrap();
    for (name, facet) in [
        ("message_template_status_update.disabled", Some(Facet::Status)),
        ("message_template_status_update.quality", Some(Facet::Quality)),
        ("message_template_quality_update", Some(Facet::Quality)),
        ("template_category_update.done", Some(Facet::Category)),
        ("message_template_components_update", None),
        ("template_correct_category_detection", None),
        ("account_update.ban", None),
    ] {
        example(name, |field| assert_eq!(TemplateNews::of(&field, at).map(|news| news.facet), facet, "{name}"));
    }
}
