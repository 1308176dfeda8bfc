//! The checker is tested too: good histories pass, and each planted bug is caught (quality goal R9).

use super::{Carried, Copied, Facts, Inbound, Outbound, ROUNDS, Shown, Violation, copied, doubted, inbound, outbound};

fn carried() -> Carried {
    Carried {
        items: vec!["message A".into(), "status B:delivered".into()],
        jobs: vec!["A".into()],
        effects: ["they left".into()].into(),
        times: [("status B:delivered".into(), "2026-03-02T12:00:00Z".into())].into(),
        last_inbound_at: "2026-03-02T12:00:00Z".into(),
    }
}

fn whole() -> Facts {
    let items = carried().items;
    Facts {
        stored: items.iter().map(|item| (item.clone(), 1)).collect(),
        told: items.iter().map(|item| (item.clone(), vec![format!("evt_{item}")])).collect(),
        jobs: ["A".to_owned()].into(),
        times: carried().times,
        effects: carried().effects,
        last_inbound_at: Some("2026-03-02T12:00:00Z".into()),
    }
}

/// What the checker says of a run in which everything went well but for what `plant` does to it.
fn of_inbound(plant: impl FnOnce(&mut Inbound)) -> Vec<Violation> {
    let mut run = Inbound { acknowledged: vec![whole()], finally: whole() };
    plant(&mut run);
    inbound(&carried(), &run)
}

fn shown(state: &str, codes: &[&str]) -> Shown {
    Shown { id: "snd_a".into(), state: state.into(), codes: codes.iter().map(|code| (*code).to_owned()).collect() }
}

fn of_outbound(plant: impl FnOnce(&mut Outbound)) -> Vec<Violation> {
    let mut run = Outbound {
        promised: vec!["snd_a".into()],
        accepted: vec!["snd_a".into()],
        before_statuses: vec![shown("accepted", &[])],
        finally: vec![shown("accepted", &[])],
        queued: 0,
        dead: 0,
        told: Vec::new(),
        rounds: 1,
        most: ROUNDS,
    };
    plant(&mut run);
    outbound(&run)
}

#[test]
fn good_histories_pass() {
    assert_eq!(of_inbound(|_| {}), []);
    assert_eq!(of_outbound(|_| {}), []);
    // Told twice under one id: the consumer sees that it is the same.
    assert_eq!(
        of_inbound(|run| {
            let ids = run.finally.told.get_mut("message A").unwrap();
            ids.push(ids[0].clone());
        }),
        []
    );
    // In doubt for a while, and then proven.
    assert_eq!(of_outbound(|run| run.before_statuses = vec![shown("uncertain", &["interrupted"])]), []);
    // It never reached Meta, and said so.
    let unconfirmed = |run: &mut Outbound| {
        run.accepted.clear();
        run.finally = vec![shown("failed", &["unconfirmed"])];
        run.told = vec![("message.failed".into(), "snd_a".into())];
    };
    assert_eq!(of_outbound(unconfirmed), []);
}

#[test]
fn an_acknowledgement_before_the_write_is_caught() {
    let found = of_inbound(|run| {
        run.acknowledged[0].stored.remove("message A");
    });
    assert_eq!(found, [Violation::AcknowledgedTooSoon("message A is not stored".into())]);
}

#[test]
fn an_acknowledgement_before_the_publish_is_caught() {
    let found = of_inbound(|run| {
        run.acknowledged[0].told.remove("status B:delivered");
        run.acknowledged[0].jobs.clear();
    });
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|violation| matches!(violation, Violation::AcknowledgedTooSoon(_))));
}

#[test]
fn a_lost_message_is_caught() {
    let found = of_inbound(|run| {
        run.acknowledged.clear();
        run.finally.stored.insert("message A".into(), 0);
    });
    assert_eq!(found, [Violation::NeverAcknowledged, Violation::Lost("message A is not stored".into())]);
}

#[test]
fn a_message_stored_twice_is_caught() {
    let found = of_inbound(|run| {
        run.finally.stored.insert("message A".into(), 2);
    });
    assert_eq!(found, [Violation::Twice("message A".into())]);
}

#[test]
fn a_second_event_id_is_caught() {
    let found = of_inbound(|run| run.finally.told.get_mut("message A").unwrap().push("evt_other".into()));
    assert_eq!(found, [Violation::ManyIds("message A".into())]);
}

#[test]
fn a_window_by_arrival_is_caught() {
    let found = of_inbound(|run| run.finally.last_inbound_at = Some("2026-03-02T12:00:09Z".into()));
    assert_eq!(found, [Violation::WrongWindow(Some("2026-03-02T12:00:09Z".into()))]);
}

