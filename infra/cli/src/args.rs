//! The command line.

use clap::{Args, Parser, Subcommand};

use crate::command::channel::ChannelCommand;
use crate::command::completions::CompletionsArgs;
use crate::command::connect::ConnectArgs;
use crate::command::contacts::ContactsCommand;
use crate::command::doctor::DoctorArgs;
use crate::command::inbox::InboxArgs;
use crate::command::local::LocalArgs;
use crate::command::message::MessageCommand;
use crate::command::number::NumberCommand;
use crate::command::profile::ProfileCommand;
use crate::command::read::ReadArgs;
use crate::command::replay::ReplayArgs;
use crate::command::send::SendArgs;
use crate::command::support_bundle::SupportBundleArgs;
use crate::command::templates::TemplatesCommand;
use crate::command::token::TokenCommand;
use crate::command::trigger::TriggerCommand;
use crate::command::uninstall::UninstallArgs;

/// Waypost: a WhatsApp Cloud API channel in your own AWS account.
#[derive(Parser)]
#[command(
    name = "waypost",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done; 1 refused, not found or failed (of doctor: 1 a warning, 2 an error); 64 wrong usage; 69 the system cannot be reached.

Examples:
  waypost local
  waypost inbox
  waypost send +15550101 'Yes. How can I help?' --wait
  waypost doctor --stack waypost"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How to reach a system, and how to print.
#[derive(Args)]
pub(crate) struct Globals {
    /// Origin of the API. Default: the stack's, else $WAYPOST_API, else http://127.0.0.1:8787, which is where `waypost
    /// local` listens. Requests are signed with your AWS credentials, but for those to this machine without a stack.
    #[arg(long, global = true, value_name = "URL", help_heading = "Which system")]
    pub(crate) api: Option<String>,
    /// Name of the CloudFormation stack; its outputs say where everything is.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Which system")]
    pub(crate) stack: Option<String>,
    /// AWS region of the stack. Default: as your AWS configuration says.
    #[arg(long, global = true, value_name = "REGION", help_heading = "Which system")]
    pub(crate) region: Option<String>,
    /// Another endpoint for AWS itself, as of the fake AWS that `waypost local` runs.
    #[arg(long, global = true, value_name = "URL", help_heading = "Which system")]
    pub(crate) aws_endpoint: Option<String>,
    /// Print one JSON value instead of text.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the whole system on this machine: no account, no Docker, no network.
    Local(LocalArgs),
    /// Connect a phone number: secrets, channel, callback, subscription, registration. Doing it again changes nothing.
    Connect(ConnectArgs),
    /// Look for everything that can be wrong, and say what to do about it.
    Doctor(DoctorArgs),
    /// Write what others need to help you into one file: no secret, and nothing of what people wrote or who they are.
    SupportBundle(SupportBundleArgs),
    /// Conversations of a channel, each with its last message.
    Inbox(InboxArgs),
    /// Send a message.
    Send(SendArgs),
    /// Mark what a person wrote as read, and show them that you are typing.
    Read(ReadArgs),
    /// One message, by send id or wamid.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost message show SEND_ID
  waypost message media WAMID --output picture.png"
    )]
    Message(MessageCommand),
    /// People who wrote in.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost contacts list
  waypost contacts show +15550101"
    )]
    Contacts(ContactsCommand),
    /// Phone numbers of this system.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost channel list
  waypost channel rename support 'Customer care'"
    )]
    Channel(ChannelCommand),
    /// Register a phone number at Meta, verify it, set its PIN.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost number status
  waypost number reregister"
    )]
    Number(NumberCommand),
    /// The access token, the app secret and the verify token.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost token check
  waypost token set --stack waypost"
    )]
    Token(TokenCommand),
    /// What people see behind a phone number: texts, industry, websites, photo.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost profile pull profile.yaml
  waypost profile plan profile.yaml
  waypost profile apply profile.yaml"
    )]
    Profile(ProfileCommand),
    /// Message templates.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost templates pull templates
  waypost templates plan templates
  waypost templates apply templates"
    )]
    Templates(TemplatesCommand),
    /// Post a made-up webhook, signed as Meta would sign it.
    #[command(
        subcommand,
        after_help = "Examples:
  waypost trigger message 'Is anybody there?'
  waypost trigger status SEND_ID read"
    )]
    Trigger(TriggerCommand),
    /// Publish events of stored messages again.
    Replay(ReplayArgs),
    /// What taking the system away deletes, keeps and costs, and the commands for it.
    Uninstall(UninstallArgs),
    /// Print what completes this command line in your shell.
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests;
