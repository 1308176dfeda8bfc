//! The errors SQS answers with: a JSON type for newer clients, a query code for older ones.

/// An error of a request, or of one entry of a batch.
#[derive(Debug)]
pub(super) struct SqsError {
    /// The name after the `#` of `__type`.
    shape: &'static str,
    /// Modelled in `com.amazonaws.sqs`, or common to all services.
    modelled: bool,
    /// The code of the query protocol, which batch entries carry too.
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl SqsError {
    fn modelled(shape: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { shape, modelled: true, code, message: message.into() }
    }

    fn common(shape: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { shape, modelled: false, code, message: message.into() }
    }

    pub(super) fn json_type(&self) -> String {
        let namespace = if self.modelled { "com.amazonaws.sqs" } else { "com.amazon.coral.service" };
        format!("{namespace}#{}", self.shape)
    }

    pub(super) fn unreadable(why: &str) -> Self {
        Self::common("SerializationException", "SerializationException", why)
    }

    pub(super) fn missing(parameter: &str) -> Self {
        let message = format!("The request must contain the parameter {parameter}.");
        Self::common("MissingRequiredParameterException", "MissingParameter", message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::common("InvalidParameterValueException", "InvalidParameterValue", message)
    }

    pub(super) fn invalid_value(value: impl std::fmt::Display, parameter: &str, reason: &str) -> Self {
        Self::invalid(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
    }

    pub(super) fn no_queue() -> Self {
        Self::modelled(
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
            "The specified queue does not exist.",
        )
    }

    pub(super) fn queue_exists(attribute: &str) -> Self {
        let message =
            format!("A queue already exists with the same name and a different value for attribute {attribute}");
        Self::modelled("QueueNameExists", "QueueAlreadyExists", message)
    }

    pub(super) fn attribute_name(name: &str) -> Self {
        Self::modelled("InvalidAttributeName", "InvalidAttributeName", format!("Unknown Attribute {name}."))
    }

    pub(super) fn attribute_value(name: &str) -> Self {
        let message = format!("Invalid value for the parameter {name}.");
        Self::modelled("InvalidAttributeValue", "InvalidAttributeValue", message)
    }

    pub(super) fn contents(found: char) -> Self {
        let message = format!(
            "Invalid binary character '#x{:X}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
            u32::from(found)
        );
        Self::modelled("InvalidMessageContents", "InvalidMessageContents", message)
    }

    pub(super) fn receipt_handle(handle: &str) -> Self {
        let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Self::modelled("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", message)
    }

    pub(super) fn not_in_flight() -> Self {
        let code = "AWS.SimpleQueueService.MessageNotInflight";
        Self::modelled("MessageNotInflight", code, "The specified message isn't in flight.")
    }

    pub(super) fn empty_batch() -> Self {
        Self::modelled(
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "There should be at least one entry in the request.",
        )
    }

    pub(super) fn too_many_entries(count: usize) -> Self {
        let message = format!("Maximum number of entries per request are 10. You have sent {count}.");
        let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
        Self::modelled("TooManyEntriesInBatchRequest", code, message)
    }

    pub(super) fn repeated_id(id: &str) -> Self {
        let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
        Self::modelled("BatchEntryIdsNotDistinct", code, format!("Id {id} repeated."))
    }

    pub(super) fn entry_id() -> Self {
        Self::modelled(
            "InvalidBatchEntryId",
            "AWS.SimpleQueueService.InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
        )
    }

    pub(super) fn batch_too_long(bytes: usize) -> Self {
        let message = format!("Batch requests cannot be longer than 1048576 bytes. You have sent {bytes} bytes.");
        Self::modelled("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", message)
    }

    pub(super) fn purge_in_progress(queue: &str) -> Self {
        let message = format!("Only one PurgeQueue operation on {queue} is allowed every 60 seconds.");
        Self::modelled("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", message)
    }

    pub(super) fn no_resource() -> Self {
        let message = "The resource that you specified for the SourceArn parameter doesn't exist.";
        Self::modelled("ResourceNotFoundException", "ResourceNotFoundException", message)
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::modelled("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", message)
    }
}
