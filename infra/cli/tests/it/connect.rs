//! `waypost connect`, from nothing to messages that arrive, and what stands in its way.

use serde_json::{Value, json};

use crate::stderr;
use crate::world::{APP, NUMBER, SECRETS, WABA, World, bad};

pub(crate) const NEW_WABA: &str = "200000000000002";
pub(crate) const NEW_NUMBER: &str = "100000000000002";
const GIVEN: [(&str, &str); 2] =
    [("WAYPOST_APP_SECRET", "local-app-secret"), ("WAYPOST_ACCESS_TOKEN", "local-access-token")];
const NEW: [&str; 9] = ["connect", "--app", APP, "--waba", NEW_WABA, "--number", NEW_NUMBER, "--name", "support"];

/// As after a first deployment: empty secrets, no callback, and an account that nobody is subscribed to.
pub(crate) fn fresh() -> World {
    let world = World::start();
    world.put_secret(SECRETS[0], &json!({"app_secret": [], "verify_token": "local-verify-token"}));
    world.put_secret(SECRETS[1], &json!({"app_id": "", "default": ""}));
    world.at_meta(&format!("wabas/{NEW_WABA}"), &json!({"numbers": {NEW_NUMBER: "+1 555-0200"}, "subscribed": []}));
    world
}

fn ids(document: &Value) -> Vec<&str> {
    document["changes"].as_array().unwrap().iter().map(|change| change["id"].as_str().unwrap()).collect()
}

#[test]
fn a_number_is_connected_once_and_a_second_time_changes_nothing() {
    let world = fresh();
    world.at_meta(
        &format!("numbers/{NEW_NUMBER}"),
        &json!({"registered": false, "fields": {"platform_type": "NOT_APPLICABLE", "status": "PENDING"}}),
    );
    let with_pin = [&GIVEN[..], &[("WAYPOST_PIN", "123456")]].concat();
    // Said before it is done.
    let before = world.state();
    let (planned, code) = world.json_with(&[&NEW[..], &["--plan"]].concat(), &GIVEN);
    assert_eq!((ids(&planned), code), (vec!["webhook_secret", "tokens_secret", "channel", "subscribe", "register"], 0));
    assert_eq!(world.state(), before);

    let (done, code) = world.json_with(&NEW, &with_pin);
    assert_eq!((ids(&done), code), (ids(&planned), 0), "{done}");
    assert!(bad(&done).is_empty(), "{done}");
    let manual = ["live_mode", "privacy_policy", "payment_by_hand"];
    let told = done["findings"].as_array().unwrap();
    assert!(manual.iter().all(|id| told.iter().any(|finding| finding["id"] == *id)), "{done}");
    assert!(told.iter().any(|finding| finding["id"] == "callback" && finding["level"] == "ok"), "{done}");
    assert_eq!(
        world.secret(SECRETS[0]).0,
        json!({"app_secret": ["local-app-secret"], "verify_token": "local-verify-token"})
    );
    assert_eq!(world.secret(SECRETS[1]).0, json!({"app_id": APP, "default": "local-access-token"}));
    let channel = crate::json(&["channel", "show", "support", "--json", "--api", world.running.at("api")]);
    assert_eq!(
        (&channel["phone_number_id"], &channel["waba_id"], &channel["display_phone_number"]),
        (&json!(NEW_NUMBER), &json!(NEW_WABA), &json!("+1 555-0200"))
    );
    for secret in ["local-app-secret", "local-access-token", "123456"] {
        assert!(!done.to_string().contains(secret), "{secret} is printed");
    }

    let before = world.state();
    for args in [&NEW[..], &["connect", "--number", NEW_NUMBER]] {
        let (again, code) = world.json(args);
        assert_eq!((ids(&again), code), (vec![], 0), "{again}");
        assert_eq!(world.state(), before);
    }
    // A person writes, and the message arrives.
    world.at_meta("users/15550142/messages", &json!({"text": "Hello", "phone_number_id": NEW_NUMBER}));
    let inbox = crate::json(&["inbox", "--channel", "support", "--json", "--api", world.running.at("api")]);
    assert_eq!(inbox["items"][0]["last_message"]["display"]["text"], "Hello");
}

