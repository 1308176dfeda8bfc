//! The sender: the rate it reaches within the limits that the fake Meta enforces, what a message takes of AWS, of the
//! processor and of money, and how much one person's or one number's trouble takes from the others (P6, P8, R8).
//!
//! The release binary runs as several processes, each under a Runtime API of its own and fed from the queue as Lambda's
//! event source mapping feeds one. Everything is checked before it is timed: all is accepted, once, in order.

mod crowd;
mod fleet;
mod money;
mod prices;
mod rate;
mod run;
mod step;

use crate::report::Section;
use crate::variant::Variant;

/// What Meta takes to answer a send (quality.md, P6).
const LATENCY_MS: u64 = 250;
/// Records in a batch.
pub(crate) const BATCH: usize = 10;

pub(crate) fn measure(sender: &Variant, webhook: &Variant, quick: bool, mut done: impl FnMut(Section)) {
    run::check(sender);
    let (section, standard) = rate::measure(sender, quick);
    done(section);
    done(money::measure(&standard, webhook));
    done(crowd::measure(sender, quick));
    done(step::measure(sender));
}
