//! The sync runs of a WABA: a lease, so that one sync follows another, and how the last one went (S-01, S-03).

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure};
use jiff::Timestamp;
use model::WabaId;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::Key;

const TOKEN_FINDINGS: &str = "token_findings";

/// What is known of the syncs of a WABA (S-03).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncRun {
    /// The last time a listing was complete and stored. Only success moves it.
    pub last_synced_at: Option<Timestamp>,
    /// When the last complete listing began. What a webhook told before that, it has seen (S-08).
    pub listed_at: Option<Timestamp>,
    /// The newest change at Meta that a listing was asked to see while another one was under way.
    pub wanted_at: Option<Timestamp>,
    /// The last time a sync began.
    pub last_attempt_at: Option<Timestamp>,
    /// Until when a running sync owns the WABA; `None` when none runs.
    pub running_until: Option<Timestamp>,
    /// How the last finished attempt ended: `succeeded` or `failed`.
    pub result: Option<String>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// Templates listed, written and found gone by it.
    pub listed: Option<u64>,
    /// See `listed`.
    pub written: Option<u64>,
    /// See `listed`.
    pub absent: Option<u64>,
    /// Why it failed.
    pub error: Option<String>,
    /// How many attempts failed since one succeeded.
    pub failures: u64,
    /// How much of the account's calls of an hour was used when a sync last ended, in percent.
    pub used_percent: Option<u32>,
    /// Until when Meta is not to be asked about the account: it has used up its calls (L-01).
    pub paused_until: Option<Timestamp>,
    /// What was wrong with the account's token when it was last looked at: ids of checks, in order.
    pub token_findings: Vec<String>,
    /// Since when that is so.
    pub token_findings_at: Option<Timestamp>,
}

/// What came of starting a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStart {
    /// The WABA is ours until the lease ends.
    Started,
    /// Another sync of it is running.
    InProgress(Box<SyncRun>),
    /// Its calls are used up until then.
    Paused(Timestamp),
}

/// What a sync learnt of the account's calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// How much of those of an hour is used, in percent.
    pub used_percent: u32,
    /// Until when no more are to be made.
    pub paused_until: Option<Timestamp>,
}

/// How a sync ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncOutcome {
    /// The listing was complete and is stored.
    Succeeded {
        /// Templates listed.
        listed: u64,
        /// Templates written.
        written: u64,
        /// Templates marked as gone.
        absent: u64,
    },
    /// Nothing was written, or not all of it.
    Failed {
        /// Why, in plain words; no personal data.
        error: String,
    },
}

