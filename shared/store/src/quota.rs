//! Who was written to outside a service window in the last day (contract §5.2): one item for all that share a limit, whose
//! slots count people, and one for each person counted, so that nobody counts twice (L-03 to L-06).

mod mark;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure};
use jiff::{SignedDuration, Timestamp};
use model::channel::QuotaScope;
use model::quota::{Ask, Day, Full, Plan, Slot};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::Key;

pub use mark::{Mark, Marked};

/// Longer than anybody counts.
const LIFE: SignedDuration = SignedDuration::from_hours(72);
/// Others that may count meanwhile, one after the other.
const TRIES: usize = 12;

const TOTAL: &str = "total";
/// Before the number of a slot.
const PREFIX: &str = "b";

impl Store {
    /// The people who count, as the table has it now.
    pub async fn quota_day(&self, scope: &QuotaScope) -> Result<Day, Error> {
        Ok(self.get(&Key::quota_day(scope)).await?.map(|item| read_day(&item)).unwrap_or_default())
    }

    /// Counts up to `ask.want` more people, one at least, where `limit` allows it; `seen` is the day as the caller last saw
    /// it. A refusal is always by a fresh look. The day after it comes along.
    pub async fn count_recipients(
        &self,
        scope: &QuotaScope,
        ask: &Ask,
        limit: u32,
        seen: Option<Day>,
        now: Timestamp,
    ) -> Result<(Result<Plan, Full>, Day), Error> {
        // Where somebody moves from may not have been seen.
        let mut seen = seen.filter(|_| !ask.moves);
        for _ in 0..TRIES {
            let fresh = seen.is_none();
            let day = match seen.take() {
                Some(day) => day,
                None => self.quota_day(scope).await?,
            };
            let plan = match day.plan(ask, limit, now) {
                Ok(plan) => plan,
                Err(full) if fresh => return Ok((Err(full), day)),
                Err(_) => continue,
            };
            match self.write_plan(scope, &plan, now).await? {
                (true, day) => return Ok((Ok(plan), day)),
                (false, other) => seen = Some(other),
            }
        }
        Err(Error::Unavailable(String::from("others kept counting recipients")))
    }

    /// Whether the plan's condition held, and the day as it is then.
    async fn write_plan(&self, scope: &QuotaScope, plan: &Plan, now: Timestamp) -> Result<(bool, Day), Error> {
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::quota_day(scope))))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_names("#total", TOTAL)
            .expression_attribute_names("#slot", slot_name(plan.slot))
            .expression_attribute_values(":kind", item::text("quota_day"))
            .expression_attribute_values(":ttl", item::number((now + LIFE).as_second()))
            .expression_attribute_values(":take", item::number(plan.take))
            .expression_attribute_values(":none", item::number(0));
        let mut sets = vec![
            String::from("#kind = :kind, #ttl = :ttl"),
            String::from("#slot = if_not_exists(#slot, :none) + :take"),
        ];
        let mut removes = Vec::new();
        let mut conditions = Vec::new();
        if plan.only_adds() {
            sets.push(String::from("#total = if_not_exists(#total, :none) + :take"));
            conditions.push(String::from("(attribute_not_exists(#total) OR #total <= :most)"));
            request = request.expression_attribute_values(":most", item::number(plan.most));
        } else {
            sets.push(String::from("#total = :total"));
            conditions.push(String::from("#total = :seen"));
            request = request
                .expression_attribute_values(":total", item::number(plan.total))
                .expression_attribute_values(":seen", item::number(plan.seen));
        }
        for (number, (slot, count)) in plan.expired.iter().enumerate() {
            removes.push(format!("#x{number}"));
            conditions.push(format!("#x{number} = :x{number}"));
            request = request
                .expression_attribute_names(format!("#x{number}"), slot_name(*slot))
                .expression_attribute_values(format!(":x{number}"), item::number(count));
        }
        for (number, (slot, count)) in plan.back.iter().enumerate() {
            sets.push(format!("#y{number} = #y{number} - :y{number}"));
            conditions.push(format!("#y{number} >= :y{number}"));
            request = request
                .expression_attribute_names(format!("#y{number}"), slot_name(*slot))
                .expression_attribute_values(format!(":y{number}"), item::number(count));
        }
        let mut expression = format!("SET {}", sets.join(", "));
        if !removes.is_empty() {
            expression = format!("{expression} REMOVE {}", removes.join(", "));
        }
        match request.update_expression(expression).condition_expression(conditions.join(" AND ")).send().await {
            Ok(answer) => Ok((true, read_day(&Item::from(answer.attributes.unwrap_or_default())))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok((false, read_day(&Item::from(refusal.item.clone().unwrap_or_default()))))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Takes one person out of a slot again, where it still holds anybody.
    pub(crate) async fn uncount(&self, scope: &QuotaScope, slot: Slot) -> Result<(), Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::quota_day(scope))))
            .update_expression("SET #slot = #slot - :one, #total = #total - :one")
            .condition_expression("#slot >= :one AND #total >= :one")
            .expression_attribute_names("#slot", slot_name(slot))
            .expression_attribute_names("#total", TOTAL)
            .expression_attribute_values(":one", item::number(1))
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

fn slot_name(slot: Slot) -> String {
    format!("{PREFIX}{}", slot.number())
}

fn read_day(item: &Item) -> Day {
    let slots: BTreeMap<Slot, u32> = item
        .0
        .keys()
        .filter_map(|name| Some((name, name.strip_prefix(PREFIX)?.parse().ok()?)))
        .filter_map(|(name, number)| Some((Slot::from_number(number), u32::try_from(item.integer(name)?).ok()?)))
        .collect();
    let total = item.integer(TOTAL).and_then(|total| u32::try_from(total).ok()).unwrap_or(0);
    Day { slots, total }
}
