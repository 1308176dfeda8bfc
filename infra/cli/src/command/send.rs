//! `waypost send`.

pub(crate) mod file;
mod options;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};
use model::DeliveryStatus;
use model::file::FileKind;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::api::Call;
use crate::choose::{Channel, list, text};
use crate::command::message::{shown, status_of};
use crate::error::Error;
use crate::print::Printer;
use crate::reach::System;
use options::OptionArgs;

#[derive(Args)]
#[command(group = ArgGroup::new("named").args(["template", "fallback_template"]))]
#[command(after_help = "Examples:
  waypost send +15550101 'Yes. How can I help?' --wait
  waypost send +15550101 --template order_shipped --language en_US --param Ana --param A-17
  waypost send +15550101 'Did it arrive?' --after-delivered --expires-in 60m
  waypost send +15550101 'Still there?' --fallback-template hello_world --idempotency-key reminder-4711
  waypost send +15550101 'Your invoice' --file invoice.pdf
  waypost send --message location.json")]
pub(crate) struct SendArgs {
    /// A phone number with country code, or a user id such as US.1000000001.
    #[arg(required_unless_present = "message")]
    to: Option<String>,
    /// The text, or the caption of a file; several words are joined by spaces.
    #[arg(conflicts_with_all = ["template", "message"])]
    text: Vec<String>,
    /// Send this template.
    #[arg(long, value_name = "NAME", conflicts_with = "message")]
    template: Option<String>,
    /// Send this template instead where the service window is closed.
    #[arg(long, value_name = "NAME", conflicts_with = "template")]
    fallback_template: Option<String>,
    /// The template's language, as in en_US; may be left out where it has only one.
    #[arg(long, value_name = "CODE", requires = "named")]
    language: Option<String>,
    /// What stands for the next variable of the template's body; NAME=VALUE where its variables have names.
    #[arg(long, value_name = "VALUE", requires = "named", allow_hyphen_values = true)]
    param: Vec<String>,
    /// Send this file: it is uploaded first. What Meta does not take goes out as a link.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["template", "message", "media_url"])]
    file: Option<PathBuf>,
    /// Send the file at this public https URL.
    #[arg(long, value_name = "URL", conflicts_with_all = ["template", "message"])]
    media_url: Option<String>,
    /// As what the file is sent, where its name does not tell.
    #[arg(long, value_name = "KIND", value_parser = ["image", "video", "audio", "document", "sticker"])]
    r#as: Option<String>,
    /// Meta's own message object as JSON, with `to`, in this file; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    message: Option<PathBuf>,
    /// Name or phone_number_id; may be left out where there is only one.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// The same key and message again sends nothing twice.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Wait until it got this far, and fail where it does not.
    #[arg(long, value_name = "STATUS", num_args = 0..=1, default_missing_value = "delivered")]
    wait: Option<Goal>,
    /// How long to wait, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "wait")]
    timeout: u64,
    #[command(flatten)]
    options: OptionArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Goal {
    Sent,
    Delivered,
    Read,
}

impl Goal {
    fn status(self) -> DeliveryStatus {
        match self {
            Self::Sent => DeliveryStatus::Sent,
            Self::Delivered => DeliveryStatus::Delivered,
            Self::Read => DeliveryStatus::Read,
        }
    }
}

/// What the arguments say is to be sent.
enum Content {
    /// Meta's own message object.
    Whole(Value),
    Text(String),
    Template(String),
    /// A file, and its caption.
    File(Source, Option<String>),
}

enum Source {
    Path(PathBuf),
    Url(String),
}

pub(crate) async fn run(system: &System, printer: Printer, args: SendArgs) -> Result<(), Error> {
    // Wrong usage is said before the API is asked anything.
    let content = content(&args)?;
    let channel = system.channel(args.channel.as_deref()).await?;
    let message = message(system, &channel, &args, content).await?;
    let call = Call::post(["v1", "channels", &channel.phone_number_id, "messages"], message)
        .with_idempotency_key(args.idempotency_key.as_deref());
    let queued = system.api.call(call).await?;
    let id = text(&queued, "/id");
    let Some(goal) = args.wait else {
        return printer
            .either(&queued, |_| format!("Queued as {id}. `waypost message show {id}` says what becomes of it."));
    };
    let (message, reached) = wait_for(system, &id, goal, Duration::from_secs(args.timeout)).await?;
    printer.either(&message, |printer| shown(printer, &message))?;
    if reached {
        return Ok(());
    }
    let what = format!("it is {} and not {}", status_of(&message), goal.status().as_str());
    Err(Error::failed(what, format!("waypost doctor --message {id}")))
}

fn content(args: &SendArgs) -> Result<Content, Error> {
    let source = match (&args.file, &args.media_url) {
        (Some(path), _) => Some(Source::Path(path.clone())),
        (None, Some(url)) => Some(Source::Url(url.clone())),
        (None, None) => None,
    };
    if let Some(source) = source {
        return Ok(Content::File(source, (!args.text.is_empty()).then(|| args.text.join(" "))));
    }
    if args.r#as.is_some() {
        return Err(Error::Usage(String::from("--as is said of a --file or a --media-url")));
    }
    match (&args.message, &args.template) {
        (Some(file), _) => Ok(Content::Whole(read(file)?)),
        (None, Some(name)) => Ok(Content::Template(name.clone())),
        (None, None) if args.text.is_empty() => {
            Err(Error::Usage(String::from("say what to send: a text, --file, --media-url, --template or --message")))
        }
        (None, None) => Ok(Content::Text(args.text.join(" "))),
    }
}

