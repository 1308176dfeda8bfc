//! Opt-out and opt-in words: a message that is one of them and nothing else. A channel may have its own list.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::Wish;
use crate::inbound::{Content, InboundMessage, Interactive};

/// Longer messages are not compared: nobody's word for "stop" is as long.
pub const LONGEST: usize = 64;
/// Words in one list of a channel.
pub const MOST: usize = 100;

/// Where a channel has no list of its own, by language. Only what means nothing else as a whole message: "cancel", "end"
/// and "yes" answer too many other questions.
pub const OPT_OUT: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "stop",
            "stop all",
            "stopall",
            "unsubscribe",
            "unsubscribe me",
            "opt out",
            "opt-out",
            "optout",
            "stop promotions",
            "stop marketing",
        ],
    ),
    (
        "es",
        &[
            "baja",
            "darme de baja",
            "dar de baja",
            "parar",
            "detener",
            "cancelar suscripción",
            "cancelar suscripcion",
            "detener promociones",
            "no más mensajes",
        ],
    ),
    (
        "pt",
        &[
            "parar",
            "pare",
            "sair",
            "descadastrar",
            "descadastre-me",
            "cancelar inscrição",
            "cancelar inscricao",
            "parar promoções",
            "interromper promoções",
        ],
    ),
    ("fr", &["arrêt", "arret", "arrêter", "stop pub", "désabonner", "me désabonner", "désinscription", "désinscrire"]),
    ("de", &["stopp", "abmelden", "abbestellen", "austragen", "keine werbung"]),
    ("it", &["disiscrivimi", "disiscriviti", "annulla iscrizione", "cancella iscrizione", "interrompi"]),
    ("nl", &["afmelden", "uitschrijven", "stop ermee"]),
    ("pl", &["rezygnuję", "wypisz", "wypisz mnie", "nie chcę reklam"]),
    ("tr", &["dur", "ret", "abonelikten çık", "listeden çık"]),
    ("ro", &["dezabonare", "mă dezabonez"]),
    ("ru", &["стоп", "отписаться", "отписка", "отпишите"]),
    ("uk", &["відписатися", "відписка", "відпишіть"]),
    ("ar", &["توقف", "إيقاف", "ايقاف", "إلغاء الاشتراك", "الغاء الاشتراك"]),
    ("he", &["הסר", "הסרה", "הסירו אותי"]),
    ("hi", &["रोकें", "बंद करें", "सदस्यता समाप्त करें"]),
    ("id", &["berhenti", "stop promosi", "berhenti berlangganan"]),
    ("ms", &["henti", "berhenti melanggan"]),
    ("vi", &["dừng", "hủy đăng ký"]),
    ("th", &["หยุด", "เลิกรับข่าวสาร"]),
    ("ja", &["停止", "配信停止"]),
    ("ko", &["수신거부", "수신 거부"]),
    ("zh", &["退订", "退訂", "取消订阅", "取消訂閱"]),
];

/// The same for wanting it again.
pub const OPT_IN: &[(&str, &[&str])] = &[
    ("en", &["start", "unstop", "subscribe", "resume", "opt in", "opt-in", "optin", "resume promotions"]),
    ("es", &["alta", "darme de alta", "suscribir", "suscribirme", "reanudar"]),
    ("pt", &["inscrever", "quero receber", "retomar", "voltar a receber"]),
    ("fr", &["reprendre", "s'abonner", "m'abonner", "inscription"]),
    ("de", &["anmelden", "abonnieren"]),
    ("it", &["iscrivimi", "iscriviti", "riprendi"]),
    ("nl", &["aanmelden", "inschrijven"]),
    ("pl", &["zapisz mnie", "subskrybuj"]),
    ("tr", &["abone ol"]),
    ("ro", &["abonare", "mă abonez"]),
    ("ru", &["старт", "подписаться"]),
    ("uk", &["підписатися"]),
    ("ar", &["اشتراك", "ابدأ"]),
    ("he", &["הצטרפות", "הרשמה"]),
    ("hi", &["शुरू करें", "सदस्यता लें"]),
    ("id", &["berlangganan", "mulai"]),
    ("ms", &["langgan"]),
    ("vi", &["đăng ký"]),
    ("th", &["สมัครรับข่าวสาร"]),
    ("ja", &["再開", "配信再開"]),
    ("ko", &["수신동의", "수신 동의"]),
    ("zh", &["订阅", "訂閱"]),
];

/// The words of one channel, as they are compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    stop: BTreeSet<String>,
    resume: BTreeSet<String>,
}

static DEFAULT: LazyLock<Arc<Words>> =
    LazyLock::new(|| Arc::new(Words { stop: every(OPT_OUT), resume: every(OPT_IN) }));

impl Words {
    /// Those of a channel; `None` is the default, an empty list none at all.
    pub fn of(stop: Option<&[String]>, resume: Option<&[String]>) -> Arc<Self> {
        if stop.is_none() && resume.is_none() {
            return Arc::clone(&DEFAULT);
        }
        let own = |own: Option<&[String]>, default: &BTreeSet<String>| match own {
            Some(words) => words.iter().map(|word| compared(word)).filter(|word| !word.is_empty()).collect(),
            None => default.clone(),
        };
        Arc::new(Self { stop: own(stop, &DEFAULT.stop), resume: own(resume, &DEFAULT.resume) })
    }

