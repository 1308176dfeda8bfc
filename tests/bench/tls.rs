//! TLS in init. The shipped binary trusts Amazon's roots and no other, and nothing in its environment changes that; so
//! this program plays it (`harness.rs`), with the root of the ends on loopback beside Amazon's.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::null::{Calls, Null, Replies};
use crate::process::{Cores, Process};
use crate::report::{Section, short};
use crate::stats::{Samples, millis};
use crate::system::System;
use crate::variant::Variant;

/// The services a webhook talks to, each an end of its own, as on AWS.
const SERVICES: [&str; 3] = ["DYNAMODB", "SQS", "SECRETS_MANAGER"];
/// Warm invocations that must open nothing.
const WARM: usize = 100;

struct Start {
    cpu: Duration,
    wall: Duration,
    first: Duration,
    /// In init, in the first invocation, in the warm ones.
    calls: [Calls; 3],
}

pub(crate) fn measure(system: &System, replies: &Arc<Replies>, cores: Option<Cores>, quick: bool) -> Section {
    let note = crate::machine::note_of_others();
    let (config, root) = authority();
    let kinds = [("over plain HTTP", None), ("over TLS", Some((config, root)))];
    let mut starts: [Vec<Start>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..if quick { 3 } else { 30 } {
        for ((_, tls), starts) in kinds.iter().zip(&mut starts) {
            starts.push(start(system, replies, cores, tls.as_ref()));
        }
    }
    let mut section = Section::new(
        "TLS and secrets in init (P2)",
        &[
            "",
            "CPU ms to the first poll, min",
            "median",
            "wall ms, median",
            "connections in init",
            "in the first POST",
            "in 100 more",
            "secrets read in init",
            "after",
            "first POST ms, median",
        ],
    );
    let cpu = |starts: &[Start]| Samples::new(starts.iter().map(|start| millis(start.cpu)));
    let most = |starts: &[Start], of: fn(&Start) -> u32| starts.iter().map(of).max().unwrap_or_default().to_string();
    for ((name, _), starts) in kinds.iter().zip(&starts) {
        section.row([
            (*name).to_owned(),
            short(cpu(starts).min()),
            short(cpu(starts).median()),
            short(Samples::new(starts.iter().map(|start| millis(start.wall))).median()),
            most(starts, |start| start.calls[0].connections),
            most(starts, |start| start.calls[1].connections),
            most(starts, |start| start.calls[2].connections),
            most(starts, |start| start.calls[0].secrets),
            most(starts, |start| start.calls[1].secrets + start.calls[2].secrets),
            short(Samples::new(starts.iter().map(|start| millis(start.first))).median()),
        ]);
    }
    section.notes.extend(note);
    section.note("Counts are the most of all starts. A connection over TLS counts once its handshake is done. TLS 1.3, a chain of two P-256 certificates; rustls with ring on both sides.");
    let extra = cpu(&starts[1]).min() - cpu(&starts[0]).min();
    section.at_most("P2", "CPU that TLS to three hosts adds to init", 6.0, extra, "ms");
    let after = |of: fn(Calls) -> u32| {
        f64::from(starts[1].iter().map(|start| of(start.calls[1]) + of(start.calls[2])).max().unwrap_or_default())
    };
    section.at_most("P2", "handshakes after the first poll", 0.0, after(|calls| calls.connections), "");
    section.at_most("P2", "secrets read after the first poll", 0.0, after(|calls| calls.secrets), "");
    section
}

fn start(
    system: &System,
    replies: &Arc<Replies>,
    cores: Option<Cores>,
    tls: Option<&(Arc<ServerConfig>, PathBuf)>,
) -> Start {
    let ends = SERVICES.map(|_| Null::start(replies, tls.map(|(config, _)| config)));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let mut environment = system.environment("http://127.0.0.1:9");
    for (service, end) in SERVICES.iter().zip(&ends) {
        environment.insert(format!("AWS_ENDPOINT_URL_{service}"), format!("{scheme}://{}", end.address()));
    }
    let harness = harness(tls.map(|(_, root)| root.as_path()));
    let spawn = || Process::start(&harness, &environment);
    let process = cores.map_or_else(spawn, |cores| cores.for_the_function(spawn));
    let polled = process.api.polled(1).expect("the harness polls");
    let (cpu, wall) = (process.cpu(), polled - process.started);
    let calls = || ends.iter().map(Null::calls).fold(Calls::default(), Calls::plus);
    let init = calls();
    let event = system.sender().event(1, 0, "tls", 0);
    let answers = process.api.run([event.clone()]).unwrap();
    let first = calls();
    let more = process.api.run(std::iter::repeat_n(event, WARM)).unwrap();
    assert!(answers.iter().chain(&more).all(|answer| answer.status == 200));
    Start { cpu, wall, first: answers[0].took, calls: [init, first.since(init), calls().since(first)] }
}

fn harness(root: Option<&Path>) -> Variant {
    let mut arguments = vec!["--harness".into(), "webhook".into()];
    arguments.extend(root.into_iter().flat_map(|root| ["--root".into(), root.into()]));
    Variant {
        key: "harness",
        name: "harness",
        program: std::env::current_exe().unwrap(),
        arguments,
        environment: Vec::new(),
        size: 0,
    }
}

/// A server for 127.0.0.1, and the file of the root it hangs on.
fn authority() -> (Arc<ServerConfig>, PathBuf) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_certificate = root.self_signed(&root_key).unwrap();
    let file = crate::machine::folder().join("root.pem");
    std::fs::write(&file, root_certificate.pem()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(root, root_key)).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    (Arc::new(config), file)
}
