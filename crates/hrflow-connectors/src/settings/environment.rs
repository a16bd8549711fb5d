//! The variables that a front end passes on. The library itself reads none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use api_client::is_on_this_machine;
use engine::StateStore;
use store::{NotAStoreUrl, StoreUrl};
use url::Url;

use crate::Secret;
use crate::problem::{Problem, Side};
use crate::settings::scalar::{FromSetting, InvalidValue};
use crate::settings::{Given, Place};

/// Where state is kept, when neither a flag nor the file says so.
pub(super) const STORE_URL: &str = "HRFLOW_CONNECTORS_STORE_URL";

/// Lets keys travel unencrypted to another machine.
const ALLOW_HTTP: &str = "HRFLOW_CONNECTORS_ALLOW_HTTP";

/// An address that may be a secret itself and can be called safely: it is encrypted, on this
/// machine, or explicitly allowed. No problem repeats it.
pub(super) fn address(given: &Given, environment: &Environment) -> Result<Secret, InvalidValue> {
    let text = String::read(given)?;
    let Ok(url) = text.parse::<Url>() else { return Err("is not an address".into()) };
    match url.scheme() {
        "https" => Ok(Secret::new(text)),
        "http" if environment.allows_http(&url) => Ok(Secret::new(text)),
        "http" => Err(InvalidValue::from("http:// would be unencrypted on its way").with_hint(
            format!("use https://; where the network between is your own, set `{ALLOW_HTTP}=1`"),
        )),
        _ => Err("must begin with https://".into()),
    }
}

/// Environment variables by name.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// A variable's text; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The address that a variable gives in place of the default one. Keys go there, so it must be
    /// encrypted, or on this machine, or explicitly allowed.
    pub(crate) fn url(&self, name: &str, default: &str, side: Side) -> Result<Url, Problem> {
        let text = self.get(name).unwrap_or(default);
        let problem = |message: String| {
            Problem::new(side, Place::Variable(name.to_owned()), message)
                .with_hint(format!("the default is {default}"))
        };
        let url: Url = text.parse().map_err(|error| problem(format!("not an address: {error}")))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allows_http(&url) => Ok(url),
            "http" => Err(Problem::new(
                side,
                Place::Variable(name.to_owned()),
                "http:// would send your keys unencrypted to another machine",
            )
            .with_hint(format!(
                "use https://; where the network between is your own, set `{ALLOW_HTTP}=1`"
            ))),
            other => Err(problem(format!("must begin with https://, and begins with {other}:"))),
        }
    }

    /// Whether what is sent to an address may travel unencrypted.
    fn allows_http(&self, url: &Url) -> bool {
        is_on_this_machine(url) || self.get(ALLOW_HTTP) == Some("1")
    }

    /// Every variable.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// A file in the user's own folder of data.
    pub(crate) fn default_store(&self) -> Result<StoreUrl, Problem> {
        let folder = self
            .get("XDG_DATA_HOME")
            .or_else(|| self.get("LOCALAPPDATA"))
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(self.get("HOME")?).join(".local/share")));
        let message = "there is no place for state: the data directory is not known";
        let problem = || {
            Problem::new(Side::Workflow, "`store`", message)
                .with_hint("name a store, such as `sqlite:PATH`")
        };
        let path = |folder: PathBuf| folder.join("hrflow-connectors/state.sqlite");
        folder.map(|folder| StoreUrl::Sqlite(path(folder))).ok_or_else(problem)
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

/// Where state is kept: as it was said, or in the user's own folder of data.
pub(crate) fn store_url(
    given: Option<&Given>,
    environment: &Environment,
) -> Result<StoreUrl, Problem> {
    let variable = environment
        .get(STORE_URL)
        .map(|text| Given::text(text, Place::Variable(STORE_URL.to_owned())));
    let Some(given) = given.or(variable.as_ref()) else {
        return environment.default_store();
    };
    let text = String::read(given).map_err(|invalid| invalid.at(Side::Workflow, &given.place))?;
    text.parse().map_err(|error: NotAStoreUrl| {
        Problem::new(Side::Workflow, &given.place, error.to_string())
    })
}

/// The store at an address; only for the user's own are folders made.
pub(crate) fn state_store(url: StoreUrl, environment: &Environment) -> StateStore {
    let is_default = environment.default_store().is_ok_and(|default| default == url);
    StateStore::At { url, variables: environment.pairs(), is_default }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, allow: &str, expected: Option<&str>) {
        let environment = Environment::from_iter([("HRFLOW_API_URL", url), (ALLOW_HTTP, allow)]);
        let found = environment.url("HRFLOW_API_URL", "https://example.org", Side::Target);
        assert_eq!(found.err().map(|problem| problem.message).as_deref(), expected, "{url}");
    }

    #[test]
    fn keys_leave_this_machine_encrypted_unless_that_is_allowed() {
        let refusal = "http:// would send your keys unencrypted to another machine";
        check("https://api.hrflow.ai/v1", "", None);
        for here in
            ["127.0.0.1:8080", "127.8.9.10", "[::1]:8080", "[::ffff:127.0.0.1]", "localhost"]
        {
            check(&format!("http://{here}/v1"), "", None);
        }
        for elsewhere in [
            "api.hrflow.ai",
            "10.0.0.1",
            "0.0.0.0",
            "127.0.0.1.example.org",
            "localhost.example.org",
            "localhost@example.org",
            "[2001:db8::1]",
            "[::ffff:10.0.0.1]",
        ] {
            check(&format!("http://{elsewhere}/v1"), "", Some(refusal));
            check(&format!("http://{elsewhere}/v1"), "0", Some(refusal));
            check(&format!("http://{elsewhere}/v1"), "1", None);
        }
        let other = "must begin with https://, and begins with ftp:";
        check("ftp://localhost", "1", Some(other));
    }
}
