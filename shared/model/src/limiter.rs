//! How fast a number may send, shared by all who send for it, and how fast one person may be written to (L-01, L-02;
//! contract §5.3, §5.4).
//!
//! A number's rate is one whole. Each sender process holds a *share* of it for a few seconds, written in one item per
//! number, and paces itself within that share: no message costs a write. What the whole comes to in messages a second is
//! worked out by everybody for themselves ([`Budget`]), so a raised limit, a cut or what people write in takes effect
//! without anybody's share changing. Pure: the time is an argument, and so is all that another process wrote.

mod bucket;
mod budget;
mod cut;
mod demand;
mod fair;
mod inbound;
mod pacer;
mod pair;
mod shares;

pub use budget::Budget;
pub use cut::Cut;
pub use inbound::Heard;
pub use pacer::{Pacer, Take};
pub use pair::{Paced, Pair};
pub use shares::{Ask, Change, Holder, Lease, Shares, Turn};

/// The whole of a number's rate. Shares are parts of it.
pub const WHOLE: u32 = 1_000_000;

#[cfg(test)]
mod tests;
