//! The kill matrix (quality.md, "Kill matrix"): a process dies of SIGKILL at request k, before it is forwarded, after it
//! is forwarded but before its reply, or after its reply. It is started again, its input comes again as Meta or SQS
//! would send it, and the checker judges what can then be seen.
//!
//! All positions run. `WAYPOST_KILL_SAMPLE=N` runs every Nth of them, from a printed start.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use futures::{StreamExt, stream};
use sandbox::Proxy;
use sandbox::proxy::Position;
use tokio::sync::oneshot;

use super::rig::Rig;
use crate::lambda::{Function, Killer};

mod asked;
mod incoming;
mod outgoing;
mod passing;
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

/// All moments of a run that made so many requests.
fn moments(requests: [usize; 2]) -> Vec<Moment> {
    let positions = [Position::BeforeForward, Position::AfterForwardBeforeReply, Position::AfterReply];
    let each = [Toward::Aws, Toward::Meta].into_iter().zip(requests).flat_map(|(toward, count)| {
        (1..=u32::try_from(count).unwrap())
            .flat_map(move |request| positions.map(|position| Moment { toward, request, position }))
    });
    let all: Vec<Moment> = each.collect();
    let Some(step) = std::env::var("WAYPOST_KILL_SAMPLE").ok().and_then(|step| step.parse::<usize>().ok()) else {
        return all;
    };
    let seed = usize::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap() % step;
    eprintln!("every {step}th position, from the {seed}th");
    all.into_iter().skip(seed).step_by(step).collect()
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
