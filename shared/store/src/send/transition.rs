//! A send moved from one state to another: claimed, settled, set aside, cancelled.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use jiff::Timestamp;
use model::send::{FellBack, SendError};
use model::{MessageId, PhoneNumberId, Send, SendId, SendState, WaitsFor};
use serde_json::value::RawValue;

use super::{json, read_send};
use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};

/// What came of a claim.
#[derive(Clone, Debug)]
pub enum Claim {
    /// It is ours until the lease ends.
    Taken(Box<Send>),
    /// It is not queued; `Send::on_refused_claim` says what that means.
    Refused(Box<Send>),
    /// There is no such send.
    Missing,
}

/// What came of a transition.
#[derive(Clone, Debug)]
pub enum Moved {
    /// It is in the new state.
    Done(Box<Send>),
    /// It was in none of the states asked for; this is how it is.
    Refused(Box<Send>),
    /// There is no such send.
    Missing,
}

/// When the tick is to look at a send again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<'a> {
    /// Never: it is settled.
    Never,
    /// When it was to be looked at before. The index is not written.
    AsBefore,
    /// At this time.
    At(Timestamp),
    /// When the number it is from sends again.
    Parked {
        /// The number.
        number: &'a PhoneNumberId,
        /// Its place in the order.
        queued_at: Timestamp,
        /// When it need not be sent any more.
        expires_at: Option<Timestamp>,
    },
}

/// A change of state, made only where the send is in one of `from` (and still holds the lease `held`, where given).
#[derive(Clone, Debug)]
pub struct Transition<'a> {
    /// The states it may be in.
    pub from: &'a [SendState],
    /// The lease it must still hold.
    pub held: Option<Timestamp>,
    /// The state it gets.
    pub to: SendState,
    /// The lease it gets; `None` ends one.
    pub lease_until: Option<Timestamp>,
    /// When to look again.
    pub due: Due<'a>,
    /// Meta's id for it.
    pub wamid: Option<&'a MessageId>,
    /// Why it failed or is parked; `None` leaves what stands there.
    pub error: Option<&'a SendError>,
    /// Add one to the attempts (calls to Meta that were refused for now).
    pub attempted: bool,
    /// Add one to the times it was put back on the queue.
    pub requeued: bool,
    /// Add one to the times it was sent again in doubt.
    pub resent: bool,
    /// What it waits for from now on; `None` where it does not wait.
    pub waits_for: Option<WaitsFor>,
    /// When its template was first looked for in vain.
    pub template_missed_at: Option<Timestamp>,
    /// The template that takes the place of its message.
    pub fallback: Option<Fallback<'a>>,
}

/// Another message for a send.
#[derive(Clone, Copy)]
pub struct Fallback<'a> {
    /// Meta's message object, whose type is `template`.
    pub message: &'a RawValue,
    /// Why.
    pub because: FellBack,
}

impl std::fmt::Debug for Fallback<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fallback({})", self.because.as_str())
    }
}

impl Due<'_> {
    /// Where it stands in the index of what is due.
    fn keys(self, id: &SendId) -> Option<(String, String)> {
        match self {
            Self::Never | Self::AsBefore => None,
            Self::At(at) => Some(keys::due_keys(at, id)),
            Self::Parked { number, queued_at, expires_at } => {
                Some((keys::parked_partition(number), keys::parked_sort(queued_at, id, expires_at)))
            }
        }
    }
}

impl<'a> Transition<'a> {
    /// From one of `from` to `to`, ending lease and due.
    pub fn new(from: &'a [SendState], to: SendState) -> Self {
        Self {
            from,
            held: None,
            to,
            lease_until: None,
            due: Due::Never,
            wamid: None,
            error: None,
            attempted: false,
            requeued: false,
            resent: false,
            waits_for: None,
            template_missed_at: None,
            fallback: None,
        }
    }
}

impl Store {
    /// Takes a queued send until `lease_until`: from now on only its holder may call Meta for it (design invariant 5).
    pub async fn claim(&self, id: &SendId, lease_until: Timestamp, now: Timestamp) -> Result<Claim, Error> {
        let mut transition = Transition::new(&[SendState::Queued], SendState::Sending);
        transition.lease_until = Some(lease_until);
        // Should the record be lost, the tick finds that the lease is over.
        transition.due = Due::AsBefore;
        Ok(match self.transition(id, &transition, now).await? {
            Moved::Done(send) => Claim::Taken(send),
            Moved::Refused(send) => Claim::Refused(send),
            Moved::Missing => Claim::Missing,
        })
    }

