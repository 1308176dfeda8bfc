//! `waypost local` as a process.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use local::{Local, Options};
use serde_json::Value;

use super::waypost;
use crate::world::runtime;

/// A running local system; ended when dropped.
pub(crate) struct Running {
    host: Host,
    pub(crate) ready: Value,
}

enum Host {
    Process(Child),
    /// In this process, so that its time can be moved and its parts held still.
    Here(Box<Local>),
}

impl Running {
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::start_in(&mut waypost(), &[&["--json"], more].concat())
    }

    /// For a person: the commands it prints to try.
    pub(crate) fn for_a_person() -> (Self, Vec<String>) {
        let (child, mut lines) = spawn(&mut waypost(), &[]);
        let running = Self { host: Host::Process(child), ready: Value::Null };
        let mut commands = Vec::new();
        while commands.len() < 3 {
            let line = lines.next().expect("three commands").unwrap();
            if let Some(command) = line.strip_prefix("     ") {
                commands.push(command.to_owned());
            }
        }
        (running, commands)
    }

    fn start_in(environment: &mut Command, args: &[&str]) -> Self {
        let (child, mut lines) = spawn(environment, args);
        let mut running = Self { host: Host::Process(child), ready: Value::Null };
        running.ready = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        running
    }

    /// The same without a process of its own.
    pub(crate) fn here(options: Options) -> Self {
        let local = runtime().block_on(Local::start(options)).unwrap();
        let ready = serde_json::to_value(local.ready()).unwrap();
        Self { host: Host::Here(Box::new(local)), ready }
    }

    /// Where it runs in this process.
    #[track_caller]
    pub(crate) fn local(&self) -> &Local {
        match &self.host {
            Host::Here(local) => local,
            Host::Process(_) => panic!("it is a process of its own"),
        }
    }

    pub(crate) fn at(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// Sends a signal by its name and waits for the end.
    pub(crate) fn stop(&mut self, signal: &str) -> (ExitStatus, Duration) {
        let Host::Process(child) = &mut self.host else { panic!("it is no process") };
        let asked = Instant::now();
        // The shell's own kill: a machine need not have another.
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", child.id())).status().unwrap();
        assert!(sent.success());
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return (status, asked.elapsed());
            }
            assert!(asked.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        match &mut self.host {
            Host::Process(child) => {
                drop(child.kill());
                drop(child.wait());
            }
            // With what it stops.
            Host::Here(_) => {}
        }
    }
}

/// The process and what it prints.
fn spawn(environment: &mut Command, args: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = environment
        .arg("local")
        .args(["--port", "0", "--meta-port", "0", "--aws-port", "0"])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

#[test]
fn the_ready_line_is_one_json_object() {
    let running = Running::start(&[]);
    let mut fields: Vec<_> = running.ready.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["api", "aws", "bucket", "meta", "queues", "table", "tokens_secret_id", "webhook", "webhook_secret_id"]
    );
}

#[test]
fn signals_end_it_well_and_soon() {
    for signal in ["TERM", "INT"] {
        let mut running = Running::start(&[]);
        // A person writes in just then: what runs is ended properly, and does not hold the exit up.
        let written = ["trigger", "message", "Hello", "--meta", running.at("meta"), "--api", running.at("api")];
        assert!(super::run(&written).status.success());
        let (status, took) = running.stop(signal);
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(took < Duration::from_secs(5), "{signal}: {took:?}");
    }
}

#[test]
fn the_environment_names_another_account() {
    let mut environment = waypost();
    environment
        .env("WAYPOST_LOCAL_PHONE_NUMBER_ID", "100000000000777")
        .env("WAYPOST_LOCAL_WABA_ID", "200000000000777")
        .env("WAYPOST_LOCAL_APP_SECRET", "another-secret");
    let running = Running::start_in(&mut environment, &["--json"]);
    let channels = super::json(&["channel", "list", "--json", "--api", running.at("api")]);
    assert_eq!(channels["items"][0]["phone_number_id"], "100000000000777");
    assert_eq!(channels["items"][0]["waba_id"], "200000000000777");
    // The secret that trigger signs with comes from the fake AWS, or from the same environment; the default does not fit.
    let args = ["trigger", "message", "Hello", "--api", running.at("api")];
    assert_eq!(super::run(&args).status.code(), Some(1));
    assert!(super::run(&[args.as_slice(), &["--aws-endpoint", running.at("aws")]].concat()).status.success());
    let told = waypost().args(args).env("WAYPOST_LOCAL_APP_SECRET", "another-secret").output().unwrap();
    assert!(told.status.success());
}

#[test]
fn a_taken_port_is_said() {
    let running = Running::start(&[]);
    let port = running.at("api").rsplit(':').next().unwrap();
    let refused = super::run(&["local", "--port", port, "--meta-port", "0", "--aws-port", "0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(super::stderr(&refused).contains(port));
}
