//! Templates as last listed, and the sync runs that list them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure as OnFailure;
use jiff::Timestamp;
use model::{Template, TemplateId, WabaId};
use serde_json::value::RawValue;

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::record::Write;

/// What is known of the syncs of a WABA (S-03).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncRun {
    /// The last time a listing was complete and stored. Only success moves it.
    pub last_synced_at: Option<Timestamp>,
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
}

/// What came of starting a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStart {
    /// The WABA is ours until the lease ends.
    Started,
    /// Another sync of it is running.
    InProgress(SyncRun),
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
    /// Every template of a WABA, also those that are gone, by name and language.
    pub async fn templates(&self, waba: &WabaId) -> Result<Vec<Template>, Error> {
        let items = self.partition(&keys::waba_partition(waba), keys::TEMPLATE_PREFIX).await?;
        items.into_iter().map(|item| read_template(&item)).collect()
    }

    /// Writes templates as observed at `observed_at`; one observed later meanwhile stays (S-08).
    pub async fn write_templates(&self, templates: &[Template], observed_at: Timestamp) -> Result<(), Error> {
        self.write_all(templates.iter().map(|template| write(template, observed_at)).collect()).await
    }

    /// Takes the WABA for one sync, until `lease_until`.
    pub async fn begin_sync(&self, waba: &WabaId, lease_until: Timestamp, now: Timestamp) -> Result<SyncStart, Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::sync(waba))))
            .update_expression("SET lease_until = :lease, last_attempt_at = :now, waba_id = :waba, kind = :kind")
            .condition_expression("attribute_not_exists(lease_until) OR lease_until < :now")
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
                    Ok(SyncStart::InProgress(read_run(&old)))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Ends a sync that began at `began_at` with this lease, and lets the next one start. Where the lease was lost to
    /// another sync meanwhile, that one's record stays; false then.
    pub async fn finish_sync(
        &self,
        waba: &WabaId,
        lease: Timestamp,
        began_at: Timestamp,
        outcome: &SyncOutcome,
        now: Timestamp,
    ) -> Result<bool, Error> {
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
            .expression_attribute_values(":duration", item::number(duration));
        let request = match outcome {
            SyncOutcome::Succeeded { listed, written, absent } => request
                .update_expression(
                    "SET #result = :result, duration_ms = :duration, listed = :listed, written = :written, \
                     absent = :absent, last_synced_at = :now REMOVE lease_until, #error",
                )
                .expression_attribute_values(":result", item::text("succeeded"))
                .expression_attribute_values(":listed", item::number(listed))
                .expression_attribute_values(":written", item::number(written))
                .expression_attribute_values(":absent", item::number(absent))
                .expression_attribute_values(":now", item::time(now)),
            SyncOutcome::Failed { error } => request
                .update_expression("SET #result = :result, duration_ms = :duration, #error = :error REMOVE lease_until")
                .expression_attribute_values(":result", item::text("failed"))
                .expression_attribute_values(":error", item::text(error)),
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(error.into()),
            },
        }
    }

    /// What is known of a WABA's syncs; all empty where there was none.
    pub async fn sync_run(&self, waba: &WabaId) -> Result<SyncRun, Error> {
        Ok(self.get(&Key::sync(waba)).await?.map(|item| read_run(&item)).unwrap_or_default())
    }
}

fn write(template: &Template, observed_at: Timestamp) -> Write {
    let key = Key::template(&template.waba_id, &template.name, &template.language);
    // Every field each time, empty where absent, so that what Meta no longer says is gone here too.
    let fields = Item::default()
        .text("template_id", template.id.as_str())
        .text("category", &template.category)
        .text("status", &template.status)
        .text("rejected_reason", template.rejected_reason.clone().unwrap_or_default())
        .text("quality", template.quality.clone().unwrap_or_default())
        .text("parameter_format", &template.parameter_format)
        .text("components", template.components.get())
        .text("extra", serde_json::to_string(&template.extra).unwrap_or_default())
        .flag("gone", template.absent)
        .time("updated_at", template.updated_at)
        .time("observed_at", observed_at);
    let identity = Item::at(&key)
        .text("kind", "template")
        .text("waba_id", template.waba_id.as_str())
        .text("name", &template.name)
        .text("language", &template.language);
    let set: Vec<_> = fields.0.into_iter().collect();
    let item = set.iter().fold(identity, |item, (name, value)| item.value(name, value.clone()));
    Write::newest(key, item, set, "observed_at", item::time(observed_at))
}

fn read_template(item: &Item) -> Result<Template, Error> {
    let filled = |name| item.string(name).filter(|text| !text.is_empty());
    let extra: BTreeMap<String, Box<RawValue>> =
        item.str("extra").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    Ok(Template {
        id: TemplateId::new(item.needed("template_id", "template")?),
        waba_id: WabaId::new(item.needed("waba_id", "template")?),
        name: item.needed("name", "template")?,
        language: item.needed("language", "template")?,
        category: item.needed("category", "template")?,
        status: item.needed("status", "template")?,
        rejected_reason: filled("rejected_reason"),
        quality: filled("quality"),
        parameter_format: item.needed("parameter_format", "template")?,
        components: item.json("components").ok_or(Error::Corrupt("template"))?,
        extra,
        updated_at: item.instant("updated_at").ok_or(Error::Corrupt("template"))?,
        absent: item.truth("gone"),
    })
}

fn read_run(item: &Item) -> SyncRun {
    let count = |name| item.integer(name).and_then(|count| u64::try_from(count).ok());
    SyncRun {
        last_synced_at: item.instant("last_synced_at"),
        last_attempt_at: item.instant("last_attempt_at"),
        running_until: item.instant("lease_until"),
        result: item.string("result"),
        duration_ms: count("duration_ms"),
        listed: count("listed"),
        written: count("written"),
        absent: count("absent"),
        error: item.string("error"),
    }
}