async fn message(system: &System, channel: &Channel, args: &SendArgs, content: Content) -> Result<Value, Error> {
    let mut message = match content {
        Content::Whole(message) => message,
        Content::File(source, caption) => with_file(system, channel, args, source, caption).await?,
        Content::Text(text) => json!({"type": "text", "text": {"body": text}}),
        Content::Template(name) => {
            json!({"type": "template", "template": template(system, channel, args, &name).await?})
        }
    };
    if let Some(to) = &args.to {
        // A business-scoped user id is no phone number, and Meta wants it under another name.
        let field = if to.contains('.') { "recipient" } else { "to" };
        message[field] = to.as_str().into();
    }
    let fallback = match &args.fallback_template {
        Some(name) => Some(template(system, channel, args, name).await?),
        None => None,
    };
    args.options.apply(&mut message, fallback)?;
    Ok(message)
}

/// What a person sees of a path or URL is its name.
async fn with_file(
    system: &System,
    channel: &Channel,
    args: &SendArgs,
    source: Source,
    caption: Option<String>,
) -> Result<Value, Error> {
    let name = match &source {
        Source::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        Source::Url(url) => model::file::name::of_url(url),
    };
    let kind = args.r#as.as_deref().and_then(FileKind::parse);
    let kind = kind.unwrap_or_else(|| file::kind(name.as_deref().unwrap_or_default()));
    if caption.is_some() && matches!(kind, FileKind::Audio | FileKind::Sticker) {
        return Err(Error::Usage(format!("Meta has no caption for {kind} messages")));
    }
    let mut content = json!({});
    if let Some(caption) = caption {
        content["caption"] = caption.into();
    }
    if let (FileKind::Document, Some(name)) = (kind, &name) {
        content["filename"] = name.as_str().into();
    }
    let media = match source {
        Source::Path(path) => {
            json!({"key": file::upload(system, channel, &path, name.as_deref().unwrap_or("file")).await?})
        }
        Source::Url(url) => json!({ "url": url }),
    };
    Ok(json!({"type": kind.as_str(), kind.as_str(): content, "waypost": {"media": media}}))
}

fn read(file: &Path) -> Result<Value, Error> {
    let unreadable = |why: &dyn std::fmt::Display| Error::Usage(format!("{}: {why}", file.display()));
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| unreadable(&error))?;
    }
    match serde_json::from_str(&text) {
        Ok(Value::Object(message)) => Ok(Value::Object(message)),
        Ok(_) => Err(unreadable(&"it is JSON, but no object")),
        Err(error) => Err(unreadable(&format!("it is no JSON: {error}"))),
    }
}

/// Meta's template object; what is stored of the template says how its variables are filled.
async fn template(system: &System, channel: &Channel, args: &SendArgs, name: &str) -> Result<Value, Error> {
    let call = Call::get(["v1", "wabas", &channel.waba_id, "templates"])
        .with_query("q", Some(name))
        .with_query("limit", Some(100))
        .with_query("language", args.language.as_ref());
    let page = system.api.call(call).await?;
    let known: Vec<&Value> = list(&page, "/items").iter().filter(|one| text(one, "/name") == name).collect();
    let language = match (&args.language, known.as_slice()) {
        (Some(language), _) => language.clone(),
        (None, [only]) => text(only, "/language"),
        (None, []) => {
            let remedy = "waypost templates sync reads templates from Meta; --language sends one unseen";
            return Err(Error::failed(format!("no template {name} is known"), remedy));
        }
        (None, several) => {
            let languages: Vec<String> = several.iter().map(|one| text(one, "/language")).collect();
            return Err(Error::Usage(format!(
                "{name} has several languages, so say --language: {}",
                languages.join(", ")
            )));
        }
    };
    let named = known.first().is_some_and(|one| text(one, "/parameter_format").eq_ignore_ascii_case("NAMED"));
    let mut template = json!({"name": name, "language": {"code": language}});
    if !args.param.is_empty() {
        let parameters = args.param.iter().map(|value| parameter(value, named)).collect::<Result<Vec<_>, _>>()?;
        template["components"] = json!([{"type": "body", "parameters": parameters}]);
    }
    Ok(template)
}

fn parameter(value: &str, named: bool) -> Result<Value, Error> {
    if !named {
        return Ok(json!({"type": "text", "text": value}));
    }
    match value.split_once('=') {
        Some((name, value)) => Ok(json!({"type": "text", "parameter_name": name, "text": value})),
        None => Err(Error::Usage(format!("the template's variables have names: --param NAME={value}"))),
    }
}

/// The message as it is when it got there, failed, or time ran out; and whether it got there.
async fn wait_for(system: &System, id: &str, goal: Goal, patience: Duration) -> Result<(Value, bool), Error> {
    let deadline = Instant::now() + patience;
    let goal = goal.status().rank();
    loop {
        let message = system.api.call(Call::get(["v1", "messages", id])).await?;
        let status = DeliveryStatus::parse(&status_of(&message));
        // `failed` ranks between sent and delivered: it is no way of having been sent.
        if status != DeliveryStatus::Failed && status.rank() >= goal {
            return Ok((message, true));
        }
        let over = ["failed", "cancelled"].contains(&text(&message, "/state").as_str());
        if over || Instant::now() >= deadline {
            return Ok((message, false));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_as_the_template_names_them() {
        assert_eq!(parameter("a=b", false).unwrap(), json!({"type": "text", "text": "a=b"}));
        assert_eq!(
            parameter("name=Ana=x", true).unwrap(),
            json!({"type": "text", "parameter_name": "name", "text": "Ana=x"})
        );
        assert!(parameter("Ana", true).is_err());
    }
}
