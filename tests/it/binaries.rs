//! The five real binaries as processes, between a Runtime API of our own, the fake AWS and the fake Meta.
//!
//! They are walked through once, and killed with SIGKILL at every request they make. What is asserted is what an
//! outsider sees: answers, queues, what the fake Meta took.

mod actions;
mod alarms;
mod canary;
mod certified;
mod checker;
mod costs;
mod crowd;
mod custody;
mod emf;
mod events;
mod fleet;
mod kill;
mod liar;
mod listing;
mod mailbox;
mod mutants;
mod once;
mod orderly;
mod passing;
mod posted;
mod refused;
mod retention;
mod rig;
mod sample;
mod starting;
mod view;
mod walks;
