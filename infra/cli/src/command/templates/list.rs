//! `waypost templates list`.

use clap::Args;
use serde_json::Value;

use crate::api::Call;
use crate::choose::{list, text};
use crate::command::inbox::with_more;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use crate::time::short;

#[derive(Args)]
pub(crate) struct Filter {
    /// The account; may be left out where there is only one.
    #[arg(long, value_name = "ID")]
    waba: Option<String>,
    /// `Approved`, `Rejected`, `Submitted`, … or Meta's own word.
    #[arg(long)]
    status: Option<String>,
    /// Meta's category of it.
    #[arg(long, value_parser = ["marketing", "utility", "authentication"], ignore_case = true)]
    category: Option<String>,
    /// As in `en_US`.
    #[arg(long)]
    language: Option<String>,
    /// What Meta makes of how people take it.
    #[arg(long, value_parser = ["green", "yellow", "red", "unknown"], ignore_case = true)]
    quality: Option<String>,
    /// Part of the name or of the text.
    #[arg(long, short = 'q', value_name = "WORDS")]
    q: Option<String>,
    /// Templates to show, 1 to 100.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u8).range(1..=100))]
    limit: u8,
    /// The cursor of the page before.
    #[arg(long)]
    cursor: Option<String>,
}

pub(super) async fn run(system: &System, printer: Printer, filter: &Filter) -> Result<(), Error> {
    let waba = system.waba(filter.waba.as_deref()).await?;
    let call = Call::get(["v1", "wabas", &waba, "templates"])
        .with_query("status", filter.status.as_ref())
        .with_query("category", filter.category.as_ref())
        .with_query("language", filter.language.as_ref())
        .with_query("quality", filter.quality.as_ref())
        .with_query("q", filter.q.as_ref())
        .with_query("limit", Some(filter.limit))
        .with_query("cursor", filter.cursor.as_ref());
    let page = system.api.call(call).await?;
    printer.either(&page, |printer| {
        let rows = list(&page, "/items").iter().map(row).collect();
        let synced = match short(&text(&page, "/last_synced_at")) {
            never if never.is_empty() => String::from("Never synced; `waypost templates sync` reads them from Meta."),
            at => format!("Last synced {at}."),
        };
        let heading = ["NAME", "LANGUAGE", "CATEGORY", "STATUS", "QUALITY"];
        format!("{}\n{synced}", with_more(printer.table(&heading, rows, "No template fits."), &page))
    })
}

fn row(template: &Value) -> Vec<String> {
    let gone = template.get("absent").and_then(Value::as_bool).unwrap_or_default();
    let label = text(template, "/label");
    let status = if gone { String::from("gone from Meta") } else { label };
    vec![
        text(template, "/name"),
        text(template, "/language"),
        under(&text(template, "/category").to_lowercase(), &price(template)),
        under(&status, &why(template)),
        text(template, "/quality").to_lowercase(),
    ]
}

/// A word with what explains it below.
fn under(word: &str, why: &str) -> String {
    if why.is_empty() { word.to_owned() } else { format!("{word}\n  {why}") }
}

/// Why it was rejected or paused, and what Meta advises.
fn why(template: &Value) -> String {
    let detail = |member: &str| text(template, &format!("/status_details/{member}"));
    let told =
        [text(template, "/rejected_reason"), detail("rejection_info/recommendation"), detail("other_info/title")];
    told.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ")
}

/// Of another category than was asked for, or soon of another: that is another price.
fn price(template: &Value) -> String {
    let category = text(template, "/category");
    let asked = Some(text(template, "/submitted_category")).filter(|asked| !asked.is_empty() && *asked != category);
    let asked = asked.map(|asked| format!("submitted as {}", asked.to_lowercase()));
    let next = Some(text(template, "/next_category/category")).filter(|next| !next.is_empty());
    let next = next.map(|next| match short(&text(template, "/next_category/at")) {
        at if at.is_empty() => format!("will be {}", next.to_lowercase()),
        at => format!("will be {} from {at}", next.to_lowercase()),
    });
    asked.into_iter().chain(next).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_says_why_and_what_comes() {
        assert_eq!((why(&json!({})), price(&json!({}))), (String::new(), String::new()));
        let rejected = json!({"label": "Rejected", "rejected_reason": "INVALID_FORMAT",
            "status_details": {"rejection_info": {"recommendation": "Name the shop"}}});
        assert_eq!(row(&rejected)[3], "Rejected\n  INVALID_FORMAT: Name the shop");
        assert_eq!(why(&json!({"status_details": {"other_info": {"title": "FIRST_PAUSE"}}})), "FIRST_PAUSE");
        let coming = json!({"category": "UTILITY", "submitted_category": "UTILITY",
            "next_category": {"category": "MARKETING", "at": "2026-01-06T12:01:00Z"}});
        assert_eq!(price(&coming), "will be marketing from 2026-01-06 12:01:00Z");
        let moved = json!({"category": "MARKETING", "submitted_category": "UTILITY"});
        assert_eq!(row(&moved)[2], "marketing\n  submitted as utility");
    }
}