    /// What a message says by being one of the words. Nothing in a group: what is said there is not said to us.
    pub fn said_in(&self, message: &InboundMessage<'_>) -> Option<Wish> {
        if message.group_id.is_some() {
            return None;
        }
        match &message.content {
            Content::Text(text) => self.says(&text.body),
            Content::Button(button) => self.says(button.text.as_ref().or(button.payload.as_ref())?),
            Content::Interactive(Interactive::ButtonReply(choice) | Interactive::ListReply(choice)) => {
                self.says(choice.title.as_ref()?)
            }
            _ => None,
        }
    }

    pub fn says(&self, text: &str) -> Option<Wish> {
        // Some signs around it are no part of the word.
        if text.chars().take(2 * LONGEST).count() == 2 * LONGEST {
            return None;
        }
        let word = compared(text);
        if self.stop.contains(&word) {
            return Some(Wish::Stop);
        }
        self.resume.contains(&word).then_some(Wish::Resume)
    }
}

impl Words {
    /// False where a word would say both: nobody could rely on it.
    pub fn are_apart(&self) -> bool {
        self.stop.is_disjoint(&self.resume)
    }
}

/// A word as it is compared: lower case, single spaces, no accents that stand by themselves, and nothing before or after
/// its letters ("STOP!!!", "„stop“", "stop 🙏").
pub fn compared(text: &str) -> String {
    let letters: String = text.chars().filter(|letter| !is_combining(*letter)).collect();
    let words: Vec<&str> = letters
        .split_whitespace()
        .map(|word| word.trim_matches(|letter: char| !is_letter(letter)))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").to_lowercase()
}

/// Vowel signs count: in the scripts of India a word may end in one.
fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || ('\u{900}'..='\u{e7f}').contains(&letter)
}

/// Some keyboards write `ê` as `e` and a circumflex.
fn is_combining(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn every(languages: &[(&str, &[&str])]) -> BTreeSet<String> {
    languages.iter().flat_map(|(_, words)| words.iter()).map(|word| compared(word)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn default() -> Arc<Words> {
        Words::of(None, None)
    }

    #[test]
    fn the_whole_message_counts_and_nothing_else() {
        let words = default();
        for stop in
            ["STOP", " stop. ", "Stop!!!", "„stop“", "stop 🙏", "¡BAJA!", "Parar", "ARRÊT", "arre\u{302}t", "Stop  ALL"]
        {
            assert_eq!(words.says(stop), Some(Wish::Stop), "{stop}");
        }
        for resume in ["START", "start!", "Alta", "подписаться"] {
            assert_eq!(words.says(resume), Some(Wish::Resume), "{resume}");
        }
        for other in ["", "!!!", "stop it", "don't stop", "full stop", "bus stop?", "cancel", "yes", "hello"] {
            assert_eq!(words.says(other), None, "{other}");
        }
        assert_eq!(words.says(&format!("stop{}", "!".repeat(200))), None);
    }

    /// One list for all languages: no word may say both.
    #[test]
    fn every_default_word_is_found_and_says_one_thing() {
        let words = default();
        for (languages, wish) in [(OPT_OUT, Wish::Stop), (OPT_IN, Wish::Resume)] {
            for (language, listed) in languages {
                for word in *listed {
                    assert_eq!(words.says(word), Some(wish), "{language}: {word}");
                    assert!(word.chars().count() <= LONGEST, "{word}");
                }
            }
        }
        assert!(words.stop.is_disjoint(&words.resume));
    }

    #[test]
    fn a_channel_may_have_its_own() {
        let own = [String::from("Genug!")];
        let words = Words::of(Some(&own), None);
        assert_eq!(
            (words.says("genug"), words.says("stop"), words.says("start")),
            (Some(Wish::Stop), None, Some(Wish::Resume))
        );
        let none = Words::of(Some(&[]), Some(&[]));
        assert_eq!((none.says("stop"), none.says("start")), (None, None));
        assert!(Arc::ptr_eq(&default(), &default()));
    }

    #[test]
    fn texts_and_buttons_are_read_and_groups_are_not() {
        let words = default();
        let wish = |json: &str| {
            let raw = RawValue::from_string(json.to_owned()).unwrap();
            words.said_in(&InboundMessage::parse(&raw).unwrap())
        };
        assert_eq!(wish(r#"{"id":"w","type":"text","text":{"body":"Stop"}}"#), Some(Wish::Stop));
        assert_eq!(wish(r#"{"id":"w","type":"text","group_id":"g","text":{"body":"Stop"}}"#), None);
        assert_eq!(
            wish(r#"{"id":"w","type":"button","button":{"text":"Stop promotions","payload":"x"}}"#),
            Some(Wish::Stop)
        );
        let reply = r#"{"id":"w","type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"stop","title":"Start"}}}"#;
        assert_eq!(wish(reply), Some(Wish::Resume));
        assert_eq!(wish(r#"{"id":"w","type":"image","image":{"id":"1","caption":"stop"}}"#), None);
    }
}
