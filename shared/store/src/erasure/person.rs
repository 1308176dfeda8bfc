//! The contact itself: its items, its identities, and where its key stands in other people's.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use model::channel::QuotaScope;
use model::consent::Source;
use model::{ContactKey, PhoneNumberId};

use super::Erasure;
use crate::Store;
use crate::consent::{by_name, order_name};
use crate::contact::{APART, IDENTITY, LAST_INBOUND, named, values};
use crate::error::Error;
use crate::identity::{Identity, former_value, read_alias};
use crate::item::{self, Item};
use crate::keys::{self, Key};

/// How long pace and quota marks live, by which their `ttl` tells when they were written.
const MARK_LIFE: SignedDuration = SignedDuration::from_hours(72);

impl Store {
    /// What lies under the contact's keys, and whom they lead to.
    pub(super) async fn erase_person(&self, erasure: &mut Erasure) -> Result<(), Error> {
        let number = erasure.phone_number_id.clone();
        let channel = self.channel(&number).await?;
        for key in erasure.keys.clone() {
            for item in self.partition(&keys::contact_partition(&number, &key), "").await? {
                match item.str("sk") {
                    Some(keys::CONTACT) => self.erase_contact(&item, erasure).await?,
                    Some(keys::CONSENT) => self.erase_consent(&item, erasure.erased_at).await?,
                    Some(keys::PACE) if written_after(&item, erasure.erased_at) => {}
                    Some(sort) if sort.starts_with(keys::CONSENT_SIGNAL) => {
                        if item.instant("at").is_none_or(|at| at <= erasure.erased_at) {
                            self.delete_item_of(&item).await?;
                            erasure.counts.consents += 1;
                        }
                    }
                    _ => self.delete_item_of(&item).await?,
                }
            }
            let mut scopes = vec![QuotaScope::Number(number.clone())];
            if let Some(channel) = &channel {
                scopes.push(QuotaScope::Waba(channel.waba_id.clone()));
                scopes.extend(channel.portfolio_id.clone().map(QuotaScope::Portfolio));
            }
            for scope in scopes {
                let mark = self.get(&Key::quota_mark(&scope, &key)).await?;
                if let Some(mark) = mark.filter(|mark| !written_after(mark, erasure.erased_at)) {
                    self.delete_item_of(&mark).await?;
                }
            }
            self.forget_listed(&number, &key).await?;
        }
        self.erase_names(erasure).await
    }

    /// Aliases of every identity that is known by now, in every spelling.
    pub(super) async fn erase_names(&self, erasure: &mut Erasure) -> Result<(), Error> {
        let number = erasure.phone_number_id.clone();
        let keys: BTreeSet<Key> = erasure
            .identities
            .iter()
            .flat_map(|id| id.other_spellings().chain([id.clone()]).collect::<Vec<_>>())
            .map(|id| Key::alias(&number, &id))
            .collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        if keys.is_empty() {
            return Ok(());
        }
        for found in self.get_all(&keys).await? {
            let alias = read_alias(&found);
            // Made after the erasure: by somebody who wrote anew.
            let is_new = found.instant("created_at").is_some_and(|at| at > erasure.erased_at);
            if is_new || !alias.everybody().any(|holder| erasure.keys.contains(holder)) {
                continue;
            }
            if let Some(key) = found.key() {
                self.believed.forget(&key);
            }
            let holds = alias.holder.as_ref().is_none_or(|holder| erasure.keys.contains(holder));
            if holds {
                self.delete_item_of(&found).await?;
                erasure.counts.identities += 1;
            } else {
                self.forget_former(&found, &erasure.keys).await?;
            }
        }
        Ok(())
    }

