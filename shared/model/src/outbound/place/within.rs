//! Whether what stands in a place keeps to Meta's limits, or is of a kind that is known.

use super::{Object, Place};
use crate::limits::Limit;
use crate::outbound::Invalid;

/// Characters of a kind that are repeated in a complaint.
const SHOWN: usize = 64;

impl<'a> Place<'a> {
    /// Counted in characters, as Meta does.
    pub(crate) fn text_within(&self, limit: &Limit) -> Result<String, Invalid> {
        let text = self.text()?;
        self.count(limit, text.chars().count())?;
        Ok(text)
    }

    /// As [`Place::text_within`], and not of spaces only.
    pub(crate) fn filled_within(&self, limit: &Limit) -> Result<String, Invalid> {
        self.filled_text()?;
        self.text_within(limit)
    }

    pub(crate) fn list_within(&self, limit: &Limit) -> Result<Vec<Place<'a>>, Invalid> {
        let list = if limit.least == 0 { self.elements()? } else { self.list()? };
        self.count(limit, list.len())?;
        Ok(list)
    }

    /// Whether there may be so many.
    pub(crate) fn count(&self, limit: &Limit, count: usize) -> Result<(), Invalid> {
        if limit.allows(count) {
            return Ok(());
        }
        let rule = format!("must have {}", limit.words());
        Err(Invalid { given: Some(count.to_string()), ..self.invalid(&rule) })
    }

    /// Whether there may be so many in all its parts together.
    pub(crate) fn total(&self, limit: &Limit, count: usize) -> Result<(), Invalid> {
        self.count(limit, count)
            .map_err(|invalid| Invalid { rule: format!("must have {} in all", limit.words()), ..invalid })
    }

    /// A whole number, which may be quoted.
    pub(crate) fn whole_within(&self, limit: &Limit) -> Result<u64, Invalid> {
        let literal = self.literal()?;
        literal.parse().ok().filter(|number| limit.takes(*number)).ok_or_else(|| {
            let rule = format!("must be a whole number of {} from {} to {}", limit.of, limit.least, limit.most);
            Invalid { given: Some(shown(&literal)), ..self.invalid(&rule) }
        })
    }

    /// A place in an order that starts at 0.
    pub(crate) fn index_within(&self, limit: &Limit) -> Result<usize, Invalid> {
        let literal = self.literal()?;
        let index = literal.parse().ok().filter(|index| limit.allows(*index));
        index.ok_or_else(|| {
            let rule = format!("must be a whole number from {} to {}", limit.least, limit.most);
            Invalid { given: Some(shown(&literal)), ..self.invalid(&rule) }
        })
    }

    /// One of the words that Meta takes here.
    pub(crate) fn one_of(&self, words: &[&str]) -> Result<String, Invalid> {
        let text = self.filled_text()?;
        if words.contains(&text.as_str()) {
            return Ok(text);
        }
        let rule = format!("must be {}", either(words));
        Err(Invalid { given: Some(shown(&text)), ..self.invalid(&rule) })
    }

    /// A kind that is not among those known here: refused, unless the caller asked for it to be passed on.
    pub(crate) fn unknown_kind(&self, kind: &str, known: &[&str]) -> Result<(), Invalid> {
        if self.passes_unknown {
            return Ok(());
        }
        let rule =
            format!("must be {} (one that is newer than Waypost is sent as it is with the option raw)", either(known));
        Err(Invalid { given: Some(shown(kind)), ..self.invalid(&rule) })
    }
}

impl Object<'_> {
    /// A string or number that must be there.
    pub(crate) fn required_literal(&self, name: &str) -> Result<String, Invalid> {
        self.required(name)?.literal()
    }

    /// A string that must be there and say something.
    pub(crate) fn required_text(&self, name: &str) -> Result<String, Invalid> {
        self.required(name)?.filled_text()
    }

    /// An object, where there is one.
    pub(crate) fn optional_object(&self, name: &str) -> Result<Option<Self>, Invalid> {
        self.optional(name).map(|place| place.object()).transpose()
    }

    /// Complaints where the member is there.
    pub(crate) fn forbid(&self, name: &str, why: &str) -> Result<(), Invalid> {
        self.optional(name).map_or(Ok(()), |place| Err(place.invalid(why)))
    }
}

/// `a, b or c`
fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("{one:?}"),
        [before @ .., last] => format!("{} or {last}", before.join(", ")),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}
