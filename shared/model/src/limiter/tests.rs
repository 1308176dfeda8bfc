//! Several senders, their clocks, the table and Meta, played in no time. Meta's bucket is written anew here, as contract
//! §5.3 has it, and judges every message.

mod meta;
mod rates;
mod safety;
pub(crate) mod table;
mod world;