    /// The identities that lead to nobody else by now: what comes by them is the erased person's.
    pub(super) async fn still_theirs(&self, erasure: &Erasure, now: Timestamp) -> Result<Vec<Identity>, Error> {
        let number = &erasure.phone_number_id;
        let keys: Vec<Key> = erasure.identities.iter().map(|id| Key::alias(number, id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.get_all(&keys).await?;
        let others: BTreeSet<Key> = found
            .iter()
            .filter(|item| {
                let is_new = item.instant("created_at").is_some_and(|at| at > erasure.erased_at);
                let alias = read_alias(item);
                !is_new && item.lives(now) && alias.holder.is_some_and(|holder| !erasure.keys.contains(&holder))
            })
            .filter_map(Item::key)
            .collect();
        Ok(erasure.identities.iter().filter(|id| !others.contains(&Key::alias(number, id))).cloned().collect())
    }

    /// Whoever wrote since the erasure stays, as somebody who began with that.
    async fn erase_contact(&self, contact: &Item, erasure: &mut Erasure) -> Result<(), Error> {
        if contact.instant("created_at").is_some_and(|at| at > erasure.erased_at) {
            return Ok(());
        }
        erasure.learn(values(contact, IDENTITY).iter().map(|id| Identity::stored(id)));
        let key = contact.needed("contact_key", "contact")?;
        for other in values(contact, APART) {
            self.forget_apart(&erasure.phone_number_id, &ContactKey::new(other), &key).await?;
        }
        let written = contact.instant(LAST_INBOUND).filter(|at| *at > erasure.erased_at);
        let Some(written) = written else { return self.delete_as_seen(contact, LAST_INBOUND).await };
        let fresh = begun_anew(contact, written);
        let request = self.dynamo.put_item().table_name(&self.table).set_item(Some(fresh.0));
        let request = request.condition_expression("#at = :at").expression_attribute_names("#at", LAST_INBOUND);
        match request.expression_attribute_values(":at", item::time(written)).send().await {
            Err(error)
                if !error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Err(error.into())
            }
            // Written to once more meanwhile: the second look finds it.
            _ => Ok(()),
        }
    }

    async fn erase_consent(&self, consent: &Item, erased_at: Timestamp) -> Result<(), Error> {
        let old = |source: &Source| {
            consent.map(by_name(*source)).and_then(|told| told.instant("at")).is_none_or(|at| at <= erased_at)
        };
        if Source::ALL.iter().all(old) {
            return self.delete_item_of(consent).await;
        }
        let mut left = consent.clone();
        for source in Source::ALL.iter().filter(|source| old(source)) {
            left.0.remove(by_name(*source));
            left = left.number(order_name(*source), 0);
        }
        self.dynamo.put_item().table_name(&self.table).set_item(Some(left.0)).send().await?;
        Ok(())
    }

    /// Another contact that was taken apart from this one.
    async fn forget_apart(&self, number: &PhoneNumberId, other: &ContactKey, key: &str) -> Result<(), Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::contact(number, other))))
            .update_expression("REMOVE #apart")
            .condition_expression("attribute_exists(#apart)")
            .expression_attribute_names("#apart", named(APART, key))
            .send()
            .await;
        not_there_is_fine(outcome.map(drop))
    }

    /// Somebody else has the identity: they are no longer told to have it from the erased.
    async fn forget_former(&self, found: &Item, gone: &[ContactKey]) -> Result<(), Error> {
        let alias = read_alias(found);
        let (Some(key), left) = (found.key(), alias.former_without(gone)) else { return Ok(()) };
        let root = alias.root.as_ref().is_some_and(|root| gone.contains(root));
        let mut request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&key)))
            .expression_attribute_names("#version", "version")
            .expression_attribute_names("#former", "former")
            .expression_attribute_values(":next", item::number(alias.version().unwrap_or(0) + 1));
        let mut expression = String::from("SET #version = :next, #former = :former");
        request = request.expression_attribute_values(":former", former_value(&left));
        if root {
            request = request.expression_attribute_names("#root", "root");
            expression.push_str(" REMOVE #root");
        }
        let request = match alias.version() {
            Some(version) => request
                .condition_expression("#version = :version")
                .expression_attribute_values(":version", item::number(version)),
            None => request.condition_expression("attribute_exists(pk) AND attribute_not_exists(#version)"),
        };
        not_there_is_fine(request.update_expression(expression).send().await.map(drop))
    }

    /// Of those that a test number may write to.
    async fn forget_listed(&self, number: &PhoneNumberId, contact: &ContactKey) -> Result<(), Error> {
        let listed = self.get(&Key::test_recipients(number)).await?;
        let named = |item: &Item| {
            item.0
                .get("recipients")
                .and_then(|set| set.as_ss().ok())
                .is_some_and(|set| set.iter().any(|key| key == contact.as_str()))
        };
        if listed.is_some_and(|item| named(&item)) {
            self.forget_test_recipient(number, contact).await?;
        }
        Ok(())
    }

    pub(super) async fn delete_item_of(&self, item: &Item) -> Result<(), Error> {
        let Some(key) = item.key() else { return Ok(()) };
        self.delete_key(&key).await
    }

    pub(super) async fn delete_key(&self, key: &Key) -> Result<(), Error> {
        self.dynamo.delete_item().table_name(&self.table).set_key(Some(item::key(key))).send().await?;
        Ok(())
    }

    /// Where an attribute is still as it was read.
    async fn delete_as_seen(&self, item: &Item, name: &str) -> Result<(), Error> {
        let Some(key) = item.key() else { return Ok(()) };
        let request = self.dynamo.delete_item().table_name(&self.table).set_key(Some(item::key(&key)));
        let request = request.expression_attribute_names("#name", name);
        let request = match item.0.get(name) {
            Some(value) => {
                request.condition_expression("#name = :value").expression_attribute_values(":value", value.clone())
            }
            None => request.condition_expression("attribute_not_exists(#name)"),
        };
        match request.send().await {
            Err(error)
                if !error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }
}

