//! Lists: `limit` and `cursor` in, `items` and `cursor` out.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Code, Problem};

/// A sort key has at most 1,024 bytes (DynamoDB quota), a third more in base64.
const CURSOR_MAX: usize = 1_400;
/// What cursors of lists that are cut here begin with, so that any odd word is not taken for one.
const CUT_HERE: &str = "after:";

/// How much of a list, and from where on.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// Items on a page.
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 50)]
    pub(crate) limit: Limit,
    /// The `cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// 1 to 100.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
pub(crate) struct Limit(u8);

/// Part of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub(crate) items: Vec<T>,
    /// Give this back for the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<String>,
}

impl Limit {
    pub(crate) fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u32> for Limit {
    type Error = &'static str;

    fn try_from(limit: u32) -> Result<Self, Self::Error> {
        u8::try_from(limit).ok().filter(|limit| (1..=100).contains(limit)).map(Self).ok_or("limit must be 1 to 100")
    }
}

impl<T> List<T> {
    pub(crate) fn of<S>(page: store::Page<S>, show: impl FnMut(S) -> T) -> Self {
        Self { items: page.items.into_iter().map(show).collect(), cursor: page.cursor }
    }
}

/// A cursor for the store, which reads it; too long a one never came from there.
pub(crate) fn stored(cursor: Option<&str>) -> Result<Option<&str>, Problem> {
    match cursor {
        Some(cursor) if cursor.len() > CURSOR_MAX => Err(bad_cursor()),
        cursor => Ok(cursor),
    }
}

/// Cuts a page out of a whole list that is sorted by `name`.
pub(crate) fn cut<T>(
    sorted: impl Iterator<Item = T>,
    limit: Limit,
    cursor: Option<&str>,
    name: impl Fn(&T) -> String,
) -> Result<store::Page<T>, Problem> {
    let after = cursor.map(read).transpose()?;
    let mut rest = sorted.skip_while(|item| after.as_ref().is_some_and(|after| name(item) <= *after)).peekable();
    let items: Vec<T> = rest.by_ref().take(limit.get()).collect();
    let more = rest.peek().is_some();
    let cursor = items
        .last()
        .filter(|_| more)
        .map(|last| BASE64URL_NOPAD.encode(format!("{CUT_HERE}{}", name(last)).as_bytes()));
    Ok(store::Page { items, cursor })
}

fn read(cursor: &str) -> Result<String, Problem> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| bad_cursor())?;
    let text = String::from_utf8(bytes).map_err(|_| bad_cursor())?;
    text.strip_prefix(CUT_HERE).map(str::to_owned).ok_or_else(bad_cursor)
}

fn bad_cursor() -> Problem {
    Problem::new(Code::InvalidCursor, "This cursor is not one that this list gave out.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_each_item_once() {
        let all: Vec<String> = (0..23).map(|number| format!("{number:02}")).collect();
        let limit = Limit::try_from(10).unwrap();
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = cut(all.iter(), limit, cursor.as_deref(), |item| (*item).clone()).ok().unwrap();
            seen.extend(page.items.into_iter().cloned());
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        for cursor in ["!", "garbage", "YWJj"] {
            assert!(cut(std::iter::empty::<u8>(), Limit::default(), Some(cursor), |_| String::new()).is_err());
        }
    }

    #[test]
    fn limits_are_1_to_100() {
        assert!(Limit::try_from(0).is_err() && Limit::try_from(101).is_err() && Limit::try_from(300).is_err());
        assert_eq!(Limit::try_from(100).unwrap().get(), 100);
    }
}
