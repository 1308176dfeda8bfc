//! Each fault planted and found, and a healthy number of which nothing bad is said.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::Timestamp;
use crate::send::{Block, BlockScope, ErrorSource, SendError};

const WABA: &str = "2";
const APP: &str = "3";
const URL: &str = "https://shop.example/webhook";

fn now() -> Timestamp {
    "2026-01-05T12:00:00Z".parse().unwrap()
}

fn token() -> TokenFacts {
    TokenFacts {
        app_id: Some(APP.into()),
        kind: Some("SYSTEM_USER".into()),
        is_valid: true,
        scopes: vec![MESSAGING.into(), MANAGEMENT.into()],
        granular: [(MESSAGING.to_owned(), vec![WABA.to_owned()])].into(),
        ..TokenFacts::default()
    }
}

fn number() -> NumberFacts {
    let text = |text: &str| Some(text.to_owned());
    NumberFacts {
        status: text("CONNECTED"),
        platform_type: text("CLOUD_API"),
        code_verification_status: text("VERIFIED"),
        name_status: text("APPROVED"),
        new_name_status: text("NONE"),
        quality_rating: text("GREEN"),
        messaging_limit: text("TIER_2K"),
        account_mode: text("LIVE"),
        is_on_biz_app: Some(false),
        ..NumberFacts::default()
    }
}

fn account() -> AccountFacts {
    AccountFacts {
        account_review_status: Some("APPROVED".into()),
        business_verification_status: Some("verified".into()),
        ..AccountFacts::default()
    }
}

fn app() -> AppFacts {
    let whatsapp = SubscriptionFacts {
        object: "whatsapp_business_account".into(),
        callback_url: URL.into(),
        active: true,
        fields: FIELDS.iter().map(|field| (*field).to_owned()).collect(),
    };
    AppFacts { has_id: true, has_secret: true, is_taken: Some(true), subscriptions: Some(vec![whatsapp]) }
}

fn callback() -> CallbackFacts {
    CallbackFacts { url: URL.into(), handshake: Answered::Status(200), event: Some(Answered::Status(200)) }
}

fn running() -> RunningFacts {
    RunningFacts { last_inbound_at: Some(now()), graph_version: "v24.0".into(), ..RunningFacts::default() }
}

fn system() -> SystemFacts {
    let plenty = Some(Used { used: 10, most: 1 << 40 });
    let limits = LimitFacts { concurrency: Some(1_000), code: plenty, stacks: plenty, roles: plenty, policies: plenty };
    let events = Some(EventsFacts { waiting: 1_000, taken: 1 });
    SystemFacts { channels: 1, dead_letters: Some(vec![]), events, clock_ahead: None, limits }
}

#[expect(clippy::unnecessary_wraps, reason = "facts are optional")]
fn full(most: u64) -> Option<Used> {
    Some(Used { used: most, most })
}

fn subscribed(apps: &[&str]) -> Vec<SubscribedApp> {
    apps.iter().map(|id| SubscribedApp { app_id: (*id).to_owned(), override_callback_uri: None }).collect()
}

/// What each kind of fact says with one thing changed.
fn of_token(change: impl FnOnce(&mut TokenFacts)) -> Vec<Finding> {
    let mut facts = token();
    change(&mut facts);
    TokenFacts::findings(Some(&facts), Some(APP), WABA, now())
}

fn of_number(change: impl FnOnce(&mut NumberFacts)) -> Vec<Finding> {
    let mut facts = number();
    change(&mut facts);
    NumberFacts::findings(Some(&facts), "1")
}

fn of_account(change: impl FnOnce(&mut AccountFacts)) -> Vec<Finding> {
    let mut facts = account();
    change(&mut facts);
    AccountFacts::findings(Some(&facts), WABA)
}

fn of_app(change: impl FnOnce(&mut AppFacts)) -> Vec<Finding> {
    let mut facts = app();
    change(&mut facts);
    facts.findings(URL, false)
}

fn of_whatsapp(change: impl FnOnce(&mut SubscriptionFacts)) -> Vec<Finding> {
    of_app(|app| change(&mut app.subscriptions.as_mut().unwrap()[0]))
}

fn of_callback(change: impl FnOnce(&mut CallbackFacts)) -> Vec<Finding> {
    let mut facts = callback();
    change(&mut facts);
    facts.findings()
}

fn of_running(change: impl FnOnce(&mut RunningFacts)) -> Vec<Finding> {
    let mut facts = running();
    change(&mut facts);
    facts.findings(now())
}

