//! That a person counts, and in which slot.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use jiff::Timestamp;
use model::channel::QuotaScope;
use model::quota::Slot;
use model::{ContactKey, PhoneNumberId, SendId};

use super::LIFE;
use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::Key;

const SLOT: &str = "slot";
const SOLE: &str = "sole";

/// A person who counts. By contact key: the same person has the same one on all numbers, but where one of them knew another
/// identity first; then they count twice, which is too careful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where they count.
    pub slot: Slot,
    /// The only send they count for; `None` where there are several, and none of them can make them not count.
    pub sole: Option<SendId>,
}

/// What came of marking somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It is written.
    Done,
    /// Somebody else marked them meanwhile.
    Otherwise,
}

impl Store {
    /// Whether a person counts.
    pub async fn recipient_mark(
        &self,
        scope: &QuotaScope,
        contact: &ContactKey,
        now: Timestamp,
    ) -> Result<Option<Mark>, Error> {
        let item = self.get(&Key::quota_mark(scope, contact)).await?;
        Ok(item.and_then(|item| read_mark(&item)).filter(|mark| mark.slot.counts_at(now)))
    }

    /// Marks a person, where what stands there is still `seen` (or counts no more, where that is `None`).
    pub async fn mark_recipient(
        &self,
        scope: &QuotaScope,
        contact: &ContactKey,
        seen: Option<&Mark>,
        mark: &Mark,
        now: Timestamp,
    ) -> Result<Marked, Error> {
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::quota_mark(scope, contact))))
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_names("#slot", SLOT)
            .expression_attribute_values(":kind", item::text("quota_mark"))
            .expression_attribute_values(":ttl", item::number((now + LIFE).as_second()))
            .expression_attribute_values(":slot", item::number(mark.slot.number()));
        let expression = if let Some(send) = &mark.sole {
            request = request.expression_attribute_values(":sole", item::text(send.as_str()));
            "SET #kind = :kind, #ttl = :ttl, #slot = :slot, sole = :sole"
        } else {
            "SET #kind = :kind, #ttl = :ttl, #slot = :slot REMOVE sole"
        };
        let (condition, name, slot) = match seen {
            Some(seen) => ("#slot = :seen", ":seen", seen.slot),
            None => ("attribute_not_exists(#slot) OR #slot < :oldest", ":oldest", oldest(now)),
        };
        request = request.expression_attribute_values(name, item::number(slot.number()));
        written(request.update_expression(expression).condition_expression(condition).send().await)
    }

    /// A send never reached its person: they count no more, if they counted for that one alone. However often it is told,
    /// one is taken off once: by who takes the mark away, and who dies right after leaves one too many until it falls out.
    pub async fn release_recipient(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        send: &SendId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(scope) = self.channel(number).await?.map(|channel| channel.quota_scope()) else { return Ok(false) };
        let mark = self.recipient_mark(&scope, contact, now).await?;
        let Some(mark) = mark.filter(|mark| mark.sole.as_ref() == Some(send)) else { return Ok(false) };
        let removed = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::quota_mark(&scope, contact))))
            .update_expression("REMOVE #slot, sole")
            .condition_expression("#slot = :slot AND sole = :sole")
            .expression_attribute_names("#slot", SLOT)
            .expression_attribute_values(":slot", item::number(mark.slot.number()))
            .expression_attribute_values(":sole", item::text(send.as_str()))
            .send()
            .await;
        if written(removed)? == Marked::Otherwise {
            return Ok(false);
        }
        self.uncount(&scope, mark.slot).await?;
        Ok(true)
    }
}

/// The first slot that counts.
fn oldest(now: Timestamp) -> Slot {
    let mut slot = Slot::of(now);
    while Slot::from_number(slot.number() - 1).counts_at(now) {
        slot = Slot::from_number(slot.number() - 1);
    }
    slot
}

fn read_mark(item: &Item) -> Option<Mark> {
    Some(Mark { slot: Slot::from_number(item.integer(SLOT)?), sole: item.str(SOLE).and_then(SendId::parse) })
}

fn written<T, R>(outcome: Result<T, aws_sdk_dynamodb::error::SdkError<UpdateItemError, R>>) -> Result<Marked, Error> {
    match outcome {
        Ok(_) => Ok(Marked::Done),
        Err(error) if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) => {
            Ok(Marked::Otherwise)
        }
        Err(error) => Err(error.into()),
    }
}
