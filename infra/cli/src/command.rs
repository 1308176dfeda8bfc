//! One file per command.

use crate::args::{Cli, Command};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;

pub(crate) mod channel;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod contacts;
pub(crate) mod doctor;
pub(crate) mod inbox;
pub(crate) mod local;
pub(crate) mod message;
pub(crate) mod number;
pub(crate) mod profile;
pub(crate) mod read;
pub(crate) mod replay;
pub(crate) mod send;
pub(crate) mod support_bundle;
pub(crate) mod templates;
pub(crate) mod token;
pub(crate) mod trigger;
pub(crate) mod uninstall;

pub(crate) async fn run(cli: Cli) -> Result<(), Error> {
    let Cli { globals, command } = cli;
    let printer = Printer::new(globals.json);
    if let Command::Local(args) = command {
        return local::run(args, globals.json).await;
    }
    if let Command::Completions(args) = &command {
        return completions::run(args);
    }
    if let Command::Templates(command) = &command
        && let Some(outcome) = templates::run_here(printer, command)
    {
        return outcome;
    }
    let system = System::reach(globals).await?;
    match command {
        Command::Local(_) | Command::Completions(_) => Ok(()),
        Command::Connect(args) => connect::run(&system, printer, &args).await,
        Command::Doctor(args) => doctor::run(&system, printer, &args).await,
        Command::SupportBundle(args) => support_bundle::run(&system, printer, &args).await,
        Command::Number(command) => number::run(&system, printer, &command).await,
        Command::Token(command) => token::run(&system, printer, &command).await,
        Command::Inbox(args) => inbox::run(&system, printer, &args).await,
        Command::Send(args) => send::run(&system, printer, args).await,
        Command::Read(args) => read::run(&system, printer, &args).await,
        Command::Message(command) => message::run(&system, printer, &command).await,
        Command::Contacts(command) => contacts::run(&system, printer, &command).await,
        Command::Channel(command) => channel::run(&system, printer, command).await,
        Command::Profile(command) => profile::run(&system, printer, &command).await,
        Command::Templates(command) => templates::run(&system, printer, &command).await,
        Command::Trigger(command) => trigger::run(&system, printer, &command).await,
        Command::Replay(args) => replay::run(&system, printer, args).await,
        Command::Uninstall(args) => uninstall::run(&system, printer, &args).await,
    }
}
