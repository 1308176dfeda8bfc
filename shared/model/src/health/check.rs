//! Every check there is. Documented in infra/docs/doctor.md, which a test holds to this list.

/// A check: its stable id and what it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Programs may go by it.
    pub id: &'static str,
    /// What it looks at.
    pub looks_at: &'static str,
}

macro_rules! checks {
    ($($name:ident = $id:literal: $looks_at:literal;)+) => {
        $(pub(super) const $name: Check = Check { id: $id, looks_at: $looks_at };)+
        /// All of them, in the order of the page.
        pub const ALL: &[Check] = &[$($name),+];
    };
}

checks! {
    TOKEN = "token": "the access token, as a whole";
    TOKEN_UNREADABLE = "token_unreadable": "the tokens secret, as the functions read it";
    TOKEN_MISSING = "token_missing": "the tokens secret";
    TOKEN_INVALID = "token_invalid": "debug_token: validity, and the subcode of 190";
    TOKEN_OF_ANOTHER_APP = "token_of_another_app": "debug_token: the app";
    TOKEN_LACKS_MESSAGING = "token_lacks_messaging": "debug_token: the scope whatsapp_business_messaging";
    TOKEN_LACKS_MANAGEMENT = "token_lacks_management": "debug_token: the scope whatsapp_business_management";
    TOKEN_LACKS_ACCOUNT = "token_lacks_account": "debug_token: the accounts each scope is granted for";
    TOKEN_OF_A_PERSON = "token_of_a_person": "debug_token: the type";
    TOKEN_EXPIRES = "token_expires": "debug_token: expiry";
    DATA_ACCESS_EXPIRES = "data_access_expires": "debug_token: expiry of data access";
    NUMBER = "number": "the phone number, as a whole";
    NUMBER_NOT_VISIBLE = "number_not_visible": "whether Meta shows the number to the token";
    NUMBER_NOT_CLOUD_API = "number_not_cloud_api": "the number's platform_type";
    NUMBER_NOT_REGISTERED = "number_not_registered": "the number's platform_type and status";
    NUMBER_NOT_VERIFIED = "number_not_verified": "the number's code_verification_status, while it is not registered";
    NUMBER_STATUS = "number_status": "the number's status";
    QUALITY = "quality": "the number's quality_rating";
    MESSAGING_LIMIT = "messaging_limit": "people written to first within a day";
    NAME_PENDING = "name_pending": "the number's name_status and new_name_status";
    NAME_DECLINED = "name_declined": "the number's name_status and new_name_status";
    NAME_NOT_REGISTERED = "name_not_registered": "an approved new name, before the number is registered again";
    ON_BUSINESS_APP = "on_business_app": "whether the number is used in the WhatsApp Business app too";
    TEST_NUMBER = "test_number": "the number's account_mode, or the channel's own setting";
    ACCOUNT_NOT_VISIBLE = "account_not_visible": "whether Meta shows the account to the token";
    ACCOUNT_REVIEW = "account_review": "the account's account_review_status";
    BUSINESS_NOT_VERIFIED = "business_not_verified": "the account's business_verification_status";
    PAYMENT_METHOD = "payment_method": "health_status (141006), and refusals for billing (131042)";
    META_BLOCKS = "meta_blocks": "health_status of number, account, business and app";
    SUBSCRIPTION = "subscription": "the account's subscribed_apps, as a whole";
    APP_NOT_SUBSCRIBED = "app_not_subscribed": "whether any app is subscribed to the account";
    ANOTHER_APP_SUBSCRIBED = "another_app_subscribed": "whether the app that is subscribed is ours";
    OTHER_APPS_TOO = "other_apps_too": "apps subscribed beside ours";
    ACCOUNT_OVERRIDE_ELSEWHERE = "account_override_elsewhere": "the account's override of the callback";
    NUMBER_OVERRIDE_ELSEWHERE = "number_override_elsewhere": "the number's override of the callback";
    APP_ID_MISSING = "app_id_missing": "the tokens secret";
    APP_SECRET_MISSING = "app_secret_missing": "the webhook secret";
    APP_SECRET_WRONG = "app_secret_wrong": "whether Meta takes app id and app secret together";
    APP = "app": "the app's callback and fields, as a whole";
    APP_CALLBACK_MISSING = "app_callback_missing": "the app's subscriptions";
    APP_CALLBACK_ELSEWHERE = "app_callback_elsewhere": "the app's callback_url";
    APP_SUBSCRIPTION_INACTIVE = "app_subscription_inactive": "whether the app's subscription is active";
    MESSAGES_FIELD_MISSING = "messages_field_missing": "the app's fields: messages";
    FIELDS_MISSING = "fields_missing": "the app's fields: what tells of templates, numbers and accounts";
    CALLBACK = "callback": "the callback asked as Meta asks it, and a signed empty event";
    CALLBACK_UNREACHABLE = "callback_unreachable": "the callback, from here";
    VERIFY_TOKEN_WRONG = "verify_token_wrong": "the callback's answer to the stored verify token";
    CALLBACK_NOT_OURS = "callback_not_ours": "whether the callback returns the challenge";
    SIGNATURE_REFUSED = "signature_refused": "the callback's answer to a signed empty event";
    WEBHOOK_FAILING = "webhook_failing": "the callback's answer to a signed empty event";
    SENDING = "sending": "what keeps the number from sending, as a whole";
    SENDING_PARKED = "sending_parked": "the number's block: token, account, categories";
    SENDS_UNCERTAIN = "sends_uncertain": "sends whose outcome is not known";
    SENDS_OVERDUE = "sends_overdue": "sends that nobody took in time, and how long the oldest has waited";
    NOTHING_RECEIVED = "nothing_received": "the channel's contacts";
    NO_INBOUND = "no_inbound": "when somebody last wrote in";
    SYNC_FAILED = "sync_failed": "the last sync of the account's templates and numbers";
    GRAPH_VERSION = "graph_version": "until when Meta supports the Graph version";
    META_UNREACHABLE = "meta_unreachable": "whether Meta answers what it is asked";
    NO_CHANNEL = "no_channel": "the system's channels";
    QUEUES = "queues": "all queues, as a whole";
    DEAD_LETTERS = "dead_letters": "depth of the dead-letter queues";
    EVENTS_UNREAD = "events_unread": "events that wait while nobody reads any; not of a system on this machine";
    CLOCK = "clock": "this machine's clock against the API's";
    CONCURRENCY = "concurrency": "Lambda's limit of concurrent executions in the account, less what is reserved";
    CODE_STORAGE = "code_storage": "what Lambda stores of code in the account, against its limit";
    STACKS = "stacks": "CloudFormation's stacks in the account, against their limit";
    ROLES = "roles": "IAM's roles in the account, against their limit";
    POLICIES = "policies": "IAM's own policies in the account, against their limit";
    NOT_ON_WHATSAPP = "not_on_whatsapp": "a send that is named: 131026";
    NOT_ON_TEST_LIST = "not_on_test_list": "a send that is named: 131030";
    SEND_FAILED = "send_failed": "a send that is named: any other error";
    SEND = "send": "a send that is named";
    INBOUND = "inbound": "whether somebody's message arrives while waited for";
    LIVE_MODE = "live_mode": "nothing: only a person can see it";
    PRIVACY_POLICY = "privacy_policy": "nothing: only a person can see it";
    PAYMENT_BY_HAND = "payment_by_hand": "nothing: only a person can see it";
}
