//! `waypost number`: from a code to a registered number, also after a crash in between.

use serde_json::{Value, json};

use crate::stderr;
use crate::world::{NUMBER, World};

const PIN: [(&str, &str); 1] = [("WAYPOST_PIN", "123456")];

fn unregistered() -> World {
    let world = World::start();
    let fields =
        json!({"code_verification_status": "EXPIRED", "platform_type": "NOT_APPLICABLE", "status": "DISCONNECTED"});
    world.at_meta(&format!("numbers/{NUMBER}"), &json!({"registered": false, "code": "424242", "fields": fields}));
    world
}

fn status(world: &World) -> Value {
    world.json(&["number", "status"]).0
}

#[test]
fn each_step_by_itself() {
    let world = unregistered();
    assert!(status(&world)["findings"].to_string().contains("number_not_registered"));
    let early = world.run_with(&["number", "register"], &PIN);
    assert_eq!(early.status.code(), Some(1));
    let told = stderr(&early);
    assert!(told.contains("133006") && told.contains("remedy: waypost number reregister"), "{told}");
    assert_eq!(world.json(&["number", "request-code", "--method", "voice"]).0["code_requested"], true);
    assert_eq!(world.run(&["number", "verify-code", "--code", "12"]).status.code(), Some(64));
    let wrong = world.run(&["number", "verify-code", "--code", "000000"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("waypost number request-code"), "{}", stderr(&wrong));
    assert_eq!(world.json(&["number", "verify-code", "--code", "424-242"]).0["verified"], true);
    assert_eq!(world.json(&["number", "request-code"]).0["code_requested"], false);
    assert_eq!(world.run(&["number", "register"]).status.code(), Some(64), "without a PIN");
    let registered = world.run_with(&["number", "register"], &PIN);
    assert!(registered.status.success(), "{}", stderr(&registered));
    assert!(!crate::stdout(&registered).contains("123456"));
    let other = world.run_with(&["number", "register"], &[("WAYPOST_PIN", "654321")]);
    assert!(stderr(&other).contains("133005"), "{}", stderr(&other));
    assert_eq!(world.json_with(&["number", "pin"], &[("WAYPOST_PIN", "654321")]).0["pin_set"], true);
    assert_eq!(world.json_with(&["number", "register"], &[("WAYPOST_PIN", "654321")]).0["registered"], true);
    let known = status(&world);
    assert_eq!((&known["status"], &known["platform_type"]), (&json!("CONNECTED"), &json!("CLOUD_API")));
    assert_eq!(world.run(&["number", "deregister"]).status.code(), Some(64), "nobody was asked");
    assert_eq!(world.json(&["number", "deregister", "--yes"]).0["registered"], false);
    assert_eq!(status(&world)["status"], "DISCONNECTED");
}

/// D-02: what is done already is left out, so that it goes on after a crash at any place.
#[test]
fn reregistering_goes_on_where_it_ended() {
    let world = unregistered();
    let again = ["number", "reregister"];
    let (first, code) = world.json_with(&again, &PIN);
    assert_eq!((&first["did"], &first["registered"], code), (&json!(["request_code"]), &json!(false), 0), "{first}");
    let (done, code) = world.json_with(&["number", "reregister", "--code", "424242"], &PIN);
    assert_eq!((&done["did"], code), (&json!(["verify_code", "register"]), 0), "{done}");
    let (done, code) = world.json_with(&again, &PIN);
    assert_eq!((&done["did"], code), (&json!(["register"]), 0), "{done}");
    let sent = world.writes();
    assert_eq!(sent.iter().filter(|line| line.ends_with("request_code")).count(), 1, "{sent:?}");
}

#[test]
fn too_many_registrations_are_told() {
    let world = World::start();
    for _ in 0..10 {
        assert!(world.run_with(&["number", "register"], &PIN).status.success());
    }
    let refused = world.run_with(&["number", "register"], &PIN);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("133016") && stderr(&refused).contains("72 hours"), "{}", stderr(&refused));
}

/// N-05, Z-03: no API deletes a number, and a test number nobody.
#[test]
fn deleting_is_by_hand_and_not_for_a_test_number() {
    let world = World::start();
    let (told, code) = world.json(&["number", "delete"]);
    assert_eq!((&told["deleted"], code), (&json!(false), 0), "{told}");
    let steps = told["by_hand"].to_string();
    for word in ["30 days", "waypost channel remove", "WhatsApp Manager"] {
        assert!(steps.contains(word), "{word}: {steps}");
    }
    world.at_meta(&format!("numbers/{NUMBER}"), &json!({"fields": {"account_mode": "SANDBOX"}}));
    let refused = world.run(&["number", "delete"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("is a test number") && stderr(&refused).contains("remedy: "),
        "{}",
        stderr(&refused)
    );
    assert!(status(&world)["findings"].to_string().contains("test_number"), "doctor's words for it");
    assert!(world.writes().is_empty(), "{:?}", world.writes());
}
