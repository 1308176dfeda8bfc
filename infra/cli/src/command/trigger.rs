//! `waypost trigger`: what Meta would post, made up here and signed with the app secret, so that a team can see its own
//! end of the line work before anybody writes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::api::{Api, Call, client, is_loopback};
use crate::choose::{Channel, text};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::{System, parse};
use crate::sign::signature;

#[derive(Subcommand)]
pub(crate) enum TriggerCommand {
    /// A person writes in. Nobody does: what you answer reaches only whoever has that number.
    Message(MessageArgs),
    /// Meta tells of a send.
    Status(StatusArgs),
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost trigger message 'Is anybody there?'
  waypost trigger message 'Hello' --from 15550102 --name Ben --meta http://127.0.0.1:8788")]
pub(crate) struct MessageArgs {
    /// What the person writes.
    text: String,
    /// Whose number: digits with country code.
    #[arg(long, value_name = "PHONE", default_value = "15550101")]
    from: String,
    /// What the person is called.
    #[arg(long, default_value = "Ana")]
    name: String,
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Let the fake Meta of `waypost local` post it: it then takes answers, because it knows that somebody wrote.
    #[arg(long, value_name = "URL", conflicts_with = "stack")]
    meta: Option<String>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost trigger status SEND_ID read
  waypost trigger status SEND_ID failed --error 131026")]
pub(crate) struct StatusArgs {
    /// A send id or wamid of a send that Meta has accepted.
    id: String,
    /// `sent`, `delivered`, `read`, `played` or `failed`.
    #[arg(value_parser = ["sent", "delivered", "read", "played", "failed"])]
    status: String,
    /// Meta's error code, with `failed`.
    #[arg(long, value_name = "CODE", default_value_t = 131_026)]
    error: i64,
}

pub(crate) async fn run(system: &System, printer: Printer, command: &TriggerCommand) -> Result<(), Error> {
    let (channel, wamid) = match command {
        TriggerCommand::Message(args) => message(system, args).await?,
        TriggerCommand::Status(args) => status(system, args).await?,
    };
    let done = json!({"wamid": wamid, "phone_number_id": channel.phone_number_id});
    printer.either(&done, |_| format!("Taken by {}: {wamid}", system.webhook))
}

async fn message(system: &System, args: &MessageArgs) -> Result<(Channel, String), Error> {
    let digits = args.from.trim_start_matches('+');
    if !(8..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Usage(String::from("--from is a phone number of 8 to 15 digits with country code")));
    }
    let meta = args.meta.as_deref().map(|url| parse("--meta", url)).transpose()?;
    let channel = system.channel(args.channel.as_deref()).await?;
    if let Some(meta) = meta {
        let wamid = write_in(meta, &channel, digits, args).await?;
        return Ok((channel, wamid));
    }
    let now = Timestamp::now();
    let wamid = wamid(digits)?;
    let message = json!({"from": digits, "id": wamid, "timestamp": now.as_second().to_string(),
        "type": "text", "text": {"body": args.text}});
    let contact = json!({"profile": {"name": args.name}, "wa_id": digits});
    let value = json!({"contacts": [contact], "messages": [message]});
    post(system, &notification(&channel, value, now)).await?;
    Ok((channel, wamid))
}

async fn status(system: &System, args: &StatusArgs) -> Result<(Channel, String), Error> {
    let message = system.api.call(Call::get(["v1", "messages", &args.id])).await?;
    let wamid = text(&message, "/wamid");
    if wamid.is_empty() || text(&message, "/direction") != "outbound" {
        let what = "Meta has no status for it: it is no send that Meta accepted";
        return Err(Error::failed(what, format!("waypost message show {}", args.id)));
    }
    let channel = system.channel(Some(&text(&message, "/channel"))).await?;
    let now = Timestamp::now();
    let mut status = json!({"id": wamid, "status": args.status, "timestamp": now.as_second().to_string()});
    match text(&message, "/contact").split_once(':') {
        Some(("wa", wa_id)) => status["recipient_id"] = wa_id.into(),
        Some((_, user_id)) => status["recipient_user_id"] = user_id.into(),
        None => {}
    }
    if args.status == "failed" {
        let title = "Made up by waypost trigger";
        status["errors"] = json!([{"code": args.error, "title": title, "message": title}]);
    }
    post(system, &notification(&channel, json!({"statuses": [status]}), now)).await?;
    Ok((channel, wamid))
}

/// By the fake Meta's own door for people.
async fn write_in(meta: Url, channel: &Channel, digits: &str, args: &MessageArgs) -> Result<String, Error> {
    if !is_loopback(&meta) {
        return Err(Error::Usage(String::from("--meta is a fake Meta on this machine")));
    }
    let body = json!({"name": args.name, "text": args.text, "phone_number_id": channel.phone_number_id});
    let written = Api::new(meta, None)?.call(Call::post(["_sandbox", "users", digits, "messages"], body)).await?;
    if written.get("delivered").and_then(Value::as_bool) == Some(true) {
        Ok(text(&written, "/wamid"))
    } else {
        Err(Error::Failed(String::from("the webhook did not answer 200; the log of `waypost local` says why")))
    }
}

/// Wamids are base64 of something with the person's number in it; this one says that it is made up.
fn wamid(digits: &str) -> Result<String, Error> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).map_err(|error| Error::Failed(format!("no randomness: {error}")))?;
    Ok(format!("wamid.{}", STANDARD.encode(format!("trigger:{digits}:{}\0", hex::encode(random)))))
}

/// The webhook around a `value` of the field `messages` (Meta: Webhooks, messages reference).
fn notification(channel: &Channel, mut value: Value, now: Timestamp) -> Value {
    let digits: String = channel.display_phone_number.chars().filter(char::is_ascii_digit).collect();
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({"display_phone_number": digits, "phone_number_id": channel.phone_number_id});
    json!({"object": "whatsapp_business_account", "entry": [{
        "id": channel.waba_id, "time": now.as_second(), "changes": [{"field": "messages", "value": value}]}]})
}

async fn post(system: &System, notification: &Value) -> Result<(), Error> {
    let secret = system.app_secret().await?;
    let body = notification.to_string();
    let signature = signature(secret.reveal(), body.as_bytes())?;
    let url = &system.webhook;
    let sent = client(url)?
        .post(url.clone())
        .header(CONTENT_TYPE, "application/json")
        .header("x-hub-signature-256", signature)
        .body(body)
        .send()
        .await;
    let answer = sent.map_err(|_| Error::Unreachable {
        what: format!("{url} cannot be reached"),
        remedy: String::from("start it with `waypost local`, or name the stack: --stack NAME"),
    })?;
    match answer.status().as_u16() {
        200 => Ok(()),
        401 => {
            let remedy =
                "name the stack (--stack); of a system on this machine, --aws-endpoint or WAYPOST_LOCAL_APP_SECRET";
            Err(Error::failed("the webhook refused the signature: it knows another app secret", remedy))
        }
        status => Err(Error::failed(format!("the webhook answered {status}"), "waypost doctor")),
    }
}
