//! One small item for each number and person: what stands in the way of the next send. Read before each call to Meta, in
//! one request with the contact and what they consented to; all three lie in one partition.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;
use jiff::{SignedDuration, Timestamp};
use model::limiter::{Paced, Pair};
use model::{Consent, Contact, ContactKey, PhoneNumberId, SendId};

use crate::Store;
use crate::consent::read_consent;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};

/// After so long without a send nothing of it matters.
const LIFE: SignedDuration = SignedDuration::from_hours(72);

/// Others that may be let through meanwhile, one after the other.
const TRIES: usize = 8;

const LAST_SEND: &str = "last_send";
const PAIR_FROM: &str = "pair_from";
const PAIR_TAT: &str = "pair_tat";
const HELD_BY: &str = "held_by";
const HELD_UNTIL: &str = "held_until";

/// The pace of one number with one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The send that was last let through to Meta.
    pub last_send: Option<SendId>,
    /// Why later sends are held back.
    pub held: Option<Held>,
    /// What was sent lately, as Meta's pair limit counts it.
    pub pair: Option<Pair>,
}

/// What came of letting a send through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It may go, and is counted.
    Through,
    /// The person was written to too often: not before so much time has passed.
    Paced(SignedDuration),
}

/// A send whose outcome is not known, or that waits for a cause to go: what was queued after it waits a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The send.
    pub by: SendId,
    /// The longest that others wait for it.
    pub until: Timestamp,
}

/// What is known of the person a send is for.
#[derive(Clone, Debug, Default)]
pub struct SendFacts {
    /// Absent where they never wrote.
    pub contact: Option<Contact>,
    /// Of the contact itself; of those merged into it ask [`Store::consent_of_all`].
    pub consent: Consent,
    /// The pace of the number with them.
    pub pace: Pace,
}

impl Store {
    /// All that is to be known of a person before something is sent to them: one request, and another one for who was
    /// merged.
    pub async fn send_facts(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        now: Timestamp,
    ) -> Result<SendFacts, Error> {
        let keys = [Key::contact(number, contact), Key::consent(number, contact), Key::pace(number, contact)];
        let mut facts = SendFacts::default();
        for item in self.get_all(&keys).await? {
            match item.str("sk") {
                Some(keys::CONTACT) => facts.contact = Some(self.whole(number, item).await?),
                Some(keys::CONSENT) => facts.consent = read_consent(&item),
                Some(keys::PACE) if item.lives(now) => facts.pace = read_pace(&item),
                _ => {}
            }
        }
        Ok(facts)
    }

    /// Lets a send through to Meta, and counts it, where the person may be written to now: one write, whose condition is
    /// that nobody else was let through since `seen`.
    pub async fn let_through(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        send: &SendId,
        seen: &Pace,
        now: Timestamp,
    ) -> Result<Passage, Error> {
        let mut seen = seen.pair;
        for _ in 0..TRIES {
            let pair = match Pair::next(seen, now) {
                Paced::Go(pair) => pair,
                Paced::Wait(wait) => return Ok(Passage::Paced(wait)),
            };
            match self.count_pair(number, contact, send, seen, pair, now).await? {
                None => return Ok(Passage::Through),
                // The table took the write and its answer was lost; the client asked again by itself.
                Some(other) if other.last_send.as_ref() == Some(send) && other.pair == Some(pair) => {
                    return Ok(Passage::Through);
                }
                Some(other) => seen = other.pair,
            }
        }
        Err(Error::Unavailable(String::from("others kept sending to the person")))
    }

    /// Where the pair is as it was seen; else the pace as it is.
    async fn count_pair(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        send: &SendId,
        seen: Option<Pair>,
        pair: Pair,
        now: Timestamp,
    ) -> Result<Option<Pace>, Error> {
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::pace(number, contact))))
            .update_expression("SET #kind = :kind, last_send = :send, pair_from = :from, pair_tat = :tat, #ttl = :ttl")
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":kind", item::text(keys::PACE.to_lowercase()))
            .expression_attribute_values(":send", item::text(send.as_str()))
            .expression_attribute_values(":from", item::time(pair.from))
            .expression_attribute_values(":tat", item::time(pair.paid_at))
            .expression_attribute_values(":ttl", item::number((now + LIFE).as_second()));
        request = match seen {
            None => request.condition_expression("attribute_not_exists(pair_tat)"),
            Some(seen) => request
                .condition_expression("pair_tat = :seen AND pair_from = :began")
                .expression_attribute_values(":seen", item::time(seen.paid_at))
                .expression_attribute_values(":began", item::time(seen.from)),
        };
        match request.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let old = Item::from(refusal.item.clone().unwrap_or_default());
                    Ok(Some(read_pace(&old)))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Holds back what goes to a person until `held.until`, unless something holds it longer already.
    pub async fn hold(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        held: &Held,
        now: Timestamp,
    ) -> Result<(), Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::pace(number, contact))))
            .update_expression("SET #kind = :kind, held_by = :by, held_until = :until, #ttl = :ttl")
            .condition_expression("attribute_not_exists(held_until) OR held_until < :until")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":kind", item::text(keys::PACE.to_lowercase()))
            .expression_attribute_values(":by", item::text(held.by.as_str()))
            .expression_attribute_values(":until", item::time(held.until))
            .expression_attribute_values(":ttl", item::number((now.max(held.until) + LIFE).as_second()))
            .send()
            .await;
        match outcome {
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            outcome => Ok(outcome.map(drop)?),
        }
    }
}

fn read_pace(item: &Item) -> Pace {
    let send = |name| item.str(name).and_then(SendId::parse);
    Pace {
        last_send: send(LAST_SEND),
        pair: item.instant(PAIR_FROM).zip(item.instant(PAIR_TAT)).map(|(from, paid_at)| Pair { from, paid_at }),
        held: send(HELD_BY).zip(item.instant(HELD_UNTIL)).map(|(by, until)| Held { by, until }),
    }
}