fn of_version(version: &str, day: &str) -> Vec<Finding> {
    let last_inbound_at = at(day);
    RunningFacts { graph_version: version.into(), last_inbound_at, ..running() }.findings(at(day).unwrap())
}

fn of_system(change: impl FnOnce(&mut SystemFacts)) -> Vec<Finding> {
    let mut facts = system();
    change(&mut facts);
    facts.findings()
}

fn of_send(code: Option<i64>) -> Vec<Finding> {
    let error = code.map(|code| (code, String::from("title"), String::from("remedy")));
    vec![SendFacts { id: "snd_1".into(), state: "failed".into(), error }.finding()]
}

#[expect(clippy::unnecessary_wraps, reason = "facts are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "facts are optional")]
fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "facts are optional")]
fn blocked(code: &str) -> Option<Block> {
    let error = SendError {
        source: ErrorSource::Meta,
        code: code.into(),
        title: "title".into(),
        detail: None,
        remedy: some("remedy"),
        raw: None,
    };
    Some(Block { scope: BlockScope::Everything, error, since: now(), retry_at: now(), token: None })
}

fn entity(code: i64, can_send_message: &str) -> Vec<HealthEntity> {
    let error = HealthError { code, description: "why".into(), solution: "do".into() };
    vec![HealthEntity { entity_type: "WABA".into(), can_send_message: can_send_message.into(), errors: vec![error] }]
}

fn overrides(phone_number: Option<&str>, account: Option<&str>) -> Vec<Finding> {
    let urls = CallbackUrls {
        phone_number: phone_number.map(str::to_owned),
        account: account.map(str::to_owned),
        application: some("https://elsewhere.example/"),
    };
    urls.findings(URL)
}