#[test]
fn an_effect_that_is_not_there_is_caught() {
    let found = of_inbound(|run| run.acknowledged[0].effects.clear());
    assert_eq!(found, [Violation::AcknowledgedTooSoon("it is not so that they left".into())]);
}

#[test]
fn a_status_that_moved_is_caught() {
    let moved = |run: &mut Inbound| {
        run.finally.times.insert("status B:delivered".into(), "2026-03-02T12:00:03Z".into());
    };
    assert_eq!(of_inbound(moved), [Violation::WrongTime("status B:delivered".into())]);
}

#[test]
fn a_file_that_is_lost_or_doubled_is_caught() {
    let fine = || Copied {
        objects: vec![("media/1/2".into(), true)],
        recorded: Some("media/1/2".into()),
        told: vec![("evt_a".into(), "media/1/2".into()), ("evt_a".into(), "media/1/2".into())],
    };
    assert_eq!(copied(&fine()), []);
    let of = |plant: fn(&mut Copied)| {
        let mut file = fine();
        plant(&mut file);
        copied(&file)
    };
    assert_eq!(of(|file| file.objects.clear()), [Violation::Lost("the file".into())]);
    assert_eq!(of(|file| file.objects.push(("media/1/3".into(), true))), [Violation::Twice("the file".into())]);
    assert_eq!(of(|file| file.objects[0].1 = false), [Violation::Lost("a part of the file".into())]);
    assert_eq!(of(|file| file.recorded = None), [Violation::Lost("the record of the file".into())]);
    assert_eq!(of(|file| file.told.clear()), [Violation::Lost("the event of the file".into())]);
    assert_eq!(of(|file| file.told[1].0 = "evt_b".into()), [Violation::ManyIds("the file".into())]);
}

#[test]
fn two_acceptances_are_caught() {
    // What a claim without a condition does, or a lease shorter than the timeout.
    let found = of_outbound(|run| run.accepted.push("snd_a".into()));
    assert_eq!(found, [Violation::SentTwice("snd_a".into())]);
}

#[test]
fn a_second_send_for_one_key_is_caught() {
    let found = of_outbound(|run| run.accepted.push("snd_b".into()));
    assert_eq!(found, [Violation::SentUnasked("snd_b".into())]);
}

#[test]
fn a_send_that_vanished_is_caught() {
    let found = of_outbound(|run| {
        run.accepted.clear();
        run.finally.clear();
    });
    assert_eq!(found, [Violation::Lost("snd_a".into())]);
}

#[test]
fn a_send_that_nobody_takes_up_is_caught() {
    for state in ["queued", "sending", "uncertain", "parked", "waiting"] {
        let found = of_outbound(|run| {
            run.accepted.clear();
            run.finally = vec![shown(state, &["some"])];
            run.rounds = ROUNDS + 1;
        });
        assert_eq!(found, [Violation::Unsettled(shown(state, &["some"])), Violation::Endless], "{state}");
    }
}

#[test]
fn a_failure_that_meta_contradicts_is_caught() {
    let found = of_outbound(|run| {
        run.finally = vec![shown("failed", &["unconfirmed"])];
        run.told = vec![("message.failed".into(), "snd_a".into())];
    });
    assert_eq!(found, [Violation::Unsettled(shown("failed", &["unconfirmed"]))]);
}

#[test]
fn an_acceptance_that_meta_does_not_know_is_caught() {
    let found = of_outbound(|run| run.accepted.clear());
    assert_eq!(found, [Violation::Unsettled(shown("accepted", &[]))]);
}

#[test]
fn a_silent_failure_is_caught() {
    let found = of_outbound(|run| {
        run.accepted.clear();
        run.finally = vec![shown("failed", &[])];
    });
    assert_eq!(found, [Violation::Untold("snd_a".into()), Violation::Unexplained(shown("failed", &[]))]);
}

#[test]
fn a_record_left_behind_is_caught() {
    let found = of_outbound(|run| (run.queued, run.dead) = (1, 2));
    assert_eq!(found, [Violation::LeftInQueue(1), Violation::Dead(2)]);
}

#[test]
fn doubt_that_nothing_gives_rise_to_is_caught() {
    let run = Outbound {
        promised: vec!["snd_a".into()],
        accepted: vec!["snd_a".into()],
        before_statuses: Vec::new(),
        finally: Vec::new(),
        queued: 0,
        dead: 0,
        told: vec![("message.uncertain".into(), "snd_a".into()), ("message.failed".into(), "snd_b".into())],
        rounds: 1,
        most: ROUNDS,
    };
    assert_eq!(doubted(&run, &["snd_a".into()]), []);
    assert_eq!(doubted(&run, &["snd_b".into()]), [Violation::Doubted("snd_a".into())]);
}
