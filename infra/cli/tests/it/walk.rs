//! What a newcomer does, and what an operator does after that.

use std::process::{Command, Stdio};

use crate::running::Running;
use crate::{json, run, stderr, stdout, waypost};

/// The three printed commands, pasted into a shell as they stand.
#[test]
fn the_printed_commands_work() {
    let (_running, commands) = Running::for_a_person();
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_waypost"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut told = Vec::new();
    for command in &commands {
        let output = Command::new("sh").arg("-c").arg(command).env("PATH", &path).output().unwrap();
        assert!(output.status.success(), "{command}: {}", stderr(&output));
        told.push(stdout(&output));
    }
    let inbox = told.pop().unwrap();
    assert!(inbox.contains("Ana") && inbox.contains("you: Yes. How can I help?"), "{inbox}");
    assert!(inbox.contains("delivered") || inbox.contains("read"), "{inbox}");
}

#[test]
fn a_message_in_a_reply_out_and_its_delivery() {
    let local = Running::start(&[]);
    let ask = |args: &[&str]| json(&[args, &["--json", "--api", local.at("api")]].concat());

    // By the fake Meta, so that it knows the window too.
    ask(&["trigger", "message", "Hello", "--meta", local.at("meta")]);

    let sent = ask(&["send", "+15550101", "Hi", "Ana", "--wait"]);
    assert_eq!((&sent["state"], &sent["content"]["text"]["body"]), (&"accepted".into(), &"Hi Ana".into()));
    let id = sent["id"].as_str().unwrap();
    assert_eq!(ask(&["message", "show", id])["wamid"], sent["wamid"]);
    assert_eq!(ask(&["message", "show", sent["wamid"].as_str().unwrap()])["id"], id);
    assert_eq!(ask(&["message", "show", id, "--raw"])["text"]["body"], "Hi Ana");
    assert_eq!(ask(&["inbox"])["items"][0]["last_message"]["id"], id);
    assert_eq!(ask(&["contacts", "list"])["items"][0]["phone"], "+15550101");
    let shown = ask(&["contacts", "show", "+15550101"]);
    assert_eq!((&shown["contact"]["name"], shown["messages"].as_array().unwrap().len()), (&"Ana".into(), 2));

    // What they wrote is marked read, as often as one likes; what we wrote is not.
    let theirs = shown["messages"][1]["id"].as_str().unwrap();
    for typing in [&[][..], &["--typing"]] {
        let read = ask(&[&["read", theirs][..], typing].concat());
        assert_eq!((&read["wamid"], &read["typing"]), (&theirs.into(), &(!typing.is_empty()).into()));
    }
    let told = stdout(&run(&["read", theirs, "--typing", "--api", local.at("api")]));
    assert!(told.contains("Marked read") && told.contains("being written"), "{told}");
    let ours = run(&["read", id, "--api", local.at("api")]);
    assert_eq!((ours.status.code(), stderr(&ours).contains("a person wrote")), (Some(1), true), "{}", stderr(&ours));

    // The same key and message again is the same send.
    let keyed = ["send", "+15550101", "once", "--idempotency-key", "k-1"];
    assert_eq!(ask(&keyed)["id"], ask(&keyed)["id"]);

    let replayed = ask(&["replay", theirs, "--dry-run"]);
    assert_eq!(replayed["items"][0]["published"], false);
    let unknown = run(&["replay", "wamid.none", "--api", local.at("api")]);
    assert_eq!(unknown.status.code(), Some(1));
    let all = ask(&["replay", "--from", "2026-01-01T00:00:00Z"]);
    assert_eq!((&all["items"][0]["id"], &all["items"][0]["published"]), (&theirs.into(), &true.into()));
    let both = run(&["replay", theirs, "--from", "2026-01-01T00:00:00Z", "--api", local.at("api")]);
    assert_eq!((both.status.code(), run(&["replay", "--api", local.at("api")]).status.code()), (Some(64), Some(64)));
}

