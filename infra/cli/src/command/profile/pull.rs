//! `waypost profile pull`.

use std::path::Path;

use http::Method;
use model::Profile;
use serde_json::value::to_raw_value;

use super::{Of, drifted, facts, file, path};
use crate::api::Call;
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;

pub(super) async fn run(system: &System, printer: Printer, of: &Of, to: Option<&Path>) -> Result<(), Error> {
    let channel = system.channel(of.channel.as_deref()).await?;
    let path = path(&channel).into_iter().chain(["sync"]);
    let mut pulled = system.api.call(Call::new(Method::POST, path)).await?;
    let mut wrote = None;
    if let Some(to) = to {
        let profile = to_raw_value(&pulled["profile"]).ok().and_then(|raw| Profile::parse(&raw));
        let profile = profile.ok_or_else(|| Error::Failed(String::from("the API's answer is no profile")))?;
        let is_new = file::write(to, &profile)?;
        pulled["written"] = is_new.into();
        let shown = to.display();
        wrote = Some(if is_new { format!("wrote {shown}") } else { format!("{shown} says so already.") });
    }
    printer.either(&pulled, |printer| {
        let told = [Some(facts(printer, &pulled["profile"])), drifted(printer, &pulled["changes"]), wrote];
        told.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    })
}
