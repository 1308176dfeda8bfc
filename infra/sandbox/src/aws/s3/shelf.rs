//! The objects on disk, and the index of them in memory.
//!
//! A bucket is a folder; an object is a file of bytes under a name of its own and a JSON file beside it. Writing an
//! object makes new files and drops the old ones, so whoever still reads the old version reads it to its end.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use super::{error::S3Error, multipart::Upload, object::Object};

#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) buckets: BTreeMap<String, BTreeMap<String, Object>>,
    pub(super) uploads: BTreeMap<String, Upload>,
}

impl Shelf {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let buckets = folder.join("buckets");
        fs::create_dir_all(&buckets)?;
        let mut index = Index::default();
        for entry in fs::read_dir(&buckets)? {
            let entry = entry?;
            index.buckets.insert(entry.file_name().to_string_lossy().into_owned(), objects_in(&entry.path())?);
        }
        Ok(Self { folder: buckets, index: Mutex::new(index) })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn create_bucket(&self, name: &str) -> Result<(), S3Error> {
        let mut index = self.lock();
        if !index.buckets.contains_key(name) {
            fs::create_dir_all(self.folder.join(name))?;
            index.buckets.insert(name.to_owned(), BTreeMap::new());
        }
        Ok(())
    }

    pub(super) fn has_bucket(&self, name: &str) -> Result<(), S3Error> {
        if self.lock().buckets.contains_key(name) { Ok(()) } else { Err(S3Error::no_bucket()) }
    }

    pub(super) fn find(&self, bucket: &str, key: &str) -> Result<Object, S3Error> {
        let index = self.lock();
        let objects = index.buckets.get(bucket).ok_or_else(S3Error::no_bucket)?;
        objects.get(key).cloned().ok_or_else(S3Error::no_key)
    }

    /// A path for bytes that are not an object yet.
    pub(super) fn new_file(&self, bucket: &str) -> Result<(String, PathBuf), S3Error> {
        self.has_bucket(bucket)?;
        let name = Uuid::new_v4().to_string();
        let path = self.path(bucket, &name);
        Ok((name, path))
    }

    pub(super) fn path(&self, bucket: &str, file: &str) -> PathBuf {
        self.folder.join(bucket).join(file)
    }

    /// Makes the written file the object of its key, unless `allows` refuses in view of what is there.
    pub(super) fn publish(
        &self,
        bucket: &str,
        object: Object,
        allows: impl FnOnce(Option<&Object>) -> Result<(), S3Error>,
    ) -> Result<(), S3Error> {
        let mut index = self.lock();
        let objects = index.buckets.get_mut(bucket).ok_or_else(S3Error::no_bucket)?;
        if let Err(refused) = allows(objects.get(&object.key)) {
            self.remove_files(bucket, &object.file);
            return Err(refused);
        }
        let described = serde_json::to_vec(&object).map_err(io::Error::other)?;
        fs::write(self.path(bucket, &format!("{}.json", object.file)), described)?;
        if let Some(old) = objects.insert(object.key.clone(), object) {
            self.remove_files(bucket, &old.file);
        }
        Ok(())
    }

    /// Removing what is not there succeeds.
    pub(super) fn remove(&self, bucket: &str, key: &str) -> Result<(), S3Error> {
        let mut index = self.lock();
        let objects = index.buckets.get_mut(bucket).ok_or_else(S3Error::no_bucket)?;
        if let Some(old) = objects.remove(key) {
            self.remove_files(bucket, &old.file);
        }
        Ok(())
    }

    pub(super) fn remove_files(&self, bucket: &str, file: &str) {
        for name in [format!("{file}.json"), file.to_owned()] {
            if let Err(error) = fs::remove_file(self.path(bucket, &name))
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "a file of a removed object stays behind");
            }
        }
    }
}

/// Reads the JSON files; of two versions of a key, which a crash may leave, the newer one counts.
fn objects_in(bucket: &Path) -> io::Result<BTreeMap<String, Object>> {
    let mut objects: BTreeMap<String, Object> = BTreeMap::new();
    for entry in fs::read_dir(bucket)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let object: Object = serde_json::from_slice(&fs::read(&path)?).map_err(io::Error::other)?;
        let newer = objects.get(&object.key).is_none_or(|other| other.modified_at < object.modified_at);
        if newer && path.with_extension("").exists() {
            objects.insert(object.key.clone(), object);
        }
    }
    Ok(objects)
}
