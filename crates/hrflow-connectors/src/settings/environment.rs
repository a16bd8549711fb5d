//! The variables that a front end passes on. The library itself reads none.

use std::collections::BTreeMap;

use url::Url;

use crate::problem::{Problem, Side};
use crate::settings::Place;

/// Environment variables by name.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// A variable's text; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The address that a variable gives in place of the default one.
    pub(crate) fn url(&self, name: &str, default: &str, side: Side) -> Result<Url, Problem> {
        let text = self.get(name).unwrap_or(default);
        let problem = |message: String| {
            Problem::new(side, Place::Variable(name.to_owned()), message)
                .with_hint(format!("the default is {default}"))
        };
        let url: Url = text.parse().map_err(|error| problem(format!("not an address: {error}")))?;
        match url.scheme() {
            "http" | "https" => Ok(url),
            other => Err(problem(format!("must begin with https://, and begins with {other}:"))),
        }
    }

    /// Sets a variable, over what stood there.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
