//! The kill matrix (quality.md, "Kill matrix"): a process dies of SIGKILL at request k, before it is forwarded, after it
//! is forwarded but before its reply, or after its reply. It is started again, its input comes again as Meta or SQS
//! would send it, and the checker judges what can then be seen.
//!
//! Every request is met, each at one of its three positions, as a printed seed has it. `WAYPOST_KILL_SEED=n` has them
//! again; `WAYPOST_KILLS=all`, or `cargo bench -p tests -- kills`, runs all three of each.

use std::future::Future;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use futures::{StreamExt, stream};
use sandbox::Proxy;
use sandbox::proxy::Position;
use tokio::sync::oneshot;

use super::rig::Rig;
use crate::lambda::{Function, Killer};

mod asked;
mod brought;
mod copied;
mod incoming;
mod outgoing;
mod ticked;

/// How many positions are tried at a time.
const LANES: usize = 3;

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Toward {
    Aws,
    Meta,
}

/// Where a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    toward: Toward,
    /// From 1, since the process was started.
    request: u32,
    position: Position,
}

/// Starts `function` so that it dies at that moment, and says whether it did once the trap is sprung.
async fn doomed(rig: &Rig, function: &str, moment: Moment) -> (Function, Trap) {
    let proxy: &Proxy = match moment.toward {
        Toward::Aws => rig.toward_aws(function),
        Toward::Meta => rig.toward_meta(function),
    };
    // The first requests leave during init, before there is a process to name: the hook waits for it.
    let (name, named) = oneshot::channel::<Killer>();
    let met = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&met);
    let already = u32::try_from(proxy.records().len()).unwrap();
    proxy.on_request(already + moment.request, moment.position, move |_| async move {
        named.await.unwrap().kill().await;
        seen.fetch_add(1, Ordering::SeqCst);
    });
    let process = rig.process(function).await;
    assert!(name.send(process.killer()).is_ok(), "the hook is gone");
    (process, Trap(met))
}

/// Whether the process came to the request that it was to die of.
struct Trap(Arc<AtomicUsize>);

impl Trap {
    fn is_sprung(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 1
    }
}

const POSITIONS: [Position; 3] = [Position::BeforeForward, Position::AfterForwardBeforeReply, Position::AfterReply];

/// The moments to try in a run that made so many requests.
fn moments(requests: [usize; 2]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (toward, count) in [Toward::Aws, Toward::Meta].into_iter().zip(requests) {
        for request in 1..=count {
            for (place, position) in POSITIONS.into_iter().enumerate() {
                if seed().is_none_or(|seed| (place + seed + request).is_multiple_of(POSITIONS.len())) {
                    moments.push(Moment { toward, request: u32::try_from(request).unwrap(), position });
                }
            }
        }
    }
    moments
}

/// Which third of the positions is tried; `None` for all of them.
fn seed() -> Option<usize> {
    static SEED: OnceLock<Option<usize>> = OnceLock::new();
    *SEED.get_or_init(|| {
        if std::env::var("WAYPOST_KILLS").is_ok_and(|which| which == "all") {
            return None;
        }
        let given =
            std::env::var("WAYPOST_KILL_SEED").ok().map(|seed| seed.parse().expect("WAYPOST_KILL_SEED is a number"));
        let now = || usize::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap() % 3;
        let seed = given.unwrap_or_else(now);
        eprintln!("a third of the positions: WAYPOST_KILL_SEED={seed} has them again, WAYPOST_KILLS=all has all");
        Some(seed)
    })
}

/// Each request is met once by every seed, and the three seeds together meet every position.
#[test]
fn a_sample_misses_no_request() {
    let all = |requests| {
        let mut all: Vec<String> = moments(requests).iter().map(|moment| format!("{moment:?}")).collect();
        all.sort();
        all.dedup();
        all.len()
    };
    assert_eq!(all([7, 2]), if seed().is_some() { 9 } else { 27 });
}

/// Runs every moment, a few side by side. Each says whether its process died there; nearly all must have.
async fn at_every<F: Future<Output = bool>>(what: &str, requests: [usize; 2], run: impl Fn(Moment) -> F) {
    let moments = moments(requests);
    let total = moments.len();
    assert!(total > 0, "{what} makes no request");
    let outcomes: Vec<(Moment, bool)> = stream::iter(moments)
        .map(|moment| {
            let run = run(moment);
            async move { (moment, run.await) }
        })
        .buffer_unordered(LANES)
        .collect()
        .await;
    let unmet: Vec<Moment> = outcomes.into_iter().filter(|(_, met)| !met).map(|(moment, _)| moment).collect();
    eprintln!("{what}: killed at {} of {total} positions ({requests:?} requests to AWS and Meta)", total - unmet.len());
    // A run is not always of one length: what was read in init is not read again, if init was quick enough.
    assert!(unmet.len() * 10 <= total, "{what}: not reached: {unmet:?}");
}
