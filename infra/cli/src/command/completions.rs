//! `waypost completions`: for bash, zsh, fish, PowerShell and Elvish.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::args::Cli;
use crate::error::Error;
use crate::print::raw;

#[derive(Args)]
#[command(after_help = "Examples:
  waypost completions bash > ~/.local/share/bash-completion/completions/waypost
  waypost completions zsh > ~/.zfunc/_waypost
  waypost completions fish > ~/.config/fish/completions/waypost.fish")]
pub(crate) struct CompletionsArgs {
    /// Whose language it is in.
    shell: Shell,
}

pub(crate) fn run(args: &CompletionsArgs) -> Result<(), Error> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "waypost", &mut script);
    raw(&script)
}
