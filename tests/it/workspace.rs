//! Who may depend on whom, and what must be depended on (design §2). The rules are functions over a graph, so that a
//! graph with each fault planted is tested too.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// A workspace package: where it stands, and its direct dependencies.
#[derive(Clone, Debug)]
struct Package {
    folder: String,
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
}

type Graph = BTreeMap<String, Package>;

const OWNERS_PACKAGES: [&str; 8] = [
    "aws-sdk-dynamodb",
    "aws-sdk-secretsmanager",
    "aws-sdk-sqs",
    "lambda_http",
    "lambda_runtime",
    "reqwest",
    "serde",
    "tokio",
];

fn graph() -> Graph {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let root = metadata.workspace_root.clone();
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let of = |kind| {
                let dependencies = package.dependencies.iter().filter(move |dependency| dependency.kind == kind);
                dependencies.map(|dependency| dependency.name.clone()).collect()
            };
            let folder = package.manifest_path.parent().and_then(|folder| folder.strip_prefix(&root).ok());
            let folder = folder.expect("a package inside the workspace").to_string();
            let package_of =
                Package { folder, normal: of(DependencyKind::Normal), dev: of(DependencyKind::Development) };
            (package.name.to_string(), package_of)
        })
        .collect()
}

/// What may stand on what, in the order of design §2.
fn level(folder: &str) -> u8 {
    match folder {
        "shared/model" | "shared/runtime" | "infra/sandbox" => 0,
        "shared/graph" | "shared/store" | "shared/queue" => 1,
        "shared/ingest" => 2,
        _ if folder.starts_with("functions/") => 3,
        "infra/local" => 4,
        _ => 5,
    }
}

fn faults(graph: &Graph) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, package) in graph {
        for other in &package.normal {
            let Some(target) = graph.get(other) else { continue };
            let mut fault = |why: &str| faults.push(format!("{name} -> {other}: {why}"));
            let shipped = package.folder.starts_with("functions/") || package.folder.starts_with("shared/");
            if shipped && target.folder.starts_with("infra/") {
                fault("what ships depends on nothing in infra");
            }
            if package.folder == "infra/sandbox" {
                fault("the sandbox depends on nothing of ours");
            }
            if package.folder.starts_with("infra/docs/") {
                fault("an example knows nothing of ours, as the code it is an example for");
            }
            if level(&target.folder) >= level(&package.folder) {
                fault("a room depends only on rooms below it");
            }
            let public = ["functions/webhook", "shared/ingest"].contains(&package.folder.as_str());
            if public && target.folder == "shared/graph" {
                fault("the public function cannot reach Meta");
            }
            if package.folder == "shared/runtime" {
                fault("runtime stands alone");
            }
        }
        // A function may be tested against the sandbox; nothing else of infra, and no other function.
        for other in package.dev.difference(&package.normal) {
            let Some(target) = graph.get(other) else { continue };
            let sandbox = target.folder == "infra/sandbox";
            let foreign = target.folder.starts_with("functions/") || target.folder.starts_with("infra/");
            if (package.folder.starts_with("functions/") || package.folder.starts_with("shared/"))
                && foreign
                && !sandbox
            {
                faults.push(format!("{name} -> {other}: tests of a room use that room and the sandbox"));
            }
        }
    }
    let shipped: BTreeSet<&String> = graph
        .values()
        .filter(|package| package.folder.starts_with("functions/") || package.folder.starts_with("shared/"))
        .flat_map(|package| &package.normal)
        .collect();
    for wanted in OWNERS_PACKAGES {
        if !shipped.contains(&wanted.to_owned()) {
            faults.push(format!("{wanted} is no direct dependency of a function or of shared/"));
        }
    }
    faults
}

#[test]
fn every_package_depends_only_on_what_it_may() {
    let graph = graph();
    assert!(graph.len() >= 14, "the workspace has all its packages: {:?}", graph.keys());
    assert_eq!(faults(&graph), Vec::<String>::new());
}

#[test]
fn each_forbidden_dependency_is_found() {
    let planted = [
        ("webhook", "graph"),
        ("webhook", "api"),
        ("model", "store"),
        ("store", "queue"),
        ("ingest", "graph"),
        ("store", "ingest"),
        ("store", "sandbox"),
        ("sandbox", "model"),
        ("runtime", "model"),
        ("sender", "local"),
        ("graph", "sender"),
        ("consumer", "model"),
    ];
    for (from, to) in planted {
        let mut graph = graph();
        graph.get_mut(from).expect(from).normal.insert(to.to_owned());
        let found = faults(&graph);
        assert!(found.iter().any(|fault| fault.starts_with(&format!("{from} -> {to}:"))), "{from} -> {to}: {found:?}");
    }
    let mut graph = graph();
    graph.get_mut("api").expect("api").dev.insert("webhook".to_owned());
    assert_eq!(faults(&graph).len(), 1);
}

#[test]
fn each_missing_package_of_the_owners_is_found() {
    for wanted in OWNERS_PACKAGES {
        let mut graph = graph();
        for package in graph.values_mut() {
            package.normal.remove(wanted);
        }
        assert_eq!(faults(&graph).len(), 1, "{wanted}");
    }
}

#[test]
fn the_top_level_holds_what_the_owner_fixed_and_nothing_else() {
    let root = MetadataCommand::new().no_deps().exec().expect("cargo metadata").workspace_root;
    let listed = std::process::Command::new("git")
        .args(["ls-tree", "--name-only", "HEAD"])
        .current_dir(&root)
        .output()
        .expect("git");
    let names = String::from_utf8(listed.stdout).expect("names");
    let allowed = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "functions",
        "infra",
        "samconfig.toml",
        "shared",
        "tests",
    ];
    let odd: Vec<&str> = names.lines().filter(|name| !name.starts_with('.') && !allowed.contains(name)).collect();
    assert_eq!(odd, Vec::<&str>::new());
}
