//! What must never be printed (design invariant 7): one phone, text, name, token and secret for all of these walks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::rig::Rig;
use crate::lambda::Output;

pub(super) const PHONE: &str = "15550199377";
pub(super) const USER_ID: &str = "US.90210477155830";
pub(super) const NAME: &str = "Canary Quillfeather";
pub(super) const TEXT: &str = "canary text: the vault opens at nine";
pub(super) const TOKEN: &str = "EAAcanarytoken5d1f";
pub(super) const APP_SECRET: &str = "canarysecret77c0ffee";
pub(super) const VERIFY_TOKEN: &str = "canaryverify3b9a";

/// Who is to be told apart from [`PHONE`] has one of these: their digits are as secret.
pub(super) const OTHER_PHONES: [&str; 2] = ["15550199378", "15550199379"];

/// A message id as Meta makes them: the person's number is in it, in base64.
pub(super) fn wamid(phone: &str, number: u32) -> String {
    let mut bytes = vec![0x1c, 0x18, u8::try_from(phone.len()).unwrap()];
    bytes.extend_from_slice(phone.as_bytes());
    bytes.extend_from_slice(&[0x15, 0x02, 0x00, 0x12, 0x18, 0x14]);
    bytes.extend_from_slice(format!("{number:020X}").as_bytes());
    bytes.push(0);
    format!("wamid.{}", base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// The secrets that stand in a text. No wamid is printed at all, whoever it is of.
pub(super) fn found_in(text: &str) -> Vec<String> {
    let plain = [USER_ID, NAME, TEXT, TOKEN, APP_SECRET, VERIFY_TOKEN, "wamid."].map(str::to_owned);
    let phones = std::iter::once(PHONE).chain(OTHER_PHONES);
    let all = plain.into_iter().chain(phones.flat_map(|phone| in_base64(phone).into_iter().chain([phone.to_owned()])));
    all.filter(|secret| text.contains(secret)).collect()
}

/// Every way the digits can look inside base64: they begin at the first, second or third byte of a group, and what
/// shares a letter with a neighbour is left out.
fn in_base64(digits: &str) -> [String; 3] {
    [0, 1, 2].map(|offset| {
        let mut bytes = vec![0; offset];
        bytes.extend_from_slice(digits.as_bytes());
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        let whole = bytes.len() / 3 * 4;
        encoded[(offset * 8).div_ceil(6)..whole].to_owned()
    })
}

#[test]
fn a_phone_is_found_in_a_wamid_wherever_it_stands() {
    assert!(!found_in(&wamid(PHONE, 7)).is_empty());
    for padding in ["", "x", "xy"] {
        let id = STANDARD_NO_PAD.encode(format!("{padding}{PHONE}\u{15}\u{2}"));
        assert!(!found_in(&id).is_empty(), "{id}");
    }
    assert_eq!(found_in("{\"send_id\":\"snd_abc\",\"phone_number_id\":\"100000000000001\"}"), Vec::<String>::new());
    assert_eq!(found_in(&format!("said {TEXT} to +{PHONE}")).len(), 2);
}

/// The watch is tested too: a process that prints a secret on either stream fails the test that started it, whether the
/// rig is closed or only dropped.
#[tokio::test]
async fn a_planted_leak_is_found() {
    for (stream, closes) in [("stdout", true), ("stderr", true), ("stdout", false), ("stderr", false)] {
        let rig = Rig::start().await;
        let to = if stream == "stderr" { ">&2" } else { "" };
        let leak = format!("echo fine; echo 'a person: {PHONE}' {to}");
        let mut child = tokio::process::Command::new("sh")
            .args(["-c", &leak])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let output = Output::of(&mut child).await;
        rig.watch("leaky", output.clone());
        child.wait().await.unwrap();
        assert!(output.whole().await.contains("fine"));
        let looked_through = tokio::spawn(async move {
            if closes {
                rig.close().await;
            } else {
                drop(rig);
            }
        });
        assert!(looked_through.await.unwrap_err().is_panic(), "{stream}, closed: {closes}");
    }
}
