use proptest::prelude::*;

use super::*;

fn ms(millis: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
}

/// Sends whatever may go at each of these times; when each went.
fn sent(tries: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut last = None;
    tries
        .filter(|at| match Pair::next(last, ms(*at)) {
            Paced::Go(pair) => {
                last = Some(pair);
                true
            }
            Paced::Wait(_) => false,
        })
        .collect()
}

#[test]
fn a_burst_goes_at_once_and_is_paid_back() {
    assert_eq!(sent(std::iter::repeat_n(0, 60)).len(), 45);
    let twenty: Vec<i64> = std::iter::repeat_n(0, 20).chain((1..130).map(|second| second * 1_000)).collect();
    let went = sent(twenty.into_iter());
    // Within the first five seconds the burst goes on; then it is silence until all 24 are paid back.
    assert_eq!(went[..24], [&[0; 20][..], &[1_000, 2_000, 3_000, 4_000]].concat());
    assert!(went[24..].is_empty(), "{went:?}");
    assert_eq!(sent([0, 7_000, 14_000, 15_000, 27_000].into_iter()), [0, 7_000, 14_000, 15_000, 27_000]);
}

#[test]
fn the_wait_is_exact() {
    let Paced::Go(pair) = Pair::next(None, ms(0)) else { panic!("a first message waits for nothing") };
    assert_eq!(Pair::next(Some(pair), ms(5_500)), Paced::Wait(SignedDuration::from_millis(1_500)));
    assert!(matches!(Pair::next(Some(pair), ms(6_999)), Paced::Wait(_)));
    assert!(matches!(Pair::next(Some(pair), ms(7_000)), Paced::Go(_)));
}

/// Meta's page, read twice by somebody else: tokens that come back one in six seconds, and a burst paid back in silence.
fn refused_by_meta(arrivals: &[i64]) -> Option<&'static str> {
    let mut tokens = 45.0;
    let mut last = arrivals.first().copied()?;
    let (mut paid, mut began, mut burst) = (i64::MIN, 0, 0);
    for at in arrivals.iter().copied() {
        tokens = f64::min(45.0, tokens + f64::from(u32::try_from(at - last).unwrap()) / 6_000.0) - 1.0;
        last = at;
        if tokens < -1e-6 {
            return Some("the bucket is empty");
        }
        if paid <= at {
            (paid, began, burst) = (at, at, 0);
        } else if at - began >= 6_000 || burst >= 45 {
            return Some("the burst is not paid back");
        }
        paid += 6_000;
        burst += 1;
    }
    None
}

proptest! {
    /// Whatever is queued when, and however long each message is under way (up to a second, in order): Meta refuses
    /// none, as strictly as its page can be read and as mildly.
    #[test]
    fn meta_never_refuses(
        gaps in prop::collection::vec(prop_oneof![Just(0_i64), 0..300_i64, 0..8_000_i64, 0..400_000_i64], 1..200),
        delays in prop::collection::vec(0..990_i64, 200),
    ) {
        let mut at = 0;
        let tries = gaps.into_iter().map(|gap| { at += gap; at });
        let went = sent(tries);
        let mut last = 0;
        let arrivals: Vec<i64> = went.iter().zip(delays).map(|(at, delay)| { last = last.max(at + delay); last }).collect();
        prop_assert_eq!(refused_by_meta(&arrivals), None, "{:?}", went);
    }

    /// Nobody waits longer than what they sent, and over a long time one goes every six seconds.
    #[test]
    fn a_crowded_pair_gets_its_rate(step in 50..3_000_i64) {
        let hour = 3_600_000;
        let went = sent((0..).map(|nth| nth * step).take_while(|at| *at < hour)).len();
        prop_assert!((450..=645).contains(&went), "{went}");
    }
}

/// The judge itself finds what is wrong.
#[test]
fn the_judge_refuses_what_is_too_much() {
    assert_eq!(refused_by_meta(&[0; 45]), None);
    assert_eq!(refused_by_meta(&[0; 46]), Some("the bucket is empty"));
    assert_eq!(refused_by_meta(&[0, 0, 11_999]), Some("the burst is not paid back"));
    assert_eq!(refused_by_meta(&[0, 0, 12_000]), None);
}