#[test]
fn a_file_goes_out_as_what_it_is_or_as_a_link() {
    let local = Running::start(&[]);
    let ask = |args: &[&str]| json(&[args, &["--json", "--api", local.at("api")]].concat());
    ask(&["trigger", "message", "Hello", "--meta", local.at("meta")]);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let invoice = file("März.pdf", b"%PDF-1.7 canary");
    let sent = ask(&["send", "+15550101", "Your", "invoice", "--file", &invoice, "--wait"]);
    assert_eq!(sent["state"], "accepted", "{sent}");
    let document = &sent["content"]["document"];
    assert_eq!((&document["caption"], &document["filename"]), (&"Your invoice".into(), &"März.pdf".into()));
    assert!(document["id"].is_string() && sent.get("converted").is_none(), "{sent}");
    let gif = file("cat.gif", b"GIF89a canary");
    let linked = ask(&["send", "+15550101", "--file", &gif, "--as", "image", "--wait"]);
    assert_eq!(linked["converted"]["reason"], "unsupported_media");
    let body = linked["content"]["text"]["body"].as_str().unwrap();
    assert!(body.starts_with("cat.gif\n") && body.contains("/f/"), "{body}");
    let shown = run(&["message", "show", linked["id"].as_str().unwrap(), "--api", local.at("api")]);
    assert!(stdout(&shown).contains("sent as a link"), "{}", stdout(&shown));
    ask(&["channel", "set", "100000000000001", "--unsupported-media", "fail"]);
    let failed = run(&["send", "+15550101", "--file", &gif, "--as", "image", "--wait", "--api", local.at("api")]);
    assert_eq!(failed.status.code(), Some(1));
    // Nothing is fetched that is not public, and that is said at once.
    let inside = ["send", "+15550101", "--media-url", "https://127.0.0.1/a.png", "--wait", "--api", local.at("api")];
    assert_eq!(run(&inside).status.code(), Some(1));
    for wrong in [
        &["send", "+15550101", "--file", "/nowhere/a.pdf"][..],
        &["send", "+15550101", "--file", &file("empty.pdf", b"")],
        &["send", "+15550101", "a caption", "--file", &file("a.mp3", b"ID3")],
        &["send", "+15550101", "text", "--as", "image"],
    ] {
        let output = run(&[wrong, &["--api", local.at("api")]].concat());
        assert_eq!(output.status.code(), Some(64), "{wrong:?}: {}", stderr(&output));
    }
}

/// What came for a number before it was a channel is told of when it is added, and taken in when asked.
#[test]
fn a_number_comes_with_what_waited() {
    let local = Running::start(&[]);
    let ask = |args: &[&str]| json(&[args, &["--json", "--api", local.at("api")]].concat());
    let number = "199999999999999";
    early(local.at("webhook"), number, "wamid.first");
    let dry = run(&["replay", "--quarantine", "--dry-run", "--channel", number, "--api", local.at("api")]);
    assert_eq!(dry.status.code(), Some(1));
    assert!(stdout(&dry).contains("its number is no channel"), "{}", stdout(&dry));
    let new = ["channel", "add", number, "--waba", "200000000000001", "--name", "Late"];
    let added = ask(&new);
    assert_eq!(added["quarantine"]["changes"], 1);
    let note = added["quarantine"]["note"].as_str().unwrap().to_owned();
    assert!(note.contains("waypost replay --quarantine --cause unregistered"), "{note}");
    let command: Vec<&str> = note.lines().last().unwrap().split_whitespace().skip(1).collect();
    let replayed = ask(&command);
    assert_eq!(
        (&replayed["items"][0]["published"], &replayed["items"][0]["kept"]["messages"]),
        (&true.into(), &1.into())
    );
    assert_eq!(ask(&["inbox", "--channel", "Late"])["items"][0]["last_message"]["display"]["text"], "Too early");
    assert_eq!(ask(&command)["items"].as_array().unwrap().len(), 0, "once is enough");
    // The same in one go.
    ask(&["channel", "remove", "Late", "--yes"]);
    early(local.at("webhook"), number, "wamid.second");
    let again = ask(&[&new[..], &["--replay"]].concat());
    assert_eq!(again["quarantine"]["replayed"]["items"].as_array().unwrap().len(), 1);
}

