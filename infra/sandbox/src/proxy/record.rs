//! What is kept of a request: counts and names, never a header or a body.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::Call;

/// One request and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// From 1, in the order of arrival.
    pub seq: u32,
    /// The TCP connection it came by, from 1.
    pub connection: u64,
    pub call: Call,
    /// Without the query, which may carry a token.
    pub path: String,
    /// What it is about, where [`super::ProxyOptions::subject`] names it.
    pub subject: String,
    /// Bytes of the body.
    pub request_bytes: u64,
    pub response_bytes: u64,
    /// `None` while no answer was given, or when the connection was dropped instead.
    pub status: Option<u16>,
    /// DynamoDB's read and write units, where the client asked for `ReturnConsumedCapacity`.
    pub read_units: f64,
    pub write_units: f64,
    /// Of those, what was spent on indexes.
    pub index_units: f64,
    /// From 1: one more than that of the last answer given before it came. What is sent side by side has the same.
    pub wave: u32,
}

/// Sums over records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    pub requests: u32,
    /// Different connections the requests came by.
    pub connections: usize,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub read_units: f64,
    pub write_units: f64,
    /// Of those, what was spent on indexes.
    pub index_units: f64,
    /// Requests by service and operation.
    pub calls: BTreeMap<Call, u32>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    records: Vec<Record>,
    /// The highest wave that was answered.
    answered: u32,
    /// Grows with every reset, so that what was under way then does not write into what came after.
    era: u64,
}

/// Where in the ledger a request stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    era: u64,
    index: usize,
}

impl Ledger {
    pub(super) fn open(&mut self, connection: u64, call: Call, path: &str) -> Place {
        let index = self.records.len();
        self.records.push(Record {
            seq: u32::try_from(index + 1).unwrap_or(u32::MAX),
            connection,
            call,
            path: path.to_owned(),
            subject: String::new(),
            request_bytes: 0,
            response_bytes: 0,
            status: None,
            read_units: 0.0,
            write_units: 0.0,
            index_units: 0.0,
            wave: self.answered + 1,
        });
        Place { era: self.era, index }
    }

    pub(super) fn amend(&mut self, place: Place, amend: impl FnOnce(&mut Record)) {
        if place.era == self.era
            && let Some(record) = self.records.get_mut(place.index)
        {
            amend(record);
        }
    }

    /// Its answer has passed whole.
    pub(super) fn close(&mut self, place: Place) {
        if let Some(wave) = self.at(place).map(|record| record.wave) {
            self.answered = self.answered.max(wave);
        }
    }

    pub(super) fn at(&self, place: Place) -> Option<Record> {
        self.records.get(place.index).filter(|_| place.era == self.era).cloned()
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn records(&self) -> Vec<Record> {
        self.records.clone()
    }

    pub(super) fn reset(&mut self) {
        self.records.clear();
        self.answered = 0;
        self.era += 1;
    }

    pub(super) fn totals(&self) -> Totals {
        let mut totals = Totals { requests: self.count(), ..Totals::default() };
        let mut connections = BTreeSet::new();
        for record in &self.records {
            connections.insert(record.connection);
            totals.request_bytes += record.request_bytes;
            totals.response_bytes += record.response_bytes;
            totals.read_units += record.read_units;
            totals.write_units += record.write_units;
            totals.index_units += record.index_units;
            *totals.calls.entry(record.call.clone()).or_default() += 1;
        }
        totals.connections = connections.len();
        totals
    }
}