impl Store {
    /// Takes the WABA for one sync, until `lease_until`, unless its calls are used up.
    pub async fn begin_sync(&self, waba: &WabaId, lease_until: Timestamp, now: Timestamp) -> Result<SyncStart, Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::sync(waba))))
            .update_expression("SET lease_until = :lease, last_attempt_at = :now, waba_id = :waba, kind = :kind")
            .condition_expression(
                "(attribute_not_exists(lease_until) OR lease_until < :now) \
                 AND (attribute_not_exists(paused_until) OR paused_until <= :now)",
            )
            .expression_attribute_values(":lease", item::time(lease_until))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":waba", item::text(waba.as_str()))
            .expression_attribute_values(":kind", item::text("sync"))
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(SyncStart::Started),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let old = Item::from(refusal.item.clone().unwrap_or_default());
                    let run = read_run(&old);
                    Ok(match run.paused_until.filter(|_| run.running_until.is_none_or(|until| until < now)) {
                        Some(until) => SyncStart::Paused(until),
                        None => SyncStart::InProgress(Box::new(run)),
                    })
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Asks the sync that is running to look again when it is done, since something changed at Meta at `changed_at`. False
    /// where none runs: then it is the caller's to make.
    pub async fn want_sync(&self, waba: &WabaId, changed_at: Timestamp, now: Timestamp) -> Result<bool, Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::sync(waba))))
            .update_expression("SET wanted_at = :at")
            .condition_expression("lease_until >= :now AND (attribute_not_exists(wanted_at) OR wanted_at < :at)")
            .expression_attribute_values(":at", item::time(changed_at))
            .expression_attribute_values(":now", item::time(now))
            .return_values_on_condition_check_failure(OnFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let old = Item::from(refusal.item.clone().unwrap_or_default());
                    Ok(read_run(&old).running_until.is_some_and(|until| until >= now))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Ends a sync that began at `began_at` with this lease, and lets the next one start; what is known then. Where the
    /// lease was lost to another sync meanwhile, that one's record stays; `None` then.
    pub async fn finish_sync(
        &self,
        waba: &WabaId,
        lease: Timestamp,
        began_at: Timestamp,
        outcome: &SyncOutcome,
        calls: Calls,
        now: Timestamp,
    ) -> Result<Option<SyncRun>, Error> {
        let duration = now.duration_since(began_at).as_millis().max(0);
        let request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::sync(waba))))
            .condition_expression("lease_until = :lease")
            .expression_attribute_names("#result", "result")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":lease", item::time(lease))
            .expression_attribute_values(":used", item::number(calls.used_percent))
            .expression_attribute_values(":duration", item::number(duration));
        // Without a pause the earlier one has passed.
        let (pause, request) = match calls.paused_until {
            Some(until) => {
                (", paused_until = :until", request.expression_attribute_values(":until", item::time(until)))
            }
            None => ("", request),
        };
        let ended = if pause.is_empty() { "lease_until, paused_until" } else { "lease_until" };
        let request = match outcome {
            SyncOutcome::Succeeded { listed, written, absent } => request
                .update_expression(format!(
                    "SET #result = :result, duration_ms = :duration, used_percent = :used{pause}, listed = :listed, \
                     written = :written, absent = :absent, last_synced_at = :now, listed_at = :began \
                     REMOVE {ended}, #error, failures",
                ))
                .expression_attribute_values(":began", item::time(began_at))
                .expression_attribute_values(":result", item::text("succeeded"))
                .expression_attribute_values(":listed", item::number(listed))
                .expression_attribute_values(":written", item::number(written))
                .expression_attribute_values(":absent", item::number(absent))
                .expression_attribute_values(":now", item::time(now)),
            SyncOutcome::Failed { error } => request
                .update_expression(format!(
                    "SET #result = :result, duration_ms = :duration, used_percent = :used{pause}, #error = :error \
                     REMOVE {ended} ADD failures :one",
                ))
                .expression_attribute_values(":one", item::number(1))
                .expression_attribute_values(":result", item::text("failed"))
                .expression_attribute_values(":error", item::text(error)),
        };
        match request.return_values(ReturnValue::AllNew).send().await {
            Ok(written) => Ok(Some(read_run(&Item::from(written.attributes.unwrap_or_default())))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(error.into()),
            },
        }
    }

    /// Keeps what is wrong with the account's token, once that was told of. An account that was never synced has nothing
    /// to keep it in, and tells again.
    pub async fn record_token_findings(&self, waba: &WabaId, ids: &[&str], now: Timestamp) -> Result<(), Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::sync(waba))))
            .update_expression(format!("SET {TOKEN_FINDINGS} = :ids, token_findings_at = :now"))
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":ids", item::text(ids.join(",")))
            .expression_attribute_values(":now", item::time(now))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    /// What is known of a WABA's syncs; all empty where there was none.
    pub async fn sync_run(&self, waba: &WabaId) -> Result<SyncRun, Error> {
        Ok(self.get(&Key::sync(waba)).await?.map(|item| read_run(&item)).unwrap_or_default())
    }
}

pub(crate) fn read_run(item: &Item) -> SyncRun {
    let count = |name| item.integer(name).and_then(|count| u64::try_from(count).ok());
    SyncRun {
        last_synced_at: item.instant("last_synced_at"),
        listed_at: item.instant("listed_at"),
        wanted_at: item.instant("wanted_at"),
        last_attempt_at: item.instant("last_attempt_at"),
        running_until: item.instant("lease_until"),
        result: item.string("result"),
        duration_ms: count("duration_ms"),
        listed: count("listed"),
        written: count("written"),
        absent: count("absent"),
        error: item.string("error"),
        failures: count("failures").unwrap_or_default(),
        used_percent: item.integer("used_percent").and_then(|percent| u32::try_from(percent).ok()),
        paused_until: item.instant("paused_until"),
        token_findings: item
            .str(TOKEN_FINDINGS)
            .map(|ids| ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect())
            .unwrap_or_default(),
        token_findings_at: item.instant("token_findings_at"),
    }
}
