//! Commands that ask, on a real terminal with a person before it: what is shown, what is not, and what happens when they
//! leave.

use std::process::Command;

use rexpect::session::{PtySession, spawn_command};
use serde_json::json;

use crate::connect::{NEW_NUMBER, NEW_WABA, fresh};
use crate::world::{APP, NUMBER, SECRETS, WABA, World};

/// The terminal shows what is typed, as it does for people, and says at the end how it was left.
const SHELL: &str = r#"stty echo; trap : INT; "$@"; echo "left with $?"; stty -a; echo over"#;
/// An erasure looks through a year of days, which takes a busy machine long.
const PATIENCE_MS: u64 = 300_000;
const SECRET: &str = "local-app-secret";
const TOKEN: &str = "granted-to-two";
const PIN: &str = "975310";

/// What they see, and what they type.
struct Person {
    session: PtySession,
    seen: String,
}

impl Person {
    fn runs(world: &World, args: &[&str]) -> Self {
        let waypost = crate::waypost();
        let mut shell = Command::new("sh");
        shell.args(["-c", SHELL, "sh"]).arg(waypost.get_program()).args(args);
        let at = |name| world.running.at(name);
        shell.args(["--api", at("api"), "--aws-endpoint", at("aws")]);
        for (name, value) in waypost.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.env("TERM", "xterm").env("WAYPOST_GRAPH_URL", at("meta"));
        Self { session: spawn_command(shell, Some(PATIENCE_MS)).unwrap(), seen: String::new() }
    }

    #[track_caller]
    fn sees(&mut self, text: &str) {
        match self.session.exp_string(text) {
            Ok(before) => self.seen.extend([before.as_str(), text]),
            Err(error) => panic!("{text:?} is not seen after {}: {error}", self.seen),
        }
    }

    #[track_caller]
    fn types(&mut self, line: &str) {
        self.session.send_line(line).unwrap();
    }

    /// Gives all that was seen, the command's exit code, and what `stty` says.
    #[track_caller]
    fn ends(mut self) -> (String, i32) {
        self.sees("left with ");
        let (_, code) = self.session.exp_regex("[0-9]+").unwrap();
        let terminal = self.session.exp_string("over").unwrap();
        let words: Vec<&str> = terminal.split_whitespace().collect();
        assert!(words.contains(&"echo") && words.contains(&"icanon"), "the terminal was left otherwise: {terminal}");
        (self.seen, code.parse().unwrap())
    }
}

/// An account with two numbers, one of which is not registered, and a token for two accounts.
fn two_of_everything() -> World {
    let world = fresh();
    let targets = json!([WABA, NEW_WABA]);
    let granular = json!({"whatsapp_business_management": targets, "whatsapp_business_messaging": targets});
    world.at_meta("tokens", &json!({"value": TOKEN, "granular": granular}));
    world.at_meta(&format!("wabas/{NEW_WABA}"), &json!({"numbers": {"100000000000003": "+1 555-0300"}}));
    let fields = json!({"platform_type": "NOT_APPLICABLE", "status": "PENDING"});
    world.at_meta(&format!("numbers/{NEW_NUMBER}"), &json!({"registered": false, "fields": fields}));
    world
}

/// What is asked, a wrong answer with what is said to it, and a right one.
type Question = (&'static str, Option<(&'static str, &'static str)>, &'static str);

const QUESTIONS: [Question; 7] = [
    ("App id", Some(("my app", "must be Meta's id")), APP),
    ("The app secret (not shown): ", None, SECRET),
    ("The access token (not shown): ", Some(("", "It is needed")), TOKEN),
    ("Which account? 1 to 2", Some(("7", "there is no such number")), "2"),
    ("Which number? 1 to 2", None, ""),
    ("Name of the channel", None, "Support"),
    ("two-step PIN", Some(("12", "must be six digits")), PIN),
];

