//! `waypost templates preview`.

use std::path::Path;

use model::template::preview::Preview;
use serde_json::json;

use super::folder;
use crate::error::Error;
use crate::print::{Printer, plain};

pub(super) fn run(printer: Printer, file: &Path, html: bool) -> Result<(), Error> {
    if file.is_dir() {
        return Err(Error::Usage(format!("{} is a folder; name one of its files", file.display())));
    }
    let definition = folder::read(file)?.map_err(|finding| {
        Error::failed(format!("{} is no template: {}", file.display(), finding.what), finding.remedy)
    })?;
    let preview = Preview::of(&definition);
    let shown = json!({"name": preview.name, "language": preview.language, "text": preview.to_text(),
        "html": preview.to_html()});
    printer.either(&shown, |_| {
        if html {
            return preview.to_html().trim_end().to_owned();
        }
        plain(&preview.to_text())
    })
}
