//! `waypost number`: verification by code, registration and PIN at Meta (N-04, D-02, contract §1.6, §4.7).

mod delete;

use clap::{Args, Subcommand, ValueEnum};
use graph::phone_numbers::PhoneNumber;
use graph::registration::CodeMethod;
use graph::{Client, Token};
use model::health::NumberFacts;
use model::{PhoneNumberId, WabaId};
use serde_json::{Value, json};

use crate::api::Call;
use crate::ask::{Asker, SecretArgs, six_digits};
use crate::choose::Channel;
use crate::command::connect::pin;
use crate::error::Error;
use crate::findings;
use crate::print::Printer;
use crate::reach::System;
use crate::reach::meta::{MetaArgs, refused};

/// Meta's answer to a code asked for a number that is verified.
const VERIFIED_ALREADY: i64 = 136_024;
/// Its answer to a registration of a number that is not.
const NOT_VERIFIED: i64 = 133_006;
/// Its answer to another code than the one that was sent last (as integrators tell; the contract does not list it).
const WRONG_CODE: i64 = 136_025;

#[derive(Subcommand)]
pub(crate) enum NumberCommand {
    /// What Meta says of the number, and what is wrong with it.
    #[command(after_help = "Examples:
  waypost number status
  waypost number status support --json")]
    Status(Which),
    /// Have a code sent to the number, by message or call.
    RequestCode(RequestCode),
    /// Give the code back: the number is verified for 14 days, in which it has to be registered.
    VerifyCode(VerifyCode),
    /// Register the number on the Cloud API: it sends and receives from then on. The PIN is the number's two-step PIN; a
    /// number that has none gets this one.
    #[command(after_help = "Examples:
  waypost number register
  waypost number register support --json")]
    Register(WithPin),
    /// End the registration: the number neither sends nor receives.
    Deregister(Deregister),
    /// Set or replace the two-step PIN. It can be taken away in WhatsApp Manager only.
    #[command(after_help = "Examples:
  waypost number pin")]
    Pin(WithPin),
    /// Request a code, ask for it, verify it, register; what is done already is left out. After a change of the display
    /// name, and to go on after a crash.
    Reregister(Reregister),
    /// What Meta asks for before a number is deleted, and where: no API does it, and for a test number nobody.
    #[command(after_help = "Examples:
  waypost number delete
  waypost number delete support --json")]
    Delete(Which),
}

