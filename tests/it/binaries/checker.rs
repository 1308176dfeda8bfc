//! Judges what was seen of a run against the invariants. It is a function of data, so that bad histories can be planted.

use std::collections::{BTreeMap, BTreeSet};

mod order;
mod planted;

pub(super) use order::{Conversation, order};

/// What an outsider could see at one moment: how often each thing is stored, and under which ids it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) stored: BTreeMap<String, usize>,
    pub(super) told: BTreeMap<String, Vec<String>>,
    /// Files that are to be copied.
    pub(super) jobs: BTreeSet<String>,
    /// Since when each thing is said to be so.
    pub(super) times: BTreeMap<String, String>,
    /// What it changed beside that.
    pub(super) effects: BTreeSet<String>,
    pub(super) last_inbound_at: Option<String>,
}

/// What one POST carries.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// Stored and told.
    pub(super) items: Vec<String>,
    pub(super) jobs: Vec<String>,
    /// The first time that Meta gave for it.
    pub(super) times: BTreeMap<String, String>,
    pub(super) effects: BTreeSet<String>,
    pub(super) last_inbound_at: String,
}

impl Carried {
    pub(super) fn dated(&mut self, item: String, at: String) {
        self.times.insert(item.clone(), at);
        self.items.push(item);
    }
}

/// A POST that Meta repeated until it was answered 200.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbound {
    /// What could be seen right after each 200.
    pub(super) acknowledged: Vec<Facts>,
    pub(super) finally: Facts,
}

/// A file that somebody sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Copied {
    /// The keys in the bucket, and whether what is there is the file, whole.
    pub(super) objects: Vec<(String, bool)>,
    /// The key that the message shows.
    pub(super) recorded: Option<String>,
    /// Event ids, and the key each names.
    pub(super) told: Vec<(String, String)>,
}

/// A send that was asked for, through whatever happened to the functions.
#[derive(Clone, Debug)]
pub(super) struct Outbound {
    /// The send ids given to those who asked.
    pub(super) promised: Vec<String>,
    /// The send ids that the fake Meta accepted, once per acceptance.
    pub(super) accepted: Vec<String>,
    /// The state and the error codes that the API shows, before a status had come and in the end.
    pub(super) before_statuses: Vec<Shown>,
    pub(super) finally: Vec<Shown>,
    /// What is left in the queue, and in all dead-letter queues.
    pub(super) queued: usize,
    pub(super) dead: usize,
    /// (type, send id) of the events told.
    pub(super) told: Vec<(String, String)>,
    pub(super) rounds: usize,
    /// How many there may be.
    pub(super) most: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) codes: Vec<String>,
}

/// More would not be a bounded time.
pub(super) const ROUNDS: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// I3: a 200 before everything was there.
    AcknowledgedTooSoon(String),
    /// R2: never answered 200, however often it was repeated.
    NeverAcknowledged,
    /// I1: it is not there in the end.
    Lost(String),
    /// I2: it is there more than once.
    Twice(String),
    /// I2: consumers cannot tell that it is the same.
    ManyIds(String),
    /// W-01: the window is not that of the newest message.
    WrongWindow(Option<String>),
    /// I4: something is said to be so since another time than Meta first gave.
    WrongTime(String),
    /// I5: Meta took it more than once.
    SentTwice(String),
    /// I5: Meta took what nobody was promised, or under another id.
    SentUnasked(String),
    /// I9: neither accepted nor failed in the end, or otherwise than Meta knows it.
    Unsettled(Shown),
    /// I9: in doubt or failed without saying why.
    Unexplained(Shown),
    /// I9: it failed, and the team was not told.
    Untold(String),
    /// It was said to be in doubt, though nothing had happened that would put it there.
    Doubted(String),
    /// Item 6: somebody got what was queued later first.
    Overtaken {
        id: String,
        by: String,
    },
    LeftInQueue(usize),
    Dead(usize),
    Endless,
}

use Violation::{
    AcknowledgedTooSoon, Dead, Doubted, Endless, LeftInQueue, Lost, ManyIds, NeverAcknowledged, SentTwice, SentUnasked,
    Twice, Unexplained, Unsettled, Untold, WrongTime, WrongWindow,
};

