//! What a person may ask for: everything that is kept of them, and that it goes.

use std::fs;

use serde_json::Value;

use crate::running::Running;
use crate::{json, run, stderr, stdout};

#[test]
fn a_person_is_exported_and_erased() {
    let local = Running::start(&[]);
    let ask = |args: &[&str]| json(&[args, &["--json", "--api", local.at("api")]].concat());
    let say = |args: &[&str]| run(&[args, &["--api", local.at("api")]].concat());
    ask(&["trigger", "message", "Tulips please", "--meta", local.at("meta")]);
    let folder = tempfile::tempdir().unwrap();
    let invoice = folder.path().join("invoice.pdf");
    fs::write(&invoice, b"%PDF-1.7 canary").unwrap();
    ask(&["send", "+15550101", "--file", invoice.to_str().unwrap(), "--wait"]);

    // Everything, into a folder: a record a line, and the file.
    let to = folder.path().join("ana");
    let to = to.to_str().unwrap();
    let done = ask(&["contacts", "export", "+15550101", "--to", to]);
    assert_eq!((&done["records"], &done["files"], &done["files_missing"]), (&3.into(), &1.into(), &0.into()), "{done}");
    let records = fs::read_to_string(format!("{to}/contact.jsonl")).unwrap();
    let records: Vec<Value> = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = records.iter().map(|record| record["record"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["contact", "message", "message"]);
    let sent = records.iter().find(|record| record["message"]["direction"] == "outbound").unwrap();
    assert_eq!(fs::read(format!("{to}/{}", sent["file"].as_str().unwrap())).unwrap(), b"%PDF-1.7 canary");
    let received = records.iter().find(|record| record["message"]["direction"] == "inbound").unwrap();
    assert_eq!(received["message"]["content"]["text"]["body"], "Tulips please");
    // Not over another one's.
    assert_eq!(say(&["contacts", "export", "+15550101", "--to", to]).status.code(), Some(64));

    // What would go is said, and nothing goes; nothing goes unasked either.
    let planned = ask(&["contacts", "erase", "+15550101", "--dry-run"]);
    assert_eq!((&planned["counts"]["received"], &planned["counts"]["files"]), (&1.into(), &1.into()), "{planned}");
    let told = stdout(&say(&["contacts", "erase", "+15550101", "--dry-run"]));
    assert!(told.contains("MESSAGES FROM THEM") && told.contains("Nothing was erased."), "{told}");
    let unasked = say(&["contacts", "erase", "+15550101"]);
    assert_eq!(unasked.status.code(), Some(64));
    assert!(stderr(&unasked).contains("--yes"), "{}", stderr(&unasked));
    assert_eq!(ask(&["contacts", "list"])["items"].as_array().unwrap().len(), 1);

    // It all goes; the second look is two minutes later, by the same command.
    let gone = say(&["contacts", "erase", "+15550101", "--yes", "--no-wait"]);
    assert!(gone.status.success(), "{}", stderr(&gone));
    assert!(stdout(&gone).contains("Run the same command after"), "{}", stdout(&gone));
    assert!(ask(&["contacts", "list"])["items"].as_array().unwrap().is_empty());
    let again = ask(&["contacts", "erase", "+15550101", "--yes", "--no-wait"]);
    assert_eq!((&again["state"], &again["counts"]["received"]), (&"settling".into(), &1.into()), "{again}");
    for command in ["export", "show"] {
        let nobody = say(&["contacts", command, "+15550101"]);
        assert_eq!(nobody.status.code(), Some(1), "{command}");
        let told = stderr(&nobody);
        assert!(told.contains("Nobody by this key") && told.contains("remedy: waypost contacts list"), "{told}");
    }
    // Who is not there leaves no folder behind.
    let none = folder.path().join("nobody");
    let none = none.to_str().unwrap();
    assert_eq!(say(&["contacts", "export", "+15550101", "--to", none]).status.code(), Some(1));
    assert!(!std::path::Path::new(none).exists());
    let stranger = say(&["contacts", "erase", "+15550109", "--yes"]);
    assert_eq!(stranger.status.code(), Some(1), "{}", stderr(&stranger));

    // Who writes anew is somebody new.
    ask(&["trigger", "message", "Me again", "--meta", local.at("meta")]);
    assert_eq!(ask(&["contacts", "show", "+15550101"])["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn a_channel_goes_with_its_data_or_without() {
    let local = Running::start(&[]);
    let ask = |args: &[&str]| json(&[args, &["--json", "--api", local.at("api")]].concat());
    let say = |args: &[&str]| run(&[args, &["--api", local.at("api")]].concat());
    ask(&["trigger", "message", "Hello", "--meta", local.at("meta")]);
    let in_a_month = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 30)).to_string();
    let later = ask(&["send", "+15550101", "See you", "--send-at", &in_a_month]);

    // Not while anything would be lost, unless that is said; and not unasked.
    let refused = say(&["channel", "remove", "local", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("queued, waiting, in doubt or parked"), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("abandon"), "{}", stderr(&refused));
    assert_eq!(say(&["channel", "remove", "local", "--abandon-sends"]).status.code(), Some(64));
    let removed = ask(&["channel", "remove", "local", "--yes", "--abandon-sends"]);
    assert_eq!((&removed["removed"], &removed["data"]), (&"100000000000001".into(), &"kept".into()));
    assert!(ask(&["channel", "list"])["items"].as_array().unwrap().is_empty());

    // Added again, it has what it had.
    let add = ["channel", "add", "100000000000001", "--waba", "200000000000001", "--name", "local"];
    ask(&add);
    let shown = ask(&["contacts", "show", "+15550101"]);
    assert_eq!(shown["messages"].as_array().unwrap().len(), 2, "{shown}");
    assert!(say(&["message", "show", later["id"].as_str().unwrap()]).status.success());

    // What would go is said; then it goes with everything.
    let planned = ask(&["channel", "remove", "local", "--data", "erase", "--dry-run"]);
    let counts = &planned["would_erase"]["counts"];
    assert_eq!(
        (&counts["contacts"], &counts["received"], &counts["sent"]),
        (&1.into(), &1.into(), &1.into()),
        "{planned}"
    );
    assert_eq!(ask(&["channel", "list"])["items"].as_array().unwrap().len(), 1);
    let told = say(&["channel", "remove", "local", "--data", "erase", "--yes", "--abandon-sends"]);
    assert!(stdout(&told).contains("with everything that was stored of it"), "{}{}", stdout(&told), stderr(&told));
    // Who was interrupted goes on by the id, and finds nothing left.
    let again = ask(&["channel", "remove", "100000000000001", "--data", "erase", "--yes"]);
    assert!(again["counts"].as_object().unwrap().values().all(|count| *count == 0), "{again}");
    ask(&add);
    assert!(ask(&["contacts", "list"])["items"].as_array().unwrap().is_empty());
    assert_eq!(say(&["message", "show", later["id"].as_str().unwrap()]).status.code(), Some(1));
    assert_eq!(say(&["channel", "remove", "nothing", "--data", "erase", "--yes"]).status.code(), Some(1));
}