/// A message to a number that is no channel, signed as Meta would sign it.
fn early(webhook: &str, number: &str, wamid: &str) {
    use hmac::{Hmac, KeyInit, Mac};
    let message = serde_json::json!({"from": "15550101", "id": wamid, "timestamp": "1795428000", "type": "text",
        "text": {"body": "Too early"}});
    let value = serde_json::json!({"metadata": {"phone_number_id": number}, "messages": [message]});
    let changes = serde_json::json!([{"field": "messages", "value": value}]);
    let body = serde_json::json!({"entry": [{"id": "200000000000001", "changes": changes}]}).to_string();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"local-app-secret").unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    drop(rustls::crypto::ring::default_provider().install_default());
    runtime.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.post(webhook).header("x-hub-signature-256", signature).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    });
}

#[test]
fn a_person_stops_marketing_in_a_word() {
    let local = Running::start(&[]);
    let ask = |args: &[&str]| json(&[args, &["--json", "--api", local.at("api")]].concat());
    ask(&["trigger", "message", "Genug!"]);
    assert_eq!(ask(&["contacts", "consent", "+15550101"])["state"], "unknown");
    let set = ask(&["channel", "set", "100000000000001", "--opt-out", "genug", "--fallback-text", "See your phone"]);
    assert_eq!((&set["opt_out_words"][0], &set["fallback_text"]), (&"genug".into(), &"See your phone".into()));
    let said = ask(&["contacts", "consent", "+15550101", "--set", "stop", "--reason", "by phone"]);
    assert_eq!((&said["state"], &said["because"]["reason"]), (&"stop".into(), &"by phone".into()));
    let shown = run(&["contacts", "consent", "+15550101", "--api", local.at("api")]);
    assert!(
        stdout(&shown).contains("stopped") && stdout(&shown).contains("an operator: by phone"),
        "{}",
        stdout(&shown)
    );
    for wrong in [&["--set", "stop"][..], &["--reason", "x"], &["--set", "maybe", "--reason", "x"]] {
        let args = [&["contacts", "consent", "+15550101", "--api", local.at("api")][..], wrong].concat();
        assert_eq!(run(&args).status.code(), Some(64));
    }
    let limits = ["--messages-per-second", "20", "--recipients-per-day", "50", "--limit-scope", "number"];
    let limited = ask(&[&["channel", "set", "100000000000001", "--test-number", "no"][..], &limits].concat());
    assert_eq!(
        (&limited["limits"]["messages_per_second"], &limited["limits"]["recipients_per_day"], &limited["test_number"]),
        (&20.into(), &50.into(), &false.into())
    );
    let shown = stdout(&run(&["channel", "show", "100000000000001", "--api", local.at("api")]));
    assert!(shown.contains("up to 20 messages a second (set here)"), "{shown}");
    assert!(shown.contains("50 people a day outside service windows (shared by the number, set here)"), "{shown}");
    let by_meta = ["--messages-per-second", "meta", "--recipients-per-day", "meta", "--test-number", "meta"];
    let by_meta = ask(&[&["channel", "set", "100000000000001", "--limit-scope", "meta"][..], &by_meta].concat());
    assert_eq!((by_meta.get("recipients_per_day"), by_meta.get("test_number")), (None, None));
    let default = ask(&["channel", "set", "100000000000001", "--default-words"]);
    assert!(default.get("opt_out_words").is_none());
}

