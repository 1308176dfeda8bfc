//! `waypost profile apply`: what the plan shows, all of it or nothing.

use http::Method;
use serde_json::{Value, json};

use super::plan::Plan;
use super::{Changing, path};
use crate::api::Call;
use crate::ask::{Asker, SecretArgs};
use crate::choose::{list, text};
use crate::command::send::file::upload;
use crate::error::Error;
use crate::print::{self, Printer};
use crate::reach::System;

pub(super) async fn run(system: &System, printer: Printer, changing: &Changing, yes: bool) -> Result<(), Error> {
    let plan = Plan::make(system, changing).await?;
    if !printer.is_json() {
        print::line(&plan.to_text(printer))?;
    }
    let is_over = plan.possible();
    if is_over.is_err() || (plan.is_empty() && list(&plan.planned, "/drift").is_empty()) {
        if printer.is_json() {
            print::line(&plan.to_json().to_string())?;
        }
        return is_over;
    }
    let asker = Asker::new(printer, &SecretArgs::none())?;
    if !plan.is_empty() && !yes && !asker.agrees("Change this at Meta?")? {
        return Err(Error::Failed(String::from("nothing was done")));
    }
    let mut members = plan.described.members.clone();
    if let Some(photo) = &plan.photo {
        let mime = photo.photo.mime.unwrap_or_default();
        // Its type is told by its bytes, whatever it is called here.
        let name = format!("photo.{}", model::file::extension(mime).unwrap_or("bin"));
        let key = upload(system, &plan.channel, &photo.path, &name).await?;
        members.insert(String::from("photo"), json!({ "key": key }));
    }
    let call = Call::new(Method::PATCH, path(&plan.channel));
    let call = call.with_query("overwrite", changing.overwrite.then_some(true));
    let done = system.api.call(call.with_body(Value::Object(members))).await?;
    let mut told = plan.to_json();
    for member in ["outcome", "changes", "drift", "profile"] {
        told[member] = done[member].clone();
    }
    printer.either(&told, |_| {
        let fields: Vec<String> = list(&done, "/changes").iter().map(|change| text(change, "/field")).collect();
        if fields.is_empty() { String::from("Meta has it so.") } else { format!("Changed: {}.", fields.join(", ")) }
    })
}
