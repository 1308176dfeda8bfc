//! What is kept, by time: a day is eight partitions, which are read side by side and merged. A page reads a bounded part
//! of them, however much there is.

use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::PhoneNumberId;

use super::{Cause, StoredKept};
use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::{self, Key};
use crate::page::{Page, cursor_of, sort_of};

/// Queries that one page may cost. What is left comes on the next page, be this one empty.
const QUERIES: usize = 256;
/// Items one query looks at; DynamoDB ends it at 1 MB too.
const LOOKED_AT: i32 = 500;
/// Partitions counted at once.
const COUNTED: usize = 16;

/// Which of what is kept.
#[derive(Clone, Debug)]
pub struct KeptQuery {
    /// By the time it is kept under.
    pub from: Timestamp,
    /// Not including this moment.
    pub until: Timestamp,
    /// Why it is kept.
    pub causes: Vec<Cause>,
    /// Only what names this number.
    pub number: Option<PhoneNumberId>,
    /// Leave out what a replay has taken in.
    pub untouched: bool,
    /// From the oldest on, else from the newest.
    pub oldest_first: bool,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptCount {
    /// So many were found.
    pub found: usize,
    /// Nothing was left unread.
    pub all: bool,
}

/// One partition while it is read.
struct Shard {
    pk: String,
    waiting: VecDeque<(String, Item)>,
    /// How far it has been read.
    read_to: Option<String>,
    ended: bool,
}

impl Store {
    /// A page of what is kept. It may hold fewer than asked for, or nothing: only a missing cursor is the end.
    pub async fn kept(
        &self,
        query: &KeptQuery,
        limit: usize,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page<StoredKept>, Error> {
        let after = cursor.map(sort_of).transpose()?;
        let mut found: Vec<(String, String, Item)> = Vec::new();
        let mut queries = QUERIES;
        let mut stopped = None;
        'days: for day in query.days(after.as_deref())? {
            let mut shards: Vec<Shard> = query.partitions(day).into_iter().map(Shard::new).collect();
            loop {
                let hungry = shards.iter().filter(|shard| shard.is_hungry()).count();
                if queries < hungry {
                    let (far, taken) = query.known_to(&mut shards, day);
                    found.extend(taken);
                    stopped = Some(far);
                    break 'days;
                }
                queries -= hungry;
                let reads = shards.iter_mut().filter(|shard| shard.is_hungry());
                try_join_all(reads.map(|shard| self.read_on(query, shard, after.as_deref(), now))).await?;
                while found.len() <= limit && !shards.iter().any(Shard::is_hungry) {
                    let Some(next) = query.next_of(&mut shards) else { continue 'days };
                    found.push(next);
                }
                if found.len() > limit {
                    break 'days;
                }
            }
        }
        if found.len() > limit {
            found.truncate(limit);
            stopped = found.last().map(|(sort, ..)| sort.clone());
        }
        let mut kept = Vec::with_capacity(found.len());
        for (sk, pk, item) in found {
            kept.extend(self.read_kept(Key { pk, sk }, item).await?);
        }
        Ok(Page { items: kept, cursor: stopped.map(|sort| cursor_of(&sort)) })
    }

    /// How much is kept; of a partition that holds more than 1 MB, only that much is counted.
    pub async fn count_kept(&self, query: &KeptQuery, now: Timestamp) -> Result<KeptCount, Error> {
        let days = query.days(None)?;
        let partitions: Vec<String> = days.flat_map(|day| query.partitions(day)).collect();
        let counts: Vec<(usize, bool)> = stream::iter(partitions)
            .map(|pk| async move {
                let request = self.filtered(query, &pk, None, now).select(Select::Count);
                let answer = request.send().await?;
                Ok::<_, Error>((usize::try_from(answer.count).unwrap_or(0), answer.last_evaluated_key.is_none()))
            })
            .buffer_unordered(COUNTED)
            .try_collect()
            .await?;
        let found = counts.iter().map(|(count, _)| count).sum();
        Ok(KeptCount { found, all: counts.iter().all(|(_, all)| *all) })
    }

    async fn read_on(
        &self,
        query: &KeptQuery,
        shard: &mut Shard,
        after: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let from = shard.read_to.as_ref().map(|sk| item::key(&Key { pk: shard.pk.clone(), sk: sk.clone() }));
        let request = self.filtered(query, &shard.pk, after, now).limit(LOOKED_AT).set_exclusive_start_key(from);
        let answer = request.send().await?;
        let items = answer.items.unwrap_or_default().into_iter().map(Item::from);
        let sorted = items.filter_map(|item| Some((item.string("sk")?, item)));
        shard.waiting.extend(sorted.filter(|(sort, _)| Some(sort.as_str()) != after));
        match answer.last_evaluated_key.map(Item::from).and_then(|key| key.string("sk")) {
            Some(sort) => shard.read_to = Some(sort),
            None => shard.ended = true,
        }
        Ok(())
    }

    fn filtered(&self, query: &KeptQuery, pk: &str, after: Option<&str>, now: Timestamp) -> QueryFluentBuilder {
        let (low, high) = query.between(after);
        let mut filter = vec![String::from("(attribute_not_exists(#ttl) OR #ttl > :now)")];
        let mut values: HashMap<String, AttributeValue> = HashMap::from([
            (":pk".to_owned(), item::text(pk)),
            (":low".to_owned(), item::text(low)),
            (":high".to_owned(), item::text(high)),
            (":now".to_owned(), item::number(now.as_second())),
        ]);
        let mut names =
            HashMap::from([("#ttl".to_owned(), "ttl".to_owned()), ("#cause".to_owned(), "cause".to_owned())]);
        let places: Vec<String> = query
            .causes
            .iter()
            .map(|cause| {
                let place = format!(":{}", cause.as_str());
                values.insert(place.clone(), item::text(cause.as_str()));
                place
            })
            .collect();
        filter.push(format!("#cause IN ({})", places.join(", ")));
        if let Some(number) = &query.number {
            filter.push(String::from("phone_number_id = :number"));
            values.insert(":number".to_owned(), item::text(number.as_str()));
        }
        if query.untouched {
            filter.push(String::from("attribute_not_exists(#replayed)"));
            names.insert("#replayed".to_owned(), "replayed_at".to_owned());
        }
        self.dynamo
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .filter_expression(filter.join(" AND "))
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .scan_index_forward(query.oldest_first)
    }
}

impl KeptQuery {
    /// The days it touches, in its order, from where the last page ended.
    fn days(&self, after: Option<&str>) -> Result<impl Iterator<Item = Date> + use<>, Error> {
        let last = self.until.checked_sub(SignedDuration::from_millis(1)).unwrap_or(self.until);
        let (mut first, mut last) = (day_of(self.from), day_of(last));
        if let Some(after) = after {
            let reached = after.get(..15).and_then(|millis| millis.parse().ok());
            let reached = day_of(reached.and_then(|at| Timestamp::from_millisecond(at).ok()).ok_or(Error::Cursor)?);
            if self.oldest_first {
                first = first.max(reached);
            } else {
                last = last.min(reached);
            }
        }
        let (oldest_first, mut next) = (self.oldest_first, if self.oldest_first { first } else { last });
        Ok(std::iter::from_fn(move || {
            let day = next;
            if day < first || day > last {
                return None;
            }
            next = if oldest_first { day.tomorrow() } else { day.yesterday() }.ok()?;
            Some(day)
        }))
    }

