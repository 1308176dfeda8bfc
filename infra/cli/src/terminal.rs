//! What is typed and not shown: the echo is off before anything is asked, and on again however that ends.

use std::io::{Error, ErrorKind, IsTerminal, Result, stderr, stdin};

/// The shell's 128 + SIGINT.
pub(crate) const STOPPED: u8 = 130;

/// Asks for a line that is not shown.
pub(crate) fn hidden_line(prompt: &str) -> Result<String> {
    let echo = Echo::off();
    eprint!("{prompt}: ");
    let mut line = String::new();
    let read = stdin().read_line(&mut line);
    drop(echo);
    eprintln!();
    if read? == 0 {
        return Err(Error::new(ErrorKind::UnexpectedEof, "the terminal was closed"));
    }
    Ok(line)
}

/// Whoever stops the command while a secret is asked for finds the terminal as it was.
pub(crate) fn restored_when_stopped() {
    let before = tty::state();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            tty::restore(before.as_ref());
            show_cursor();
            eprintln!("\nerror: stopped");
            std::process::exit(STOPPED.into());
        }
    });
}

/// A question of yes or no hides it, and leaves it so where nobody answers.
pub(crate) fn show_cursor() {
    if stderr().is_terminal() {
        eprint!("\u{1b}[?25h");
    }
}

struct Echo(Option<tty::State>);

impl Echo {
    fn off() -> Self {
        let before = tty::state();
        tty::silence(before.as_ref());
        Self(before)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        tty::restore(self.0.as_ref());
    }
}

#[cfg(unix)]
mod tty {
    use std::io::stdin;

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    pub(super) type State = Termios;

    pub(super) fn state() -> Option<State> {
        tcgetattr(stdin()).ok()
    }

    pub(super) fn silence(before: Option<&State>) {
        let Some(mut silent) = before.cloned() else { return };
        silent.local_modes.remove(LocalModes::ECHO);
        restore(Some(&silent));
    }

    pub(super) fn restore(state: Option<&State>) {
        if let Some(state) = state {
            // Where it fails there is nobody to tell, and nothing else to try.
            let _ = tcsetattr(stdin(), OptionalActions::Now, state);
        }
    }
}

/// Elsewhere what is typed is shown: set it in the environment there.
#[cfg(not(unix))]
mod tty {
    pub(super) type State = ();

    pub(super) fn state() -> Option<State> {
        None
    }

    pub(super) fn silence(_: Option<&State>) {}

    pub(super) fn restore(_: Option<&State>) {}
}
