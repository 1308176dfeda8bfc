//! Starting, what is there then, and starting again on the same folder.

use aws_sdk_sqs::types::QueueAttributeName;
use local::{Account, Error, Options};
use serde_json::Value;

use super::{clients, get, quiet, sqs, started};

#[tokio::test]
async fn the_ready_line_says_where_everything_is() {
    let local = started(quiet()).await;
    let line = serde_json::to_value(local.ready()).unwrap();
    let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    for field in ["/api", "/webhook", "/meta", "/aws"] {
        assert!(text(field).starts_with("http://127.0.0.1:"), "{field}: {line}");
    }
    assert_eq!(text("/webhook"), format!("{}/webhook", text("/api")));
    let queues = line["queues"].as_object().unwrap();
    let names: Vec<_> = queues.keys().map(String::as_str).collect();
    for name in ["outbound", "events", "media", "sync", "outbound_dlq", "events_dlq", "media_dlq", "sync_dlq"] {
        assert!(names.contains(&name), "{names:?}");
        sqs(&local).get_queue_attributes().queue_url(text(&format!("/queues/{name}"))).send().await.unwrap();
    }
    assert_eq!((line.as_object().unwrap().len(), queues.len()), (9, 8));

    let aws = clients(&local);
    let table = aws.dynamodb().describe_table().table_name(text("/table")).send().await.unwrap().table.unwrap();
    let mut indexes: Vec<_> = table.global_secondary_indexes().iter().filter_map(|index| index.index_name()).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, ["due", "list", "wamid"]);
    let ttl = aws.dynamodb().describe_time_to_live().table_name(text("/table")).send().await.unwrap();
    assert_eq!(ttl.time_to_live_description().and_then(|ttl| ttl.attribute_name()), Some("ttl"));
    aws.s3().head_bucket().bucket(text("/bucket")).send().await.unwrap();
    for id in ["/webhook_secret_id", "/tokens_secret_id"] {
        let secret = aws.secretsmanager().get_secret_value().secret_id(text(id)).send().await.unwrap();
        assert!(secret.secret_string().unwrap().contains("local-"), "{id}");
    }
    local.shutdown().await;
}

#[tokio::test]
async fn queues_have_the_templates_attributes() {
    let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(include_str!("../../../template.yaml")).unwrap();
    let local = started(quiet()).await;
    let queues = &local.ready().queues;
    for (id, url, dead) in [
        ("OutboundQueue", &queues.outbound, &queues.outbound_dlq),
        ("EventsQueue", &queues.events, &queues.events_dlq),
        ("MediaQueue", &queues.media, &queues.media_dlq),
        ("SyncQueue", &queues.sync, &queues.sync_dlq),
    ] {
        let written = &template["Resources"][id]["Properties"];
        let read = sqs(&local)
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .unwrap();
        let read = |name: &str| read.attributes().unwrap().get(&QueueAttributeName::from(name)).cloned();
        for name in ["VisibilityTimeout", "MessageRetentionPeriod"] {
            assert_eq!(read(name), Some(written[name].as_u64().unwrap().to_string()), "{id} {name}");
        }
        assert_eq!(read("DeduplicationScope").as_deref(), written["DeduplicationScope"].as_str(), "{id}");
        let redrive: Value = serde_json::from_str(&read("RedrivePolicy").unwrap()).unwrap();
        assert_eq!(redrive["maxReceiveCount"], written["RedrivePolicy"]["maxReceiveCount"].as_u64().unwrap());
        let target = redrive["deadLetterTargetArn"].as_str().unwrap().rsplit(':').next().unwrap();
        assert!(dead.ends_with(target), "{id}: {dead} is not {target}");
    }
    local.shutdown().await;
}

#[tokio::test]
async fn a_kept_folder_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = || Options { data_dir: Some(folder.path().to_owned()), ..quiet() };
    let local = started(on_disk()).await;
    let (status, _) = get(format!("{}/v1/channels/100000000000001", local.ready().api)).await;
    assert_eq!(status, 200);
    local.shutdown().await;

    // Another number now: the first one keeps its name, and both are there.
    let account = Account { phone_number_id: String::from("100000000000002"), ..Account::default() };
    let local = started(Options { account, ..on_disk() }).await;
    let (_, channels) = get(format!("{}/v1/channels", local.ready().api)).await;
    let names: Vec<_> = channels["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["local", "local 100000000000002"]);
    local.shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let local = started(quiet()).await;
    let port: u16 = local.ready().api.rsplit(':').next().unwrap().parse().unwrap();
    let refused = local::Local::start(Options { port, ..quiet() }).await;
    assert!(matches!(refused, Err(Error::Listen { port: named, .. }) if named == port));
    local.shutdown().await;
}

#[tokio::test]
async fn a_graph_api_of_ones_own_takes_the_place_of_the_fake_one() {
    let local = started(Options { graph_url: Some(String::from("http://127.0.0.1:9/")), ..quiet() }).await;
    assert!(local.meta().is_none());
    assert_eq!(local.ready().meta, "http://127.0.0.1:9");
    local.shutdown().await;

    // A function refuses to send tokens in the clear.
    let refused = local::Local::start(Options { graph_url: Some(String::from("http://graph.example")), ..quiet() });
    assert!(matches!(refused.await, Err(Error::Start { .. })));
}
