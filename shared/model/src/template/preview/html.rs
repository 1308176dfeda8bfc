//! A page that looks like the chat. No script, no font, no picture: it is opened from a disk, and the same everywhere.

use super::markup::{escaped, html};
use super::{Button, Header, Parts, Preview};

const STYLE: &str = "\
body{margin:0;padding:24px;background:#efeae2;font:15px/1.4 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\
color:#111b21}\
h1{font-size:13px;font-weight:500;color:#667781;margin:0 0 12px}\
.message{max-width:340px;background:#fff;border-radius:0 8px 8px 8px;box-shadow:0 1px 1px rgba(11,20,26,.13);\
overflow:hidden;margin-bottom:8px}\
.cards{display:flex;gap:8px;overflow-x:auto;padding-bottom:8px}.cards .message{flex:0 0 260px}\
.text{padding:8px 10px;overflow-wrap:anywhere}.header{font-weight:600;margin-bottom:4px}\
.given{background:#d9dee1;color:#54656f;text-align:center;padding:44px 10px;font-size:13px}\
.footer{color:#667781;font-size:13px;margin-top:6px}\
.button{border-top:1px solid #e9edef;text-align:center;padding:10px;color:#027eb5}\
.button small{display:block;color:#667781;font-size:11px;overflow-wrap:anywhere}\
code{font-family:ui-monospace,Menlo,Consolas,monospace;background:#f0f2f5;border-radius:3px;padding:0 3px}\
@media(prefers-color-scheme:dark){body{background:#0b141a;color:#e9edef}.message{background:#202c33}\
.given{background:#2a3942;color:#aebac1}.button{border-color:#2a3942;color:#53bdeb}code{background:#111b21}}";

pub(super) fn page(preview: &Preview) -> String {
    let (name, language) = (escaped(&preview.name), escaped(&preview.language));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"auto\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{name} ({language})</title>\n<style>{STYLE}</style>\n<h1>{name} ({language})</h1>\n{}",
        language.replace('_', "-"),
        message(&preview.parts),
    );
    if !preview.cards.is_empty() {
        let cards: String = preview.cards.iter().map(message).collect();
        page.extend(["<div class=\"cards\">\n", &cards, "</div>\n"]);
    }
    page.push_str("</html>\n");
    page
}

fn message(parts: &Parts) -> String {
    let mut out = String::from("<div class=\"message\" dir=\"auto\">\n");
    if let Some(Header::Given(format, file)) = &parts.header {
        let file = file.as_ref().map(|file| format!("<br>{}", escaped(file))).unwrap_or_default();
        out.extend(["<div class=\"given\">", &escaped(&format.to_lowercase()), &file, "</div>\n"]);
    }
    out.push_str("<div class=\"text\">\n");
    if let Some(Header::Text(text)) = &parts.header {
        out.extend(["<div class=\"header\">", &escaped(text), "</div>\n"]);
    }
    out.extend(["<div class=\"body\">", &html(&parts.body), "</div>\n"]);
    if !parts.footer.is_empty() {
        out.extend(["<div class=\"footer\">", &escaped(&parts.footer), "</div>\n"]);
    }
    out.push_str("</div>\n");
    out.extend(parts.buttons.iter().map(button));
    out.push_str("</div>\n");
    out
}

fn button(button: &Button) -> String {
    let sign = match button.kind.as_str() {
        "QUICK_REPLY" => "↩ ",
        "URL" => "↗ ",
        "PHONE_NUMBER" | "VOICE_CALL" => "✆ ",
        "COPY_CODE" | "OTP" => "⧉ ",
        _ => "",
    };
    let target = match button.target.as_str() {
        "" => String::new(),
        target => format!("<small>{}</small>", escaped(target)),
    };
    format!("<div class=\"button\">{sign}{}{target}</div>\n", escaped(&button.label))
}