#[derive(Args)]
pub(crate) struct Which {
    /// Name or phone_number_id of a channel; may be left out where there is only one.
    channel: Option<String>,
    #[command(flatten)]
    meta: MetaArgs,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost number request-code
  waypost number request-code support --method voice --language de")]
pub(crate) struct RequestCode {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
}

#[derive(Args)]
pub(crate) struct How {
    /// How the code comes.
    #[arg(long, value_enum, default_value_t = Method::Sms)]
    method: Method,
    /// In which language.
    #[arg(long, default_value = "en_US")]
    language: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    Sms,
    Voice,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost number verify-code --code 123456")]
pub(crate) struct VerifyCode {
    #[command(flatten)]
    which: Which,
    /// The six digits that came. Asked for on a terminal.
    #[arg(long)]
    code: Option<String>,
}

#[derive(Args)]
pub(crate) struct WithPin {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    secrets: SecretArgs,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost number deregister support
  waypost number deregister support --yes")]
pub(crate) struct Deregister {
    #[command(flatten)]
    which: Which,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost number reregister
  waypost number reregister support --code 123456")]
pub(crate) struct Reregister {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
    /// The code, where one was requested before.
    #[arg(long)]
    code: Option<String>,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// A number, and what it takes to ask Meta about it.
struct Subject {
    graph: Client,
    token: Token,
    id: PhoneNumberId,
}

pub(crate) async fn run(system: &System, printer: Printer, command: &NumberCommand) -> Result<(), Error> {
    match command {
        NumberCommand::Delete(which) => {
            let channel = system.channel_argument(which.channel.as_deref()).await?;
            let stored = system.api.call(Call::get(["v1", "channels", &channel.phone_number_id])).await?;
            let test_number = stored.get("test_number").and_then(Value::as_bool);
            delete::run(&subject(system, which).await?, test_number, printer).await
        }
        NumberCommand::Status(which) => status(&subject(system, which).await?, printer).await,
        NumberCommand::RequestCode(RequestCode { which, how }) => {
            let subject = subject(system, which).await?;
            let is_sent = subject.request_code(how).await?;
            done(printer, &json!({"code_requested": is_sent, "verified": !is_sent}), || {
                if is_sent {
                    String::from("A code is on its way. Then: waypost number verify-code")
                } else {
                    String::from("The number is verified already. Then: waypost number register")
                }
            })
        }
        NumberCommand::VerifyCode(VerifyCode { which, code }) => {
            let subject = subject(system, which).await?;
            let asker = Asker::new(printer, &SecretArgs::none())?;
            subject.verify(&asker, code.as_deref()).await?;
            done(printer, &json!({"verified": true}), || {
                String::from("The number is verified. Then: waypost number register")
            })
        }
        NumberCommand::Register(WithPin { which, secrets }) => {
            let subject = subject(system, which).await?;
            subject.register(&Asker::new(printer, secrets)?).await?;
            done(printer, &json!({"registered": true}), || String::from("The number is registered."))
        }
        NumberCommand::Deregister(Deregister { which, yes }) => {
            let subject = subject(system, which).await?;
            if !yes
                && !Asker::new(printer, &SecretArgs::none())?
                    .agrees("The number will neither send nor receive. Go on?")?
            {
                return Err(Error::Failed(String::from("nothing was changed")));
            }
            let ended = subject.graph.deregister(&subject.token, &subject.id).await;
            ended.map_err(|error| refused("Meta does not deregister the number", &error))?;
            done(printer, &json!({"registered": false}), || String::from("The number is not registered any more."))
        }
        NumberCommand::Pin(WithPin { which, secrets }) => {
            let subject = subject(system, which).await?;
            let pin = pin(&Asker::new(printer, secrets)?)?;
            let set = subject.graph.set_pin(&subject.token, &subject.id, &pin).await;
            set.map_err(|error| refused("Meta does not take the PIN", &error))?;
            done(printer, &json!({"pin_set": true}), || String::from("The PIN is set."))
        }
        NumberCommand::Reregister(args) => reregister(system, printer, args).await,
    }
}

/// D-02. Each step looks first at what is so, so that after a crash it goes on where it ended.
async fn reregister(system: &System, printer: Printer, args: &Reregister) -> Result<(), Error> {
    let subject = subject(system, &args.which).await?;
    let asker = Asker::new(printer, &args.secrets)?;
    let mut did = Vec::new();
    if !subject.number().await?.facts().is_verified() {
        if args.code.is_none() {
            did.push("request_code");
            let is_sent = subject.request_code(&args.how).await?;
            if is_sent && !asker.is_person() {
                let next = "run it again with --code";
                return done(printer, &json!({"did": did, "registered": false, "next": next}), || {
                    format!("A code is on its way; {next}.")
                });
            }
        }
        if !subject.number().await?.facts().is_verified() {
            subject.verify(&asker, args.code.as_deref()).await?;
            did.push("verify_code");
        }
    }
    subject.register(&asker).await?;
    did.push("register");
    let number = subject.number().await?;
    let shown = json!({"did": did, "registered": true, "status": number.status, "name_status": number.name_status,
        "verified_name": number.verified_name});
    done(printer, &shown, || {
        let name = number.verified_name.unwrap_or_default();
        format!("The number is registered. People see it as {}.", crate::print::plain(&name))
    })
}

async fn status(subject: &Subject, printer: Printer) -> Result<(), Error> {
    let number = subject.number().await?;
    let found = NumberFacts::findings(Some(&number.facts()), subject.id.as_str());
    let mut shown: Value = serde_json::from_str(number.raw.get()).unwrap_or_default();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert(String::from("findings"), json!(found));
    }
    printer.either(&shown, |printer| {
        let fact = |fact: &Option<String>| fact.clone().unwrap_or_default();
        let flag = |flag: Option<bool>| flag.map(|flag| if flag { "yes" } else { "no" }.to_owned()).unwrap_or_default();
        let facts = printer.facts(&[
            ("PHONE_NUMBER_ID", subject.id.to_string()),
            ("PHONE", fact(&number.display_phone_number)),
            ("DISPLAY NAME", fact(&number.verified_name)),
            ("NAME STATUS", fact(&number.name_status)),
            ("NEW NAME", fact(&number.new_name_status)),
            ("STATUS", fact(&number.status)),
            ("PLATFORM", fact(&number.platform_type)),
            ("VERIFIED", fact(&number.code_verification_status)),
            ("QUALITY", fact(&number.quality_rating)),
            ("THROUGHPUT", fact(&number.throughput)),
            ("MESSAGING LIMIT", fact(&number.messaging_limit)),
            ("ACCOUNT MODE", fact(&number.account_mode)),
            ("PIN SET", flag(number.is_pin_enabled)),
            ("ON BUSINESS APP", flag(number.is_on_biz_app)),
        ]);
        format!("{facts}\n\n{}", findings::to_text(printer, &found))
    })
}

async fn subject(system: &System, which: &Which) -> Result<Subject, Error> {
    let channel: Channel = system.channel_argument(which.channel.as_deref()).await?;
    let token = system.secrets().await?.token(&channel.waba_id);
    let waba = WabaId::new(channel.waba_id);
    let token = token.ok_or_else(|| {
        Error::Failed(format!("there is no access token for the account {waba}\n  remedy: waypost token set"))
    })?;
    Ok(Subject { graph: system.graph(&which.meta)?, token, id: PhoneNumberId::new(channel.phone_number_id) })
}

fn done(printer: Printer, value: &Value, text: impl FnOnce() -> String) -> Result<(), Error> {
    printer.either(value, |_| text())
}

impl Subject {
    async fn number(&self) -> Result<PhoneNumber, Error> {
        let number = self.graph.phone_number(&self.token, &self.id).await;
        let number = number.map_err(|error| refused("Meta does not show the number", &error))?;
        number.ok_or_else(|| {
            Error::Failed(String::from("Meta shows no such number to the access token\n  remedy: waypost doctor"))
        })
    }

