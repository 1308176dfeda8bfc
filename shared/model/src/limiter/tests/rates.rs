//! The rates that the quality goals name (P6, R8, fault row 9), in played time.

use super::world::{Habits, World};

/// What of Meta's limit was accepted between two seconds.
fn percent(world: &World, from: u32, to: u32) -> f64 {
    let (from, to) = (f64::from(from), f64::from(to));
    let within = u32::try_from(world.meta.within(from, to)).unwrap();
    f64::from(within) / (world.meta.limit * (to - from)) * 100.0
}

fn writes_per_message(world: &World) -> f64 {
    f64::from(u32::try_from(world.writes).unwrap()) / f64::from(u32::try_from(world.meta.accepted.len()).unwrap())
}

#[test]
fn crowds_reach_the_rate_with_few_writes_and_no_refusal() {
    for (senders, limit, seconds, most) in [
        (4, 80, 60, 0.02),
        (3, 80, 60, 0.02),
        (10, 80, 60, 0.02),
        (4, 20, 60, 0.02),
        (32, 1_000, 20, 0.02),
        (64, 1_000, 20, 0.02),
        // More than the template starts, or as many for a number of 20 a second: those who come cost a write each.
        (40, 80, 60, 0.03),
        (10, 20, 60, 0.03),
    ] {
        let mut world = World::new(Habits::busy(senders, limit), 7);
        world.play(seconds);
        let (reached, writes) = (percent(&world, 0, u32::try_from(seconds).unwrap()), writes_per_message(&world));
        eprintln!("{senders} at {limit}/s: {reached:.1} %, {writes:.4} writes, {} of them in vain", world.conflicts);
        assert!(reached >= 95.0, "{senders} senders reached {reached:.1} % of {limit}/s: {:?}", world.held());
        assert!(world.meta.refused.is_empty(), "{senders} at {limit}/s: {:?}", world.meta.refused);
        assert!(writes <= most, "{senders} at {limit}/s: {writes:.4} writes a message");
    }
}

/// Of as many as one process sends, none waits for a share that it does not need.
#[test]
fn a_lone_message_goes_at_once() {
    let habits = Habits { batch: 1, pause: (60_000, 60_000), ..Habits::busy(1, 80) };
    let mut world = World::new(habits, 3);
    world.play(600);
    // What it took to look at the shares and to write, once a message.
    assert_eq!((world.meta.accepted.len(), world.writes), (10, 10));
    assert!(world.longest_wait <= 50_000, "{} µs", world.longest_wait);
}

/// Whoever has nothing more to send holds up the others for a few seconds.
#[test]
fn what_idle_senders_hold_is_soon_used_by_others() {
    let mut world = World::new(Habits::busy(6, 80), 5);
    world.play(20);
    (0..3).for_each(|who| world.rest(who));
    world.play(40);
    let settled = percent(&world, 31, 40);
    assert!(settled >= 95.0, "{settled:.1} %: {:?}", world.held());
    assert!(world.meta.refused.is_empty());
}

#[test]
fn a_limit_that_is_raised_or_lowered_is_used_within_five_seconds() {
    let mut world = World::new(Habits::busy(32, 80), 11);
    world.play(20);
    (world.told, world.meta.limit) = (1_000, 1_000.0);
    world.play(35);
    let raised = percent(&world, 25, 35);
    assert!(raised >= 95.0, "{raised:.1} % after it was raised: {:?}", world.held());
    assert!(world.meta.refused.is_empty(), "{:?}", world.meta.refused);
    // Told before Meta holds to it, as the sync does that a webhook asks for.
    world.told = 80;
    world.play(37);
    world.meta.limit = 80.0;
    world.play(60);
    let lowered = percent(&world, 42, 60);
    assert!(lowered >= 95.0, "{lowered:.1} % after it was lowered: {:?}", world.held());
    assert!(world.meta.refused.is_empty(), "{:?}", world.meta.refused);
}

/// Fault row 9: Meta refuses everything for three seconds. The rate falls, and five seconds later it is back.
#[test]
fn a_storm_of_refusals_is_over_soon_after_it_ends() {
    let mut world = World::new(Habits::busy(4, 80), 13);
    world.storm = 20_000_000..23_000_000;
    world.play(40);
    assert!(world.stormed > 0 && world.stormed < 150, "{} refused where 240 could be", world.stormed);
    let settled = percent(&world, 28, 40);
    assert!(settled >= 95.0, "{settled:.1} %");
    assert!(world.meta.refused.is_empty(), "{:?}", world.meta.refused);
}

/// A limit that is lower than anybody was told: refusals keep the rate near it all the same.
#[test]
fn refusals_alone_find_a_limit_that_nobody_told() {
    let mut world = World::new(Habits::busy(4, 80), 17);
    world.meta.limit = 40.0;
    world.play(60);
    let reached = percent(&world, 5, 60);
    let refused = world.meta.refused.len();
    assert!(reached >= 75.0, "{reached:.1} %");
    assert!(refused < world.meta.accepted.len() / 5, "{refused} refused");
}

/// What people write in leaves less to send, and Meta refuses nothing.
#[test]
fn what_people_write_in_counts() {
    let mut world = World::new(Habits::busy(4, 80), 19);
    world.play(10);
    world.play_with_inbound(60, 40);
    let sent = percent(&world, 20, 60);
    assert!((40.0..=50.0).contains(&sent), "{sent:.1} % beside half that comes in");
    assert!(world.meta.refused.is_empty(), "{:?}", world.meta.refused);
}
