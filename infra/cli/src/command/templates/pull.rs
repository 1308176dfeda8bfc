//! `waypost templates pull`.

use std::fs;
use std::path::Path;

use model::template::Definition;
use serde_json::{Value, json};

use super::folder::Folder;
use super::{Where, file, listing, sync};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;

pub(super) async fn run(system: &System, printer: Printer, place: &Where) -> Result<(), Error> {
    let dir = &place.dir;
    fs::create_dir_all(dir).map_err(|error| unwritable(dir, &error))?;
    let folder = Folder::read(dir, &model::limits::template::TODAY)?;
    let waba = system.waba(place.waba.as_deref()).await?;
    if !place.no_sync {
        sync::fresh(system, &waba).await?;
    }
    let (templates, _) = listing::all(system, &waba).await?;
    let (mut written, mut unchanged) = (Vec::new(), 0);
    for template in templates.iter().filter(|template| !template.absent) {
        let listed = Definition::of(template);
        let (name, language) = listed.identity();
        let before = folder.of(name, language);
        if before.is_some_and(|before| before.definition.differences(&listed).is_empty()) {
            unchanged += 1;
            continue;
        }
        let path = before.map_or_else(|| dir.join(format!("{name}.{language}.yaml")), |before| before.path.clone());
        let mut now = listed.clone();
        match before.and_then(|before| before.definition.sample()) {
            Some(sample) => now.name_sample(sample),
            None => now.show_sample_of(template),
        }
        let text = file::write(&now).map_err(|error| Error::Failed(format!("{name} cannot be written: {error}")))?;
        replace(&path, &text)?;
        written.push(path.display().to_string());
    }
    let of_meta = |file: &&super::folder::File| {
        let is = |template: &&model::Template| {
            !template.absent && (template.name.as_str(), template.language.as_str()) == file.definition.identity()
        };
        !templates.iter().any(|template| is(&template))
    };
    let only_here: Vec<String> =
        folder.files.iter().filter(of_meta).map(|file| file.path.display().to_string()).collect();
    let pulled: Value = json!({"written": written, "unchanged": unchanged, "only_here": only_here});
    printer.either(&pulled, |_| {
        let mut lines: Vec<String> = written.iter().map(|path| format!("wrote {path}")).collect();
        lines.push(format!("{} written, {unchanged} as they were.", written.len()));
        if !only_here.is_empty() {
            let count = only_here.len();
            lines
                .push(format!("{count} files describe what Meta does not have; `waypost templates apply` creates it."));
        }
        lines.join("\n")
    })
}

/// Whole or not at all.
fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, text).and_then(|()| fs::rename(&part, path)).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::Failed(format!("{} cannot be written: {error}", path.display()))
}
