//! `waypost token`: nothing is stored that Meta does not take, and nothing is lost that might be needed.

use serde_json::json;

use crate::world::{APP, SECRETS, WABA, World, bad};

#[test]
fn a_token_is_judged_before_it_is_stored() {
    let world = World::start();
    let set = ["token", "set"];
    let before = world.state();
    let (found, code) = world.json_with(&set, &[("WAYPOST_ACCESS_TOKEN", "unknown to Meta")]);
    assert_eq!((bad(&found), code), (vec!["token_invalid".to_owned()], 2));
    let elsewhere = json!({"whatsapp_business_management": ["9"], "whatsapp_business_messaging": ["9"]});
    world.at_meta("tokens", &json!({"value": "elsewhere", "granular": elsewhere}));
    let (found, code) = world.json_with(&set, &[("WAYPOST_ACCESS_TOKEN", "elsewhere")]);
    assert_eq!((bad(&found), code), (vec!["token_lacks_account".to_owned()], 2));
    world.at_meta("tokens", &json!({"value": "anothers", "app_id": "300000000000009"}));
    let (found, code) = world.json_with(&set, &[("WAYPOST_ACCESS_TOKEN", "anothers")]);
    assert_eq!((bad(&found), code), (vec!["token_of_another_app".to_owned()], 2));
    assert_eq!(world.state(), before);

    world.at_meta("tokens", &json!({"value": "new"}));
    let (done, code) = world.json_with(&set, &[("WAYPOST_ACCESS_TOKEN", "new\n")]);
    assert_eq!((&done["changed"], code), (&json!(true), 0), "{done}");
    assert_eq!(world.secret(SECRETS[1]).0, json!({"app_id": APP, "default": "new"}));
    let stored = world.secret(SECRETS[1]).1;
    let (again, code) = world.json_with(&set, &[("WAYPOST_ACCESS_TOKEN", "new")]);
    assert_eq!((&again["changed"], code), (&json!(false), 0));
    assert_eq!(world.secret(SECRETS[1]).1, stored);
    let own = ["token", "set", "--waba", WABA];
    let (done, _) = world.json_with(&own, &[("WAYPOST_ACCESS_TOKEN", "local-access-token")]);
    assert_eq!(done["secret"], WABA);
    assert_eq!(world.secret(SECRETS[1]).0["default"], "new");
    // There is no account left that would use a default, and so none to judge it by.
    let before = world.state();
    let refused = world.run_with(&set, &[("WAYPOST_ACCESS_TOKEN", "unknown to Meta")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(crate::stderr(&refused).contains("--waba ID"), "{}", crate::stderr(&refused));
    // Said before anybody is asked for one.
    assert_eq!(world.run(&set).status.code(), Some(1));
    // The secret has members that are no account.
    for member in ["default", "app_id"] {
        let refused = world.run_with(&["token", "set", "--waba", member], &[("WAYPOST_ACCESS_TOKEN", "new")]);
        assert_eq!(refused.status.code(), Some(64), "{member}");
    }
    assert_eq!(world.state(), before);
    assert_eq!(world.writes(), Vec::<String>::new());
}

/// C-07: for pasting by hand, and only where it is asked for.
#[test]
fn the_verify_token_is_printed_on_demand() {
    let world = World::start();
    let (shown, code) = world.json(&["token", "verify-token"]);
    let callback = world.running.at("webhook");
    assert_eq!((shown, code), (json!({"callback": callback, "verify_token": "local-verify-token"}), 0));
    let told = crate::stdout(&world.run(&["token", "verify-token"]));
    assert!(told.contains(callback) && told.contains("local-verify-token"), "{told}");
    world.put_secret(SECRETS[0], &json!({"app_secret": ["local-app-secret"], "verify_token": ""}));
    let none = world.run(&["token", "verify-token"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(crate::stderr(&none).contains("remedy: waypost connect"), "{}", crate::stderr(&none));
}

#[test]
fn what_the_stored_token_is_worth_is_told() {
    let world = World::start();
    let check = ["token", "check"];
    assert_eq!(world.json(&check).1, 0);
    let token = |change: serde_json::Value| {
        let mut token = change;
        token["value"] = "local-access-token".into();
        world.at_meta("tokens", &token);
    };
    token(json!({"kind": "USER"}));
    let (found, code) = world.json(&check);
    assert_eq!((bad(&found), code), (vec!["token_of_a_person".to_owned()], 1));
    token(json!({"kind": "SYSTEM_USER", "invalid": 463}));
    let (found, code) = world.json(&check);
    assert_eq!((bad(&found), code), (vec!["token_invalid".to_owned()], 2));
    assert!(found["findings"][0]["what"].as_str().unwrap().contains("190/463"), "{found}");
}

#[test]
fn an_app_secret_is_rotated_with_two() {
    let world = World::start();
    let rotate = ["token", "app-secret"];
    let (refused, code) = world.json_with(&rotate, &[("WAYPOST_APP_SECRET", "nobodys")]);
    assert_eq!((bad(&refused), code), (vec!["app_secret_wrong".to_owned()], 2));
    world.at_meta(&format!("apps/{APP}"), &json!({"secret": "reset"}));
    let (done, code) = world.json_with(&rotate, &[("WAYPOST_APP_SECRET", "reset")]);
    assert_eq!((&done["changed"], code), (&json!(true), 0));
    assert_eq!(world.secret(SECRETS[0]).0["app_secret"], json!(["reset", "local-app-secret"]));
    assert_eq!(world.json_with(&rotate, &[("WAYPOST_APP_SECRET", "reset")]).0["changed"], false);
    assert_eq!(world.json(&["token", "app-secret", "--drop-previous"]).0["changed"], true);
    assert_eq!(world.secret(SECRETS[0]).0, json!({"app_secret": ["reset"], "verify_token": "local-verify-token"}));
}
