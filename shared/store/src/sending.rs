//! Whether a number sends: one small item for each number that ever met a block, written on change only. What is parked
//! for it stands in index partitions of its own, in the order it was queued, so that nothing has to be looked at again and
//! again while it waits.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use jiff::{SignedDuration, Timestamp};
use model::send::{Block, BlockScope};
use model::{PhoneNumberId, SendId};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};

/// How often a number is looked after while anything is parked for it.
pub const LOOK: SignedDuration = SignedDuration::from_secs(60);

const SCOPE: &str = "scope";
const ERROR: &str = "blocked_by";
const SINCE: &str = "blocked_since";
const RETRY_AT: &str = "retry_at";
const TOKEN: &str = "token_mark";
const PARKED_AT: &str = "parked_at";

/// How a number stands.
#[derive(Clone, Debug, Default)]
pub struct Sending {
    /// Why it does not send; `None` where it does.
    pub block: Option<Block>,
    /// When a send was last parked for it, as far as was noted.
    pub parked_at: Option<Timestamp>,
}

/// A send that is parked, as the index lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The send.
    pub id: SendId,
    /// When it is no longer to be sent, where it said so.
    pub expires_at: Option<Timestamp>,
    sort: String,
}

impl Store {
    /// How a number stands, read consistently.
    pub async fn sending(&self, number: &PhoneNumberId) -> Result<Sending, Error> {
        Ok(self.get(&Key::sending(number)).await?.map(|item| read(&item)).unwrap_or_default())
    }