fn answers(person: &mut Person, question: &Question) {
    let (asked, wrong, right) = question;
    person.sees(asked);
    if let Some((wrong, told)) = wrong {
        person.types(wrong);
        person.sees(told);
        person.sees(asked);
    }
    person.types(right);
}

#[test]
fn somebody_is_led_through_connect() {
    let world = two_of_everything();
    let mut person = Person::runs(&world, &["connect"]);
    for question in &QUESTIONS {
        answers(&mut person, question);
    }
    person.sees("Done.");
    let (seen, code) = person.ends();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains(&format!("1. Demo Shop ({WABA})")) && seen.contains("2. +1 555-0300"), "{seen}");
    for hidden in [SECRET, TOKEN, PIN] {
        assert!(!seen.contains(hidden), "{hidden} was shown: {seen}");
    }
    assert!(seen.contains("my app"), "what is no secret is shown: {seen}");
    assert_eq!(world.secret(SECRETS[1]).0, json!({"app_id": APP, "default": TOKEN}));
    let channel = world.api(&["channel", "show", "Support"]);
    assert_eq!(channel["phone_number_id"], NEW_NUMBER);

    // Once more, with what was proposed: nothing is left to do.
    let before = world.state();
    let mut person = Person::runs(&world, &["connect"]);
    person.sees("App id");
    person.types("");
    person.sees("Which account?");
    person.types("2");
    person.sees("Which number?");
    person.types("1");
    person.sees("Nothing had to be changed.");
    let (seen, code) = person.ends();
    assert_eq!(code, 0, "{seen}");
    assert_eq!(world.state(), before);
}

#[test]
fn whoever_leaves_a_question_has_changed_nothing() {
    let world = two_of_everything();
    let before = world.state();
    for at in 0..QUESTIONS.len() {
        let mut person = Person::runs(&world, &["connect"]);
        for question in &QUESTIONS[..at] {
            answers(&mut person, question);
        }
        person.sees(QUESTIONS[at].0);
        person.session.send_control('c').unwrap();
        let (seen, code) = person.ends();
        assert_eq!(code, 130, "at {:?}: {seen}", QUESTIONS[at].0);
        assert_eq!(world.state(), before, "at {:?}", QUESTIONS[at].0);
    }
}

#[test]
fn a_token_is_typed_and_not_shown() {
    let world = World::start();
    world.at_meta("tokens", &json!({"value": "typed-by-hand"}));
    let mut person = Person::runs(&world, &["token", "set"]);
    person.sees("The access token (not shown): ");
    person.session.send_control('c').unwrap();
    assert_eq!(person.ends().1, 130);
    assert_eq!(world.secret(SECRETS[1]).0["default"], "local-access-token");
    let mut person = Person::runs(&world, &["token", "set"]);
    person.sees("The access token (not shown): ");
    person.types("typed-by-hand");
    person.sees("The token is in place");
    let (seen, code) = person.ends();
    assert!(code == 0 && !seen.contains("typed-by-hand"), "{seen}");
    assert_eq!(world.secret(SECRETS[1]).0["default"], "typed-by-hand");
}

/// A code is asked for where one was sent; whoever leaves there goes on with it later.
#[test]
fn a_number_is_registered_again_with_a_code_and_a_pin() {
    let world = World::start();
    let fields = json!({"code_verification_status": "EXPIRED", "status": "DISCONNECTED"});
    world.at_meta(&format!("numbers/{NUMBER}"), &json!({"registered": false, "code": "424242", "fields": fields}));
    let mut person = Person::runs(&world, &["number", "reregister"]);
    person.sees("The code of six digits that came");
    person.session.send_control('c').unwrap();
    assert_eq!(person.ends().1, 130);
    let mut person = Person::runs(&world, &["number", "reregister"]);
    person.sees("The code of six digits that came");
    person.types("42");
    person.sees("must be six digits");
    person.types("424243");
    person.sees("That is not the code");
    person.sees("The code of six digits that came");
    person.types("424-242");
    person.sees("two-step PIN");
    person.types(PIN);
    person.sees("The number is registered.");
    let (seen, code) = person.ends();
    assert!(code == 0 && !seen.contains(PIN), "{seen}");
    assert_eq!(world.json(&["number", "status"]).0["status"], "CONNECTED");
}

