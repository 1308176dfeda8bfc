//! The fake AWS and the recording proxy, through the real SDK clients.
//!
//! Modules under `conformance` hold checks of what AWS itself does. They run against the sandbox, or against another
//! AWS when `WAYPOST_CONFORMANCE_ENDPOINT` names one (such as MiniStack), so that the sandbox does not drift into our
//! own idea of AWS; a comment says where the other is known to differ. Everything else is about the sandbox alone.
#![allow(clippy::unwrap_used)]

mod clients;
mod conformance;
mod durability;
mod faults;
mod proxy;
mod s3;
mod time_travel;
