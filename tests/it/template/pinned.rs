//! What the template may not change without someone deciding so.

/// To the letter: CloudFormation writes a secret again when its `GenerateSecretString` or `SecretString` changes, and what
/// people had put there is gone.
pub(super) const SECRETS: &str = r#"
WebhookSecret:
  Type: AWS::SecretsManager::Secret
  DeletionPolicy: Retain
  UpdateReplacePolicy: Retain
  Properties:
    Description: "Waypost: the Meta app's secret (current, then previous) and the verify token of its webhook"
    KmsKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]
    GenerateSecretString:
      SecretStringTemplate: '{"app_secret": []}'
      GenerateStringKey: verify_token
      PasswordLength: 48
      ExcludePunctuation: true
TokensSecret:
  Type: AWS::SecretsManager::Secret
  DeletionPolicy: Retain
  UpdateReplacePolicy: Retain
  Properties:
    Description: "Waypost: the Meta app's id and the access tokens, by WABA id or default"
    KmsKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]
    SecretString: '{"app_id":"","default":""}'
"#;

pub(super) const TABLE: &str = "
Type: AWS::DynamoDB::Table
DeletionPolicy: Retain
UpdateReplacePolicy: Retain
Properties:
  BillingMode: PAY_PER_REQUEST
  AttributeDefinitions:
    - { AttributeName: pk, AttributeType: S }
    - { AttributeName: sk, AttributeType: S }
    - { AttributeName: list_pk, AttributeType: S }
    - { AttributeName: list_sk, AttributeType: S }
    - { AttributeName: wamid, AttributeType: S }
    - { AttributeName: due_pk, AttributeType: S }
    - { AttributeName: due_sk, AttributeType: S }
  KeySchema:
    - { AttributeName: pk, KeyType: HASH }
    - { AttributeName: sk, KeyType: RANGE }
  GlobalSecondaryIndexes:
    - IndexName: list
      KeySchema: [{ AttributeName: list_pk, KeyType: HASH }, { AttributeName: list_sk, KeyType: RANGE }]
      Projection: { ProjectionType: KEYS_ONLY }
    - IndexName: wamid
      KeySchema: [{ AttributeName: wamid, KeyType: HASH }]
      Projection: { ProjectionType: KEYS_ONLY }
    - IndexName: due
      KeySchema: [{ AttributeName: due_pk, KeyType: HASH }, { AttributeName: due_sk, KeyType: RANGE }]
      Projection: { ProjectionType: KEYS_ONLY }
  TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
  SSESpecification:
    SSEEnabled: true
    SSEType: !If [HasKey, KMS, !Ref AWS::NoValue]
    KMSMasterKeyId: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]
";

pub(super) const GLOBALS: &str = "
Runtime: provided.al2023
Handler: bootstrap
Architectures: [!Ref Architecture]
MemorySize: 256
Tracing: !Ref Tracing
KmsKeyArn: !If [HasKey, !Ref KmsKeyArn, !Ref AWS::NoValue]
";

/// Types that hold what people would miss.
pub(super) const STATEFUL: &[&str] = &["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"];

/// The only resources named by a pattern: objects of the bucket, paths of the API, and the stack itself.
pub(super) const PATTERNS: &[&str] = &[
    "${Bucket.Arn}/library/*",
    "${Bucket.Arn}/media/*",
    "${Bucket.Arn}/outbound/*",
    "${Bucket.Arn}/raw/*",
    "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${AWS::StackName}/*",
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/*/v1",
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/*/v1/*",
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/POST/v1/channels/*/media",
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/POST/v1/channels/*/messages",
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/POST/v1/channels/*/read",
];

pub(super) const FOLDERS: &[(&str, &str)] = &[
    ("Api", "../functions/api"),
    ("Media", "../functions/media"),
    ("Sender", "../functions/sender"),
    ("TemplateSync", "../functions/template-sync"),
    ("Webhook", "../functions/webhook"),
];

/// Each function's variables, by its logical id.
pub(crate) const ENVIRONMENTS: &[(&str, &[&str])] = &[
    (
        "Api",
        &[
            "CONSENT_RETENTION_DAYS",
            "EVENTS_QUEUE_URL",
            "EVENT_TYPES",
            "GRAPH_BASE_URL",
            "GRAPH_VERSION",
            "LOG_LEVEL",
            "MEDIA_BUCKET",
            "MEDIA_QUEUE_URL",
            "MESSAGE_RETENTION_DAYS",
            "METRIC_NAMESPACE",
            "OUTBOUND_QUEUE_URL",
            "RAW_RETENTION_DAYS",
            "SYNC_QUEUE_URL",
            "TABLE_NAME",
            "TOKENS_SECRET_ID",
        ],
    ),
    (
        "Media",
        &[
            "EVENTS_QUEUE_URL",
            "EVENT_TYPES",
            "FILE_LINK_DAYS",
            "GRAPH_BASE_URL",
            "GRAPH_VERSION",
            "LOG_LEVEL",
            "MEDIA_BUCKET",
            "MEDIA_DLQ_URL",
            "MEDIA_QUEUE_URL",
            "METRIC_NAMESPACE",
            "OUTBOUND_QUEUE_URL",
            "PUBLIC_URL",
            "TABLE_NAME",
            "TOKENS_SECRET_ID",
        ],
    ),
    (
        "Sender",
        &[
            "CONSENT_RETENTION_DAYS",
            "EVENTS_QUEUE_URL",
            "EVENT_TYPES",
            "GRAPH_BASE_URL",
            "GRAPH_VERSION",
            "HOLD_S",
            "LOG_LEVEL",
            "MEDIA_BUCKET",
            "MEDIA_QUEUE_URL",
            "MESSAGE_RETENTION_DAYS",
            "METRIC_NAMESPACE",
            "OUTBOUND_DLQ_URL",
            "OUTBOUND_QUEUE_URL",
            "SYNC_QUEUE_URL",
            "TABLE_NAME",
            "TOKENS_SECRET_ID",
            "UNCERTAIN_AFTER_S",
        ],
    ),
    (
        "TemplateSync",
        &[
            "EVENTS_QUEUE_URL",
            "EVENT_TYPES",
            "GRAPH_BASE_URL",
            "GRAPH_VERSION",
            "LOG_LEVEL",
            "MEDIA_BUCKET",
            "METRIC_NAMESPACE",
            "SYNC_QUEUE_URL",
            "TABLE_NAME",
            "TOKENS_SECRET_ID",
        ],
    ),
    (
        "Webhook",
        &[
            "CLIENT_CERTIFICATE_CN",
            "CONSENT_RETENTION_DAYS",
            "EVENTS_QUEUE_URL",
            "EVENT_TYPES",
            "LOG_LEVEL",
            "MEDIA_BUCKET",
            "MEDIA_QUEUE_URL",
            "MESSAGE_RETENTION_DAYS",
            "METRIC_NAMESPACE",
            "RAW_RETENTION_DAYS",
            "SYNC_QUEUE_URL",
            "TABLE_NAME",
            "WEBHOOK_SECRET_ID",
        ],
    ),
];