/// Whoever is to type a word again before something goes for good: what is asked, the word, and what ends it.
fn is_done_once_typed_again(world: &World, args: &[&str], asked: &str, word: &str, undone: &str, done: &str) {
    let before = world.state();
    for wrong in [Some("somebody else"), None] {
        let mut person = Person::runs(world, args);
        person.sees("MESSAGES FROM THEM");
        person.sees(asked);
        match wrong {
            Some(wrong) => {
                person.types(wrong);
                person.sees(undone);
            }
            None => person.session.send_control('c').unwrap(),
        }
        let (seen, code) = person.ends();
        assert_eq!(code, if wrong.is_some() { 1 } else { 130 }, "{wrong:?}: {seen}");
        assert_eq!(world.state(), before, "{wrong:?}");
    }
    let mut person = Person::runs(world, args);
    person.sees(asked);
    person.types(word);
    person.sees(done);
    let (seen, code) = person.ends();
    assert_eq!(code, 0, "{seen}");
}

#[test]
fn a_person_is_erased_once_the_key_is_typed_again() {
    let world = World::start();
    world.api(&["trigger", "message", "Hello", "--from", "15550142"]);
    is_done_once_typed_again(
        &world,
        &["contacts", "erase", "+15550142", "--no-wait"],
        "type +15550142 again",
        "+15550142",
        "nothing was erased: what was typed is not +15550142",
        "Gone: everything",
    );
    assert_eq!(world.api(&["contacts", "list"])["items"], json!([]));
}

#[test]
fn a_channel_is_erased_once_its_name_is_typed_again() {
    let world = World::start();
    world.api(&["trigger", "message", "Hello", "--from", "15550142"]);
    is_done_once_typed_again(
        &world,
        &["channel", "remove", "local", "--data", "erase"],
        "type local again",
        "local",
        "nothing was removed: what was typed is not local",
        "Removed local, with everything that was stored of it.",
    );
    assert_eq!(world.api(&["channel", "list"])["items"], json!([]));
}

/// What would end is told once, and nothing of it ends without a yes.
#[test]
fn what_leads_here_ends_by_a_yes() {
    let world = World::start();
    let mut person = Person::runs(&world, &["uninstall", "--stack", "waypost-local", "--disconnect"]);
    person.sees("End this?");
    person.types("n");
    let (seen, code) = person.ends();
    assert_eq!((code, seen.matches("is subscribed to the account").count()), (1, 1), "{seen}");
    assert!(world.writes().is_empty(), "{:?}", world.writes());
}

/// Where it may be undone, yes or no is enough.
#[test]
fn a_channel_is_removed_by_a_yes() {
    let world = World::start();
    let mut person = Person::runs(&world, &["channel", "remove", "local"]);
    person.sees("Remove it?");
    // The cursor is hidden while a key is waited for, and seen again however that ends.
    person.sees("\u{1b}[?25l");
    person.session.send_control('c').unwrap();
    person.sees("\u{1b}[?25h");
    let (seen, code) = person.ends();
    assert_eq!(code, 130, "{seen}");
    for (answer, code) in [("n", 1), ("", 1), ("y", 0)] {
        let mut person = Person::runs(&world, &["channel", "remove", "local"]);
        person.sees("Remove it?");
        person.types(answer);
        let (seen, left) = person.ends();
        assert_eq!(left, code, "{answer:?}: {seen}");
        assert_eq!(world.api(&["channel", "list"])["items"].as_array().unwrap().is_empty(), code == 0, "{seen}");
    }
}