#[test]
fn two_people_are_one_and_two_again() {
    let local = Running::start(&[]);
    let ask = |args: &[&str]| json(&[args, &["--json", "--api", local.at("api")]].concat());
    let say = |args: &[&str]| stdout(&run(&[args, &["--api", local.at("api")]].concat()));
    ask(&["trigger", "message", "One", "--from", "15550111"]);
    ask(&["trigger", "message", "Two", "--from", "15550112"]);
    let merge = ["contacts", "merge", "+15550112", "--into", "+15550111", "--reason", "she said so"];
    assert!(say(&[&merge[..], &["--dry-run"]].concat()).contains("would become part of wa:15550111"));
    assert_eq!(ask(&["contacts", "list"])["items"].as_array().unwrap().len(), 2);
    assert!(say(&merge).contains("is now part of wa:15550111"));
    assert_eq!(ask(&merge)["changed"], false);
    assert_eq!(ask(&["contacts", "list"])["items"].as_array().unwrap().len(), 1);
    let shown = say(&["contacts", "show", "+15550112"]);
    for part in ["wa:15550111, wa:15550112", "by operator: she said so", "Open until ", "One", "Two"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let unmerge = ["contacts", "unmerge", "wa:15550112"];
    assert!(say(&[&unmerge[..], &["--dry-run"]].concat()).contains("would be taken out of wa:15550111"));
    let apart = ask(&unmerge);
    assert_eq!((&apart["contact"]["key"], &apart["from"]["key"]), (&"wa:15550112".into(), &"wa:15550111".into()));
    assert_eq!(ask(&["contacts", "show", "+15550112"])["messages"].as_array().unwrap().len(), 1);
    assert_eq!(run(&[&unmerge[..], &["--api", local.at("api")]].concat()).status.code(), Some(1));
    assert_eq!(run(&["contacts", "merge", "+15550112", "--api", local.at("api")]).status.code(), Some(64));
}

#[test]
fn templates_are_synced_listed_and_sent() {
    let local = Running::start(&[]);
    let api = local.at("api");
    let synced = json(&["templates", "sync", "--wait", "--json", "--api", api]);
    assert_eq!(synced["last_attempt"]["state"], "succeeded");
    let status = json(&["templates", "status", "--json", "--api", api]);
    assert_eq!(status["last_synced_at"], synced["last_synced_at"]);
    let rejected = json(&["templates", "list", "--status", "rejected", "--json", "--api", api]);
    assert!(!rejected["items"].as_array().unwrap().is_empty());

    // One language of two must be named; nobody has to have written in.
    let ambiguous = run(&["send", "+15550102", "--template", "order_shipped", "--param", "Ana", "--api", api]);
    assert_eq!(ambiguous.status.code(), Some(64), "{}", stderr(&ambiguous));
    let sent = ["send", "+15550102", "--template", "order_shipped", "--language", "en_US", "--param", "Ana", "--param"];
    let sent = json(&[&sent[..], &["A-17", "--wait", "--json", "--api", api]].concat());
    assert_eq!(sent["type"], "template");
}

#[test]
fn channels_come_and_go() {
    let local = Running::start(&[]);
    let api = local.at("api");
    let add =
        ["channel", "add", "100000000000002", "--waba", "200000000000002", "--name", "Shop", "--json", "--api", api];
    assert_eq!(json(&add)["name"], "Shop");
    let again = run(&add);
    assert_eq!(again.status.code(), Some(1));
    let error: serde_json::Value = serde_json::from_slice(&again.stderr).unwrap();
    assert_eq!((&error["error"]["code"], again.stdout.len()), (&"channel_exists".into(), 0));
    assert_eq!(json(&["channel", "rename", "shop", "Store", "--json", "--api", api])["name"], "Store");
    assert_eq!(json(&["channel", "show", "Store", "--json", "--api", api])["version"], 2);
    // With two, a command has to say which, and how.
    for (args, how) in [
        (&["inbox"][..], "name one with --channel: "),
        (&["channel", "show"], "name one: "),
        (&["channel", "set", "--fallback-text", "See your phone"], "name one: "),
        (&["number", "status"], "name one: "),
    ] {
        let output = run(&[args, &["--api", api]].concat());
        assert_eq!(output.status.code(), Some(64), "{args:?}");
        let told = stderr(&output);
        assert!(told.contains(how) && told.contains("Store (100000000000002)"), "{args:?}: {told}");
    }
    // What is about a message is about its channel.
    let wamid = json(&["trigger", "message", "Hello", "--channel", "Store", "--json", "--api", api])["wamid"].clone();
    let read = run(&["read", wamid.as_str().unwrap(), "--api", api]);
    assert!(!stderr(&read).contains("several channels"), "{}", stderr(&read));
    // Nobody to ask.
    assert_eq!(
        waypost()
            .args(["channel", "remove", "Store", "--api", api])
            .stdin(Stdio::null())
            .output()
            .unwrap()
            .status
            .code(),
        Some(64)
    );
    assert!(run(&["channel", "remove", "Store", "--yes", "--api", api]).status.success());
    assert_eq!(json(&["channel", "list", "--json", "--api", api])["items"].as_array().unwrap().len(), 1);
    // With one, it is meant.
    assert_eq!(json(&["channel", "show", "--json", "--api", api])["name"], "local");
    let set = json(&["channel", "set", "--fallback-text", "See your phone", "--json", "--api", api]);
    assert_eq!((&set["name"], &set["fallback_text"]), (&"local".into(), &"See your phone".into()));
    // With none, the next command is named, whatever was meant.
    assert!(run(&["channel", "remove", "local", "--yes", "--api", api]).status.success());
    for none in [&["channel", "show"][..], &["channel", "show", "local"], &["inbox", "--channel", "local"]] {
        let output = run(&[none, &["--api", api]].concat());
        assert_eq!(output.status.code(), Some(1), "{none:?}");
        assert!(stderr(&output).contains("no channel yet\n  remedy: waypost connect"), "{}", stderr(&output));
    }
}

#[test]
fn a_file_is_linked_and_saved() {
    let local = Running::start(&[]);
    let api = local.at("api");
    // By the fake Meta, which keeps the bytes and hands them out by their id.
    let sent = serde_json::json!({"type": "image", "image": {"mime_type": "image/png", "bytes": "Y2FuYXJ5"}});
    let url = format!("{}/_sandbox/users/15550101/messages", local.at("meta"));
    let wamid = json_of(&post(&url, &sent.to_string()))["wamid"].as_str().unwrap().to_owned();
    let media = |more: &[&str]| run(&[&["message", "media", &wamid, "--json", "--api", api], more].concat());
    let waited = std::time::Instant::now();
    let link = loop {
        let output = media(&[]);
        if output.status.success() {
            break serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        }
        // Not copied yet, which is no success either.
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).contains("media_pending"), "{}", stderr(&output));
        assert!(waited.elapsed().as_secs() < 30);
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert_eq!((&link["mime_type"], &link["bytes"]), (&"image/png".into(), &6.into()));
    assert!(link["url"].as_str().unwrap().starts_with(local.at("aws")), "{link}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.png");
    let saved = media(&["--output", file.to_str().unwrap()]);
    assert!(saved.status.success(), "{}", stderr(&saved));
    assert_eq!(std::fs::read(&file).unwrap(), b"canary");
    let shown = stdout(&run(&["message", "show", &wamid, "--api", api]));
    assert!(shown.contains("stored: image/png: media/"), "{shown}");
    // What cannot be written is a failure, and leaves nothing behind.
    let nowhere = media(&["--output", "/nowhere/at/all.png"]);
    assert_eq!(nowhere.status.code(), Some(1), "{}", stderr(&nowhere));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// One POST, without a client.
pub(crate) fn post(url: &str, body: &str) -> String {
    use std::io::{Read, Write};
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let length = body.len();
    let head = format!("POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nconnection: close");
    write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub(crate) fn json_of(answer: &str) -> serde_json::Value {
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

#[test]
fn made_up_webhooks_are_taken() {
    let local = Running::start(&[]);
    let api = local.at("api");
    let made_up = json(&["trigger", "message", "Hello there", "--name", "Bo", "--json", "--api", api]);
    let message = json(&["message", "show", made_up["wamid"].as_str().unwrap(), "--json", "--api", api]);
    assert_eq!((&message["display"]["text"], &message["direction"]), (&"Hello there".into(), &"inbound".into()));
    // Meta was not asked, so no status of it is Meta's.
    let theirs = run(&["trigger", "status", made_up["wamid"].as_str().unwrap(), "read", "--api", api]);
    assert_eq!(theirs.status.code(), Some(1));

    let sent = json(&[
        "send",
        "+15550109",
        "--template",
        "hello_world",
        "--language",
        "en_US",
        "--wait",
        "sent",
        "--json",
        "--api",
        api,
    ]);
    let id = sent["id"].as_str().unwrap();
    json(&["trigger", "status", id, "failed", "--json", "--api", api]);
    let failed = json(&["message", "show", id, "--json", "--api", api]);
    assert!(failed["errors"].as_array().unwrap().iter().any(|error| error["code"] == "131026"), "{failed}");
}
