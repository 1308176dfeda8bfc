//! Templates as code, from an empty folder to what Meta has (journeys T and S): the real command against the whole system,
//! and what the fake Meta was asked.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::running::Running;
use crate::walk::{json_of, post};
use crate::{json, run, stderr, stdout, waypost};

/// A system, and a folder of templates.
struct World {
    local: Running,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self { local: Running::start(&[]), folder: tempfile::tempdir().unwrap() }
    }

    fn dir(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [&["templates"], args, &["--api", self.local.at("api")]].concat()
    }

    #[track_caller]
    fn ask(&self, args: &[&str]) -> Value {
        json(&[&self.args(args)[..], &["--json"]].concat())
    }

    /// With its exit code, whatever that is.
    fn say(&self, args: &[&str]) -> (i32, String) {
        let output = run(&self.args(args));
        (output.status.code().unwrap(), format!("{}{}", stdout(&output), stderr(&output)))
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }

    fn control(&self, path: &str, body: &Value) -> Value {
        json_of(&post(&format!("{}/_sandbox/{path}", self.local.at("meta")), &body.to_string()))
    }

    /// Meta's judgement, told by webhook. It bears a whole second, and nobody answers it in the same one: an edit there
    /// would be taken for the older of the two (`model::template::Told`).
    fn judge(&self, name: &str, status: &str, reason: Option<&str>) {
        self.control(
            "templates",
            &json!({"name": name, "language": "en_US", "status": status,
            "rejected_reason": reason, "notify": true}),
        );
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        std::thread::sleep(Duration::from_secs(now.as_secs() + 1).saturating_sub(now));
    }

    /// Changes of a plan: what, and of which name.
    fn plan(&self, more: &[&str]) -> Vec<(String, String)> {
        let (dir, plan) = (self.dir().to_owned(), ["plan"]);
        let output = run(&[&self.args(&[&plan[..], &[&dir], more].concat())[..], &["--json"]].concat());
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        let of = |change: &Value| (text(change, "action"), text(change, "name"));
        plan["changes"].as_array().unwrap().iter().map(of).collect()
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

fn pair(action: &str, name: &str) -> (String, String) {
    (action.to_owned(), name.to_owned())
}

fn order(name: &str, words: &str) -> String {
    format!(
        "name: {name}\nlanguage: en_US\ncategory: UTILITY\ncomponents:\n- type: BODY\n  text: Hi {{{{1}}}}, your order of \
         {name} {words}.\n  example:\n    body_text:\n    - [Ana]\n"
    )
}

#[test]
fn a_folder_and_meta_agree() {
    let world = World::new();
    let dir = world.dir().to_owned();
    // Everything that the fake Meta has, and then there is nothing to do.
    let pulled = world.ask(&["pull", &dir]);
    let count = pulled["written"].as_array().unwrap().len();
    assert_eq!((count >= 10, world.plan(&[]), world.plan(&["--delete"])), (true, vec![], vec![]), "{pulled}");
    let again = world.ask(&["pull", &dir]);
    assert_eq!((&again["written"], &again["unchanged"]), (&json!([]), &count.into()));
    assert_eq!(world.ask(&["status"])["last_attempt"]["written"], 0);
    // Meta has the samples of what it lists: nothing is missing while that stays as it is.
    let linted = json(&["templates", "lint", &dir, "--json"])["findings"].clone();
    let errors: Vec<&Value> = linted.as_array().unwrap().iter().filter(|one| one["level"] == "error").collect();
    assert!(errors.is_empty(), "{errors:?}");
    let receipt = Path::new(&dir).join("receipt.en_US.yaml");
    let as_pulled = std::fs::read_to_string(&receipt).unwrap();
    assert!(as_pulled.contains("https://scontent.whatsapp.net/"), "{as_pulled}");
    std::fs::write(&receipt, as_pulled.replace("Your receipt is above", "Your receipt stands above")).unwrap();
    let (code, told) = world.say(&["plan", &dir]);
    assert!(code == 1 && told.contains("header_sample_listed") && told.contains("sample: picture.jpg"), "{told}");
    std::fs::write(&receipt, as_pulled).unwrap();
    // A file keeps its comments while it says the same.
    let path = Path::new(&dir).join("order_shipped.de.yaml");
    let commented = format!("# why\n{}", std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, &commented).unwrap();
    world.ask(&["pull", &dir]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), commented);
    // What no file describes stays, unless it is asked for.
    std::fs::remove_file(&path).unwrap();
    assert_eq!((world.plan(&[]), world.plan(&["--delete"])), (vec![], vec![pair("delete", "order_shipped")]));
    let deleted = world.ask(&["apply", &dir, "--delete", "--yes"]);
    assert_eq!(deleted["changes"][0]["outcome"], "deleted");
    assert_eq!((world.plan(&["--delete"]), world.ask(&["pull", &dir])["written"].clone()), (vec![], json!([])));
}

