//! `waypost token`: the access token and the app secret, changed without a deployment.

use clap::{Args, Subcommand};
use graph::{Client, Token};
use model::Timestamp;
use model::health::{AppFacts, Finding, TokenFacts};
use serde_json::json;

use crate::ask::{Asker, SecretArgs, anything};
use crate::choose::text;
use crate::command::connect::digits;
use crate::error::Error;
use crate::findings::{conclude, errors};
use crate::print::Printer;
use crate::reach::System;
use crate::reach::meta::{MetaArgs, refused};
use crate::reach::secrets::Secrets;

#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Put another access token in place, once Meta says that it is good for every account. What is parked then leaves.
    Set(SetArgs),
    /// Say what the stored access tokens are worth.
    Check(CheckArgs),
    /// Put another app secret first; the one before it stays, until Meta signs with the new one.
    AppSecret(AppSecretArgs),
    /// Print the callback URL and the verify token that Meta's dashboard asks for; connect gives Meta both by itself.
    #[command(after_help = "Examples:
  waypost token verify-token
  waypost token verify-token --stack waypost")]
    VerifyToken,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost token set --stack waypost
  waypost token set --waba 200000000000001")]
pub(crate) struct SetArgs {
    /// Only for this WhatsApp Business Account. Default: for every account without a token of its own.
    #[arg(long, value_name = "ID", value_parser = digits)]
    waba: Option<String>,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    meta: MetaArgs,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost token check
  waypost token check --json")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    meta: MetaArgs,
}

#[derive(Args)]
#[command(after_help = "Examples:
  waypost token app-secret
  waypost token app-secret --drop-previous")]
pub(crate) struct AppSecretArgs {
    /// Forget the previous one: once the app's dashboard says that only the new one is left.
    #[arg(long)]
    drop_previous: bool,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    meta: MetaArgs,
}

pub(crate) async fn run(system: &System, printer: Printer, command: &TokenCommand) -> Result<(), Error> {
    match command {
        TokenCommand::Set(args) => set(system, printer, args).await,
        TokenCommand::Check(args) => check(system, printer, args).await,
        TokenCommand::AppSecret(args) => app_secret(system, printer, args).await,
        TokenCommand::VerifyToken => verify_token(system, printer).await,
    }
}

async fn set(system: &System, printer: Printer, args: &SetArgs) -> Result<(), Error> {
    let asker = Asker::new(printer, &args.secrets)?;
    let graph = system.graph(&args.meta)?;
    let secrets = system.secrets().await?;
    let accounts = if let Some(waba) = &args.waba {
        vec![waba.clone()]
    } else {
        let mut accounts = accounts(system).await?;
        // Those that have one of their own do not get this one.
        accounts.retain(|waba| secrets.token(waba) == secrets.token("default"));
        if accounts.is_empty() {
            // There would be nothing to judge it by, and nobody to use it.
            return Err(Error::Failed(String::from(
                "every account has a token of its own\n  remedy: name the account whose token is replaced: --waba ID",
            )));
        }
        accounts
    };
    let new = asker.secret("WAYPOST_ACCESS_TOKEN", "The access token", anything)?;
    let token = Token::new(&new);
    let facts = look(&graph, &secrets, &token).await?;
    let found = judged(&facts, &secrets, &accounts);
    let wrong = errors(&found);
    if !wrong.is_empty() {
        if !printer.is_json() {
            eprintln!("This token is not put in place; what is stored stays as it is.");
        }
        return conclude(printer, &wrong);
    }
    let member = args.waba.as_deref().unwrap_or("default");
    let changed = secrets.put(&secrets.tokens.clone().with(member, new.reveal())).await?;
    let done = json!({"changed": changed, "secret": member, "accounts": accounts, "findings": found});
    printer.either(&done, |printer| {
        let what = if changed {
            "The token is in place: it is used within half a minute, and what is parked for the old one leaves by itself. \
             Secrets Manager keeps the old one as AWSPREVIOUS."
        } else {
            "That token is in place already."
        };
        format!("{what}\n\n{}", crate::findings::to_text(printer, &found))
    })
}

