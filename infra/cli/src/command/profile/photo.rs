//! The photo that a file names, looked at before anybody is asked.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use model::limits::profile::PHOTO_BYTES;
use model::profile::photo::Photo;
use sha2::{Digest, Sha256};

use crate::error::Error;

pub(super) struct Looked {
    pub(super) path: PathBuf,
    pub(super) photo: Photo,
    pub(super) sha256: String,
}

impl Looked {
    pub(super) fn at(path: &Path) -> Result<Self, Error> {
        let read = || -> io::Result<(Vec<u8>, u64)> {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            let mut content = Vec::new();
            file.take(PHOTO_BYTES + 1).read_to_end(&mut content)?;
            Ok((content, bytes))
        };
        let (content, bytes) =
            read().map_err(|error| Error::Usage(format!("the photo {} cannot be read: {error}", path.display())))?;
        let photo = Photo { bytes, ..Photo::look(&content) };
        Ok(Self { path: path.to_owned(), photo, sha256: hex::encode(Sha256::digest(&content)) })
    }
}
