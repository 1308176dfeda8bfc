//! The business profile of a number as it was last read from Meta: what a change is compared with, so that nobody else's
//! change is lost (P-01, P-02).

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::Timestamp;
use model::{PhoneNumberId, Profile};

use crate::Store;
use crate::error::Error;
use crate::item::{self, Item};
use crate::keys::Key;

/// A profile, and when Meta had it.
#[derive(Clone)]
pub struct StoredProfile {
    pub profile: Profile,
    pub synced_at: Timestamp,
    /// Of the photo that was set here, hex, where it is still the one that Meta shows.
    pub photo_sha256: Option<String>,
}

impl Store {
    /// As it was last read from Meta; `None` where it never was.
    pub async fn profile(&self, number: &PhoneNumberId) -> Result<Option<StoredProfile>, Error> {
        self.get(&Key::profile(number)).await?.map(|item| read(&item)).transpose()
    }

    /// Keeps what was read from Meta, unless something was read later.
    pub async fn write_profile(&self, number: &PhoneNumberId, stored: &StoredProfile) -> Result<(), Error> {
        let profile = &stored.profile;
        let item = Item::at(&Key::profile(number))
            .text("kind", "profile")
            .text("phone_number_id", number.as_str())
            .text_if("about", profile.about.as_deref())
            .text_if("address", profile.address.as_deref())
            .text_if("description", profile.description.as_deref())
            .text_if("email", profile.email.as_deref())
            .text_if("vertical", profile.vertical.as_deref())
            .value("websites", item::texts(&profile.websites))
            .text_if("picture_url", profile.picture_url.as_deref())
            .text_if("photo_sha256", stored.photo_sha256.as_deref())
            .time("synced_at", stored.synced_at);
        let outcome = self
            .dynamo
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.0))
            .condition_expression("attribute_not_exists(pk) OR synced_at <= :now")
            .expression_attribute_values(":now", item::time(stored.synced_at))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn read(item: &Item) -> Result<StoredProfile, Error> {
    Ok(StoredProfile {
        profile: Profile {
            about: item.string("about"),
            address: item.string("address"),
            description: item.string("description"),
            email: item.string("email"),
            websites: item.strings("websites").unwrap_or_default(),
            vertical: item.string("vertical"),
            picture_url: item.string("picture_url"),
        },
        synced_at: item.instant("synced_at").ok_or(Error::Corrupt("profile"))?,
        photo_sha256: item.string("photo_sha256"),
    })
}
