//! Calls to addresses that are secrets themselves: nothing but their host is ever shown.

use std::sync::Arc;
use std::time::Duration;

use api_client::{Answer, Request, Secret, Transport, TransportError};
use url::Url;

/// How often a call is made, and how long is waited before each but the first.
const WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];
/// Nobody answers later than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes a call until it is answered well, a few times. The reason of a failure names the host and
/// no more of the address.
pub(crate) async fn call(
    transport: &Arc<dyn Transport>,
    address: &Secret,
    request: impl Fn(Url) -> Request,
) -> Result<(), String> {
    let Ok(url) = address.expose().parse::<Url>() else {
        return Err("the address is not one".to_owned());
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut failure = String::new();
    for wait in WAITS {
        tokio::time::sleep(wait).await;
        let answer = tokio::time::timeout(PATIENCE, transport.send(request(url.clone()))).await;
        match answer.unwrap_or(Err(TransportError::TimedOut(PATIENCE))) {
            Ok(answer) if answer.status.is_success() => return Ok(()),
            Ok(answer) => {
                failure = format!("{host} answered {}", answer.status.as_u16());
                if !is_passing(&answer) {
                    break;
                }
            }
            Err(error) => failure = format!("{host}: {}", error.plain()),
        }
    }
    Err(failure)
}

fn is_passing(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 408 | 425 | 429 | 500..=599)
}