    /// Blocks a number that is not blocked, or only in part, or by the block that began at `over`; true where this did it.
    /// Whoever blocks is about to park.
    pub async fn block(
        &self,
        number: &PhoneNumberId,
        block: &Block,
        over: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let error = serde_json::to_string(&block.error)
            .map_err(|_| Error::Refused(String::from("an error that is no JSON")))?;
        let (pk, sk) = keys::sending_due(now + LOOK, number);
        let mut sets = vec![
            "#kind = :kind, phone_number_id = :number, #scope = :scope, #error = :error, #since = :since",
            "#retry = :retry, #parked = :now, due_pk = :due_pk, due_sk = :due_sk",
        ];
        let mut request = self
            .update_sending(number)
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#scope", SCOPE)
            .expression_attribute_names("#error", ERROR)
            .expression_attribute_names("#since", SINCE)
            .expression_attribute_names("#retry", RETRY_AT)
            .expression_attribute_names("#parked", PARKED_AT)
            .expression_attribute_names("#token", TOKEN)
            .expression_attribute_values(":kind", item::text(keys::SENDING.to_lowercase()))
            .expression_attribute_values(":number", item::text(number.as_str()))
            .expression_attribute_values(":scope", item::text(block.scope.as_str()))
            .expression_attribute_values(":error", item::text(error))
            .expression_attribute_values(":since", item::time(block.since))
            .expression_attribute_values(":retry", item::time(block.retry_at))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":due_pk", item::text(pk))
            .expression_attribute_values(":due_sk", item::text(sk));
        let mut removes = "";
        match &block.token {
            Some(token) => {
                sets.push("#token = :token");
                request = request.expression_attribute_values(":token", item::text(token));
            }
            None => removes = " REMOVE #token",
        }
        let mut condition = String::from("attribute_not_exists(#since)");
        if block.scope == BlockScope::Everything {
            condition.push_str(" OR #scope = :part");
            request = request.expression_attribute_values(":part", item::text(BlockScope::Templates.as_str()));
        }
        if let Some(over) = over {
            condition.push_str(" OR #since = :over");
            request = request.expression_attribute_values(":over", item::time(over));
        }
        let expression = format!("SET {}{removes}", sets.join(", "));
        applied(request.update_expression(expression).condition_expression(condition)).await
    }

    /// Takes the one try that `seen` allows, with this token; false where somebody else has it.
    pub async fn take_probe(
        &self,
        number: &PhoneNumberId,
        seen: &Block,
        token: Option<&str>,
        retry_at: Timestamp,
    ) -> Result<bool, Error> {
        let mut request = self
            .update_sending(number)
            .expression_attribute_names("#since", SINCE)
            .expression_attribute_names("#retry", RETRY_AT)
            .expression_attribute_names("#token", TOKEN)
            .expression_attribute_values(":since", item::time(seen.since))
            .expression_attribute_values(":seen", item::time(seen.retry_at))
            .expression_attribute_values(":retry", item::time(retry_at));
        let mut expression = String::from("SET #retry = :retry");
        if let Some(token) = token {
            expression.push_str(", #token = :token");
            request = request.expression_attribute_values(":token", item::text(token));
        }
        let mut condition = String::from("#since = :since AND #retry = :seen AND ");
        match &seen.token {
            Some(token) => {
                condition.push_str("#token = :refused");
                request = request.expression_attribute_values(":refused", item::text(token));
            }
            None => condition.push_str("attribute_not_exists(#token)"),
        }
        applied(request.update_expression(expression).condition_expression(condition)).await
    }

    /// Ends the block that began at `since`, and has what is parked looked after now; false where it had ended.
    pub async fn unblock(&self, number: &PhoneNumberId, since: Timestamp, now: Timestamp) -> Result<bool, Error> {
        let (pk, sk) = keys::sending_due(now, number);
        let request = self
            .update_sending(number)
            .update_expression("SET due_pk = :due_pk, due_sk = :due_sk REMOVE #scope, #error, #since, #retry, #token")
            .condition_expression("#since = :since")
            .expression_attribute_names("#scope", SCOPE)
            .expression_attribute_names("#error", ERROR)
            .expression_attribute_names("#since", SINCE)
            .expression_attribute_names("#retry", RETRY_AT)
            .expression_attribute_names("#token", TOKEN)
            .expression_attribute_values(":since", item::time(since))
            .expression_attribute_values(":due_pk", item::text(pk))
            .expression_attribute_values(":due_sk", item::text(sk));
        applied(request).await
    }

    /// Notes that a send is about to be parked for a number, so that somebody looks after it; how the number stands.
    pub async fn note_parked(&self, number: &PhoneNumberId, now: Timestamp) -> Result<Sending, Error> {
        let (pk, sk) = keys::sending_due(now + LOOK, number);
        let answer = self
            .update_sending(number)
            .update_expression(
                "SET #kind = :kind, phone_number_id = :number, #parked = :now, \
                 due_pk = if_not_exists(due_pk, :due_pk), due_sk = if_not_exists(due_sk, :due_sk)",
            )
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#parked", PARKED_AT)
            .expression_attribute_values(":kind", item::text(keys::SENDING.to_lowercase()))
            .expression_attribute_values(":number", item::text(number.as_str()))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":due_pk", item::text(pk))
            .expression_attribute_values(":due_sk", item::text(sk))
            .return_values(ReturnValue::AllNew)
            .send()
            .await?;
        Ok(answer.attributes.map(|item| read(&Item::from(item))).unwrap_or_default())
    }

    /// Numbers that have to be looked after, the longest due first.
    pub async fn sending_due(&self, now: Timestamp, limit: i32) -> Result<Vec<PhoneNumberId>, Error> {
        let until = keys::due_until(now);
        let request = self
            .in_due(keys::SENDING_DUE, limit)
            .key_condition_expression("due_pk = :partition AND due_sk < :until")
            .expression_attribute_values(":until", item::text(until));
        let items = request.send().await?.items.unwrap_or_default();
        Ok(items.into_iter().map(Item::from).filter_map(|item| keys::sending_number(item.str("pk")?)).collect())
    }

    /// Has a number looked after again at this time, if it still is.
    pub async fn look_again(&self, number: &PhoneNumberId, at: Timestamp) -> Result<(), Error> {
        let (_, sk) = keys::sending_due(at, number);
        let request = self
            .update_sending(number)
            .update_expression("SET due_sk = :due_sk")
            .condition_expression("attribute_exists(due_pk)")
            .expression_attribute_values(":due_sk", item::text(sk));
        applied(request).await.map(drop)
    }

    /// Looks after a number no longer, unless something was parked for it since `seen`.
    pub async fn rest(&self, number: &PhoneNumberId, seen: Option<Timestamp>) -> Result<(), Error> {
        let mut request = self
            .update_sending(number)
            .update_expression("REMOVE due_pk, due_sk")
            .expression_attribute_names("#parked", PARKED_AT);
        request = match seen {
            Some(seen) => {
                request.condition_expression("#parked = :seen").expression_attribute_values(":seen", item::time(seen))
            }
            None => request.condition_expression("attribute_not_exists(#parked)"),
        };
        applied(request).await.map(drop)
    }

    /// What is parked for a number, in the order it was queued, after what `after` stands for; at most so many. The index
    /// is eventually consistent.
    pub async fn parked(
        &self,
        number: &PhoneNumberId,
        after: Option<&Parked>,
        limit: i32,
    ) -> Result<Vec<Parked>, Error> {
        let partition = keys::parked_partition(number);
        let mut request = self.in_due(&partition, limit);
        let mut condition = String::from("due_pk = :partition");
        if let Some(after) = after {
            condition.push_str(" AND due_sk > :after");
            request = request.expression_attribute_values(":after", item::text(&after.sort));
        }
        let answer = request.key_condition_expression(condition).send().await?;
        let read = |item: Item| {
            let id = SendId::parse(item.str("pk")?.strip_prefix("S#")?)?;
            let sort = item.string("due_sk")?;
            Some(Parked { id, expires_at: keys::parked_expiry(&sort), sort })
        };
        Ok(answer.items.unwrap_or_default().into_iter().map(Item::from).filter_map(read).collect())
    }

    fn in_due(&self, partition: &str, limit: i32) -> QueryFluentBuilder {
        let request = self.dynamo.query().table_name(&self.table).index_name(keys::DUE_INDEX).limit(limit);
        request.expression_attribute_values(":partition", item::text(partition))
    }

    fn update_sending(&self, number: &PhoneNumberId) -> UpdateItemFluentBuilder {
        self.dynamo.update_item().table_name(&self.table).set_key(Some(item::key(&Key::sending(number))))
    }
}

/// Whether the condition held.
async fn applied(request: UpdateItemFluentBuilder) -> Result<bool, Error> {
    match request.send().await {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// A block that cannot be read blocks nothing: the next refusal writes it anew.
fn read(item: &Item) -> Sending {
    let block = || {
        Some(Block {
            scope: BlockScope::parse(item.str(SCOPE)?)?,
            error: serde_json::from_str(item.str(ERROR)?).ok()?,
            since: item.instant(SINCE)?,
            retry_at: item.instant(RETRY_AT)?,
            token: item.string(TOKEN),
        })
    };
    Sending { block: block(), parked_at: item.instant(PARKED_AT) }
}
