//! A function's process under a Runtime API of its own, and what it costs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use crate::api::Api;
use crate::variant::Variant;

/// Started, perhaps not yet polling. Dropping it kills it.
pub(crate) struct Process {
    pub(crate) api: Api,
    pub(crate) started: Instant,
    child: Child,
}

/// Variables beside those that Lambda itself sets.
pub(crate) type Environment = BTreeMap<String, String>;

impl Process {
    /// What it prints goes to a file of the build folder, as fast as a pipe and readable afterwards.
    pub(crate) fn start(variant: &Variant, environment: &Environment) -> Self {
        Self::start_under(&[], variant, environment)
    }

    /// The same under another program, as `valgrind`.
    pub(crate) fn start_under(tool: &[String], variant: &Variant, environment: &Environment) -> Self {
        let log = File::create(crate::machine::folder().join(format!("{}.log", variant.key))).unwrap();
        Self::start_with(tool, variant, environment, Duration::from_hours(1), log)
    }

    /// One whose invocations may take so long, and that prints to this file.
    pub(crate) fn start_with(
        tool: &[String],
        variant: &Variant,
        environment: &Environment,
        timeout: Duration,
        log: File,
    ) -> Self {
        let api = Api::start(timeout);
        let words: Vec<_> = tool
            .iter()
            .map(Into::into)
            .chain([variant.program.clone().into_os_string()])
            .chain(variant.arguments.clone())
            .collect();
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .envs(environment)
            .envs(variant.environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", variant.name));
        Self { api, started, child }
    }

    /// CPU time of all its threads so far, also of those that have ended.
    pub(crate) fn cpu(&self) -> Duration {
        let clock = clock_getcpuclockid(self.pid()).unwrap();
        clock_gettime(clock).unwrap().into()
    }

    /// The most memory it has had, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn end(mut self) {
        kill(self.pid(), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _: std::io::Result<()> = self.child.kill();
        let _: std::io::Result<_> = self.child.wait();
    }
}

/// One core for the function, another for the ends it talks to.
#[derive(Clone, Copy)]
pub(crate) struct Cores {
    ends: usize,
    function: usize,
    all: usize,
}

impl Cores {
    /// `None` on a machine with one core.
    pub(crate) fn of_this_machine() -> Option<Self> {
        let all = std::thread::available_parallelism().map_or(1, usize::from);
        (all > 1).then(|| Self { ends: 0, function: all - 1, all })
    }

    /// Puts this thread, and with it every thread it starts, on the core of the ends.
    pub(crate) fn at_the_ends(self) {
        stay_on(self.ends..=self.ends);
    }

    /// Lets this thread run anywhere again.
    pub(crate) fn anywhere(self) {
        stay_on(0..=self.all - 1);
    }

    /// Starts what `start` starts on the function's core.
    pub(crate) fn for_the_function<T>(self, start: impl FnOnce() -> T) -> T {
        stay_on(self.function..=self.function);
        let started = start();
        self.at_the_ends();
        started
    }
}

fn stay_on(cores: std::ops::RangeInclusive<usize>) {
    let mut set = CpuSet::new();
    cores.for_each(|core| set.set(core).unwrap());
    // A container may forbid it: the numbers are then noisier, and the report's rounds show it.
    let _: nix::Result<()> = sched_setaffinity(Pid::from_raw(0), &set);
}
