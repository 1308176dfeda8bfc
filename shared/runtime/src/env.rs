//! The environment as a value, so that the laptop can run five functions in one process, each with its own.

use std::collections::BTreeMap;
use std::str::FromStr;

/// The variables one function sees.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

/// A variable that is missing or cannot be read. Names the variable, never prints its value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvError {
    /// The function cannot start without it.
    #[error("the environment variable {0} is missing; infra/template.yaml sets it for every function that needs it")]
    Missing(String),
    /// It is there, but is not what it has to be.
    #[error("the environment variable {name} is not {expected}")]
    Invalid {
        /// The variable.
        name: String,
        /// What would be accepted.
        expected: &'static str,
    },
}

impl Env {
    /// The environment of this process.
    pub fn process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// A variable's value; an empty one counts as absent.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable the function cannot do without.
    pub fn required(&self, name: &str) -> Result<String, EnvError> {
        self.optional(name).map(str::to_owned).ok_or_else(|| EnvError::Missing(name.to_owned()))
    }

    /// A number (or anything else that parses), or `default` where the variable is absent.
    pub fn parsed<T: FromStr>(&self, name: &str, expected: &'static str, default: T) -> Result<T, EnvError> {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| EnvError::Invalid { name: name.to_owned(), expected }),
        }
    }

    /// So many days, `least` or more, or `default` where the variable is absent.
    pub fn days(&self, name: &str, least: u32, default: u32) -> Result<u32, EnvError> {
        let expected = "a whole number of days, and not fewer than infra/template.yaml allows";
        let days = self.parsed(name, expected, default)?;
        if days < least { Err(EnvError::Invalid { name: name.to_owned(), expected }) } else { Ok(days) }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_days_are_refused() {
        let days = |value: &str| [("DAYS", value)].into_iter().collect::<Env>().days("DAYS", 14, 365);
        assert_eq!([days("14"), days("36500"), days("")], [Ok(14), Ok(36_500), Ok(365)]);
        for odd in ["13", "0", "-1", "1.5", "a year", "99999999999"] {
            assert!(days(odd).unwrap_err().to_string().contains("DAYS"), "{odd}");
        }
    }

    #[test]
    fn a_missing_or_empty_variable_is_named() {
        let env: Env = [("TABLE_NAME", "t"), ("EMPTY", "")].into_iter().collect();
        assert_eq!(env.required("TABLE_NAME").unwrap(), "t");
        assert_eq!(env.required("EMPTY"), Err(EnvError::Missing("EMPTY".into())));
        assert!(env.required("GONE").unwrap_err().to_string().contains("GONE"));
    }

    #[test]
    fn a_number_that_is_none_is_refused_without_printing_it() {
        let env: Env = [("UNCERTAIN_AFTER_S", "soon")].into_iter().collect();
        let error = env.parsed("UNCERTAIN_AFTER_S", "a whole number of seconds", 600_u32).unwrap_err();
        assert!(!error.to_string().contains("soon"));
        assert_eq!(env.parsed("OTHER", "a number", 600_u32).unwrap(), 600);
    }
}
