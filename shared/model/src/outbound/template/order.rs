//! `order_status`: how an order stands.

use super::parameter::{Words, content};
use crate::outbound::interactive::order;
use crate::outbound::place::Object;

pub(super) fn status(kind: &str, parameter: &Object<'_>) -> Words {
    (kind == "order_status").then(|| order::status(&content(parameter, kind)?).map(|()| None))
}
