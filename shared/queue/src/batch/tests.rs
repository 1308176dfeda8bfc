use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;

fn record(number: usize, group: usize) -> Record {
    Record {
        message_id: format!("m{number}"),
        receipt_handle: format!("r{number}"),
        group: format!("g{group}"),
        deduplication_id: String::new(),
        receive_count: 1,
        sent_at: 0,
        body: number.to_string(),
    }
}

fn run(groups: &[usize], outcome: impl Fn(usize) -> Handled) -> (Outcome, Vec<usize>) {
    let records = groups.iter().enumerate().map(|(number, group)| record(number, *group)).collect();
    let tried = Mutex::new(Vec::new());
    let result = futures::executor::block_on(run_fifo(records, |record| {
        let number = record.body.parse().unwrap();
        tried.lock().unwrap().push(number);
        let handled = outcome(number);
        async move { handled }
    }));
    (result, tried.into_inner().unwrap())
}

#[test]
fn after_a_failure_the_rest_of_that_group_fails_untried() {
    let (outcome, tried) = run(&[0, 1, 0, 1, 0], |number| if number == 2 { Handled::Failed } else { Handled::Done });
    assert_eq!(outcome.failed, ["m2", "m4"]);
    assert!(!tried.contains(&4));
    assert!(outcome.visibility.is_empty());
}

#[test]
fn a_retry_sets_the_visibility_of_the_untried_rest_too() {
    let (outcome, _) = run(&[0, 0, 1, 0], |number| if number == 0 { Handled::RetryAfter(6) } else { Handled::Done });
    assert_eq!(outcome.failed, ["m0", "m1", "m3"]);
    assert_eq!(outcome.visibility, [("r0".into(), 6), ("r1".into(), 6), ("r3".into(), 6)]);
}

#[test]
fn one_poison_of_ten_leaves_nine() {
    let (outcome, tried) =
        run(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], |number| if number == 5 { Handled::Failed } else { Handled::Done });
    assert_eq!(outcome.failed, ["m5"]);
    assert_eq!(tried.len(), 10);
    let json = serde_json::to_string(&outcome.response()).unwrap();
    assert_eq!(json, r#"{"batchItemFailures":[{"itemIdentifier":"m5"}]}"#);
}

#[test]
fn an_event_with_a_record_that_cannot_be_reported_is_refused() {
    let event = r#"{"Records":[{"messageId":"","body":"x","attributes":{}}]}"#;
    assert!(Record::all_of(serde_json::from_str(event).unwrap()).is_none());
}

proptest! {
    /// I7 and row 7 of the fault matrix: within a group what is tried is a prefix, in order, and exactly what is not
    /// done is reported.
    #[test]
    fn order_holds_and_failures_are_exact(batch in proptest::collection::vec((0_usize..4, any::<bool>()), 0..20)) {
        let groups: Vec<usize> = batch.iter().map(|(group, _)| *group).collect();
        let (outcome, tried) = run(&groups, |number| if batch[number].1 { Handled::Done } else { Handled::Failed });
        let mut by_group: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, group) in groups.iter().enumerate() {
            by_group.entry(*group).or_default().push(number);
        }
        for (group, numbers) in by_group {
            let expected: Vec<usize> = match numbers.iter().position(|number| !batch[*number].1) {
                Some(first) => numbers[..=first].to_vec(),
                None => numbers.clone(),
            };
            let seen: Vec<usize> = tried.iter().copied().filter(|number| groups[*number] == group).collect();
            prop_assert_eq!(seen, expected.clone());
            for number in numbers {
                let done = expected.contains(&number) && batch[number].1;
                prop_assert_eq!(!done, outcome.failed.contains(&format!("m{number}")));
            }
        }
    }
}