    /// Whether one was sent: a number that is verified gets none.
    async fn request_code(&self, how: &How) -> Result<bool, Error> {
        let method = match how.method {
            Method::Sms => CodeMethod::Sms,
            Method::Voice => CodeMethod::Voice,
        };
        match self.graph.request_code(&self.token, &self.id, method, &how.language).await {
            Ok(()) => Ok(true),
            Err(error) if error.code() == Some(VERIFIED_ALREADY) => Ok(false),
            Err(error) => Err(refused("Meta does not send a code", &error)),
        }
    }

    async fn verify(&self, asker: &Asker, code: Option<&str>) -> Result<(), Error> {
        if code.is_some_and(|code| six_digits(code).is_err()) {
            return Err(Error::Usage(String::from("a code has six digits")));
        }
        loop {
            let typed = match code {
                Some(code) => code.to_owned(),
                None => asker.text("The code of six digits that came", None, "--code CODE", six_digits)?,
            };
            match self.graph.verify_code(&self.token, &self.id, &typed).await {
                Ok(()) => return Ok(()),
                Err(error) if error.code() != Some(WRONG_CODE) => {
                    return Err(refused("Meta does not take the code", &error));
                }
                // Somebody is there to look again.
                Err(_) if code.is_none() => eprintln!("That is not the code that Meta sent last."),
                Err(_) => {
                    return Err(Error::failed(
                        "that is not the code that Meta sent last",
                        "give the newest one; waypost number request-code sends another",
                    ));
                }
            }
        }
    }

    async fn register(&self, asker: &Asker) -> Result<(), Error> {
        let pin = pin(asker)?;
        let registered = self.graph.register(&self.token, &self.id, &pin).await;
        registered.map_err(|error| match error.code() {
            Some(code @ NOT_VERIFIED) => Error::failed(
                format!("Meta does not register the number: it must be verified first (code {code})"),
                "waypost number reregister, which requests a code, verifies it and registers",
            ),
            _ => refused("Meta does not register the number", &error),
        })
    }
}
