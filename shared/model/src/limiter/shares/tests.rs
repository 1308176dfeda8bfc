use super::*;
use crate::limiter::tests::table::write;

fn at(millis: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
}

fn ask(name: &str, wanted: f64) -> Ask<'_> {
    Ask { name, limit: 100, wanted, is_short: true, refused: None }
}

/// What is written, and the share that goes with it.
fn written(shares: &Shares, ask: Ask<'_>, now: Timestamp) -> (u32, Shares) {
    match shares.turn(ask, now) {
        Turn::Write(lease, change) => {
            let mut next = shares.clone();
            assert!(write(&mut next, &change), "{change:?}");
            assert_eq!(next.holders[ask.name].share, lease.share);
            (lease.share, next)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_leaves_half_and_a_second_gets_theirs() {
    let (share, shares) = written(&Shares::default(), ask("a", 1_000.0), at(0));
    assert_eq!(share, WHOLE / 2);
    let (share, shares) = written(&shares, ask("b", 1_000.0), at(10));
    assert_eq!(share, WHOLE / 4);
    // A holds no more than is fair, B gets what is fair, and that is that.
    assert!(matches!(shares.turn(ask("a", 1_000.0), at(20)), Turn::Keep(_)));
    let (share, shares) = written(&shares, ask("b", 1_000.0), at(1_000));
    assert_eq!(share, WHOLE / 2);
    assert!(matches!(shares.turn(ask("b", 1_000.0), at(2_000)), Turn::Keep(_)));
}

#[test]
fn who_holds_too_much_gives_it_up_once_somebody_wants_it() {
    let (_, shares) = written(&Shares::default(), ask("a", 1_000.0), at(0));
    let (share, shares) = written(&shares, ask("a", 1_000.0), at(1_000));
    assert_eq!(share, WHOLE);
    // There is nothing for B yet; it is seen to want something.
    let (share, shares) = written(&shares, ask("b", 1_000.0), at(1_100));
    assert_eq!(share, 0);
    assert!(matches!(shares.turn(ask("b", 1_000.0), at(1_200)), Turn::Keep(lease) if lease.is_short));
    let (share, shares) = written(&shares, ask("a", 1_000.0), at(2_000));
    assert_eq!(share, WHOLE / 2);
    assert_eq!(written(&shares, ask("b", 1_000.0), at(2_100)).0, WHOLE / 2);
}

#[test]
fn what_is_not_used_is_given_back_when_it_is_renewed() {
    let (_, shares) = written(&Shares::default(), ask("a", 1_000.0), at(0));
    let until = shares.holders["a"].until;
    let quiet = Ask { is_short: false, ..ask("a", 9.8) };
    assert!(matches!(shares.turn(quiet, at(2_000)), Turn::Keep(_)));
    assert_eq!(written(&shares, quiet, until - RENEW).0, WHOLE / 10);
}

/// A dead holder's part is taken two seconds after it lapsed, and not before; its own it may take up again until then.
#[test]
fn what_lapsed_is_free_once_no_clock_doubts_it() {
    let (_, shares) = written(&Shares::default(), ask("a", 1_000.0), at(0));
    let (_, shares) = written(&shares, ask("a", 1_000.0), at(1_000));
    let until = shares.holders["a"].until;
    let before = until + SKEW - SignedDuration::from_millis(1);
    assert_eq!(written(&shares, ask("b", 1_000.0), before).0, 0);
    assert_eq!(written(&shares, ask("a", 1_000.0), before).0, WHOLE);
    let (share, next) = written(&shares, ask("b", 1_000.0), until + SKEW);
    assert_eq!(share, WHOLE / 2);
    assert!(!next.holders.contains_key("a"));
}

#[test]
fn there_are_places_for_so_many() {
    let mut shares = Shares::default();
    let names: Vec<String> = (0..51).map(|nth| format!("s{nth}")).collect();
    for name in &names[..50] {
        shares = written(&shares, ask(name, 1.0), at(0)).1;
    }
    assert_eq!(shares.turn(ask(&names[50], 1.0), at(10)), Turn::Full);
    // Those that are gone make room.
    assert!(matches!(shares.turn(ask(&names[50], 1.0), at(100_000)), Turn::Write(..)));
}

#[test]
fn a_refusal_is_told_once() {
    let (_, shares) = written(&Shares::default(), ask("a", 1_000.0), at(0));
    let refused = Ask { refused: Some(at(900)), ..ask("a", 50.0) };
    let (_, shares) = written(&shares, refused, at(1_000));
    assert_eq!(shares.cut, Some(Cut { at: at(1_000), left: WHOLE / 2 }));
    // Another one's refusal, of a request that was under way by then.
    let (_, shares) = written(&shares, Ask { name: "b", refused: Some(at(950)), ..refused }, at(1_050));
    assert_eq!(shares.cut, Some(Cut { at: at(1_000), left: WHOLE / 2 }));
    let (_, shares) = written(&shares, Ask { refused: Some(at(1_100)), ..refused }, at(1_200));
    assert_eq!(shares.cut.unwrap().left, 270_000);
}

#[test]
fn what_people_write_in_is_not_sent() {
    let heard = |messages, from, to| Heard { messages, from: at(from), at: at(to) };
    let told = [("x", heard(25, 8_000, 9_000)), ("y", heard(25, 0, 5_000)), ("z", heard(25, -999_000, -998_000))];
    let heard = told.map(|(name, heard)| (name.to_owned(), heard)).into();
    let shares = Shares { heard, ..Shares::default() };
    let Turn::Write(lease, change) = shares.turn(ask("a", 1_000.0), at(10_000)) else { panic!("A is new") };
    assert!((67.9..68.1).contains(&lease.budget.per_second(at(10_000))), "{lease:?}");
    assert_eq!(change.silent, ["z"]);
}