/// Every fault, the check that finds it, and how bad it is.
fn faults() -> Vec<(&'static str, Level, Vec<Finding>)> {
    use Level::{Error, Info, Warn};
    vec![
        ("token_unreadable", Error, vec![token_unreadable("no answer", "Try again.")]),
        ("token_missing", Error, TokenFacts::findings(None, Some(APP), WABA, now())),
        ("token_invalid", Error, of_token(|facts| facts.is_valid = false)),
        ("token_of_another_app", Error, of_token(|facts| facts.app_id = some("9"))),
        ("token_lacks_messaging", Error, of_token(|facts| facts.scopes.retain(|scope| scope != MESSAGING))),
        ("token_lacks_management", Error, of_token(|facts| facts.scopes.retain(|scope| scope != MANAGEMENT))),
        (
            "token_lacks_account",
            Error,
            of_token(|facts| drop(facts.granular.insert(MANAGEMENT.into(), vec!["9".into()]))),
        ),
        ("token_of_a_person", Warn, of_token(|facts| facts.kind = some("USER"))),
        ("token_expires", Warn, of_token(|facts| facts.expires_at = at("2026-01-18T12:00:00Z"))),
        ("data_access_expires", Warn, of_token(|facts| facts.data_access_expires_at = at("2026-01-18T12:00:00Z"))),
        ("number_not_visible", Error, NumberFacts::findings(None, "1")),
        ("number_not_cloud_api", Error, of_number(|facts| facts.platform_type = some("ON_PREMISE"))),
        ("number_not_registered", Error, of_number(|facts| facts.platform_type = some("NOT_APPLICABLE"))),
        ("number_not_registered", Error, of_number(|facts| facts.status = some("DISCONNECTED"))),
        (
            "number_not_verified",
            Warn,
            of_number(|facts| {
                facts.platform_type = some("NOT_APPLICABLE");
                facts.code_verification_status = some("EXPIRED");
            }),
        ),
        ("number_status", Error, of_number(|facts| facts.status = some("BANNED"))),
        ("number_status", Warn, of_number(|facts| facts.status = some("FLAGGED"))),
        ("quality", Warn, of_number(|facts| facts.quality_rating = some("RED"))),
        ("quality", Info, of_number(|facts| facts.quality_rating = some("YELLOW"))),
        ("messaging_limit", Info, of_number(|facts| facts.messaging_limit = some("TIER_250"))),
        ("name_pending", Info, of_number(|facts| facts.name_status = some("PENDING_REVIEW"))),
        ("name_pending", Info, of_number(|facts| facts.new_name_status = some("PENDING_REVIEW"))),
        ("name_declined", Warn, of_number(|facts| facts.name_status = some("DECLINED"))),
        ("name_not_registered", Warn, of_number(|facts| facts.new_name_status = some("APPROVED"))),
        ("on_business_app", Info, of_number(|facts| facts.is_on_biz_app = Some(true))),
        ("test_number", Info, of_number(|facts| facts.account_mode = some("SANDBOX"))),
        ("test_number", Info, of_number(|facts| facts.test_number = Some(true))),
        ("payment_method", Error, of_number(|facts| facts.health = entity(141_006, "BLOCKED"))),
        ("payment_method", Error, of_running(|facts| facts.block = blocked("billing"))),
        ("payment_method", Error, of_send(Some(131_042))),
        ("meta_blocks", Error, of_account(|facts| facts.health = entity(141_014, "BLOCKED"))),
        ("meta_blocks", Warn, of_account(|facts| facts.health = entity(141_014, "LIMITED"))),
        ("account_not_visible", Error, AccountFacts::findings(None, WABA)),
        ("account_review", Error, of_account(|facts| facts.account_review_status = some("REJECTED"))),
        ("account_review", Warn, of_account(|facts| facts.account_review_status = some("PENDING"))),
        ("business_not_verified", Info, of_account(|facts| facts.business_verification_status = some("not_verified"))),
        ("app_not_subscribed", Error, SubscribedApp::findings(&[], Some(APP), WABA)),
        ("another_app_subscribed", Error, SubscribedApp::findings(&subscribed(&["9"]), Some(APP), WABA)),
        ("other_apps_too", Info, SubscribedApp::findings(&subscribed(&["9", APP]), Some(APP), WABA)),
        ("account_override_elsewhere", Error, overrides(None, Some("https://elsewhere.example/"))),
        ("number_override_elsewhere", Error, overrides(Some("https://elsewhere.example/"), Some(URL))),
        ("app_id_missing", Error, of_app(|facts| facts.has_id = false)),
        ("app_secret_missing", Error, of_app(|facts| facts.has_secret = false)),
        ("app_secret_wrong", Error, of_app(|facts| facts.is_taken = Some(false))),
        ("app_callback_missing", Error, of_app(|facts| facts.subscriptions = Some(vec![]))),
        (
            "app_callback_elsewhere",
            Error,
            of_whatsapp(|facts| facts.callback_url = "https://elsewhere.example/".into()),
        ),
        ("app_callback_elsewhere", Info, {
            let mut facts = app();
            facts.subscriptions.as_mut().unwrap()[0].callback_url = "https://elsewhere.example/".into();
            facts.findings(URL, true)
        }),
        ("app_subscription_inactive", Error, of_whatsapp(|facts| facts.active = false)),
        ("messages_field_missing", Error, of_whatsapp(|facts| facts.fields.retain(|field| field != "messages"))),
        ("fields_missing", Warn, of_whatsapp(|facts| facts.fields.retain(|field| field != "account_update"))),
        ("callback_unreachable", Error, of_callback(|facts| facts.handshake = Answered::Nothing)),
        ("verify_token_wrong", Error, of_callback(|facts| facts.handshake = Answered::Status(403))),
        ("callback_not_ours", Error, of_callback(|facts| facts.handshake = Answered::NoChallenge)),
        ("callback_not_ours", Error, of_callback(|facts| facts.handshake = Answered::Status(404))),
        ("signature_refused", Error, of_callback(|facts| facts.event = Some(Answered::Status(401)))),
        ("webhook_failing", Error, of_callback(|facts| facts.event = Some(Answered::Status(503)))),
        ("sending_parked", Error, of_running(|facts| facts.block = blocked("token"))),
        ("sends_uncertain", Warn, of_running(|facts| facts.uncertain = 2)),
        (
            "sends_overdue",
            Warn,
            of_running(|facts| (facts.overdue, facts.overdue_since) = (2, at("2026-01-05T10:40:00Z"))),
        ),
        ("nothing_received", Info, of_running(|facts| facts.last_inbound_at = None)),
        ("no_inbound", Info, of_running(|facts| facts.last_inbound_at = at("2026-01-02T11:59:59Z"))),
        ("sync_failed", Warn, of_running(|facts| facts.sync_error = some("why"))),
        ("graph_version", Error, of_version("v20.0", "2026-09-24T00:00:00Z")),
        ("graph_version", Warn, of_version("v20.0", "2026-08-01T00:00:00Z")),
        ("meta_unreachable", Warn, vec![meta_unreachable("Meta did not answer in time")]),
        ("not_on_whatsapp", Warn, of_send(Some(131_026))),
        ("not_on_test_list", Warn, of_send(Some(131_030))),
        ("send_failed", Warn, of_send(Some(131_047))),
        ("inbound", Error, vec![inbound(None, Duration::from_mins(1))]),
    ]
}