pub(super) fn inbound(carried: &Carried, run: &Inbound) -> Vec<Violation> {
    let mut found = Vec::new();
    if run.acknowledged.is_empty() {
        found.push(NeverAcknowledged);
    }
    for facts in &run.acknowledged {
        found.extend(missing(carried, facts).into_iter().map(AcknowledgedTooSoon));
    }
    let facts = &run.finally;
    found.extend(missing(carried, facts).into_iter().map(Lost));
    found.extend(facts.stored.iter().filter(|(_, count)| **count > 1).map(|(item, _)| Twice(item.clone())));
    for (item, ids) in &facts.told {
        if ids.iter().collect::<BTreeSet<_>>().len() > 1 {
            found.push(ManyIds(item.clone()));
        }
    }
    let moved = facts.times.iter().filter(|(item, at)| carried.times.get(*item).is_some_and(|first| first != *at));
    found.extend(moved.map(|(item, _)| WrongTime(item.clone())));
    if facts.last_inbound_at.as_ref() != Some(&carried.last_inbound_at) {
        found.push(WrongWindow(facts.last_inbound_at.clone()));
    }
    found
}

fn missing(carried: &Carried, facts: &Facts) -> Vec<String> {
    let stored = carried.items.iter().filter(|item| facts.stored.get(*item).is_none_or(|count| *count == 0));
    let told = carried.items.iter().filter(|item| facts.told.get(*item).is_none_or(Vec::is_empty));
    let jobs = carried.jobs.iter().filter(|job| !facts.jobs.contains(*job));
    let mut missing: Vec<String> = stored.map(|item| format!("{item} is not stored")).collect();
    missing.extend(told.map(|item| format!("{item} is not told")));
    missing.extend(carried.effects.difference(&facts.effects).map(|effect| format!("it is not so that {effect}")));
    missing.extend(jobs.map(|job| format!("{job} is not to be copied")));
    missing
}

/// A file is there once, whole, and everybody says so and where.
pub(super) fn copied(file: &Copied) -> Vec<Violation> {
    let mut found = Vec::new();
    let [(key, is_whole)] = file.objects.as_slice() else {
        found.push(if file.objects.is_empty() { Lost("the file".into()) } else { Twice("the file".into()) });
        return found;
    };
    if !is_whole {
        found.push(Lost("a part of the file".into()));
    }
    if file.recorded.as_ref() != Some(key) {
        found.push(Lost("the record of the file".into()));
    }
    if file.told.iter().all(|(_, told)| told != key) {
        found.push(Lost("the event of the file".into()));
    }
    if file.told.iter().collect::<BTreeSet<_>>().len() > 1 {
        found.push(ManyIds("the file".into()));
    }
    found
}

pub(super) fn outbound(run: &Outbound) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut acceptances: BTreeMap<&String, usize> = BTreeMap::new();
    for id in &run.accepted {
        *acceptances.entry(id).or_default() += 1;
    }
    for (id, count) in &acceptances {
        if *count > 1 {
            found.push(SentTwice((*id).clone()));
        }
        if !run.promised.contains(id) {
            found.push(SentUnasked((*id).clone()));
        }
    }
    for id in &run.promised {
        let Some(shown) = run.finally.iter().find(|shown| shown.id == *id) else {
            found.push(Lost(id.clone()));
            continue;
        };
        let is_accepted = acceptances.contains_key(id);
        let is_settled = if is_accepted { shown.state == "accepted" } else { shown.state == "failed" };
        if !is_settled {
            found.push(Unsettled(shown.clone()));
        }
        if shown.state == "failed" && !run.told.iter().any(|(kind, of)| kind == "message.failed" && of == id) {
            found.push(Untold(id.clone()));
        }
    }
    let explained = |shown: &&Shown| !["failed", "uncertain", "parked"].contains(&shown.state.as_str());
    let unexplained = run.before_statuses.iter().chain(&run.finally).filter(|shown| !explained(shown));
    found.extend(unexplained.filter(|shown| shown.codes.is_empty()).cloned().map(Unexplained));
    if run.queued > 0 {
        found.push(LeftInQueue(run.queued));
    }
    if run.dead > 0 {
        found.push(Dead(run.dead));
    }
    if run.rounds > run.most {
        found.push(Endless);
    }
    found
}

/// Doubt is told of those only that something happened to.
pub(super) fn doubted(run: &Outbound, may_be: &[String]) -> Vec<Violation> {
    let doubted = run.told.iter().filter(|(kind, id)| kind == "message.uncertain" && !may_be.contains(id));
    doubted.map(|(_, id)| id.clone()).collect::<BTreeSet<_>>().into_iter().map(Doubted).collect()
}
