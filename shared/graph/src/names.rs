//! Resolving the names of file hosts. What is checked here is what is connected to: a name that answers otherwise the
//! next time (rebinding) is asked and checked anew.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;

/// Gives only the public addresses of a name.
pub(crate) struct PublicOnly(pub(crate) Arc<dyn Resolve>);

/// The system's resolver.
pub(crate) struct System;

#[derive(Debug, thiserror::Error)]
#[error("the host has no public address")]
struct NoPublicAddress;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.resolve(name);
        Box::pin(async move {
            let public: Vec<SocketAddr> = found.await?.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the URL's.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Answers with the next line of a script.
    struct Script(Mutex<Vec<&'static [&'static str]>>);

    impl Resolve for Script {
        fn resolve(&self, _: Name) -> Resolving {
            let answer = self.0.lock().unwrap().remove(0);
            let addresses: Vec<_> = answer.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
            Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
        }
    }

    #[tokio::test]
    async fn each_answer_is_checked_by_itself() {
        let rebinding: [&[&str]; 4] = [&["157.240.0.1"], &["127.0.0.1"], &["10.0.0.1", "157.240.0.1", "::1"], &[]];
        let names = PublicOnly(Arc::new(Script(Mutex::new(rebinding.to_vec()))));
        let mut answers = Vec::new();
        for _ in 0..rebinding.len() {
            let answer = names.resolve("lookaside.fbsbx.com".parse().unwrap()).await;
            answers.push(answer.map(|found| found.map(|it| it.ip().to_string()).collect::<Vec<_>>()).ok());
        }
        let public = Some(vec![String::from("157.240.0.1")]);
        assert_eq!(answers, [public.clone(), None, public, None]);
    }
}
