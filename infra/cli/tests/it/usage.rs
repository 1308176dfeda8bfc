//! Exit codes, help, and what is printed where.

use super::{run, stderr, stdout};

#[test]
fn wrong_usage_is_64_and_help_is_0() {
    for wrong in [
        vec![],
        vec!["nonsense"],
        vec!["inbox", "--nonsense"],
        vec!["send"],
        vec!["message"],
        vec!["message", "media"],
        vec!["inbox", "--limit", "0"],
        vec!["local", "--port", "70000"],
        vec!["channel", "set", "shop"],
        vec!["channel", "set", "shop", "--messages-per-second", "fast"],
        vec!["channel", "set", "shop", "--limit-scope", "waba"],
        vec!["channel", "set", "shop", "--test-number", "maybe"],
        vec!["local", "--graph-url", "http://graph.example"],
        vec!["inbox", "--api", "http://shop.example"],
        vec!["inbox", "--api", "nonsense"],
        vec!["send", "+15550101", "--api", "http://127.0.0.1:9"],
        vec!["send", "--message", "/nowhere/at/all.json", "--api", "http://127.0.0.1:9"],
    ] {
        let output = run(&wrong);
        assert_eq!(output.status.code(), Some(64), "{wrong:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{wrong:?}");
    }
    for right in [vec!["--help"], vec!["--version"], vec!["send", "--help"], vec!["help", "local"]] {
        let output = run(&right);
        assert_eq!(output.status.code(), Some(0), "{right:?}");
        assert!(!output.stdout.is_empty());
    }
}

/// A program that asked for JSON gets it of its own mistakes too.
#[test]
fn wrong_usage_is_json_where_json_is_asked_for() {
    for wrong in [&["inbox", "--nonsense", "--json"][..], &["--json", "send"], &["--json"]] {
        let output = run(wrong);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(64), 0), "{wrong:?}");
        let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(error["error"]["code"], "usage", "{wrong:?}: {error}");
        assert!(!error["error"]["title"].as_str().unwrap().is_empty(), "{wrong:?}: {error}");
        assert!(error["error"]["remedy"].as_str().unwrap().contains("--help"), "{wrong:?}: {error}");
    }
}

#[test]
fn what_cannot_be_reached_is_69() {
    for args in [["inbox", "--api", "http://127.0.0.1:9"], ["channel", "list", "--stack=none"]] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(69), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("remedy: "));
    }
    let output = run(&["inbox", "--json", "--api", "http://127.0.0.1:9"]);
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["code"], "unreachable");
    assert_eq!(stdout(&output), "");
}

/// The fake AWS is no Waypost API, and neither is whatever else runs at a wrong address.
#[test]
fn what_is_no_waypost_is_69() {
    let local = crate::running::Running::start(&[]);
    let output = run(&["channel", "list", "--api", local.at("aws")]);
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
}

#[test]
fn a_refusal_is_1_with_its_remedy() {
    let local = crate::running::Running::start(&[]);
    let output = run(&["send", "+15550142", "Hello", "--api", local.at("api")]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.starts_with("error: The service window is closed") && told.contains("remedy: "), "{told}");
    assert_eq!(
        run(&["message", "show", "snd_aaaaaaaaaaaaaaaaaaaaaaaa", "--api", local.at("api")]).status.code(),
        Some(1)
    );
    assert_eq!(run(&["inbox", "--channel", "none", "--api", local.at("api")]).status.code(), Some(1));
}
