use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn written(text: &str) -> ServiceWindow {
    ServiceWindow { last_inbound_at: Some(at(text)), ..ServiceWindow::default() }
}

#[test]
fn it_closes_a_minute_early() {
    let window = written("2026-01-01T12:00:00Z");
    assert_eq!(window.expires_at(), Some(at("2026-01-02T12:00:00Z")));
    assert!(window.is_open(at("2026-01-01T12:00:00Z"), GUARD));
    assert!(window.is_open(at("2026-01-02T11:58:59.999Z"), GUARD));
    assert!(!window.is_open(at("2026-01-02T11:59:00Z"), GUARD));
    assert!(window.is_open(at("2026-01-02T11:59:00Z"), 0));
    assert!(!window.is_open(at("2026-01-02T12:00:00Z"), 0));
}

/// Fault row 13: a millisecond to either side of every boundary.
#[test]
fn it_stands_as_the_clock_says_to_the_millisecond() {
    let window = written("2026-01-01T12:00:00Z");
    let table = [
        ("2026-01-01T12:00:00Z", Standing::Open),
        ("2026-01-02T11:58:59.999Z", Standing::Open),
        ("2026-01-02T11:59:00Z", Standing::Closing),
        ("2026-01-02T11:59:59.999Z", Standing::Closing),
        ("2026-01-02T12:00:00Z", Standing::Expired),
        ("2026-01-02T12:00:00.001Z", Standing::Expired),
    ];
    for (now, standing) in table {
        assert_eq!(window.standing(at(now)), standing, "{now}");
        assert_eq!(window.is_open(at(now), GUARD), standing == Standing::Open, "{now}");
    }
}

/// K-05: only what came after the change opens it.
#[test]
fn a_window_is_not_carried_to_another_number() {
    let table = [
        ("2026-01-01T11:59:59.999Z", Standing::Renamed),
        ("2026-01-01T12:00:00Z", Standing::Renamed),
        ("2026-01-01T12:00:00.001Z", Standing::Open),
    ];
    for (wrote, standing) in table {
        let since = Some(at("2026-01-01T12:00:00Z"));
        let window = ServiceWindow { identity_since: since, ..written(wrote) };
        assert_eq!(window.standing(at("2026-01-01T12:30:00Z")), standing, "{wrote}");
        assert_eq!(window.expires_at().is_some(), standing == Standing::Open, "{wrote}");
    }
}

#[test]
fn unknown_is_closed_and_the_far_end_of_time_is_no_panic() {
    assert_eq!(ServiceWindow::default().standing(Timestamp::UNIX_EPOCH), Standing::Unknown);
    let last = ServiceWindow { last_inbound_at: Some(Timestamp::MAX), ..ServiceWindow::default() };
    assert!(!last.is_open(Timestamp::MAX, i64::MAX));
    assert_eq!(free_until(vec![Timestamp::MAX]), Some(Timestamp::MAX));
}

#[test]
fn the_future_is_now_and_the_past_is_past() {
    let now = at("2026-01-01T12:00:00Z");
    assert_eq!(window_time(at("2030-01-01T00:00:00Z"), now), now);
    assert_eq!(window_time(at("2025-12-31T00:00:00Z"), now), at("2025-12-31T00:00:00Z"));
}

/// W-07: 72 hours from the first answer, whatever was answered after it.
#[test]
fn the_first_answer_begins_the_free_time() {
    let day = |day: u8| at(&format!("2026-01-{day:02}T00:00:00Z"));
    assert_eq!(free_until(vec![]), None);
    assert_eq!(free_until(vec![day(2), day(1), day(3)]), Some(day(4)));
    assert_eq!(free_until(vec![day(4), day(1)]), Some(day(7)), "the end is no part of it");
}

proptest! {
    #[test]
    fn free_time_is_the_same_in_any_order(mut hours in proptest::collection::vec(0_i64..600, 0..12)) {
        let times = |hours: &[i64]| hours.iter().map(|hour| Timestamp::from_second(hour * 3600).unwrap()).collect();
        let one = free_until(times(&hours));
        hours.reverse();
        prop_assert_eq!(free_until(times(&hours)), one);
        hours.extend(hours.clone());
        prop_assert_eq!(free_until(times(&hours)), one);
    }
}

/// Meta's word ends what was opened before it, and nothing that was opened since.
#[test]
fn meta_closes_a_window_until_the_person_writes_again() {
    let closed = |wrote: &str, closed: &str| ServiceWindow { closed_at: Some(at(closed)), ..written(wrote) };
    let now = at("2026-03-02T12:00:00Z");
    for (wrote, said, standing, end) in [
        ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", Standing::ClosedByMeta, "2026-03-02T11:00:00Z"),
        // A message of the second before, of the same second, and after.
        ("2026-03-02T10:59:59Z", "2026-03-02T11:00:00.5Z", Standing::ClosedByMeta, "2026-03-02T11:00:00.5Z"),
        ("2026-03-02T11:00:00Z", "2026-03-02T11:00:00.5Z", Standing::Open, "2026-03-03T11:00:00Z"),
        ("2026-03-02T11:30:00Z", "2026-03-02T11:00:00Z", Standing::Open, "2026-03-03T11:30:00Z"),
        // It had ended by itself.
        ("2026-03-01T10:00:00Z", "2026-03-02T11:00:00Z", Standing::Expired, "2026-03-02T10:00:00Z"),
    ] {
        let window = closed(wrote, said);
        assert_eq!((window.standing(now), window.expires_at()), (standing, Some(at(end))), "{wrote} {said}");
        assert_eq!(window.is_open(now, GUARD), standing == Standing::Open, "{wrote} {said}");
    }
    // Of somebody who never wrote it says nothing new.
    let never = ServiceWindow { closed_at: Some(now), ..ServiceWindow::default() };
    assert_eq!((never.standing(now), never.expires_at()), (Standing::Unknown, None));
}
