//! Sends: one item each, guarded by its state. Claiming, settling, waiting and cancelling are all one conditional update.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use jiff::{SignedDuration, Timestamp};
use model::send::{FellBack, SendError, WindowPolicy};
use model::{ContactKey, MessageId, PhoneNumberId, Send, SendId, SendOptions, SendState, WaitsFor};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::message::read_statuses;

/// After this long the tick publishes again what was stored or re-queued but never taken.
pub const NEVER_TAKEN: SignedDuration = SignedDuration::from_mins(15);

/// Where a release before options had a member of their own noted it.
const WINDOW_META: &str = "meta";

/// Stands in the place of a send's type and person where the person was erased.
pub const ERASED_KIND: &str = "erased";

/// Whether an item is what is left of a send to somebody who was erased.
pub(crate) fn is_erased(item: &Item) -> bool {
    item.str("type") == Some(ERASED_KIND)
}

/// A send to store.
#[derive(Clone, Debug)]
pub struct NewSend {
    /// From the idempotency key, or random.
    pub id: SendId,
    /// The number that sends.
    pub phone_number_id: PhoneNumberId,
    /// The person.
    pub contact: ContactKey,
    /// Meta's `type`.
    pub kind: String,
    /// Meta's message object as the caller gave it.
    pub message: Box<RawValue>,
    /// The caller's own `biz_opaque_callback_data`.
    pub reference: Option<String>,
    /// What the caller asked for beside the message.
    pub options: SendOptions,
    /// What the template asks for at this time (S-09).
    pub template_schema: Option<String>,
    /// Why its fallback template is what is sent.
    pub fell_back: Option<FellBack>,
    /// Why it is not sent at all: it is stored as cancelled.
    pub skipped: Option<SendError>,
    /// What it has to wait for before it is queued, and until when; else it is queued at once.
    pub waits: Option<(WaitsFor, Timestamp)>,
    /// Hash of the canonical body, by which the same key with another body is told.
    pub body_hash: String,
}

/// What came of storing a send.
#[derive(Clone, Debug)]
pub enum CreatedSend {
    /// It is new.
    New(Box<Send>),
    /// A send of this id is there; whether it is the same one, its `body_hash` says.
    Exists(Box<Send>),
}

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
    /// Stores a send as queued or waiting, where its id is free. Queued, it is due in 15 minutes: a crash between this
    /// and the queue strands nothing.
    pub async fn create_send(&self, new: NewSend, now: Timestamp) -> Result<CreatedSend, Error> {
        let due_at = new.waits.map_or(now + NEVER_TAKEN, |(_, until)| until);
        let state = match new.waits {
            _ if new.skipped.is_some() => SendState::Cancelled,
            Some(_) => SendState::Waiting,
            None => SendState::Queued,
        };
        let options = Some(&new.options).filter(|options| !options.is_default()).map(json).transpose()?;
        let (due_pk, due_sk) = keys::due_keys(due_at, &new.id);
        let key = Key::send(&new.id);
        let item = Item::at(&key)
            .text("kind", keys::SEND.to_lowercase())
            .text("send_id", new.id.as_str())
            .text("phone_number_id", new.phone_number_id.as_str())
            .text("contact_key", new.contact.as_str())
            .text("type", &new.kind)
            .text("message", new.message.get())
            .text_if("reference", new.reference)
            .text_if("options", options)
            .text_if("template_schema", new.template_schema)
            .text_if("fell_back", new.fell_back.map(FellBack::as_str))
            .text_if("error", new.skipped.as_ref().map(json).transpose()?)
            .text("body_hash", &new.body_hash)
            .text("state", state.as_str())
            .text_if("waits_for", new.waits.map(|(waits_for, _)| waits_for.as_str()))
            .number("attempts", 0)
            .number("requeues", 0)
            .time("at", now)
            .time("updated_at", now)
            .text("list_pk", keys::contact_partition(&new.phone_number_id, &new.contact))
            .text("list_sk", keys::message_sort(now, new.id.as_str()))
            .for_days(self.retention.messages, now);
        let item = match state {
            SendState::Cancelled => item,
            _ => item.text("due_pk", due_pk).text("due_sk", due_sk),
        };
        let stored = item.clone();
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.0))
            // An item whose time has passed is absent, though DynamoDB has not deleted it yet.
            .condition_expression("attribute_not_exists(pk) OR #ttl < :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", item::number(now.as_second()))
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(CreatedSend::New(Box::new(read_send(&stored)?))),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    let old = Item::from(refusal.item.clone().unwrap_or_default());
                    Ok(CreatedSend::Exists(Box::new(read_send(&old)?)))
                }
                _ => Err(error.into()),
            },
        }
    }

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

    /// One send, read consistently.
    pub async fn send(&self, id: &SendId, now: Timestamp) -> Result<Option<Send>, Error> {
        self.get(&Key::send(id)).await?.filter(|item| item.lives(now)).map(|item| read_send(&item)).transpose()
    }

    /// The send that bears a wamid, where one of ours does.
    pub(crate) async fn send_with_wamid(&self, wamid: &MessageId) -> Result<Option<SendId>, Error> {
        let answer = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name(keys::WAMID_INDEX)
            .key_condition_expression("wamid = :wamid")
            .expression_attribute_values(":wamid", item::text(wamid.as_str()))
            .limit(1)
            .send()
            .await?;
        Ok(answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(Item::from)
            .find_map(|item| item.str("pk").and_then(|pk| pk.strip_prefix("S#")).and_then(SendId::parse)))
    }
}