/// A contact as if nothing had been known of it before what it wrote last.
fn begun_anew(contact: &Item, written: Timestamp) -> Item {
    const STAYS: [&str; 14] = [
        "pk",
        "sk",
        "kind",
        "contact_key",
        "phone_number_id",
        "wa_id",
        "user_id",
        "name",
        LAST_INBOUND,
        "opened_by",
        "opened_as",
        "opened_what",
        "list_pk",
        "list_sk",
    ];
    let stays = |name: &str| contact.0.get(name).map(|value| (name.to_owned(), value.clone()));
    let fresh = Item(STAYS.into_iter().filter_map(stays).collect());
    let names = [("wa_id", "wa:"), ("user_id", "user:")];
    let names: Vec<(String, AttributeValue)> = names
        .into_iter()
        .filter_map(|(name, prefix)| Some(format!("{prefix}{}", contact.str(name)?)))
        .map(|id| (named(IDENTITY, &id), item::text(id)))
        .collect();
    names
        .into_iter()
        .fold(fresh, |item, (name, value)| item.value(&name, value))
        .time("first_seen_at", written)
        .number("identity_since", 0)
        .time("created_at", written)
}

fn written_after(item: &Item, erased_at: Timestamp) -> bool {
    item.integer("ttl").is_some_and(|ttl| ttl - MARK_LIFE.as_secs() > erased_at.as_second())
}

fn not_there_is_fine<R>(
    outcome: Result<
        (),
        aws_sdk_dynamodb::error::SdkError<aws_sdk_dynamodb::operation::update_item::UpdateItemError, R>,
    >,
) -> Result<(), Error> {
    match outcome {
        Err(error)
            if !error.as_service_error().is_some_and(
                aws_sdk_dynamodb::operation::update_item::UpdateItemError::is_conditional_check_failed_exception,
            ) =>
        {
            Err(error.into())
        }
        _ => Ok(()),
    }
}