#[test]
fn secrets_come_from_stdin_too() {
    use std::io::Write;
    use std::process::Stdio;
    let world = fresh();
    let at = |name| world.running.at(name);
    let mut child = crate::waypost()
        .args(NEW)
        .args(["--secrets-stdin", "--json", "--api", at("api"), "--aws-endpoint", at("aws"), "--graph-url", at("meta")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = "WAYPOST_APP_SECRET=local-app-secret\nWAYPOST_ACCESS_TOKEN=local-access-token\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(world.secret(SECRETS[1]).0["default"], "local-access-token");
}

#[test]
fn what_is_missing_is_said_before_anything_is_changed() {
    let world = fresh();
    let before = world.state();
    // Nobody is there to be asked.
    let output = world.run(&NEW);
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("WAYPOST_APP_SECRET"), "{}", stderr(&output));

    let (found, code) = world.json_with(&NEW, &[("WAYPOST_APP_SECRET", "another-apps"), GIVEN[1]]);
    assert_eq!((bad(&found), code), (vec!["app_secret_wrong".to_owned()], 2));
    for (token, ids) in [
        (json!({"scopes": []}), &["token_lacks_messaging", "token_lacks_management"][..]),
        (json!({"scopes": ["whatsapp_business_messaging"]}), &["token_lacks_management"]),
        (json!({"scopes": ["whatsapp_business_management"]}), &["token_lacks_messaging"]),
        (
            json!({"scopes": ["whatsapp_business_messaging", "whatsapp_business_management"],
                "granular": {"whatsapp_business_management": [WABA]}}),
            &["token_lacks_account"],
        ),
        (json!({"invalid": 460}), &["token_invalid"]),
    ] {
        let mut token = token;
        token["value"] = "another".into();
        world.at_meta("tokens", &token);
        let (found, code) = world.json_with(&NEW, &[GIVEN[0], ("WAYPOST_ACCESS_TOKEN", "another")]);
        assert_eq!((bad(&found), code), (ids.iter().map(|id| (*id).to_owned()).collect(), 2), "{token}");
    }
    assert_eq!(world.state(), before);
}

#[test]
fn accounts_are_those_of_the_token_and_one_has_to_be_chosen() {
    let world = fresh();
    let targets = json!([WABA, NEW_WABA]);
    let granular = json!({"whatsapp_business_management": targets, "whatsapp_business_messaging": targets});
    world.at_meta("tokens", &json!({"value": "granted", "granular": granular}));
    let given = [GIVEN[0], ("WAYPOST_ACCESS_TOKEN", "granted")];
    let several = world.run_with(&["connect", "--app", APP], &given);
    assert_eq!(several.status.code(), Some(64));
    let told = stderr(&several);
    assert!(
        told.contains("--waba") && told.contains(&format!("1. Demo Shop ({WABA})")) && told.contains(NEW_WABA),
        "{told}"
    );

    world.at_meta(&format!("wabas/{NEW_WABA}"), &json!({"numbers": {"100000000000003": "+1 555-0300"}}));
    let several = world.run_with(&["connect", "--app", APP, "--waba", NEW_WABA], &given);
    assert_eq!(several.status.code(), Some(64));
    assert!(stderr(&several).contains("--number") && stderr(&several).contains("+1 555-0300"), "{}", stderr(&several));
    let unknown = world.run_with(&["connect", "--app", APP, "--waba", NEW_WABA, "--number", NUMBER], &given);
    assert_eq!(unknown.status.code(), Some(1));
}

#[test]
fn a_foreign_callback_is_taken_over_only_when_asked_for() {
    let world = World::start();
    world.at_meta(
        &format!("apps/{APP}"),
        &json!({"callback_url": "http://127.0.0.1:9/elsewhere", "fields": ["messages", "calls"]}),
    );
    let connect = ["connect", "--number", NUMBER];
    let before = world.state();
    let refused = world.run(&connect);
    assert_eq!(refused.status.code(), Some(1));
    let told = stderr(&refused);
    assert!(told.contains("http://127.0.0.1:9/elsewhere") && told.contains("--replace-callback"), "{told}");
    assert_eq!(world.state(), before);

    // A second environment: the account's own callback, and the app's stays.
    let (done, code) = world.json(&[&connect[..], &["--override"]].concat());
    assert_eq!((ids(&done), code), (vec!["subscribe"], 0), "{done}");
    assert!(done["changes"][0]["what"].as_str().unwrap().contains(world.running.at("webhook")));
    let (again, _) = world.json(&connect);
    assert!(ids(&again).is_empty(), "{again}");

    let (done, code) = world.json(&[&connect[..], &["--replace-callback"]].concat());
    assert_eq!(code, 0, "{done}");
    world.at_meta(&format!("wabas/{WABA}"), &json!({"subscribed": [{"app_id": APP}]}));
    let (done, code) = world.json(&[&connect[..], &["--replace-callback"]].concat());
    assert_eq!((ids(&done), code), (vec!["callback"], 0), "{done}");
    let fields = done["changes"][0]["what"].as_str().unwrap();
    assert!(fields.contains("message_template_status_update") && fields.contains("calls"), "{fields}");
    assert!(world.json(&["doctor"]).0["findings"].as_array().unwrap().iter().any(|finding| finding["id"] == "app"));
}

/// It comes before the account's and the app's callback, so nothing would arrive while those are right.
#[test]
fn a_numbers_own_callback_goes_only_when_asked_for() {
    let world = World::start();
    let connect = ["connect", "--number", NUMBER];
    for how in ["--replace-callback", "--override"] {
        world.at_meta(&format!("numbers/{NUMBER}"), &json!({"override_url": "http://127.0.0.1:9/elsewhere"}));
        let before = world.state();
        let refused = world.run(&connect);
        assert_eq!(refused.status.code(), Some(1));
        let told = stderr(&refused);
        assert!(told.contains("http://127.0.0.1:9/elsewhere") && told.contains("--replace-callback"), "{told}");
        assert_eq!(world.state(), before);
        let (done, code) = world.json(&[&connect[..], &[how]].concat());
        assert_eq!((ids(&done)[0], code), ("number_override", 0), "{done}");
        let (again, code) = world.json(&connect);
        assert_eq!((ids(&again), code), (vec![], 0), "{again}");
    }
    assert_eq!(bad(&world.json(&["doctor"]).0), Vec::<String>::new());
}

#[test]
fn another_apps_subscription_is_not_ours() {
    let world = World::start();
    world.at_meta(&format!("wabas/{WABA}"), &json!({"subscribed": [{"app_id": "300000000000009"}]}));
    let (done, code) = world.json(&["connect", "--number", NUMBER]);
    assert_eq!((ids(&done), code), (vec!["subscribe"], 0), "{done}");
    assert!(done["findings"].as_array().unwrap().iter().any(|finding| finding["id"] == "other_apps_too"), "{done}");
}

#[test]
fn the_first_message_is_waited_for() {
    let world = World::start();
    let (waited, code) = world.json(&["connect", "--number", NUMBER, "--wait", "1"]);
    assert_eq!((bad(&waited), code), (vec!["inbound".to_owned()], 1), "{waited}");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| world.json(&["connect", "--number", NUMBER, "--wait", "60"]));
        // Whoever writes before it waits is not what is waited for, so somebody else writes until it ends.
        let mut person = 15_550_200_u64;
        while !waiting.is_finished() {
            person += 1;
            world.at_meta(&format!("users/{person}/messages"), &json!({"text": "Hello"}));
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let (waited, code) = waiting.join().unwrap();
        assert_eq!(code, 0, "{waited}");
        let arrived = waited["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == "inbound").unwrap();
        assert!(arrived["what"].as_str().unwrap().contains("after"), "{arrived}");
    });
}
