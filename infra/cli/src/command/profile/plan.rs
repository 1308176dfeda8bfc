//! `waypost profile plan`: a file beside what Meta has now.

use http::Method;
use model::template::lint::{Finding, refuses};
use serde_json::{Value, json};

use super::file::Described;
use super::photo::Looked;
use super::{Changing, differences, drifted, path};
use crate::api::Call;
use crate::choose::{Channel, list, text};
use crate::error::Error;
use crate::print::{Printer, plain};
use crate::reach::System;

pub(super) struct Plan {
    pub(super) channel: Channel,
    pub(super) described: Described,
    /// The photo, where it is to be another.
    pub(super) photo: Option<Looked>,
    /// What the API says of it.
    pub(super) planned: Value,
    /// What is wrong with the photo.
    findings: Vec<Finding>,
    overwrite: bool,
}

pub(super) async fn run(system: &System, printer: Printer, changing: &Changing) -> Result<(), Error> {
    let plan = Plan::make(system, changing).await?;
    printer.either(&plan.to_json(), |printer| plan.to_text(printer))?;
    plan.possible()
}

impl Plan {
    pub(super) async fn make(system: &System, changing: &Changing) -> Result<Self, Error> {
        let described = Described::read(&changing.file)?;
        let photo = described.photo().map(|path| Looked::at(&path)).transpose()?;
        let channel = system.channel(changing.of.channel.as_deref()).await?;
        let call = Call::new(Method::PATCH, path(&channel)).with_query("dry_run", Some(true));
        let mut planned = system.api.call(call.with_body(Value::Object(described.members.clone()))).await?;
        let photo = photo.filter(|photo| text(&planned, "/profile/photo_sha256") != photo.sha256);
        let findings = photo.as_ref().map(|photo| photo.photo.findings()).unwrap_or_default();
        let from = planned["profile"]["profile_picture_url"].clone();
        // It goes into the bucket only when it is to be sent.
        if let (Some(photo), Some(changes)) = (&photo, planned["changes"].as_array_mut()) {
            let to = format!("{} ({})", photo.path.display(), photo.photo.words());
            changes.push(json!({"field": "photo", "from": from, "to": to}));
        }
        Ok(Self { channel, described, photo, planned, findings, overwrite: changing.overwrite })
    }

    pub(super) fn is_empty(&self) -> bool {
        list(&self.planned, "/changes").is_empty()
    }

    /// Fails where it cannot be done.
    pub(super) fn possible(&self) -> Result<(), Error> {
        if refuses(&self.findings) {
            return Err(Error::Failed(String::from("the photo cannot be used")));
        }
        let is_drifted = !list(&self.planned, "/drift").is_empty();
        if is_drifted && !self.is_empty() && !self.overwrite {
            return Err(Error::failed(
                "somebody else changed the profile at Meta since it was last read",
                "look at it with `waypost profile pull`, or go on all the same with --overwrite",
            ));
        }
        Ok(())
    }

    pub(super) fn to_json(&self) -> Value {
        let mut told = self.planned.clone();
        if let Some(members) = told.as_object_mut() {
            let warnings = members.remove("warnings").unwrap_or_default();
            let all = list(&warnings, "").iter().cloned().chain(self.findings.iter().map(|finding| json!(finding)));
            members.insert(String::from("findings"), all.collect());
            members.insert(String::from("outcome"), if self.is_empty() { "unchanged" } else { "planned" }.into());
        }
        told
    }

    pub(super) fn to_text(&self, printer: Printer) -> String {
        let heading = ["FIELD", "NOW", "THEN"];
        let table = differences(printer, heading, &self.planned["changes"], "Nothing is to be done.");
        let told = self.to_json();
        let findings: Vec<String> = list(&told, "/findings").iter().map(line).collect();
        let findings = Some(findings.join("\n")).filter(|findings| !findings.is_empty());
        let blocks = [Some(table), findings, drifted(printer, &self.planned["drift"])];
        blocks.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    }
}

fn line(finding: &Value) -> String {
    let of = |member: &str| plain(&text(finding, member));
    format!("{}  {} {} [{}]\n       {}", of("/level"), of("/where"), of("/what"), of("/id"), of("/remedy"))
}
