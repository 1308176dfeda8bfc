//! One small item for each number and person: what stands in the way of the next send. Read before each call to Meta, in
//! one request with the contact and what they consented to; all three lie in one partition.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use jiff::{SignedDuration, Timestamp};
use model::{Consent, Contact, ContactKey, PhoneNumberId, SendId};

use crate::Store;
use crate::consent::read_consent;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};

/// After so long without a send nothing of it matters.
const LIFE: SignedDuration = SignedDuration::from_hours(72);

const LAST_SEND: &str = "last_send";
const HELD_BY: &str = "held_by";
const HELD_UNTIL: &str = "held_until";

/// The pace of one number with one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The send that was last let through to Meta.
    pub last_send: Option<SendId>,
    /// Why later sends are held back.
    pub held: Option<Held>,
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

    /// Notes that a send is let through to Meta.
    pub async fn let_through(
        &self,
        number: &PhoneNumberId,
        contact: &ContactKey,
        send: &SendId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let expression = "SET #kind = :kind, last_send = :send, #ttl = :ttl";
        self.dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::pace(number, contact))))
            .update_expression(expression)
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":kind", item::text(keys::PACE.to_lowercase()))
            .expression_attribute_values(":send", item::text(send.as_str()))
            .expression_attribute_values(":ttl", item::number((now + LIFE).as_second()))
            .send()
            .await?;
        Ok(())
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
        held: send(HELD_BY).zip(item.instant(HELD_UNTIL)).map(|(by, until)| Held { by, until }),
    }
}
