//! Whether the addresses of both services can be reached, before there is a workflow or a key.

use std::time::Duration;

use api_client::{Request, TransportError};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::ClientOptions;
use crate::francetravail::{API_URL, TOKEN_URL};
use crate::hrflow::API_URL as HRFLOW_API_URL;
use crate::problem::Side;
use crate::settings::Environment;

/// Longer than a service needs for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Each address: what it is, the variable that sets it, its default, and whose it is.
const ADDRESSES: [(&str, &str, &str, Side); 3] = [
    ("France Travail API", "FRANCETRAVAIL_API_URL", API_URL, Side::Origin),
    ("France Travail tokens", "FRANCETRAVAIL_TOKEN_URL", TOKEN_URL, Side::Origin),
    ("HrFlow API", "HRFLOW_API_URL", HRFLOW_API_URL, Side::Target),
];

/// An address that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// What it is.
    pub name: &'static str,
    /// The variable that sets it.
    pub variable: &'static str,
    /// The address, as far as it is one.
    pub url: String,
    /// How an answer came, or why none did.
    pub answer: Result<Reply, String>,
}

/// An answer, whatever it said: the address, the way there and the certificate are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// How long it took.
    pub time: Duration,
    /// How far this machine's clock is ahead of the service's, where the service says its own.
    pub clock_ahead: Option<SignedDuration>,
}

/// Asks each address, without credentials.
pub async fn reach(environment: &Environment, client_options: &ClientOptions) -> Vec<Reached> {
    let tries = ADDRESSES.map(|(name, variable, default, side)| async move {
        let url = environment.url(variable, default, side);
        let (url, answer) = match url {
            Ok(url) => (url.to_string(), ask(url, client_options).await),
            Err(problem) => {
                let given = environment.get(variable).unwrap_or(default).to_owned();
                (given, Err(problem.message))
            }
        };
        Reached { name, variable, url, answer }
    });
    futures::future::join_all(tries).await
}

async fn ask(url: url::Url, client_options: &ClientOptions) -> Result<Reply, String> {
    let began = Instant::now();
    let sent = client_options.transport.send(Request::get(url));
    let answer = match tokio::time::timeout(PATIENCE, sent).await {
        Ok(answer) => answer.map_err(|error| error.plain())?,
        Err(_) => return Err(TransportError::TimedOut(PATIENCE).plain()),
    };
    let service = answer.header("date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    let clock_ahead = service.map(|date| Timestamp::now().duration_since(date.timestamp()));
    Ok(Reply { time: began.elapsed(), clock_ahead })
}
