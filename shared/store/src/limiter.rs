//! The item that the senders of a number share: who may use which part of its rate (L-01). One write per sender every few
//! seconds, none per message. What two write at once both stands, as long as there is enough.

mod tally;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure as OnFailure};
use jiff::Timestamp;
use model::limiter::{Change, Cut, Heard, Holder, Shares, WHOLE};
use model::{Channel, PhoneNumberId};

use crate::Store;
use crate::channel::read_channel;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};

use tally::HEARD;
pub(crate) use tally::Tally;

/// Before the name of each process that holds a part.
const HOLDER: &str = "h_";
const FREE: &str = "parts_free";
const SEATS: &str = "seats_taken";

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// It is written.
    Done,
    /// Somebody else changed what it was based on; this is how it is now.
    Refused(Shares),
}

impl Store {
    /// How a number's rate is shared out, and the number itself, as both are now: one request. No channel: the number is
    /// not this stack's.
    pub async fn shares(&self, number: &PhoneNumberId) -> Result<(Option<Channel>, Shares), Error> {
        let (mut channel, mut shares) = (None, Shares::default());
        for item in self.get_all(&[Key::channel(number), Key::rate(number)]).await? {
            match item.str("sk") {
                Some(keys::CHANNEL) => channel = Some(read_channel(&item)?),
                _ => shares = read_shares(&item),
            }
        }
        Ok((channel, shares))
    }

    /// Writes what a process takes or gives up, where all that it rests on is as it was seen.
    pub async fn share(&self, number: &PhoneNumberId, change: &Change) -> Result<Shared, Error> {
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::rate(number))))
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#mine", holder_name(&change.name))
            .expression_attribute_values(":kind", item::text(keys::RATE.to_lowercase()))
            .expression_attribute_values(":after", holder_value(change.after))
            .expression_attribute_values(":whole", item::number(WHOLE))
            .expression_attribute_values(":none", item::number(0))
            .expression_attribute_values(":takes", item::number(change.takes()))
            .expression_attribute_values(":seats", item::number(change.seats()));
        let mut sets = format!(
            "#kind = :kind, #mine = :after, {FREE} = if_not_exists({FREE}, :whole) - :takes, \
             {SEATS} = if_not_exists({SEATS}, :none) + :seats"
        );
        let mut conditions = Vec::new();
        if let Some(before) = change.before {
            conditions.push(String::from("#mine = :before"));
            request = request.expression_attribute_values(":before", holder_value(before));
        } else {
            conditions.push(String::from("attribute_not_exists(#mine)"));
        }
        if change.takes() > 0 {
            conditions.push(format!("(attribute_not_exists({FREE}) OR {FREE} >= :takes)"));
        }
        if change.seats() > 0 {
            let most = i64::from(change.places) - change.seats();
            conditions.push(format!("(attribute_not_exists({SEATS}) OR {SEATS} <= :most)"));
            request = request.expression_attribute_values(":most", item::number(most));
        }
        if let Some((cut, seen)) = change.cut {
            sets = format!("{sets}, cut_at = :cut_at, cut_left = :cut_left");
            request = request
                .expression_attribute_values(":cut_at", item::time(cut.at))
                .expression_attribute_values(":cut_left", item::number(cut.left));
            if let Some(seen) = seen {
                conditions.push(String::from("cut_at = :cut_seen"));
                request = request.expression_attribute_values(":cut_seen", item::time(seen.at));
            } else {
                conditions.push(String::from("attribute_not_exists(cut_at)"));
            }
        }
        let mut gone = Vec::new();
        for (nth, (name, seen)) in change.lapsed.iter().enumerate() {
            conditions.push(format!("#gone{nth} = :gone{nth}"));
            request = request
                .expression_attribute_names(format!("#gone{nth}"), holder_name(name))
                .expression_attribute_values(format!(":gone{nth}"), holder_value(*seen));
            gone.push(format!("#gone{nth}"));
        }
        for (nth, name) in change.silent.iter().enumerate() {
            request = request.expression_attribute_names(format!("#silent{nth}"), format!("{HEARD}{name}"));
            gone.push(format!("#silent{nth}"));
        }
        let remove = if gone.is_empty() { String::new() } else { format!(" REMOVE {}", gone.join(", ")) };
        let request =
            request.update_expression(format!("SET {sets}{remove}")).condition_expression(conditions.join(" AND "));
        match request.send().await {
            Ok(_) => Ok(Shared::Done),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let now = Item::from(refusal.item.clone().unwrap_or_default());
                    Ok(Shared::Refused(read_shares(&now)))
                }
                _ => Err(error.into()),
            },
        }
    }
}

fn holder_name(name: &str) -> String {
    format!("{HOLDER}{name}")
}

/// A list, so that the item stays small: everybody writes it every few seconds, and a write costs by the whole item.
fn holder_value(holder: Holder) -> AttributeValue {
    let Holder { share, wanted, until } = holder;
    AttributeValue::L(vec![item::number(share), item::number(wanted), item::time(until)])
}

fn read_shares(item: &Item) -> Shares {
    let mut shares = Shares::default();
    for (name, value) in &item.0 {
        if let Some((name, [share, wanted, until])) = named(HOLDER, name, value) {
            let parts = u32::try_from(share).ok().zip(u32::try_from(wanted).ok());
            let holder = parts.zip(Timestamp::from_millisecond(until).ok());
            let holder = holder.map(|((share, wanted), until)| Holder { share, wanted, until });
            shares.holders.extend(holder.map(|holder| (name.to_owned(), holder)));
        } else if let Some((name, [messages, from, at])) = named(HEARD, name, value) {
            let times = Timestamp::from_millisecond(from).ok().zip(Timestamp::from_millisecond(at).ok());
            let heard = u32::try_from(messages).ok().zip(times);
            let heard = heard.map(|(messages, (from, at))| Heard { messages, from, at });
            shares.heard.extend(heard.map(|heard| (name.to_owned(), heard)));
        }
    }
    let left = item.integer("cut_left").and_then(|left| u32::try_from(left).ok());
    shares.cut = item.instant("cut_at").zip(left).map(|(at, left)| Cut { at, left });
    shares
}

/// Whose attribute it is, and its three numbers.
fn named<'a>(prefix: &str, name: &'a str, value: &AttributeValue) -> Option<(&'a str, [i64; 3])> {
    let name = name.strip_prefix(prefix)?;
    let numbers = value.as_l().ok()?.iter().filter_map(|number| number.as_n().ok()?.parse().ok());
    Some((name, numbers.collect::<Vec<i64>>().try_into().ok()?))
}
