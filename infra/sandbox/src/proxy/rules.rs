//! What is to happen to which request.

use std::{fmt, pin::Pin, time::Duration};

use super::record::Record;
use crate::call::{Call, Service};

/// A point on a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The upstream hears nothing of it.
    BeforeForward,
    /// The upstream has answered; the client hears nothing of it.
    AfterForwardBeforeReply,
    /// The whole answer has left for the client.
    AfterReply,
}

/// Which requests are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    service: Option<Service>,
    operation: Option<String>,
}

impl Matching {
    pub fn all() -> Self {
        Self::default()
    }

    pub fn service(service: Service) -> Self {
        Self { service: Some(service), operation: None }
    }

    /// The name of an AWS operation, or the end of an HTTP class such as `/{id}/messages`.
    #[must_use]
    pub fn operation(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    fn meets(&self, call: &Call) -> bool {
        let operation = |wanted: &String| {
            call.operation == *wanted || call.service == Service::Http && call.operation.ends_with(wanted.as_str())
        };
        self.service.is_none_or(|service| service == call.service) && self.operation.as_ref().is_none_or(operation)
    }
}

pub(super) type Hook = Box<dyn FnOnce(Record) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

#[derive(Debug, Default)]
pub(super) struct Rules {
    delays: Vec<(Matching, Duration)>,
    interruptions: Vec<Interruption>,
}

/// Closes a connection at a point, after the hook if there is one.
struct Interruption {
    matching: Matching,
    /// Counts down to 1, the request that is met.
    nth: u32,
    times: u32,
    position: Position,
    hook: Option<Hook>,
}

impl fmt::Debug for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interruption").field("nth", &self.nth).field("position", &self.position).finish_non_exhaustive()
    }
}

/// What happens to one request.
#[derive(Default)]
pub(super) struct Fate {
    pub(super) delay: Option<Duration>,
    pub(super) interruption: Option<(Position, Option<Hook>)>,
}

impl Rules {
    pub(super) fn delay(&mut self, matching: Matching, by: Duration) {
        self.delays.push((matching, by));
    }

    pub(super) fn interrupt(
        &mut self,
        matching: Matching,
        nth: u32,
        times: u32,
        position: Position,
        hook: Option<Hook>,
    ) {
        self.interruptions.push(Interruption { matching, nth, times, position, hook });
    }

    /// Decides about a request, once.
    pub(super) fn fate(&mut self, call: &Call) -> Fate {
        let delay = self.delays.iter().filter(|(matching, _)| matching.meets(call)).map(|(_, by)| *by).max();
        let mut interruption = None;
        for rule in self.interruptions.iter_mut().filter(|rule| rule.matching.meets(call)) {
            if rule.nth > 1 {
                rule.nth -= 1;
            } else if rule.nth == 1 && rule.times > 0 && interruption.is_none() {
                rule.times -= 1;
                interruption = Some((rule.position, rule.hook.take()));
            }
        }
        // A hook for a request that had passed before it was set (nth 0) meets nothing.
        self.interruptions.retain(|rule| rule.nth > 0 && rule.times > 0);
        Fate { delay, interruption }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interruption_meets_the_nth_match() {
        let mut rules = Rules::default();
        let sends = Matching::service(Service::Sqs).operation("SendMessage");
        rules.interrupt(sends, 2, 1, Position::BeforeForward, None);
        let mut met = |operation: &str| {
            let call = Call { service: Service::Sqs, operation: operation.to_owned() };
            rules.fate(&call).interruption.is_some()
        };
        assert_eq!(
            ["SendMessage", "SendMessageBatch", "SendMessage", "SendMessage"].map(&mut met),
            [false, false, true, false]
        );
    }
}
