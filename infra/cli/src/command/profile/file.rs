//! A profile as a YAML file: Meta's own members, the industry by its name, and the file of a photo.

use std::fs;
use std::path::{Path, PathBuf};

use model::Profile;
use model::profile::{Wanted, vertical};
use serde_json::{Map, Value, json};
use serde_yaml_ng::{Mapping, Value as Yaml};

use crate::error::Error;

/// What a file says.
pub(super) struct Described {
    pub(super) wanted: Wanted,
    /// The same for the API.
    pub(super) members: Map<String, Value>,
    /// As it stands in the file: beside it, or a path of its own.
    photo: Option<String>,
    path: PathBuf,
}

impl Described {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let of = |why: String| Error::Failed(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path)
            .map_err(|error| Error::Usage(format!("{} cannot be read: {error}", path.display())))?;
        let members: Option<Map<String, Value>> =
            serde_yaml_ng::from_str(&text).map_err(|error| of(format!("it is no YAML of a profile: {error}")))?;
        let mut members = members.unwrap_or_default();
        let photo = match members.remove("photo") {
            None | Some(Value::Null) => None,
            Some(Value::String(photo)) if !photo.is_empty() => Some(photo),
            Some(_) => return Err(of(String::from("photo must be the name of a file; a photo cannot be taken away"))),
        };
        let wanted = Wanted::parse(&members).map_err(|invalid| of(invalid.to_string()))?;
        Ok(Self { wanted, members, photo, path: path.to_owned() })
    }

    pub(super) fn photo(&self) -> Option<PathBuf> {
        let photo = self.photo.as_ref()?;
        Some(self.path.parent().unwrap_or(Path::new("")).join(photo))
    }
}

/// Writes what Meta has; false where the file says it already. The photo that it names stays.
pub(super) fn write(path: &Path, profile: &Profile) -> Result<bool, Error> {
    let before = if path.exists() { Some(Described::read(path)?) } else { None };
    // All that Meta has, and nothing else but the photo.
    let is_same = before.as_ref().is_some_and(|before| before.wanted == Wanted::of(profile));
    if is_same {
        return Ok(false);
    }
    let text = |text: &Option<String>| json!(text.as_deref().unwrap_or_default());
    let vertical = profile.vertical.as_deref().map(vertical::label);
    let members = [
        ("about", text(&profile.about)),
        ("address", text(&profile.address)),
        ("description", text(&profile.description)),
        ("email", text(&profile.email)),
        ("websites", json!(profile.websites)),
        ("vertical", json!(vertical.unwrap_or_default())),
    ];
    let photo = before.and_then(|before| before.photo).map(|photo| ("photo", json!(photo)));
    let unwritable = |why: String| Error::Failed(format!("{} cannot be written: {why}", path.display()));
    let mut yaml = Mapping::new();
    for (name, value) in members.into_iter().chain(photo) {
        let value = serde_yaml_ng::to_value(value).map_err(|error| unwritable(error.to_string()))?;
        yaml.insert(Yaml::from(name), value);
    }
    let content = serde_yaml_ng::to_string(&yaml).map_err(|error| unwritable(error.to_string()))?;
    // Whole or not at all.
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, content).and_then(|()| fs::rename(&part, path)).map_err(|error| unwritable(error.to_string()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("profile.yaml");
        let profile = Profile {
            about: Some(String::from("no")),
            description: Some(String::from("Shoes: \"good\" ones\n\nsince 1900 #1")),
            websites: vec![String::from("https://shop.example")],
            vertical: Some(String::from("EDU")),
            ..Profile::default()
        };
        assert!(write(&path, &profile).unwrap());
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("vertical: Education\n"), "{text}");
        let read = Described::read(&path).unwrap();
        assert!(read.wanted == Wanted::of(&profile) && read.photo().is_none(), "{text}");
        // With its comments, while it says the same; with its photo, when it does not.
        fs::write(&path, format!("# why\n{text}photo: logo.png\n")).unwrap();
        assert!(!write(&path, &profile).unwrap());
        let newer = Profile { vertical: Some(String::from("ROBOTS")), ..profile };
        assert!(write(&path, &newer).unwrap());
        let read = Described::read(&path).unwrap();
        assert_eq!(
            (read.wanted.vertical.as_deref(), read.photo()),
            (Some("ROBOTS"), Some(dir.path().join("logo.png")))
        );
    }

    #[test]
    fn what_is_no_profile_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("profile.yaml");
        for (text, why) in [
            ("a: [", "no YAML"),
            ("- a", "no YAML"),
            ("photo: 7", "photo must be"),
            ("photo: ''", "cannot be taken away"),
            ("display_name: Shop", "waypost number reregister"),
        ] {
            fs::write(&path, text).unwrap();
            let Err(error) = Described::read(&path) else { panic!("{text}") };
            assert!(error.to_string().contains(why), "{error}");
        }
        fs::write(&path, "").unwrap();
        assert!(Described::read(&path).is_ok_and(|read| read.members.is_empty()));
    }
}