/// As the refused change found it.
fn not_moved(refusal: &ConditionalCheckFailedException, now: Timestamp) -> Result<Moved, Error> {
    match refusal.item.clone().map(Item::from).filter(|old| old.lives(now)) {
        Some(old) => Ok(Moved::Refused(Box::new(read_send(&old)?))),
        None => Ok(Moved::Missing),
    }
}

/// Reads an item of this kind.
pub(crate) fn read_send(item: &Item) -> Result<Send, Error> {
    let count = |name| item.integer(name).and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let due_at = item
        .str("due_sk")
        .and_then(|sort| sort.split('#').next())
        .and_then(|millis| millis.parse().ok())
        .and_then(|millis| Timestamp::from_millisecond(millis).ok());
    Ok(Send {
        id: item.str("send_id").and_then(SendId::parse).ok_or(Error::Corrupt("send"))?,
        phone_number_id: PhoneNumberId::new(item.needed("phone_number_id", "send")?),
        contact: ContactKey::new(item.needed("contact_key", "send")?),
        kind: item.needed("type", "send")?,
        message: item.json("message").ok_or(Error::Corrupt("send"))?,
        reference: item.string("reference"),
        state: item.str("state").and_then(SendState::parse).ok_or(Error::Corrupt("send"))?,
        created_at: item.instant("at").ok_or(Error::Corrupt("send"))?,
        updated_at: item.instant("updated_at").ok_or(Error::Corrupt("send"))?,
        wamid: item.string("wamid").map(MessageId::new),
        error: item.str("error").and_then(|json| serde_json::from_str(json).ok()),
        statuses: read_statuses(item),
        lease_until: item.instant("lease_until"),
        due_at,
        attempts: count("attempts"),
        requeues: count("requeues"),
        body_hash: item.string("body_hash").unwrap_or_default(),
        resends: count("resends"),
        waits_for: item.str("waits_for").and_then(WaitsFor::parse),
        options: read_options(item)?,
        file: item
            .str("file")
            .map(|json| serde_json::from_str(json).map_err(|_| Error::Corrupt("send")))
            .transpose()?,
        template_schema: item.string("template_schema"),
        template_missed_at: item.instant("template_missed_at"),
        fell_back: item.str("fell_back").and_then(FellBack::parse),
    })
}

/// Options that cannot be read could be those that keep it from being sent.
fn read_options(item: &Item) -> Result<SendOptions, Error> {
    if let Some(json) = item.str("options") {
        return serde_json::from_str(json).map_err(|_| Error::Corrupt("send"));
    }
    let window = item.str("window").filter(|policy| *policy == WINDOW_META).map(|_| WindowPolicy::Meta);
    Ok(SendOptions { window, ..SendOptions::default() })
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Refused(String::from("a value that is no JSON")))
}
