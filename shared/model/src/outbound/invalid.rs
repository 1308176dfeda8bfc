//! Why a message is not sent. It names the place and the rule, and never repeats what a person would read.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Where, as in `interactive.action.buttons[0].reply.id`; empty for the message itself.
    pub field: String,
    /// What holds there, to read after the field: `is required`.
    pub rule: String,
    /// What was there instead, where that is no content: a type, a count.
    pub given: Option<String>,
}

impl std::error::Error for Invalid {}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { "the message" } else { &self.field };
        write!(f, "{field} {}", self.rule)?;
        match &self.given {
            Some(given) => write!(f, " (given: {given})"),
            None => Ok(()),
        }
    }
}
