//! `waypost templates apply`: what the plan shows, one after another. Each is done whole or not at all, and Meta's answer is
//! stored with it: whoever runs it again finds what is left.

use std::time::Duration;

use http::Method;
use model::template::Definition;
use model::template::lint::Sample;
use model::template::plan::{Action, Change};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Changing;
use super::folder::{File, look};
use super::plan::Plan;
use crate::api::Call;
use crate::ask::{Asker, SecretArgs};
use crate::choose::{Channel, text};
use crate::command::send::file::upload;
use crate::error::Error;
use crate::print::{self, Printer};
use crate::reach::System;

/// How often what failed for the moment is tried, and with which pause.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(system: &System, printer: Printer, changing: &Changing, yes: bool) -> Result<(), Error> {
    let plan = Plan::make(system, changing).await?;
    let allowed: Vec<&Change> = plan.changes.iter().filter(|change| change.forbidden.is_none()).collect();
    if !printer.is_json() {
        print::line(&plan.to_text(printer))?;
    }
    if !plan.errors().is_empty() {
        if printer.is_json() {
            print::line(&plan.to_json().to_string())?;
        }
        return plan.possible();
    }
    let asker = Asker::new(printer, &SecretArgs::none())?;
    if !allowed.is_empty() && !yes && !asker.agrees(&format!("Do these {}?", allowed.len()))? {
        return Err(Error::Failed(String::from("nothing was done")));
    }
    let outcome = all(system, printer, &plan, &allowed).await;
    if printer.is_json() {
        let mut told = plan.to_json();
        told["changes"] = plan.changes.iter().map(|change| outcome.of(change)).collect();
        print::line(&told.to_string())?;
    } else if !allowed.is_empty() {
        let (done, all) = (outcome.done.len(), allowed.len());
        print::line(&format!("{done} of {all} done. `waypost templates status --watch` tells how their reviews end."))?;
    }
    match outcome.stopped {
        Some(error) => Err(error),
        None if outcome.failed > 0 => {
            let what = format!("{} of these changes failed", outcome.failed);
            Err(Error::failed(what, "mend what is told of each, then run it again: it does what is left"))
        }
        None => plan.possible(),
    }
}

/// What became of the changes so far.
#[derive(Default)]
struct Outcome {
    done: Vec<Value>,
    failures: Vec<Value>,
    failed: usize,
    /// Why the rest was not tried.
    stopped: Option<Error>,
}

impl Outcome {
    fn of(&self, change: &Change) -> Value {
        let same = |told: &&Value| told["name"] == change.name.as_str() && told["language"] == change.language.as_str();
        let told = self.done.iter().chain(&self.failures).find(same);
        told.cloned().unwrap_or_else(|| {
            with(change, "outcome", json!(if change.forbidden.is_some() { "forbidden" } else { "not_tried" }))
        })
    }
}

async fn all(system: &System, printer: Printer, plan: &Plan, changes: &[&Change]) -> Outcome {
    let mut outcome = Outcome::default();
    for (n, change) in changes.iter().enumerate() {
        let made = one(system, plan, change).await;
        let (said, error) = match made {
            Ok(done) => {
                let said = said(&done);
                outcome.done.push(done);
                (said, None)
            }
            Err(error) => {
                outcome.failed += 1;
                outcome.failures.push(with(change, "error", error.to_json()["error"].clone()));
                (error.to_text(), Some(error))
            }
        };
        if !printer.is_json() {
            let (name, language) = (&change.name, &change.language);
            let line = print::plain(&format!("[{}/{}] {name} ({language}): {said}", n + 1, changes.len()));
            if let Err(error) = print::line(&line) {
                outcome.stopped = Some(error);
                return outcome;
            }
        }
        if let Some(error) = error.filter(|error| !is_its_own(error)) {
            outcome.stopped = Some(error);
            return outcome;
        }
    }
    outcome
}

