//! A system with something to show, a folder with files, and a shell in which examples run as they stand.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::world::{NUMBER, World};
use crate::{json, run};

/// What a person would be asked for.
const GIVEN: [(&str, &str); 5] = [
    ("WAYPOST_APP_SECRET", "local-app-secret"),
    ("WAYPOST_ACCESS_TOKEN", "local-access-token"),
    ("WAYPOST_PIN", "123456"),
    ("APP_SECRET", "local-app-secret"),
    ("ACCESS_TOKEN", "local-access-token"),
];

pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) folder: tempfile::TempDir,
    send_id: String,
    wamid: String,
}

impl Scene {
    /// Nobody has written yet.
    pub(crate) fn start() -> Self {
        let world = World::start();
        let folder = tempfile::tempdir().unwrap();
        for place in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"] {
            std::fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        let location = json!({"latitude": 52.5, "longitude": 13.4, "name": "The shop"});
        let message = json!({"to": "+15550101", "type": "location", "location": location});
        std::fs::write(folder.path().join("location.json"), message.to_string()).unwrap();
        std::fs::write(folder.path().join("invoice.pdf"), "%PDF-1.7").unwrap();
        Self { world, folder, send_id: String::new(), wamid: String::new() }
    }

    /// Two people wrote, one of them a picture; one got an answer; templates are read; the channel is called `support`.
    pub(crate) fn set() -> Self {
        let mut scene = Self::start();
        scene.write_in("15550102", &json!({"text": "Hello"}));
        let image = json!({"type": "image", "image": {"mime_type": "image/png", "bytes": "Y2FuYXJ5"}});
        scene.wamid = scene.write_in("15550101", &image);
        let api = scene.world.running.at("api");
        json(&["channel", "rename", NUMBER, "support", "--json", "--api", api]);
        json(&["templates", "sync", "--wait", "--json", "--api", api]);
        let sent = json(&["send", "+15550101", "Hello", "--wait", "--json", "--api", api]);
        sent["id"].as_str().unwrap().clone_into(&mut scene.send_id);
        scene
    }

    pub(crate) fn write_in(&self, person: &str, message: &Value) -> String {
        let written = self.world.at_meta(&format!("users/{person}/messages"), message);
        written["wamid"].as_str().unwrap().to_owned()
    }

    /// As a number is that has to be verified and registered again.
    pub(crate) fn unregister(&self) {
        let fields = json!({"code_verification_status": "EXPIRED", "status": "DISCONNECTED"});
        let number = json!({"registered": false, "code": "123456", "fields": fields});
        self.world.at_meta(&format!("numbers/{NUMBER}"), &number);
    }

    pub(crate) fn wait_for_the_file(&self) {
        let began = std::time::Instant::now();
        while !self.run("waypost message media WAMID").status.success() {
            assert!(began.elapsed().as_secs() < 60, "the file is not copied");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// An earlier example may have given the channel another name, or pulled a template whose picture has to be put beside
    /// it by hand.
    pub(crate) fn tidy(&self) {
        drop(run(&["channel", "rename", NUMBER, "support", "--api", self.world.running.at("api")]));
        drop(std::fs::remove_file(self.folder.path().join("templates/receipt.en_US.yaml")));
    }

    /// Runs it in a shell. Only addresses and ids are others here, and the stack's name.
    pub(crate) fn run(&self, script: &str) -> Output {
        let at = |name| self.world.running.at(name);
        let script = script
            .replace("SEND_ID", &self.send_id)
            .replace("WAMID", &self.wamid)
            .replace("YOUR_PHONE", "+15550101")
            .replace("--stack waypost", "--stack waypost-local")
            .replace("http://127.0.0.1:8787", at("api"))
            .replace("http://127.0.0.1:8788", at("meta"));
        let aliases = format!(
            "waypost() {{ command waypost \"$@\" --aws-endpoint {}; }}\ncurl() {{ command curl -sS --fail-with-body \"$@\"; }}",
            at("aws")
        );
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &format!("{aliases}\n{script}")]).env("PATH", path()).env("HOME", self.folder.path());
        shell.env("WAYPOST_API", at("api")).env("WAYPOST_GRAPH_URL", at("meta")).envs(GIVEN);
        shell.current_dir(self.folder.path()).stdin(Stdio::null()).output().unwrap()
    }
}

/// With the command under test before whatever else is called so.
pub(crate) fn path() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_waypost"));
    format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap())
}
