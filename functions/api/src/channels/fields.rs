//! Members of a request: Meta's ids, the team's name for a channel, its text for what is not supported.

use crate::problem::{Code, Problem};

const ID_MAX: usize = 32;
const NAME_MAX: usize = 64;
const FALLBACK_MAX: usize = 1_024;

pub(super) fn digits(field: &str, id: &str) -> Result<(), Problem> {
    if (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Problem::invalid(Code::InvalidRequest, field, "must be Meta's id: up to 32 digits"))
}

pub(super) fn name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    if (1..=NAME_MAX).contains(&name.chars().count()) && !name.contains(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid(
        Code::InvalidRequest,
        "name",
        "must have 1 to 64 characters, none of them a control character",
    ))
}

pub(super) fn name_taken() -> Problem {
    Problem::new(Code::NameTaken, "Another channel has this name, whatever its case.")
}

pub(super) fn fallback(text: String) -> Result<String, Problem> {
    if text.chars().count() <= FALLBACK_MAX {
        return Ok(text);
    }
    Err(Problem::invalid(Code::InvalidRequest, "fallback_text", "must have at most 1,024 characters"))
}
