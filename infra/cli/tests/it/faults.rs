//! Every fault that `waypost doctor` knows, planted in a running system and found by the real binary, at the level that the
//! page says; before it and after it nothing is said.

mod app;
mod between;
mod number;
mod token;
mod work;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use local::{Options, Pace};
use sandbox::Clock;
use serde_json::{Value, json};

use crate::world::World;
use app::SUBSCRIPTIONS;
use between::BEFORE_IT;
pub(crate) use between::fronted;
use number::{ACCOUNTS, NUMBERS};
use token::{AT_START, IN_SECRETS, TOKENS};
use work::{AT_WORK, IN_DOUBT, OLD, QUIET, REFUSED, UNPAID, UNTAKEN};

const PAGE: &str = include_str!("../../../docs/doctor.md");
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// What is said where all is well.
const WELL: &[&str] = &[
    "manual live_mode",
    "manual payment_by_hand",
    "manual privacy_policy",
    "ok app",
    "ok callback",
    "ok number",
    "ok queues",
    "ok sending",
    "ok subscription",
    "ok token",
];

struct Case {
    /// Level and id of what is found. Of those that are `ok`, others may be said too.
    says: &'static [&'static str],
    /// Gives more arguments for the doctor.
    plant: fn(&World) -> Vec<String>,
    /// Without it the fault stays for the next case.
    mend: Option<fn(&World)>,
}

const fn lasting(says: &'static [&'static str], plant: fn(&World) -> Vec<String>) -> Case {
    Case { says, plant, mend: None }
}

const fn case(says: &'static [&'static str], plant: fn(&World) -> Vec<String>, mend: fn(&World)) -> Case {
    Case { says, plant, mend: Some(mend) }
}

/// Somebody has written in: not even that is missing.
fn used(options: Options) -> World {
    written(World::here(options))
}

fn written(world: World) -> World {
    write_in(&world);
    world
}

fn write_in(world: &World) {
    world.at_meta("users/15550142/messages", &json!({"text": "Hello"}));
}

/// Poll: what came by webhook, queue or schedule may take a while. Gives what was said.
#[track_caller]
fn says(world: &World, args: &[String], expected: &[&str]) -> Value {
    let args: Vec<&str> = std::iter::once("doctor").chain(args.iter().map(String::as_str)).collect();
    let expected: BTreeSet<&str> = expected.iter().copied().collect();
    let code =
        expected.iter().map(|line| if line.starts_with("error") { 2 } else { i32::from(line.starts_with("warn")) });
    let code = code.max().unwrap_or_default();
    let began = Instant::now();
    loop {
        let (document, exit) = world.json(&args);
        let lines: Vec<String> = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| format!("{} {}", finding["level"].as_str().unwrap(), finding["id"].as_str().unwrap()))
            .collect();
        let bad =
            lines.iter().map(String::as_str).filter(|line| !line.starts_with("ok ") && !line.starts_with("manual "));
        let good = lines.iter().map(String::as_str).filter(|line| expected.contains(line));
        if bad.chain(good).collect::<BTreeSet<_>>() == expected && exit == code {
            return document;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{expected:?} {code} is not {exit} {document:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn walk(world: &World, cases: &[Case]) {
    says(world, &[], WELL);
    for case in cases {
        let args = (case.plant)(world);
        says(world, &args, case.says);
        if let Some(mend) = case.mend {
            mend(world);
            says(world, &[], WELL);
        }
    }
}

/// All there are, for whoever counts them.
const ALL: &[&[Case]] = &[
    TOKENS,
    IN_SECRETS,
    AT_START,
    NUMBERS,
    ACCOUNTS,
    SUBSCRIPTIONS,
    BEFORE_IT,
    REFUSED,
    UNPAID,
    IN_DOUBT,
    UNTAKEN,
    QUIET,
    OLD,
    AT_WORK,
];

fn standing(at: Timestamp) -> Options {
    Options { clock: Clock::standing(at), ..Options::default() }
}

#[test]
fn of_the_token() {
    walk(&used(Options::default()), TOKENS);
}

#[test]
fn of_the_secrets() {
    walk(&used(standing(Timestamp::now())), IN_SECRETS);
}

/// A function that runs goes on with what it has read; one that starts cannot.
#[test]
fn of_a_secret_that_nobody_has_read() {
    let world = used(Options::default());
    work::synced(&world);
    for case in AT_START {
        let args = (case.plant)(&world);
        says(&world, &args, case.says);
    }
}

#[test]
fn of_the_number() {
    walk(&used(Options::default()), NUMBERS);
}

#[test]
fn of_the_account() {
    walk(&used(Options::default()), ACCOUNTS);
}

#[test]
fn of_app_and_subscription() {
    walk(&used(Options::default()), SUBSCRIPTIONS);
}

#[test]
fn of_the_callback_and_the_aws_account() {
    walk(&fronted(), BEFORE_IT);
}

#[test]
fn of_a_number_that_may_not_send() {
    walk(&used(Options::default()), REFUSED);
    walk(&used(Options::default()), UNPAID);
}

#[test]
fn of_sends() {
    walk(&used(Options::default()), IN_DOUBT);
    let idle = Options { idle: ["sender".into()].into(), tick: Pace::Never, ..Options::default() };
    let world = used(idle);
    walk(&world, UNTAKEN);
    let told = says(&world, &[], UNTAKEN[0].says);
    assert!(told.to_string().contains("the oldest for 16m"), "{told}");
}

#[test]
fn of_time() {
    walk(&used(Options::default()), QUIET);
    walk(&used(standing("2027-11-01T00:00:00Z".parse().unwrap())), OLD);
}

#[test]
fn of_the_system_at_work() {
    walk(&used(Options::default()), AT_WORK);
}

/// The page says at which levels each check speaks; each of them was heard above.
#[test]
fn every_check_has_a_case_at_each_level() {
    let (_, checks) = PAGE.split_once("\n## The checks\n").unwrap();
    let rows = checks.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let told: BTreeSet<String> = rows
        .flat_map(|(id, rest)| {
            let levels = rest.split('|').nth(2).unwrap_or_default().trim();
            levels.split(", ").map(move |level| format!("{level} {id}"))
        })
        .collect();
    let cases = ALL.iter().copied().flatten().flat_map(|case| case.says);
    let heard: BTreeSet<String> = cases.chain(WELL).map(|line| (*line).to_owned()).collect();
    assert_eq!(heard, told);
    let ids: BTreeSet<&str> = heard.iter().filter_map(|line| Some(line.split_once(' ')?.1)).collect();
    assert_eq!(ids, model::health::ALL.iter().map(|check| check.id).collect());
}

/// Fewer left than a stack makes is too few.
#[test]
fn the_template_makes_as_many_roles_as_are_asked_for() {
    let made = |kind: &str| {
        TEMPLATE.lines().filter(|line| line.trim() == format!("Type: AWS::IAM::{kind}")).count().try_into().unwrap()
    };
    assert_eq!(model::health::LimitFacts::MADE, (made("Role"), made("ManagedPolicy")));
}
