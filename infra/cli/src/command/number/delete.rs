//! `waypost number delete`: what Meta asks for, since no API deletes a number (N-05), and a no for a test number (Z-03).

use model::health::NumberFacts;
use serde_json::json;

use super::Subject;
use crate::error::Error;
use crate::print::Printer;

const WHERE: &str = "https://business.facebook.com/wa/manage/phone-numbers/";

pub(super) async fn run(subject: &Subject, test_number: Option<bool>, printer: Printer) -> Result<(), Error> {
    let number = subject.number().await?;
    let facts = NumberFacts { test_number, ..number.facts() };
    if facts.is_test() {
        return Err(Error::Failed(format!(
            "{} is a test number: Meta gives it with the app, for testing only, and never deletes it\n  remedy: leave it; \
             `waypost channel remove` takes it out of this system",
            subject.id
        )));
    }
    let steps = [
        String::from("Wait until 30 days have passed since its last message that was paid for; Meta refuses before."),
        format!(
            "Take it out of this system: waypost channel remove {} (--data erase, if its data are to go too).",
            subject.id
        ),
        format!("Delete it in WhatsApp Manager, as an administrator: {WHERE}"),
    ];
    let shown = json!({"phone_number_id": subject.id.as_str(), "deleted": false, "by_hand": steps});
    printer.either(&shown, |_| {
        let listed: Vec<String> = steps.iter().zip(1..).map(|(step, n)| format!("{n}. {step}")).collect();
        format!("No API of Meta's deletes a number. By hand:\n\n{}", listed.join("\n"))
    })
}
