//! The same job on Node with the AWS SDK v3 and on Python with boto3, installed under the build folder.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine;
use crate::variant::{Variant, folder_size};

/// Those whose interpreter is there. A missing one is told.
pub(crate) fn install() -> Vec<Variant> {
    [node(), python()]
        .into_iter()
        .flat_map(|installed| {
            installed.unwrap_or_else(|why| {
                eprintln!("skipped: {why}");
                Vec::new()
            })
        })
        .collect()
}

/// As npm installs it, and as one file, which is what AWS advises.
fn node() -> Result<Vec<Variant>, String> {
    let program = printed("node", &["--print", "process.execPath"])?;
    let folder = copy("node")?;
    run(Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        .current_dir(&folder))?;
    let bundle = folder.join("bundle");
    run(Command::new(folder.join("node_modules/.bin/esbuild"))
        .args(["runtime.mjs", "--bundle", "--minify", "--platform=node", "--target=node20", "--format=esm"])
        // Some packages are CommonJS inside, and ask for `require`.
        .arg("--banner:js=import{createRequire as __create}from'module';const require=__create(import.meta.url);")
        .arg(format!("--outfile={}", bundle.join("index.mjs").display()))
        .args(["--log-level=warning"])
        .current_dir(&folder))?;
    run(Command::new("npm")
        .args(["prune", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        .current_dir(&folder))?;
    let variant = |key, name, file: PathBuf, size| Variant {
        key,
        name,
        program: program.clone(),
        arguments: vec![file.into_os_string()],
        environment: Vec::new(),
        size,
    };
    let installed = folder_size(&folder.join("node_modules"));
    let bundled = folder_size(&bundle);
    Ok(vec![
        variant("node", "Node, AWS SDK v3, one file", bundle.join("index.mjs"), bundled),
        variant("node_modules", "Node, AWS SDK v3, node_modules", folder.join("runtime.mjs"), installed),
    ])
}

fn python() -> Result<Vec<Variant>, String> {
    let folder = copy("python")?;
    let environment = folder.join("venv");
    let program = environment.join("bin/python");
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    let package = folder.join("package");
    run(Command::new(&program)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--requirement"])
        .arg(folder.join("requirements.txt"))
        .arg("--target")
        .arg(&package))?;
    let path = format!("{}:{}", package.display(), folder.display());
    Ok(vec![Variant {
        key: "python",
        name: "Python, awslambdaric and boto3",
        program,
        arguments: ["-m", "awslambdaric", "handler.handle"].map(OsString::from).into(),
        environment: vec![
            ("PYTHONPATH".to_owned(), path),
            ("LAMBDA_TASK_ROOT".to_owned(), folder.display().to_string()),
        ],
        size: folder_size(&package),
    }])
}

/// The peer's sources in a folder of the build's.
fn copy(peer: &str) -> Result<PathBuf, String> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers").join(peer);
    let to = machine::folder().join(peer);
    let copied = || -> std::io::Result<()> {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    };
    copied().map_err(|error| format!("{peer}: {error}"))?;
    Ok(to)
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn printed(program: &str, arguments: &[&str]) -> Result<PathBuf, String> {
    let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().into())
}