/// Written, checked, shown, submitted with a sample, rejected with a reason, mended, approved.
#[test]
fn a_template_is_written_rejected_and_approved() {
    let world = World::new();
    let dir = world.dir().to_owned();
    let file = |text: &str| {
        let header = "- type: HEADER\n  format: IMAGE\n  sample: cat.png\n";
        let yaml = "name: receipt_new\nlanguage: en_US\ncategory: UTILITY\ncomponents:\n";
        let body = format!("- type: BODY\n  text: |\n    {text}\n  example:\n    body_text:\n    - [Ana]\n");
        world.write("receipt_new.en_US.yaml", &format!("{yaml}{header}{body}"));
    };
    file("Hi {{1}}");
    let output = run(&["templates", "lint", &dir, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<String> = findings["findings"].as_array().unwrap().iter().map(|one| text(one, "id")).collect();
    assert_eq!(ids, ["parameter_edge", "parameter_density", "header_sample_unreadable"], "{findings}");
    // Nothing of it reaches Meta.
    assert_eq!(world.say(&["apply", &dir, "--yes"]).0, 1);
    file("Hi {{1}}, your receipt is above.");
    world.write("cat.png", "GIF89a");
    let (code, told) = world.say(&["lint", &dir]);
    assert!(code == 1 && told.contains("header_sample_type"), "{told}");
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(vec![0; 100_000]);
    std::fs::write(world.folder.path().join("cat.png"), png).unwrap();
    assert_eq!(json(&["templates", "lint", &dir, "--json"])["findings"], json!([]));
    let shown = run(&["templates", "preview", &format!("{dir}/receipt_new.en_US.yaml")]);
    assert_eq!(stdout(&shown), "[image: cat.png]\n\nHi Ana, your receipt is above.\n");
    let page = run(&["templates", "preview", "--html", &format!("{dir}/receipt_new.en_US.yaml")]);
    assert!(stdout(&page).starts_with("<!doctype html>"));

    assert_eq!(world.plan(&[]), [pair("create", "receipt_new")]);
    // Nobody is there to be asked.
    let unasked = waypost().args(world.args(&["apply", &dir])).stdin(Stdio::null()).output().unwrap();
    assert_eq!(unasked.status.code(), Some(64), "{}", stderr(&unasked));
    let (code, told) = world.say(&["apply", &dir, "--yes"]);
    assert!(code == 0 && told.contains("[1/1] receipt_new (en_US): created; Submitted"), "{told}");
    assert_eq!(world.plan(&[]), []);

    world.judge("receipt_new", "REJECTED", Some("INVALID_FORMAT"));
    let listed = world.say(&["list", "--status", "rejected", "-q", "receipt_new"]).1;
    assert!(
        listed.contains("Rejected") && listed.contains("INVALID_FORMAT") && listed.contains("Last synced"),
        "{listed}"
    );
    file("Hi {{1}}, the receipt of your order is above.");
    assert_eq!(world.plan(&[]), [pair("edit", "receipt_new")]);
    let edited = world.ask(&["apply", &dir, "--yes"]);
    assert_eq!(edited["changes"][0]["outcome"], "edited", "{edited}");
    let rejected = world.ask(&["list", "-q", "receipt_new"]);
    assert_eq!(rejected["items"][0].get("rejected_reason"), None);

    // In review nothing is edited.
    file("Hi {{1}}, the receipt of your last order is above.");
    let (code, told) = world.say(&["plan", &dir]);
    assert!(code == 1 && told.contains("forbidden") && told.contains("PENDING"), "{told}");
    let mut watch = waypost();
    let mut watch = watch.args(world.args(&["status", "--watch"])).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().ends_with("in review."));
    for name in ["receipt_new", "back_in_stock"] {
        world.judge(name, "APPROVED", None);
    }
    let ended: Vec<String> = lines.collect();
    assert!(ended.contains(&"receipt_new (en_US): Approved".to_owned()), "{ended:?}");
    assert!(watch.wait().unwrap().success());
}

/// An apply that ends in the middle: by Meta's refusal, and by a signal. Run again it does the rest, and nothing twice.
#[test]
fn what_ended_early_is_gone_on_with() {
    let world = World::new();
    let dir = world.dir().to_owned();
    for name in ["one", "two", "three"] {
        world.write(&format!("{name}.yaml"), &order(name, "is on the way to you"));
    }
    let creating = |skip: u64, fault: &Value| json!({"match": {"path": "message_templates", "method": "POST"}, "skip": skip, "fault": fault});
    world.control("faults", &creating(1, &json!({"error": {"code": 190, "subcode": 460}})));
    let (code, told) = world.say(&["apply", &dir, "--yes"]);
    assert!(code == 1 && told.contains("[1/3]") && !told.contains("[3/3]"), "{told}");
    delete(&format!("{}/_sandbox/faults", world.local.at("meta")));
    assert_eq!(world.plan(&[]).len(), 2);

    world.control("faults", &creating(0, &json!({"delay": {"ms": 700}})));
    let mut apply = waypost();
    let mut apply = apply.args(world.args(&["apply", &dir, "--yes"])).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(apply.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.into_iter().any(|line| line.starts_with("[1/2]")));
    apply.kill().unwrap();
    apply.wait().unwrap();
    delete(&format!("{}/_sandbox/faults", world.local.at("meta")));
    let rest = world.ask(&["apply", &dir, "--yes"]);
    assert!(rest["changes"].as_array().unwrap().len() <= 1, "{rest}");
    assert_eq!(world.plan(&[]), []);
    assert_eq!(world.ask(&["apply", &dir, "--yes"])["changes"], json!([]));
}

/// Somebody made it at Meta meanwhile; and Meta files one under another category.
#[test]
fn what_is_there_is_adopted_and_what_is_moved_is_told() {
    let world = World::new();
    let dir = world.dir().to_owned();
    world.ask(&["sync", "--wait"]);
    world.write("four.yaml", &order("four", "is on the way to you"));
    let components = json!([{"type": "BODY", "text": "Hi {{1}}, your order of four is on the way to you.",
        "example": {"body_text": [["Ana"]]}}]);
    world.control(
        "templates",
        &json!({"name": "four", "language": "en_US", "category": "UTILITY",
        "status": "APPROVED", "components": components}),
    );
    let adopted = world.ask(&["apply", &dir, "--yes", "--no-sync"]);
    assert_eq!(adopted["changes"][0]["outcome"], "adopted", "{adopted}");
    assert_eq!(world.plan(&[]), []);

    world.control("settings", &json!({"files_template_under": "MARKETING"}));
    world.write("five.yaml", &order("five", "is on the way to you"));
    let (code, told) = world.say(&["apply", &dir, "--yes"]);
    assert!(code == 0 && told.contains("Meta has it as MARKETING instead of UTILITY"), "{told}");
    let listed = world.say(&["list", "-q", "five"]).1;
    assert!(listed.contains("submitted as utility"), "{listed}");
    // The listing tells it as well, and the file is asked to say so.
    world.judge("five", "APPROVED", None);
    let (code, told) = world.say(&["plan", &dir]);
    assert!(code == 1 && told.contains("Meta has it as MARKETING"), "{told}");
}

fn delete(url: &str) {
    use std::io::{Read, Write};
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(stream, "DELETE /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    stream.read_to_string(&mut String::new()).unwrap();
}

/// infra/docs/templates.md, executed as it is written.
#[test]
fn the_page_works_as_written() {
    const PAGE: &str = include_str!("../../../docs/templates.md");
    let world = World::new();
    let binary = Path::new(env!("CARGO_BIN_EXE_waypost"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut executed = 0;
    for block in PAGE.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let mut shell = Command::new("sh");
        let script = block.replace("http://127.0.0.1:8787", world.local.at("api")).replace("cargo run --", "waypost");
        shell.args(["-e", "-c", &script]).current_dir(world.folder.path());
        let output = shell.env("PATH", &path).env("WAYPOST_API", world.local.at("api")).output().unwrap();
        assert!(output.status.success(), "{block}\n{}{}", stdout(&output), stderr(&output));
        executed += 1;
    }
    assert_eq!(executed, 5);
}
