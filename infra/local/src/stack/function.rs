//! `AWS::Serverless::Function`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::event::{Event, Mapping, Route, Schedule};
use crate::template::resolve::Scope;
use crate::template::section::{Number, read};
use crate::template::{Resource, Unplayable};

/// A function, and what calls it.
#[derive(Debug)]
pub(crate) struct Function {
    /// The folder of its code under functions/.
    pub(crate) code: String,
    pub(crate) timeout: Duration,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) routes: Vec<Route>,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) schedules: Vec<Schedule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Properties {
    code_uri: String,
    timeout: Number,
    #[serde(default)]
    environment: Environment,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Environment {
    #[serde(default)]
    variables: BTreeMap<String, Value>,
}

const PLAYED: [&str; 3] = ["CodeUri", "Environment", "Timeout"];
/// How it is built, sized, permitted and logged, and what becomes of a tick that cannot start.
const WITHOUT_EFFECT: [&str; 15] = [
    "Architectures",
    "Description",
    "EventInvokeConfig",
    // Read below, one by one.
    "Events",
    "Handler",
    "KmsKeyArn",
    "LoggingConfig",
    "MemorySize",
    "PermissionsBoundary",
    "Policies",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "Tags",
    "Tracing",
];

impl Function {
    pub(super) fn read(scope: &Scope<'_>, resource: &Resource<'_>) -> Result<Self, Unplayable> {
        let properties: Properties = read(scope, &resource.properties, &PLAYED, &WITHOUT_EFFECT)?;
        let variables = properties.environment.variables.into_iter();
        let mut function = Self {
            code: properties.code_uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned(),
            timeout: Duration::from_secs(properties.timeout.0.into()),
            environment: variables.map(|(name, value)| Ok((name, scope.text(&value)?))).collect::<Result<_, _>>()?,
            routes: Vec::new(),
            mappings: Vec::new(),
            schedules: Vec::new(),
        };
        let none = Map::new();
        let events = resource.properties.get("Events").and_then(Value::as_object).unwrap_or(&none);
        for (name, written) in events {
            let event =
                Event::read(scope, written).map_err(|error| Unplayable(format!("the event {name}: {error}")))?;
            match event {
                Event::Route(route) => function.routes.push(route),
                Event::Mapping(mapping) => function.mappings.push(mapping),
                Event::Schedule(schedule) => function.schedules.push(schedule),
                Event::Off => {}
            }
        }
        Ok(function)
    }
}