fn faults_of_the_system() -> Vec<(&'static str, Level, Vec<Finding>)> {
    use Level::{Error, Warn};
    vec![
        ("no_channel", Error, of_system(|facts| facts.channels = 0)),
        (
            "dead_letters",
            Error,
            of_system(|facts| facts.dead_letters = Some(vec![Depth { queue: "outbound".into(), messages: 1 }])),
        ),
        ("events_unread", Warn, of_system(|facts| facts.events = Some(EventsFacts { waiting: 21, taken: 0 }))),
        ("clock", Warn, of_system(|facts| facts.clock_ahead = Some(jiff::SignedDuration::from_secs(-31)))),
        ("concurrency", Warn, of_system(|facts| facts.limits.concurrency = Some(49))),
        ("code_storage", Warn, of_system(|facts| facts.limits.code = full(1 << 30))),
        ("stacks", Warn, of_system(|facts| facts.limits.stacks = full(2_000))),
        ("roles", Warn, of_system(|facts| facts.limits.roles = Some(Used { used: 996, most: 1_000 }))),
        ("policies", Warn, of_system(|facts| facts.limits.policies = full(1_500))),
    ]
}

/// What a number says of which all is well.
fn well() -> Vec<Finding> {
    [
        of_token(|_| ()),
        of_number(|_| ()),
        of_account(|_| ()),
        SubscribedApp::findings(&subscribed(&[APP]), Some(APP), WABA),
        overrides(None, None),
        overrides(None, Some(URL)),
        of_app(|_| ()),
        of_callback(|_| ()),
        of_running(|_| ()),
        of_system(|_| ()),
        // Just published, and about to be taken.
        of_system(|facts| facts.events = Some(EventsFacts { waiting: 20, taken: 0 })),
        of_send(None),
        vec![inbound(Some(Duration::from_secs(2)), Duration::from_mins(1))],
    ]
    .concat()
}

/// Without an app's id there is no page of its settings to lead to.
#[test]
fn what_is_done_by_hand_has_a_place() {
    let remedies = |app| by_hand(app).into_iter().map(|finding| finding.remedy).collect::<Vec<_>>().join(" ");
    assert_eq!(remedies(Some(APP)).matches(&format!("/apps/{APP}/settings/basic/")).count(), 2);
    for none in [None, Some("")] {
        assert!(!remedies(none).contains("/apps//") && remedies(none).contains("/apps/"), "{}", remedies(none));
    }
}

#[test]
fn each_fault_is_found_with_its_remedy() {
    for (id, level, findings) in faults().into_iter().chain(faults_of_the_system()) {
        let found = findings.iter().find(|finding| finding.id == id);
        let found = found.unwrap_or_else(|| panic!("{id} is not found in {findings:?}"));
        assert_eq!(found.level, level, "{found:?}");
        assert!(level < Level::Warn || !found.remedy.is_empty(), "{found:?}");
        let others: Vec<_> = findings.iter().filter(|other| other.id != id && other.level > Level::Ok).collect();
        assert!(
            others.iter().all(|other| id == "number_not_verified" && other.id == "number_not_registered"),
            "{id}: {others:?}"
        );
    }
}

#[test]
fn nothing_is_said_where_all_is_well() {
    assert_eq!(worst(&well()), Level::Ok, "{:?}", well());
}

#[test]
fn every_check_there_is_can_say_something() {
    let planted = faults().into_iter().chain(faults_of_the_system()).flat_map(|(_, _, findings)| findings);
    let said: BTreeSet<&str> = planted.chain(well()).chain(by_hand(Some(APP))).map(|finding| finding.id).collect();
    let listed: BTreeSet<&str> = ALL.iter().map(|check| check.id).collect();
    assert_eq!(said, listed);
    assert_eq!(listed.len(), ALL.len(), "an id twice");
}

#[test]
fn what_a_person_has_to_do_fails_nobody() {
    assert_eq!(worst(&by_hand(None)), Level::Manual);
    assert!(Level::Manual < Level::Warn && Level::Warn < Level::Error);
}

#[test]
fn a_refused_token_is_told_by_its_subcode() {
    let refused =
        Refusal { code: 190, subcode: Some(460), title: "the password was changed".into(), remedy: "X.".into() };
    let findings = of_token(|facts| {
        facts.is_valid = false;
        facts.refused = Some(refused);
    });
    assert!(findings[0].what.contains("the password was changed (code 190/460)"), "{findings:?}");
    assert!(findings[0].remedy.starts_with("X. "));
}

#[test]
fn the_accounts_of_a_token_are_those_it_was_granted() {
    assert_eq!(can_reach(&token()), Some(vec![WABA.to_owned()]));
    assert_eq!(can_reach(&TokenFacts::default()), None);
}
