use serde_json::{Value, json};

use super::*;
use crate::ids::WabaId;

fn now() -> Timestamp {
    "2026-03-10T12:00:00Z".parse().unwrap()
}

fn file(name: &str, text: &str) -> Definition {
    of(&json!({"name": name, "language": "en", "category": "UTILITY", "components": [{"type": "BODY", "text": text}]}))
}

fn of(value: &Value) -> Definition {
    Definition::parse(value).unwrap()
}

fn listed(name: &str, text: &str, status: &str) -> Template {
    let value = json!({"id": "1", "name": name, "language": "en", "category": "UTILITY", "status": status,
        "components": [{"type": "BODY", "text": text}]});
    let raw = value.to_string();
    let long_ago = now() - SignedDuration::from_hours(24 * 100);
    Template::parse(&WabaId::new("2"), serde_json::from_str(&raw).unwrap(), long_ago).unwrap()
}

fn one(files: &[Definition], listed: &[Template], delete: bool) -> Change {
    let mut changes = plan(files, listed, delete, now());
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.remove(0)
}

fn forbidden(change: &Change) -> Option<&str> {
    change.forbidden.as_ref().map(|forbidden| forbidden.id)
}

#[test]
fn each_is_created_edited_deleted_or_left() {
    let created = one(&[file("a", "Hi")], &[], false);
    assert_eq!((created.action, forbidden(&created), &created.status), (Action::Create, None, &None));
    let same = one(&[file("a", "Hi")], &[listed("a", "Hi", "APPROVED")], true);
    assert_eq!(same.action, Action::Nothing);
    let edited = one(&[file("a", "Hello")], &[listed("a", "Hi", "REJECTED")], true);
    assert_eq!(
        (edited.action, &edited.differs[..], forbidden(&edited)),
        (Action::Edit, &["body".to_owned()][..], None)
    );
    assert_eq!(plan(&[], &[listed("a", "Hi", "APPROVED")], false, now()), []);
    let deleted = one(&[], &[listed("a", "Hi", "APPROVED")], true);
    assert_eq!((deleted.action, forbidden(&deleted)), (Action::Delete, None));
    // What is on its way out is not deleted again.
    assert_eq!(plan(&[], &[listed("a", "Hi", "PENDING_DELETION")], true, now()), []);
}

/// Only what is approved, rejected or paused is edited.
#[test]
fn a_status_forbids_edits() {
    for (status, expected) in [
        ("APPROVED", None),
        ("REJECTED", None),
        ("PAUSED", None),
        ("PENDING", Some("not_editable")),
        ("IN_APPEAL", Some("not_editable")),
        ("DISABLED", Some("not_editable")),
        ("ARCHIVED", Some("not_editable")),
        ("SOMETHING_NEW", Some("not_editable")),
    ] {
        let change = one(&[file("a", "Hello")], &[listed("a", "Hi", status)], false);
        assert_eq!((change.action, forbidden(&change)), (Action::Edit, expected), "{status}");
        // Where nothing differs nothing is forbidden.
        assert_eq!(one(&[file("a", "Hi")], &[listed("a", "Hi", status)], false).action, Action::Nothing);
    }
    let disabled = one(&[], &[listed("a", "Hi", "DISABLED")], true);
    assert_eq!((disabled.action, forbidden(&disabled)), (Action::Delete, Some("disabled")));
}

#[test]
fn the_category_of_what_is_approved_stays() {
    let marketing = |status: &str, text: &str| Template { category: "MARKETING".into(), ..listed("a", text, status) };
    let only = one(&[file("a", "Hi")], &[marketing("APPROVED", "Hi")], false);
    assert_eq!((forbidden(&only), &only.differs[..]), (Some("category_fixed"), &["category".to_owned()][..]));
    let more = one(&[file("a", "Hello")], &[marketing("APPROVED", "Hi")], false);
    assert_eq!((forbidden(&more), &more.differs[..]), (None, &["body".to_owned()][..]));
    assert!(more.notes[0].starts_with("stays MARKETING"), "{more:?}");
    let rejected = one(&[file("a", "Hi")], &[marketing("REJECTED", "Hi")], false);
    assert_eq!((forbidden(&rejected), rejected.action), (None, Action::Edit));
}

/// To the second: a day after the last change of what is approved, and thirty days after a name went.
#[test]
fn times_are_kept_at_both_ends() {
    let day = SignedDuration::from_hours(24);
    for (ago, warned) in [(day, false), (day - SignedDuration::from_secs(1), true)] {
        let mut template = listed("a", "Hi", "APPROVED");
        let seconds = (now() - ago).as_second().to_string();
        template.extra.insert("last_updated_time".into(), serde_json::value::RawValue::from_string(seconds).unwrap());
        let change = one(&[file("a", "Hello")], &[template], false);
        assert_eq!(change.notes[0].contains("not before"), warned, "{change:?}");
    }
    for (ago, expected) in [(day * 30, None), (day * 30 - SignedDuration::from_secs(1), Some("name_locked"))] {
        let gone = Template { absent: true, updated_at: now() - ago, ..listed("a", "Hi", "APPROVED") };
        let change = one(&[file("a", "Hi")], std::slice::from_ref(&gone), false);
        assert_eq!((change.action, forbidden(&change)), (Action::Create, expected));
        // One that was never approved does not lock its name, and neither does one language of several.
        let rejected = Template { status: "REJECTED".into(), ..gone.clone() };
        assert_eq!(forbidden(&one(&[file("a", "Hi")], &[rejected], false)), None);
        let other = Template { language: "de".into(), ..listed("a", "Hi", "APPROVED") };
        assert_eq!(forbidden(&one(&[file("a", "Hi")], &[gone, other], false)), None);
    }
}

#[test]
fn a_name_has_one_category_in_all_languages() {
    let german = |category: &str| Template {
        language: "de".into(),
        category: category.into(),
        ..listed("a", "Hallo", "APPROVED")
    };
    assert_eq!(forbidden(&one(&[file("a", "Hi")], &[german("MARKETING")], false)), Some("category_of_the_name"));
    assert_eq!(forbidden(&one(&[file("a", "Hi")], &[german("UTILITY")], false)), None);
    let gone = Template { absent: true, status: "REJECTED".into(), ..german("MARKETING") };
    assert_eq!(forbidden(&one(&[file("a", "Hi")], &[gone], false)), None);
}
