//! Which system is meant, and where its parts are.

use aws_config::SdkConfig;
use url::Url;

use crate::api::signer::Signer;
use crate::api::{Api, below, is_loopback};
use crate::args::Globals;
use crate::error::Error;

mod aws;
mod limits;
pub(crate) mod meta;
pub(crate) mod queues;
mod secret;
pub(crate) mod secrets;
mod stack;

use stack::Outputs;

/// Where `waypost local` listens unless told otherwise.
const LOCAL_API: &str = "http://127.0.0.1:8787";
const LOCAL_META: &str = "http://127.0.0.1:8788";
const LOCAL_AWS: &str = "http://127.0.0.1:8789";

/// A system that commands work on.
pub(crate) struct System {
    pub(crate) api: Api,
    /// Where Meta posts.
    pub(crate) webhook: Url,
    outputs: Option<Outputs>,
    aws_endpoint: Option<Url>,
    aws: Option<SdkConfig>,
}

impl System {
    /// `--api`, else what `--stack` says, else `$WAYPOST_API`, else this machine.
    pub(crate) async fn reach(globals: Globals) -> Result<Self, Error> {
        let Globals { api, stack, region, aws_endpoint, json: _ } = globals;
        let aws_endpoint = aws_endpoint.map(|url| parse("--aws-endpoint", &url)).transpose()?;
        let given = api.map(|url| parse("--api", &url)).transpose()?;
        if let Some(name) = stack {
            let aws = aws::config(aws_endpoint.as_ref(), region).await;
            let outputs = Outputs::of(&aws, &name).await?;
            let (api, webhook) = match given {
                Some(api) => (api.clone(), webhook_of(&api)),
                None => (output(&outputs, "ApiUrl")?, output(&outputs, "CallbackUrl")?),
            };
            return Self::new(api, webhook, Some(outputs), aws_endpoint, Some(aws));
        }
        let from_environment = || std::env::var("WAYPOST_API").ok().filter(|url| !url.is_empty());
        let api = match given {
            Some(api) => api,
            None => match from_environment() {
                Some(url) => parse("WAYPOST_API", &url)?,
                None => parse("the default", LOCAL_API)?,
            },
        };
        only_safely(&api)?;
        // Commands that stay on this machine ask nobody for credentials.
        let aws = match (&aws_endpoint, is_loopback(&api)) {
            (None, true) => None,
            (endpoint, _) => Some(aws::config(endpoint.as_ref(), region).await),
        };
        Self::new(api.clone(), webhook_of(&api), None, aws_endpoint, aws)
    }

    /// The operator's AWS, for commands that cannot do without; of a system on this machine, its fake one.
    pub(crate) async fn aws(&self) -> Result<SdkConfig, Error> {
        match &self.aws {
            Some(aws) => Ok(aws.clone()),
            None => Ok(aws::config(Some(&parse("the default", LOCAL_AWS)?), None).await),
        }
    }

    /// The stack, where one was named.
    pub(crate) fn stack(&self) -> Option<&Outputs> {
        self.outputs.as_ref()
    }

    /// Whether it is `waypost local`.
    fn is_local(&self) -> bool {
        self.outputs.is_none() && is_loopback(self.api.origin())
    }

    fn new(
        api: Url,
        webhook: Url,
        outputs: Option<Outputs>,
        aws_endpoint: Option<Url>,
        aws: Option<SdkConfig>,
    ) -> Result<Self, Error> {
        only_safely(&api)?;
        // A stack's API is behind IAM wherever it is: an emulator on this machine may check it too.
        let signer = match &aws {
            Some(aws) if outputs.is_some() || !is_loopback(&api) => Some(signer(aws, &api)?),
            _ => None,
        };
        Ok(Self { api: Api::new(api, signer)?, webhook, outputs, aws_endpoint, aws })
    }
}

/// What people wrote goes over TLS, or nowhere beyond this machine.
fn only_safely(api: &Url) -> Result<(), Error> {
    if is_loopback(api) || api.scheme() == "https" {
        return Ok(());
    }
    Err(Error::Usage(format!("the API must be at https, or on this machine: {api}")))
}

fn webhook_of(api: &Url) -> Url {
    let mut webhook = api.clone();
    webhook.set_path(&below(api, ["webhook"]));
    webhook
}

fn output(outputs: &Outputs, name: &str) -> Result<Url, Error> {
    parse(&format!("the stack's output {name}"), outputs.get(name)?)
}

fn signer(aws: &SdkConfig, api: &Url) -> Result<Signer, Error> {
    let missing = |what: &str| Error::Unreachable {
        what: format!("{what} to sign with"),
        remedy: String::from("sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE and AWS_REGION"),
    };
    let credentials = aws.credentials_provider().ok_or_else(|| missing("there are no AWS credentials"))?;
    let region = region_of(api).or_else(|| aws.region().map(ToString::to_string));
    Ok(Signer { credentials, region: region.ok_or_else(|| missing("there is no AWS region"))?, service: "execute-api" })
}

/// `https://<id>.execute-api.<region>.amazonaws.com`
fn region_of(api: &Url) -> Option<String> {
    let mut parts = api.host_str()?.split('.').skip_while(|part| *part != "execute-api");
    parts.next()?;
    parts.next().map(str::to_owned)
}

/// An origin, as an argument or an output gives it.
pub(crate) fn parse(what: &str, url: &str) -> Result<Url, Error> {
    match Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(Error::Usage(format!("{what} must be an http or https URL, not {url:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_in_the_address() {
        let region = |url: &str| region_of(&Url::parse(url).unwrap());
        assert_eq!(region("https://abc123.execute-api.eu-west-1.amazonaws.com").as_deref(), Some("eu-west-1"));
        assert_eq!(region("https://api.shop.example"), None);
    }
}
