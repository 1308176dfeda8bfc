//! The examples that `--help` shows, each run as it stands there against a system on this machine; and completions.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::world::{NUMBER, World};
use crate::{run, stderr, stdout};

/// They run until they are stopped, or until somebody at Meta does something; others walk them (running.rs, doctor.rs,
/// templates.rs).
const WAITING: [&str; 5] = [
    "waypost local",
    "waypost local --data-dir data",
    "waypost local --port 0 --meta-port 0 --aws-port 0 --json",
    "waypost doctor --wait-inbound 5m",
    "waypost templates status --watch --timeout 3600",
];
/// They ask before they do it, and nobody is there to be asked.
const ASKING: [&str; 2] = ["waypost channel remove support", "waypost number deregister support"];

const SECRETS: [(&str, &str); 3] = [
    ("WAYPOST_APP_SECRET", "local-app-secret"),
    ("WAYPOST_ACCESS_TOKEN", "local-access-token"),
    ("WAYPOST_PIN", "123456"),
];

#[test]
fn every_example_does_what_it_says() {
    let mut executed = 0;
    for name in commands(&[]) {
        let examples = examples(&[&name]);
        let scene = Scene::set(&name);
        for example in examples {
            if WAITING.contains(&example.as_str()) {
                continue;
            }
            let output = scene.run(&example);
            let code = output.status.code();
            if ASKING.contains(&example.as_str()) {
                assert!(code == Some(64) && stderr(&output).contains("--yes"), "{example}: {}", stderr(&output));
            } else {
                assert_eq!(code, Some(0), "{example}\n{}{}", stdout(&output), stderr(&output));
            }
            executed += 1;
        }
    }
    assert!(executed > 80, "{executed}");
}

/// What is below a command, by its help.
fn commands(path: &[&str]) -> Vec<String> {
    let help = stdout(&run(&[path, &["--help"]].concat()));
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        // What does not fit goes on further right.
        let name = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?;
        name.split_whitespace().next().map(str::to_owned)
    });
    names.filter(|name| name != "help").collect()
}

/// Those of a command and of all below it; the ends of things last.
fn examples(path: &[&str]) -> Vec<String> {
    let help = stdout(&run(&[path, &["--help"]].concat()));
    let (_, shown) = help.split_once("Examples:\n").unwrap_or_default();
    let mut all: Vec<String> = shown.lines().map_while(|line| line.strip_prefix("  ")).map(str::to_owned).collect();
    let below = commands(path);
    if !below.is_empty() {
        // A group only repeats some of what stands below it.
        all.clear();
    }
    for name in below {
        all.extend(examples(&[path, &[&name]].concat()));
    }
    all.sort_by_key(|example| ["deregister", "remove"].iter().any(|end| example.contains(end)));
    all
}

/// A system with something to show, and a folder with files.
struct Scene {
    world: World,
    folder: tempfile::TempDir,
    send_id: String,
    wamid: String,
}

impl Scene {
    fn set(name: &str) -> Self {
        let world = World::start();
        let folder = tempfile::tempdir().unwrap();
        for place in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"] {
            std::fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        let location = json!({"latitude": 52.5, "longitude": 13.4, "name": "The shop"});
        let message = json!({"to": "+15550101", "type": "location", "location": location});
        std::fs::write(folder.path().join("location.json"), message.to_string()).unwrap();
        std::fs::write(folder.path().join("invoice.pdf"), "%PDF-1.7").unwrap();
        let mut scene = Self { world, folder, send_id: String::new(), wamid: String::new() };
        scene.write_in("15550102", &json!({"text": "Hello"}));
        let image = json!({"type": "image", "image": {"mime_type": "image/png", "bytes": "Y2FuYXJ5"}});
        scene.wamid = scene.write_in("15550101", &image);
        let api = scene.world.running.at("api");
        crate::json(&["templates", "sync", "--wait", "--json", "--api", api]);
        let sent = crate::json(&["send", "+15550101", "Hello", "--wait", "--json", "--api", api]);
        sent["id"].as_str().unwrap().clone_into(&mut scene.send_id);
        match name {
            "message" => scene.wait_for_the_file(),
            "number" => {
                let fields = json!({"code_verification_status": "EXPIRED", "status": "DISCONNECTED"});
                let number = json!({"registered": false, "code": "123456", "fields": fields});
                scene.world.at_meta(&format!("numbers/{NUMBER}"), &number);
            }
            _ => {}
        }
        scene
    }

    fn write_in(&self, person: &str, message: &Value) -> String {
        let written = self.world.at_meta(&format!("users/{person}/messages"), message);
        written["wamid"].as_str().unwrap().to_owned()
    }

    fn wait_for_the_file(&self) {
        let began = std::time::Instant::now();
        while !self.shell("waypost message media WAMID").status.success() {
            assert!(began.elapsed().as_secs() < 60, "the file is not copied");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// An earlier example may have given the channel another name, or pulled a template whose picture has to be put
    /// beside it by hand.
    fn run(&self, example: &str) -> Output {
        drop(std::fs::remove_file(self.folder.path().join("templates/receipt.en_US.yaml")));
        drop(run(&["channel", "rename", NUMBER, "support", "--api", self.world.running.at("api")]));
        self.shell(example)
    }

    /// Only addresses and ids are others here.
    fn shell(&self, example: &str) -> Output {
        let at = |name| self.world.running.at(name);
        let script = example
            .replace("SEND_ID", &self.send_id)
            .replace("WAMID", &self.wamid)
            .replace(" --stack waypost", "")
            .replace("http://127.0.0.1:8788", at("meta"));
        let script = format!("waypost() {{ command waypost \"$@\" --aws-endpoint {}; }}\n{script}", at("aws"));
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &script]).env("PATH", path()).env("HOME", self.folder.path());
        shell.env("WAYPOST_API", at("api")).env("WAYPOST_GRAPH_URL", at("meta")).envs(SECRETS);
        shell.current_dir(self.folder.path()).stdin(Stdio::null()).output().unwrap()
    }
}

/// With the command under test before whatever else is called so.
fn path() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_waypost"));
    format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap())
}

/// What bash offers once it has loaded the script: commands below a command, options, and their values.
#[test]
fn bash_completes() {
    if Command::new("bash").arg("--version").output().is_err() {
        eprintln!("skipped: completion in bash: no bash");
        return;
    }
    for (line, offered, not) in [
        ("templates p", &["preview", "pull", "plan"][..], &["lint", "inbox"][..]),
        ("co", &["connect", "contacts", "completions"], &["doctor"]),
        ("send --fall", &["--fallback-template"], &["--file"]),
        ("send --on-uncertain r", &["resend"], &["fail"]),
    ] {
        let words: Vec<&str> = std::iter::once("waypost").chain(line.split(' ')).collect();
        let (last, before) = (words.len() - 1, words[words.len() - 2]);
        let script = format!(
            "source <(waypost completions bash) && COMP_WORDS=({}) COMP_CWORD={last} && _waypost waypost '{}' '{before}' && \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words[last],
        );
        let output = Command::new("bash").args(["--norc", "-c", &script]).env("PATH", path()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", stderr(&output));
        let told = stdout(&output);
        let told: Vec<&str> = told.lines().collect();
        assert!(offered.iter().all(|word| told.contains(word)), "{line}: {told:?}");
        assert!(not.iter().all(|word| !told.contains(word)), "{line}: {told:?}");
    }
}

#[test]
fn other_shells_have_theirs() {
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success() && stdout(&output).contains("templates"), "{shell}");
    }
    assert_eq!(run(&["completions", "cmd"]).status.code(), Some(64));
}