    fn partitions(&self, day: Date) -> Vec<String> {
        let day = day.strftime("%Y-%m-%d").to_string();
        let mut partitions = keys::kept_partitions(&day);
        if self.causes.contains(&Cause::Change) {
            // Those kept by the first version stand among the others.
            partitions.extend(keys::change_partitions(&day));
        }
        partitions
    }

    /// The sort keys it takes in, from where the last page ended.
    fn between(&self, after: Option<&str>) -> (String, String) {
        let edge = |at: Timestamp| format!("{:015}", at.as_millisecond());
        let (mut low, mut high) = (edge(self.from), edge(self.until));
        match after {
            Some(after) if self.oldest_first => low = low.max(after.to_owned()),
            Some(after) => high = high.min(after.to_owned()),
            None => {}
        }
        // A range that ends before it begins is refused by DynamoDB.
        if high < low { (low.clone(), low) } else { (low, high) }
    }

    fn comes_first(&self, one: &str, other: &str) -> bool {
        if self.oldest_first { one < other } else { one > other }
    }

    /// Takes what comes next, of shards that all know their next.
    fn next_of(&self, shards: &mut [Shard]) -> Option<(String, String, Item)> {
        let mut first: Option<&mut Shard> = None;
        for shard in shards {
            let Some((sort, _)) = shard.waiting.front() else { continue };
            let earlier = first
                .as_ref()
                .and_then(|first| first.waiting.front())
                .is_none_or(|(known, _)| self.comes_first(sort, known));
            if earlier {
                first = Some(shard);
            }
        }
        let shard = first?;
        let (sort, item) = shard.waiting.pop_front()?;
        Some((sort, shard.pk.clone(), item))
    }

    /// How far all shards have been read, and what they hold up to there.
    fn known_to(&self, shards: &mut [Shard], day: Date) -> (String, Vec<(String, String, Item)>) {
        let begin = || {
            let day = if self.oldest_first { Some(day) } else { day.tomorrow().ok() };
            let at = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map_or(self.from, |day| day.timestamp());
            format!("{:015}", at.as_millisecond())
        };
        let edges = shards.iter().filter(|shard| shard.is_hungry()).map(|shard| shard.read_to.clone());
        let edges: Vec<String> = edges.map(|edge| edge.unwrap_or_else(begin)).collect();
        let far = edges.into_iter().reduce(|one, other| if self.comes_first(&one, &other) { one } else { other });
        let far = far.unwrap_or_else(begin);
        let mut taken = Vec::new();
        while let Some(next) = self.next_of(shards) {
            if self.comes_first(&far, &next.0) {
                break;
            }
            taken.push(next);
        }
        (far, taken)
    }
}

impl Shard {
    fn new(pk: String) -> Self {
        Self { pk, waiting: VecDeque::new(), read_to: None, ended: false }
    }

    /// It has to be read before anybody knows what comes next.
    fn is_hungry(&self) -> bool {
        self.waiting.is_empty() && !self.ended
    }
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
