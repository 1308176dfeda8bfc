//! A write as a PartiQL statement. Values are parameters, always; what stands in the text is ours.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementError, BatchStatementErrorCodeEnum, BatchStatementRequest,
    ReturnValuesOnConditionCheckFailure,
};

use super::write::{Answer, Condition, Guard, Step, Write, is_status};
use crate::error::Error;
use crate::item::{self, Item};

/// The statement of a write on `table`.
pub(crate) fn statement(table: &str, write: &Write) -> Result<BatchStatementRequest, BuildError> {
    let mut parameters: Vec<AttributeValue> = Vec::new();
    let text = match &write.step {
        Step::Insert { item, .. } => {
            let mut fields: Vec<_> = item.0.iter().collect();
            fields.sort_by(|one, other| one.0.cmp(other.0));
            let names: Vec<String> = fields.iter().map(|(name, _)| format!("'{}':?", quoted(name))).collect();
            parameters.extend(fields.into_iter().map(|(_, value)| value.clone()));
            format!("INSERT INTO \"{table}\" VALUE {{{}}}", names.join(","))
        }
        Step::Update { set, only_if, .. } => {
            let sets: Vec<String> = set.iter().map(|(name, _)| format!("SET \"{}\"=?", quoted(name))).collect();
            parameters.extend(set.iter().map(|(_, value)| value.clone()));
            parameters.extend([item::text(&write.key.pk), item::text(&write.key.sk)]);
            let condition = match only_if {
                Condition::Below(name, value) => {
                    parameters.push(value.clone());
                    format!("\"{name}\" < ?")
                }
                Condition::MissingOrBelow(name, value) => {
                    parameters.push(value.clone());
                    format!("(\"{name}\" IS MISSING OR \"{name}\" < ?)")
                }
                Condition::AsSeen(seen) => {
                    let mut conditions = Vec::new();
                    for (name, _) in set.iter().filter(|(name, _)| is_status(name)) {
                        match seen.get(name) {
                            Some(known) => {
                                parameters.push(known.clone());
                                conditions.push(format!("\"{}\" = ?", quoted(name)));
                            }
                            None => conditions.push(format!("\"{}\" IS MISSING", quoted(name))),
                        }
                    }
                    conditions.join(" AND ")
                }
            };
            format!("UPDATE \"{table}\" {} WHERE \"pk\"=? AND \"sk\"=? AND {condition}", sets.join(" "))
        }
        Step::Revise { set, remove, only_if, .. } => {
            let mut changes: Vec<String> = set.iter().map(|(name, _)| format!("SET \"{}\"=?", quoted(name))).collect();
            changes.extend(remove.iter().map(|name| format!("REMOVE \"{}\"", quoted(name))));
            parameters.extend(set.iter().map(|(_, value)| value.clone()));
            let mut conditions = vec![String::from("\"pk\"=?"), String::from("\"sk\"=?")];
            parameters.extend([item::text(&write.key.pk), item::text(&write.key.sk)]);
            for guard in only_if {
                conditions.push(match guard {
                    Guard::Is(name, _) => format!("\"{}\"=?", quoted(name)),
                    Guard::Below(name, _) => format!("\"{}\" < ?", quoted(name)),
                    Guard::AtMost(name, _) => format!("\"{}\" <= ?", quoted(name)),
                    Guard::Above(name, _) => format!("\"{}\" > ?", quoted(name)),
                    Guard::Missing(name) => format!("\"{}\" IS MISSING", quoted(name)),
                });
                if let Guard::Is(_, value) | Guard::Below(_, value) | Guard::AtMost(_, value) | Guard::Above(_, value) =
                    guard
                {
                    parameters.push(value.clone());
                }
            }
            format!("UPDATE \"{table}\" {} WHERE {}", changes.join(" "), conditions.join(" AND "))
        }
    };
    // An INSERT is told of a duplicate without the item, asked or not. 50 bytes a message, in requests that may have 25.
    let asks = !matches!(write.step, Step::Insert { .. });
    BatchStatementRequest::builder()
        .statement(text)
        .set_parameters(Some(parameters))
        .set_return_values_on_condition_check_failure(asks.then_some(ReturnValuesOnConditionCheckFailure::AllOld))
        .build()
}

/// What an error of one statement means.
pub(super) fn answer(error: BatchStatementError) -> Result<Answer, Error> {
    match error.code {
        Some(BatchStatementErrorCodeEnum::DuplicateItem) => Ok(Answer::Duplicate),
        Some(BatchStatementErrorCodeEnum::ConditionalCheckFailed) => Ok(match error.item {
            Some(old) if !old.is_empty() => Answer::Refused(Item::from(old)),
            _ => Answer::Missing,
        }),
        Some(
            BatchStatementErrorCodeEnum::ThrottlingError
            | BatchStatementErrorCodeEnum::ProvisionedThroughputExceeded
            | BatchStatementErrorCodeEnum::RequestLimitExceeded
            | BatchStatementErrorCodeEnum::TransactionConflict
            | BatchStatementErrorCodeEnum::InternalServerError,
        ) => Ok(Answer::Again),
        // The statements are ours: what is left to be wrong is the size that the item would get.
        Some(BatchStatementErrorCodeEnum::ValidationError) => Ok(Answer::TooLarge),
        Some(code) => Err(Error::Refused(code.as_str().to_owned())),
        None => Err(Error::Unavailable(String::from("a statement failed without a code"))),
    }
}

/// A status word of tomorrow is part of an attribute's name: keep it from ending the quotes.
fn quoted(name: &str) -> String {
    name.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')).collect()
}
