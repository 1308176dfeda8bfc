//! Whom a test number has written to: Meta lets it write to five people only, whom its owner put on a list (Z-01).

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use model::limits::TEST_RECIPIENTS;
use model::{ContactKey, PhoneNumberId};

use crate::Store;
use crate::error::Error;
use crate::item;
use crate::keys::Key;

impl Store {
    /// Whether a test number may write to a person: one of the five it has written to, or there are fewer. They are among
    /// them then.
    pub async fn admit_test_recipient(&self, number: &PhoneNumberId, contact: &ContactKey) -> Result<bool, Error> {
        let outcome = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::test_recipients(number))))
            .update_expression("SET #kind = :kind ADD recipients :these")
            .condition_expression(
                "attribute_not_exists(recipients) OR contains(recipients, :this) OR size(recipients) < :most",
            )
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_values(":kind", item::text("test_recipients"))
            .expression_attribute_values(":these", set_of(contact))
            .expression_attribute_values(":this", item::text(contact.as_str()))
            .expression_attribute_values(":most", item::number(TEST_RECIPIENTS))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Meta did not know the person on the test number's list: their place is free for another.
    pub async fn forget_test_recipient(&self, number: &PhoneNumberId, contact: &ContactKey) -> Result<(), Error> {
        let request = self
            .dynamo
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::key(&Key::test_recipients(number))))
            .update_expression("SET #kind = :kind DELETE recipients :these")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_values(":kind", item::text("test_recipients"))
            .expression_attribute_values(":these", set_of(contact));
        Ok(request.send().await.map(drop)?)
    }

    /// The list at Meta was changed: all places are free.
    pub async fn forget_test_recipients(&self, number: &PhoneNumberId) -> Result<(), Error> {
        let key = item::key(&Key::test_recipients(number));
        Ok(self.dynamo.delete_item().table_name(&self.table).set_key(Some(key)).send().await.map(drop)?)
    }
}

fn set_of(contact: &ContactKey) -> AttributeValue {
    AttributeValue::Ss(vec![contact.as_str().to_owned()])
}