async fn check(system: &System, printer: Printer, args: &CheckArgs) -> Result<(), Error> {
    let graph = system.graph(&args.meta)?;
    let secrets = system.secrets().await?;
    let mut found: Vec<Finding> = Vec::new();
    for waba in accounts(system).await? {
        let facts = match secrets.token(&waba) {
            Some(token) => Some(look(&graph, &secrets, &token).await?),
            None => None,
        };
        for finding in TokenFacts::findings(facts.as_ref(), secrets.app_id(), &waba, Timestamp::now()) {
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    conclude(printer, &found)
}

async fn app_secret(system: &System, printer: Printer, args: &AppSecretArgs) -> Result<(), Error> {
    let secrets = system.secrets().await?;
    let new = if args.drop_previous {
        secrets.webhook.clone().without_previous()
    } else {
        let asker = Asker::new(printer, &args.secrets)?;
        let app_id = secrets.app_id().ok_or_else(|| Error::failed("no app is connected yet", "waypost connect"))?;
        let given = asker.secret("WAYPOST_APP_SECRET", "The app secret", anything)?;
        let app = Token::of_app(app_id, given.reveal());
        if let Err(error) = system.graph(&args.meta)?.app_name(&app, app_id).await {
            if error.code().is_none() {
                return Err(refused("Meta does not say whether the secret is the app's", &error));
            }
            let facts = AppFacts { has_id: true, has_secret: true, is_taken: Some(false), subscriptions: None };
            return conclude(printer, &facts.findings("", false));
        }
        secrets.webhook.clone().with_app_secret(given.reveal())
    };
    let changed = secrets.put(&new).await?;
    printer.either(&json!({ "changed": changed }), |_| {
        let said = match (changed, args.drop_previous) {
            (false, _) => "Nothing had to be changed.",
            (true, true) => "Only the current app secret is left.",
            (true, false) => {
                "The app secret is in place, and the one before it still counts. Once Meta signs with the new one: waypost \
                 token app-secret --drop-previous"
            }
        };
        said.to_owned()
    })
}

/// C-07: the one secret that is printed, for whoever asks for it; it opens nothing but the handshake.
async fn verify_token(system: &System, printer: Printer) -> Result<(), Error> {
    let secrets = system.secrets().await?;
    let token = secrets.verify_token();
    let token = token.ok_or_else(|| Error::failed("the webhook secret holds no verify token", "waypost connect"))?;
    let shown = json!({"callback": system.webhook.as_str(), "verify_token": token.reveal()});
    printer.either(&shown, |printer| {
        printer.facts(&[("CALLBACK URL", system.webhook.to_string()), ("VERIFY TOKEN", token.reveal().to_owned())])
    })
}

/// By the app where its secret is stored, else by itself; so is a token of another app.
async fn look(graph: &Client, secrets: &Secrets, token: &Token) -> Result<TokenFacts, Error> {
    let by_app = match secrets.app_token() {
        Some(app) => graph.debug_token(&app, token).await.ok(),
        None => None,
    };
    match by_app {
        Some(facts) => Ok(facts),
        None => {
            graph.look_at(token).await.map_err(|error| refused("Meta does not say what the token is worth", &error))
        }
    }
}

fn judged(facts: &TokenFacts, secrets: &Secrets, accounts: &[String]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for waba in accounts {
        for finding in TokenFacts::findings(Some(facts), secrets.app_id(), waba, Timestamp::now()) {
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    found
}

/// Of the channels there are.
async fn accounts(system: &System) -> Result<Vec<String>, Error> {
    let mut accounts: Vec<String> = system.channels().await?.iter().map(|channel| text(channel, "/waba_id")).collect();
    accounts.sort();
    accounts.dedup();
    if accounts.is_empty() {
        return Err(Error::Failed(String::from("no number is connected yet\n  remedy: waypost connect")));
    }
    Ok(accounts)
}
