//! Where the benchmark runs, and what it builds there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use cargo_metadata::{Metadata, MetadataCommand};

use crate::report::short;
use crate::stats::number;

/// Cores in use by others, above which a table says so.
const QUIET: f64 = 0.25;

fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| MetadataCommand::new().no_deps().exec().unwrap())
}

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    metadata().workspace_root.clone().into_std_path_buf()
}

/// For what the benchmark installs and prints.
pub(crate) fn folder() -> PathBuf {
    let folder = metadata().target_directory.join("bench").into_std_path_buf();
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Builds what is measured, never measures a leftover.
pub(crate) fn build(profile: &str) {
    eprintln!("building webhook, sender, template-sync and floor with profile {profile} (some minutes the first time)");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--profile", profile])
        .args(["-p", "webhook", "-p", "sender", "-p", "template-sync", "-p", "floor"])
        .current_dir(root())
        .status()
        .unwrap();
    assert!(built.success(), "the binaries do not build");
}

/// A binary that [`build`] has built.
pub(crate) fn built(profile: &str, name: &str) -> PathBuf {
    // Where cargo puts what these profiles build.
    let folder = match profile {
        "dev" => "debug",
        "bench" => "release",
        profile => profile,
    };
    metadata().target_directory.join(folder).join(name).into_std_path_buf()
}

/// How many cores others use, seen by waiting for half a second.
pub(crate) fn others() -> f64 {
    let before = ticks();
    std::thread::sleep(Duration::from_millis(500));
    let after = ticks();
    let (busy, all) = (after.0 - before.0, after.1 - before.1);
    busy / all.max(1.0) * number(cores())
}

/// Ticks of all cores since the start: those with something to do, and all.
fn ticks() -> (f64, f64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let all: Vec<f64> =
        text.lines().next().unwrap_or_default().split(' ').filter_map(|tick| tick.parse().ok()).collect();
    // The fourth is idle, the fifth waits for a disk.
    let idle: f64 = all.iter().skip(3).take(2).sum();
    let sum: f64 = all.iter().take(8).sum();
    (sum - idle, sum)
}

/// All of them, also where this thread is bound to one.
fn cores() -> usize {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    text.lines().filter(|line| line.starts_with("cpu")).count().saturating_sub(1).max(1)
}

/// A line for a table's foot, where others were using the machine.
pub(crate) fn note_of_others() -> Option<String> {
    let others = others();
    (others > QUIET).then(|| {
        format!(
            "Not quiet: others used {} of {} cores when this began. Compare ratios and minima.",
            short(others),
            cores()
        )
    })
}

/// The machine in a few lines, without its name.
pub(crate) fn description() -> Vec<(&'static str, String)> {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines().find_map(|line| {
            line.strip_prefix(name).map(|rest| rest.trim_matches([' ', '\t', ':', '=', '"']).to_owned())
        })
    };
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| text.trim_end_matches(" kB").parse::<f64>().ok());
    // Without what its builder called it.
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    let kernel = kernel.and_then(|text| Some(text.split(['-', '\n']).next()?.to_owned()));
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok()?;
        let text = [output.stdout, output.stderr].concat();
        let line = String::from_utf8_lossy(&text).lines().next()?.to_owned();
        Some(line.trim_start_matches(|letter: char| !letter.is_ascii_digit()).to_owned())
    };
    [
        ("processor", field("/proc/cpuinfo", "model name").map(|model| format!("{model}, {} cores", cores()))),
        ("memory", memory.map(|kib| format!("{:.0} GiB", kib / 1_048_576.0))),
        ("system", field("/etc/os-release", "PRETTY_NAME")),
        ("kernel", kernel),
        ("rustc", version("rustc")),
        ("node", version("node")),
        ("python", version("python3")),
        ("valgrind", version("valgrind")),
        ("cores used by others", Some(format!("{} at the start", short(others())))),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.unwrap_or_else(|| "not there".to_owned())))
    .collect()
}
