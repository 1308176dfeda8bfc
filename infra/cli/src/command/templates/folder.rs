//! A folder of template files.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use model::limits::template::TemplateLimits;
use model::template::Definition;
use model::template::lint::{Finding, Level, Sample, lint, together};
use serde_json::{Value, json};

use super::file::{self, NoTemplate};
use crate::error::Error;

/// The signatures of all known types lie within this.
const HEAD: u64 = 8 * 1024;

/// A file that is a template.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) definition: Definition,
}

/// The files of a folder, and what is wrong with them.
#[derive(Default)]
pub(super) struct Folder {
    pub(super) files: Vec<File>,
    /// Each with its file.
    pub(super) findings: Vec<(PathBuf, Finding)>,
}

impl Folder {
    /// Every `.yaml` and `.yml` of it, by name, each checked by itself and all together.
    pub(super) fn read(dir: &Path, limits: &TemplateLimits) -> Result<Self, Error> {
        let mut folder = Self::default();
        for path in paths(dir)? {
            match read(&path)? {
                Ok(definition) => folder.files.push(File { path, definition }),
                Err(finding) => folder.findings.push((path, finding)),
            }
        }
        for file in &folder.files {
            let sample = file.sample().map(|path| look(&path));
            let found = lint(&file.definition, limits, sample.as_ref());
            folder.findings.extend(found.into_iter().map(|finding| (file.path.clone(), finding)));
        }
        let definitions: Vec<&Definition> = folder.files.iter().map(|file| &file.definition).collect();
        for (file, found) in folder.files.iter().zip(together(&definitions)) {
            folder.findings.extend(found.into_iter().map(|finding| (file.path.clone(), finding)));
        }
        folder.findings.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(folder)
    }

    pub(super) fn definitions(&self) -> Vec<Definition> {
        self.files.iter().map(|file| file.definition.clone()).collect()
    }

    /// What keeps Meta from taking a template, or a file from being one.
    pub(super) fn errors(&self) -> impl Iterator<Item = &(PathBuf, Finding)> {
        self.findings.iter().filter(|(_, finding)| finding.level == Level::Error)
    }

    pub(super) fn of(&self, name: &str, language: &str) -> Option<&File> {
        self.files.iter().find(|file| file.definition.identity() == (name, language))
    }
}

impl File {
    /// Where the sample of its header is.
    pub(super) fn sample(&self) -> Option<PathBuf> {
        let name = self.definition.sample()?;
        Some(self.path.parent().unwrap_or(Path::new("")).join(name))
    }
}

/// One file; what keeps it from being a template is a finding.
pub(super) fn read(path: &Path) -> Result<Result<Definition, Finding>, Error> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    let finding = |id, at: String, what: String, remedy: &str| Finding {
        id,
        level: Level::Error,
        at,
        what,
        remedy: remedy.to_owned(),
        source: "infra/docs/templates.md",
    };
    Ok(file::read(&text).map_err(|error| match error {
        NoTemplate::Yaml(why) => finding("no_yaml", String::new(), why, "Correct it; an editor shows where."),
        NoTemplate::Definition(invalid) => {
            finding("no_template", invalid.field.clone(), invalid.to_string(), "Correct it.")
        }
    }))
}

/// What a sample is, by its first bytes.
pub(super) fn look(path: &Path) -> Sample {
    let read = || -> io::Result<Sample> {
        let file = fs::File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head)?;
        Ok(Sample::File { mime: infer::get(&head).map(|kind| kind.mime_type().to_owned()), bytes })
    };
    read().unwrap_or_else(|error| Sample::Unreadable(error.to_string()))
}

/// For a program.
pub(super) fn to_json(path: &Path, finding: &Finding) -> Value {
    let mut value = json!(finding);
    value["file"] = path.display().to_string().into();
    value
}

fn paths(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| unreadable(dir, &error))?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml"));
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::Usage(format!("{} cannot be read: {error}", path.display()))
}
