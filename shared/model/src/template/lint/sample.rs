//! The file that shows reviewers what a header will hold (T-07, T-08).

use super::{Broken, Found, broken, source};
use crate::file::FileKind;
use crate::limits::media::media_bytes;
use crate::limits::template::{GIF_BYTES, SAMPLE_TYPES, TemplateLimits};
use crate::template::definition::{Definition, members};

/// A finding that counts only where the template is to be created or changed: Meta has the sample of what it lists.
pub const LISTED_SAMPLE: &str = "header_sample_listed";

/// What is known of a file that a header names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// It cannot be read: why.
    Unreadable(String),
    /// By its first bytes, where they are those of a known type, and its size.
    File { mime: Option<String>, bytes: u64 },
}

/// The most bytes of a header's sample: the smaller of the set limit and of what Meta takes of its kind.
pub fn most_bytes(format: &str, limits: &TemplateLimits) -> u64 {
    let metas = match format {
        "IMAGE" => media_bytes(FileKind::Image, false),
        "VIDEO" => media_bytes(FileKind::Video, false),
        "GIF" => GIF_BYTES,
        _ => media_bytes(FileKind::Document, false),
    };
    limits.sample_bytes.min(metas)
}

pub(super) fn check(definition: &Definition, limits: &TemplateLimits, sample: Option<&Sample>, found: &mut Found) {
    let Some((at, format)) = definition.media_header() else { return };
    let header = &definition.components[at];
    let place = format!("components[{at}].sample");
    let Some(name) = definition.sample() else {
        let handles = header.get("example").map(|example| members(example, "header_handle")).unwrap_or_default();
        match handles.first().and_then(serde_json::Value::as_str) {
            None | Some("") => found.error(place, missing(&format)),
            Some(url) if is_metas(url) => {
                found.error(format!("components[{at}].example.header_handle"), listed(&format));
            }
            Some(url) if url.contains("://") => found.error(format!("components[{at}].example.header_handle"), link()),
            Some(_) => {}
        }
        return;
    };
    match sample {
        None => {}
        Some(Sample::Unreadable(why)) => {
            let what = format!("{name} cannot be read: {why}");
            found.error(place, broken("header_sample_unreadable", what, "Put the file there.", source::UPLOAD));
        }
        Some(Sample::File { mime, bytes }) => judge(&format, mime.as_deref(), *bytes, limits, &place, found),
    }
}

fn judge(format: &str, mime: Option<&str>, bytes: u64, limits: &TemplateLimits, place: &str, found: &mut Found) {
    let types = SAMPLE_TYPES.iter().find(|(known, _)| *known == format).map_or(&[][..], |(_, types)| types);
    if !mime.is_some_and(|mime| types.contains(&mime)) {
        let given = mime.unwrap_or("of no type known here");
        let what = format!("the sample of a header of format {format} is {} (given: {given})", types.join(" or "));
        let remedy = "Convert it; what counts are its bytes, not its name.";
        found.error(place, broken("header_sample_type", what, remedy, source::UPLOAD));
    }
    let most = most_bytes(format, limits);
    if bytes == 0 {
        let remedy = "Put the file there.";
        found.error(place, broken("header_sample_empty", "the sample has no bytes", remedy, source::UPLOAD));
    } else if bytes > most {
        let what = format!("the sample of a header of format {format} has at most {most} bytes (given: {bytes})");
        found.error(place, broken("header_sample_size", what, "Make it smaller.", source::UPLOAD));
    }
}

fn missing(format: &str) -> Broken {
    let what = format!("a header of format {format} needs a sample for the reviewers (2388273)");
    let remedy = "Put a file beside this one and name it: sample: picture.jpg";
    broken("header_sample_missing", what, remedy, source::COMPONENTS)
}

/// Whether a listing gave it: Meta's own copy of a sample.
fn is_metas(url: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#', ':']).next());
    let within = |host: &str, of: &&str| host.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'));
    host.is_some_and(|host| ["whatsapp.net", "fbcdn.net", "fbsbx.com"].iter().any(|of| within(host, of)))
}

fn listed(format: &str) -> Broken {
    let what = format!(
        "Meta's own link to the sample shows it, and is none for a change: a header of format {format} then needs a file (2388273)"
    );
    let remedy = "Put a file beside this one and name it: sample: picture.jpg";
    broken(LISTED_SAMPLE, what, remedy, source::COMPONENTS)
}

fn link() -> Broken {
    let what = "a sample is a file that was uploaded, not a link (2388273)";
    let remedy = "Put the file beside this one and name it: sample: picture.jpg";
    broken("header_sample_link", what, remedy, source::COMPONENTS)
}