/// What each variable is a `!Ref` of.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("CONSENT_RETENTION_DAYS", "ConsentRetentionDays"),
    ("EVENTS_QUEUE_URL", "EventsQueue"),
    ("EVENT_TYPES", "EventTypes"),
    ("FILE_LINK_DAYS", "FileLinkDays"),
    ("GRAPH_BASE_URL", "GraphBaseUrl"),
    ("GRAPH_VERSION", "GraphVersion"),
    ("HOLD_S", "HoldSeconds"),
    ("LOG_LEVEL", "LogLevel"),
    ("MEDIA_BUCKET", "Bucket"),
    ("MEDIA_DLQ_URL", "MediaDeadLetterQueue"),
    ("MEDIA_QUEUE_URL", "MediaQueue"),
    ("MESSAGE_RETENTION_DAYS", "MessageRetentionDays"),
    ("OUTBOUND_DLQ_URL", "OutboundDeadLetterQueue"),
    ("OUTBOUND_QUEUE_URL", "OutboundQueue"),
    ("RAW_RETENTION_DAYS", "RawRetentionDays"),
    ("SYNC_QUEUE_URL", "SyncQueue"),
    ("TABLE_NAME", "Table"),
    ("TOKENS_SECRET_ID", "TokensSecret"),
    ("UNCERTAIN_AFTER_S", "UncertainAfterSeconds"),
    ("WEBHOOK_SECRET_ID", "WebhookSecret"),
];

/// What the access log may hold. Not `path` (a phone number can be in it), not `querystring` (the verify token is in
/// it), nothing of `identity`.
pub(super) const LOGGED: &[&str] = &[
    "error.responseType",
    "integrationLatency",
    "integrationStatus",
    "requestId",
    "requestTime",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
];

/// Properties that give a resource a name of its own.
pub(super) const NAMES: &[&str] = &[
    "AlarmName",
    "BucketName",
    "FunctionName",
    "LogGroupName",
    "ManagedPolicyName",
    "Name",
    "QueueName",
    "RoleName",
    "StageName",
    "TableName",
    "TopicName",
];

pub(super) const OUTPUTS: &[&str] = &[
    "AlertTopicArn",
    "ApiUrl",
    "BucketName",
    "CallbackUrl",
    "EventsDeadLetterQueueUrl",
    "EventsQueueArn",
    "EventsQueueUrl",
    "GraphBaseUrl",
    "GraphVersion",
    "MediaDeadLetterQueueUrl",
    "MediaQueueUrl",
    "OperatorPolicyArn",
    "OutboundDeadLetterQueueUrl",
    "OutboundQueueArn",
    "OutboundQueueUrl",
    "SenderPolicyArn",
    "SyncDeadLetterQueueUrl",
    "SyncQueueUrl",
    "TableName",
    "TokensSecretArn",
    "WebhookSecretArn",
];

/// Resources whose replacement would be felt outside: an address pasted at Meta, a queue that others use, what is
/// stored.
pub(super) const LOGICAL_IDS: &[(&str, &str)] = &[
    ("Bucket", "AWS::S3::Bucket"),
    ("EventsDeadLetterQueue", "AWS::SQS::Queue"),
    ("EventsQueue", "AWS::SQS::Queue"),
    ("HttpApi", "AWS::Serverless::HttpApi"),
    ("MediaDeadLetterQueue", "AWS::SQS::Queue"),
    ("MediaQueue", "AWS::SQS::Queue"),
    ("OperatorPolicy", "AWS::IAM::ManagedPolicy"),
    ("OutboundDeadLetterQueue", "AWS::SQS::Queue"),
    ("OutboundQueue", "AWS::SQS::Queue"),
    ("SenderPolicy", "AWS::IAM::ManagedPolicy"),
    ("SyncDeadLetterQueue", "AWS::SQS::Queue"),
    ("SyncQueue", "AWS::SQS::Queue"),
    ("Table", "AWS::DynamoDB::Table"),
    ("TokensSecret", "AWS::SecretsManager::Secret"),
    ("WebhookSecret", "AWS::SecretsManager::Secret"),
];
