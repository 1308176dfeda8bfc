//! A channel's own opt-out and opt-in words.

use model::PhoneNumberId;
use model::consent::words;
use serde::{Deserialize, Deserializer};
use store::WordList;

use super::known;
use crate::App;
use crate::problem::{Code, Problem};

/// `null` is the default; absent is no change.
pub(super) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<WordList>, D::Error> {
    Option::deserialize(deserializer).map(|words| Some(words.map_or(WordList::Default, WordList::Own)))
}

pub(super) fn checked(field: &str, words: Option<WordList>) -> Result<Option<WordList>, Problem> {
    let listed = own(words.as_ref());
    let wrong = listed.len() > words::MOST
        || listed.iter().any(|word| word.chars().count() > words::LONGEST || words::compared(word).is_empty());
    if wrong {
        return Err(Problem::invalid(Code::InvalidRequest, field, "must be up to 100 words of 1 to 64 characters"));
    }
    Ok(words)
}

/// A word that would say both says nothing that anybody could rely on: with the lists as they will be, the default's too.
pub(super) async fn have_one_meaning(
    app: &App,
    id: &PhoneNumberId,
    change: &store::ChannelChange,
) -> Result<(), Problem> {
    if change.opt_out_words.is_none() && change.opt_in_words.is_none() {
        return Ok(());
    }
    let stored = known(app, id).await?;
    let stop = to_be(change.opt_out_words.as_ref(), stored.opt_out_words.as_deref());
    let resume = to_be(change.opt_in_words.as_ref(), stored.opt_in_words.as_deref());
    if words::Words::of(stop, resume).are_apart() {
        return Ok(());
    }
    let field = if change.opt_in_words.is_some() { "opt_in_words" } else { "opt_out_words" };
    Err(Problem::invalid(
        Code::InvalidRequest,
        field,
        "must have no word in common with the channel's other list; where that is the default, give one of its own",
    ))
}

fn to_be<'a>(change: Option<&'a WordList>, stored: Option<&'a [String]>) -> Option<&'a [String]> {
    match change {
        Some(WordList::Own(words)) => Some(words),
        Some(WordList::Default) => None,
        None => stored,
    }
}

fn own(words: Option<&WordList>) -> &[String] {
    match words {
        Some(WordList::Own(words)) => words,
        Some(WordList::Default) | None => &[],
    }
}
