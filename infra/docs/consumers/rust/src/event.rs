//! The envelope, as far as it is used here. Members that are not named are ignored.

use std::borrow::Cow;

use aws_sdk_s3::error::ProvideErrorMetadata;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::Error;

#[derive(Deserialize)]
pub struct Event<'a> {
    v: u64,
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub at: String,
    pub phone_number_id: Option<String>,
    pub contact: Option<Contact>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_ref: Option<DataRef>,
}

#[derive(Deserialize)]
pub struct Contact {
    pub key: String,
}

#[derive(Deserialize)]
struct DataRef {
    bucket: String,
    key: String,
    sha256: String,
}

impl<'a> Event<'a> {
    pub fn parse(body: &'a str) -> Result<Self, Error> {
        let event: Self = serde_json::from_str(body).map_err(|_| Error::NoEvent)?;
        if event.v == 1 { Ok(event) } else { Err(Error::Version(event.v)) }
    }

    /// Its data, token for token: prices and the like keep their digits. More than 200 KiB are in the stack's bucket.
    pub async fn data(&self, s3: &aws_sdk_s3::Client) -> Result<Cow<'a, str>, Error> {
        if let Some(data) = self.data {
            return Ok(Cow::Borrowed(data.get()));
        }
        let at = self.data_ref.as_ref().ok_or(Error::NoEvent)?;
        let object = s3.get_object().bucket(&at.bucket).key(&at.key).send().await;
        let object = object.map_err(|error| Error::Aws(error.code().unwrap_or("no answer of S3").to_owned()))?;
        let data = object.body.collect().await.map_err(|_| Error::Aws(String::from("the object broke off")))?.to_vec();
        if hex::encode(Sha256::digest(&data)) != at.sha256 {
            return Err(Error::OtherData);
        }
        String::from_utf8(data).map(Cow::Owned).map_err(|_| Error::OtherData)
    }
}
