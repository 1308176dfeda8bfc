//! `waypost contacts export`: everything kept of a person, as JSON lines, with their files where a folder is given.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use model::file::extension;
use serde_json::{Value, json};
use url::Url;

use crate::api::{Call, client};
use crate::choose::{Channel, list, text};
use crate::error::Error;
use crate::print::{Printer, line};
use crate::progress::bar;
use crate::reach::System;

/// The records' file in the folder.
const RECORDS: &str = "contact.jsonl";
const FILES: &str = "files";

#[derive(Args)]
#[command(after_help = "Examples:
  waypost contacts export +15550101 --to ana
  waypost contacts export +15550101 > ana.jsonl")]
pub(crate) struct ExportArgs {
    /// A contact key, `wa:…`, `+E.164` or a user id.
    key: String,
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// A new folder for the records and the files. Without it the records go to stdout, a line each, with links to the files
    /// that live an hour.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

pub(super) async fn run(system: &System, printer: Printer, args: &ExportArgs) -> Result<(), Error> {
    let channel = system.channel(args.channel.as_deref()).await?;
    if let Some(folder) = args.to.as_deref().filter(|folder| folder.exists()) {
        return Err(taken(folder));
    }
    let mut begun = None;
    let exported = records(system, &channel, args, &mut begun).await;
    // Half of a person's data would be taken for all of it.
    if let (Err(_), Some(folder)) = (&exported, begun) {
        drop(fs::remove_dir_all(folder));
    }
    let (Some(folder), Exported { records, files, lost }) = (&args.to, exported?) else { return Ok(()) };
    let done = json!({"folder": folder, "records": records, "files": files, "files_missing": lost});
    printer.either(&done, |_| {
        let missing = if lost == 0 { String::new() } else { format!(" {lost} files are not there any more.") };
        let (records_at, files_at) = (folder.join(RECORDS), folder.join(FILES));
        format!("{records} records in {} and {files} files in {}.{missing}", records_at.display(), files_at.display())
    })
}

/// How many there were.
#[derive(Default)]
struct Exported {
    records: usize,
    files: usize,
    lost: usize,
}

/// All pages of them. The folder is made once somebody is found, and then stands in `begun`.
async fn records<'a>(
    system: &System,
    channel: &Channel,
    args: &'a ExportArgs,
    begun: &mut Option<&'a Path>,
) -> Result<Exported, Error> {
    let path = ["v1", "channels", &channel.phone_number_id, "contacts", &args.key, "export"];
    let (mut lines, mut exported) = (Vec::new(), Exported::default());
    let mut cursor = None::<String>;
    let bar = bar();
    loop {
        let call = Call::get(path).with_query("limit", Some(100)).with_query("cursor", cursor.as_ref());
        let page = system.api.call(call).await?;
        if let Some(folder) = args.to.as_deref().filter(|_| begun.is_none()) {
            begin(folder)?;
            *begun = Some(folder);
        }
        for record in list(&page, "/items") {
            let mut record = record.clone();
            if let Some(folder) = &args.to {
                match fetched(folder, exported.files, &mut record).await {
                    Ok(fetched) => exported.files += usize::from(fetched),
                    // A file may be gone from the bucket; what is known of it is in its record.
                    Err(_) => exported.lost += 1,
                }
            }
            exported.records += 1;
            match &args.to {
                Some(_) => lines.push(record.to_string()),
                None => bar.suspend(|| line(&record.to_string()))?,
            }
        }
        bar.set_message(format!("{} records, {} files", exported.records, exported.files));
        match text(&page, "/cursor") {
            next if next.is_empty() => break,
            next => cursor = Some(next),
        }
    }
    bar.finish_and_clear();
    if let Some(folder) = &args.to {
        let place = folder.join(RECORDS);
        fs::write(&place, lines.join("\n") + "\n").map_err(|error| cannot(&place, &error))?;
    }
    Ok(exported)
}

/// Nobody's export is mixed with another's.
fn begin(folder: &Path) -> Result<(), Error> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(|error| cannot(parent, &error))?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(taken(folder)),
        made => made.map_err(|error| cannot(folder, &error))?,
    }
    let files = folder.join(FILES);
    fs::create_dir(&files).map_err(|error| cannot(&files, &error))
}

fn taken(folder: &Path) -> Error {
    Error::Usage(format!("{} is there already; name a folder that is not", folder.display()))
}

/// Whether the record had a file, which is in the folder now, and is named in the record in place of its link.
async fn fetched(folder: &Path, number: usize, record: &mut Value) -> Result<bool, Error> {
    let Some(url) = record.get("download_url").and_then(Value::as_str).map(str::to_owned) else { return Ok(false) };
    let url = Url::parse(&url).map_err(|_| Error::Failed(String::from("a link that is no URL")))?;
    let mime = text(record, "/message/media/mime_type");
    let ending = extension(&mime).map(|ending| format!(".{ending}")).or_else(|| ending_of(&url)).unwrap_or_default();
    let name = format!("{FILES}/{:04}{ending}", number + 1);
    let failed = |error: &reqwest::Error| Error::Failed(format!("a file could not be had: {}", error.is_timeout()));
    let answer = client(&url)?.get(url).send().await.map_err(|error| failed(&error))?;
    let answer = answer.error_for_status().map_err(|error| failed(&error))?;
    let bytes = answer.bytes().await.map_err(|error| failed(&error))?;
    let place = folder.join(&name);
    fs::write(&place, bytes).map_err(|error| cannot(&place, &error))?;
    if let Some(record) = record.as_object_mut() {
        record.remove("download_url");
        record.insert(String::from("file"), name.into());
    }
    Ok(true)
}

/// What a key ends in, where that is a few letters.
fn ending_of(url: &Url) -> Option<String> {
    let (_, ending) = url.path().rsplit_once('.')?;
    let short = (1..=5).contains(&ending.len()) && ending.bytes().all(|letter| letter.is_ascii_alphanumeric());
    short.then(|| format!(".{ending}"))
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    Error::Failed(format!("cannot write {}: {error}", path.display()))
}