    /// Moves a send from one state to another, or says how it is.
    pub async fn transition(&self, id: &SendId, change: &Transition<'_>, now: Timestamp) -> Result<Moved, Error> {
        let mut sets: Vec<&str> = vec!["#state = :to", "updated_at = :now"];
        let mut removes = Vec::new();
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::send(id))))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":to", item::text(change.to.as_str()))
            .expression_attribute_values(":now", item::time(now))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld);
        match change.lease_until {
            Some(lease) => {
                sets.push("lease_until = :lease");
                request = request.expression_attribute_values(":lease", item::time(lease));
            }
            None => removes.push("lease_until"),
        }
        match change.due.keys(id) {
            Some((due_pk, due_sk)) => {
                sets.extend(["due_pk = :due_pk", "due_sk = :due_sk"]);
                request = request
                    .expression_attribute_values(":due_pk", item::text(due_pk))
                    .expression_attribute_values(":due_sk", item::text(due_sk));
            }
            None if change.due == Due::AsBefore => {}
            None => removes.extend(["due_pk", "due_sk"]),
        }
        if let Some(wamid) = change.wamid {
            sets.push("wamid = :wamid");
            request = request.expression_attribute_values(":wamid", item::text(wamid.as_str()));
        }
        if let Some(error) = change.error {
            sets.push("#error = :error");
            request = request
                .expression_attribute_names("#error", "error")
                .expression_attribute_values(":error", item::text(json(error)?));
        }
        if change.attempted {
            sets.push("attempts = attempts + :one");
        }
        if change.requeued {
            sets.push("requeues = requeues + :one");
        }
        if change.resent {
            sets.push("resends = if_not_exists(resends, :zero) + :one");
            request = request.expression_attribute_values(":zero", item::number(0));
        }
        if change.attempted || change.requeued || change.resent {
            request = request.expression_attribute_values(":one", item::number(1));
        }
        match change.waits_for {
            Some(waits_for) => {
                sets.push("waits_for = :waits_for");
                request = request.expression_attribute_values(":waits_for", item::text(waits_for.as_str()));
            }
            None => removes.push("waits_for"),
        }
        if let Some(missed_at) = change.template_missed_at {
            sets.push("template_missed_at = :missed");
            request = request.expression_attribute_values(":missed", item::time(missed_at));
        }
        if let Some(Fallback { message, because }) = change.fallback {
            sets.extend(["message = :message", "#type = :template", "fell_back = :because"]);
            // What was known of the template it is now, if there was one, is no longer about it.
            removes.extend(["template_schema", "template_missed_at"]);
            request = request
                .expression_attribute_names("#type", "type")
                .expression_attribute_values(":message", item::text(message.get()))
                .expression_attribute_values(":template", item::text("template"))
                .expression_attribute_values(":because", item::text(because.as_str()));
        }
        let mut places = Vec::with_capacity(change.from.len());
        for (number, state) in change.from.iter().enumerate() {
            let place = format!(":from{number}");
            request = request.expression_attribute_values(&place, item::text(state.as_str()));
            places.push(place);
        }
        let mut condition = format!("#state IN ({})", places.join(", "));
        if let Some(held) = change.held {
            condition.push_str(" AND lease_until = :held");
            request = request.expression_attribute_values(":held", item::time(held));
        }
        let mut expression = format!("SET {}", sets.join(", "));
        if !removes.is_empty() {
            expression = format!("{expression} REMOVE {}", removes.join(", "));
        }
        match request.update_expression(expression).condition_expression(condition).send().await {
            Ok(answer) => {
                let item = answer.attributes.map(Item::from).ok_or(Error::Corrupt("send"))?;
                Ok(Moved::Done(Box::new(read_send(&item)?)))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => not_moved(refusal, now),
                _ => Err(error.into()),
            },
        }
    }
}

/// As the refused change found it.
fn not_moved(refusal: &ConditionalCheckFailedException, now: Timestamp) -> Result<Moved, Error> {
    match refusal.item.clone().map(Item::from).filter(|old| old.lives(now)) {
        Some(old) => Ok(Moved::Refused(Box::new(read_send(&old)?))),
        None => Ok(Moved::Missing),
    }
}