/// One change, and again where it failed for the moment: a creation or an edit whose answer was lost is found.
async fn one(system: &System, plan: &Plan, change: &Change) -> Result<Value, Error> {
    let mut tries = 1;
    loop {
        match once(system, plan, change).await {
            Err(error) if tries < TRIES && may_pass(&error) => {
                tries += 1;
                sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

async fn once(system: &System, plan: &Plan, change: &Change) -> Result<Value, Error> {
    let path = ["v1", "wabas", &plan.waba, "templates"];
    let (name, language) = (&change.name, &change.language);
    if change.action == Action::Delete {
        let call =
            Call::new(Method::DELETE, path).with_query("name", Some(name)).with_query("language", Some(language));
        let gone = system.api.call(call).await?;
        return Ok(with(&with(change, "outcome", "deleted".into()), "template", gone));
    }
    let file = plan.folder.of(name, language).ok_or_else(|| Error::Failed(format!("there is no file of {name}")))?;
    let definition = submitted(system, &plan.waba, file).await?;
    let method = if change.action == Action::Create { Method::POST } else { Method::PUT };
    let answer = system.api.call(Call::new(method, path).with_body(definition.to_json())).await?;
    let mut done = json!(change);
    for member in ["outcome", "differs", "template"] {
        if let Some(value) = answer.get(member) {
            done[member] = value.clone();
        }
    }
    Ok(done)
}

/// With the handle of its sample, which is uploaded now.
async fn submitted(system: &System, waba: &str, file: &File) -> Result<Definition, Error> {
    let mut definition = file.definition.clone();
    let (Some(path), Some((_, format))) = (file.sample(), definition.media_header()) else { return Ok(definition) };
    let Sample::File { mime: Some(mime), .. } = look(&path) else {
        return Err(Error::Failed(format!("{} is of no type known here", path.display())));
    };
    let channels = system.channels().await?;
    let channel = channels.iter().map(Channel::read).find(|channel| channel.waba_id == waba);
    let channel = channel
        .ok_or_else(|| Error::failed(format!("no channel of this system belongs to {waba}"), "waypost connect"))?;
    // Its type is told by its bytes, whatever it is called here.
    let name = format!("sample.{}", model::file::extension(&mime).unwrap_or("bin"));
    let key = upload(system, &channel, &path, &name).await?;
    let asked = json!({"key": key, "format": format});
    let sample = system.api.call(Call::post(["v1", "wabas", waba, "templates", "samples"], asked)).await?;
    definition.set_sample(&text(&sample, "/header_handle"));
    Ok(definition)
}

fn said(done: &Value) -> String {
    let mut said = vec![text(done, "/outcome")];
    let (category, asked) = (text(done, "/template/category"), text(done, "/template/submitted_category"));
    said.extend(Some(text(done, "/template/label")).filter(|label| !label.is_empty() && done["action"] != "delete"));
    if !asked.is_empty() && asked != category && done["action"] != "delete" {
        said.push(format!("Meta has it as {category} instead of {asked}, at another price"));
    }
    if done["outcome"] == "adopted" {
        match done["differs"].as_array().map(Vec::as_slice) {
            Some([_, ..]) => said.push(String::from("Meta's is another; plan again to see in what")),
            _ => said.push(String::from("Meta had it already")),
        }
    }
    said.join("; ")
}

/// Whether the next change may work all the same.
fn is_its_own(error: &Error) -> bool {
    match error {
        Error::Problem { document, .. } => !matches!(
            text(document, "/code").as_str(),
            "throttled" | "token_refused" | "unavailable" | "meta_unavailable" | "internal"
        ),
        Error::Failed(_) | Error::Usage(_) => true,
        _ => false,
    }
}

fn may_pass(error: &Error) -> bool {
    let Error::Problem { document, .. } = error else { return false };
    matches!(text(document, "/code").as_str(), "unavailable" | "meta_unavailable")
}

fn with(change: &impl serde::Serialize, member: &str, value: Value) -> Value {
    let mut told = json!(change);
    told[member] = value;
    told
}
