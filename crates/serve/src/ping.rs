//! Calls to a monitor outside, which notices when they no longer come.

use std::sync::Arc;

use api_client::{Request, Secret, Transport};
use hrflow_connectors::{Ping, RunResult, Status};
use url::form_urlencoded::byte_serialize;

use crate::outgoing::call;

/// What stands for the workflow in an address.
const WORKFLOW_ID: &str = "{workflow_id}";

/// What a monitor is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    Start,
    Success,
    Failure,
}

impl Beat {
    fn of(result: &RunResult) -> Self {
        match result.status {
            Status::Success | Status::SuccessWithFailures if !result.interrupted => Self::Success,
            Status::Success | Status::SuccessWithFailures | Status::Fatal => Self::Failure,
        }
    }
}

/// Carries a run out, and tells the monitor of its workflow that it begins and how it has ended.
pub async fn with_pings(
    transport: &Arc<dyn Transport>,
    addresses: &Ping,
    workflow_id: &str,
    run: impl Future<Output = RunResult>,
) -> RunResult {
    let (result, ()) = tokio::join!(run, ping(transport, addresses, Beat::Start, workflow_id));
    ping(transport, addresses, Beat::of(&result), workflow_id).await;
    result
}

/// Tells the monitor of a workflow, where it has one. A failure is a warning: no run fails by it.
async fn ping(transport: &Arc<dyn Transport>, ping: &Ping, beat: Beat, workflow_id: &str) {
    let address = match beat {
        Beat::Start => &ping.start,
        Beat::Success => &ping.success,
        Beat::Failure => &ping.failure,
    };
    let Some(address) = address else { return };
    let escaped: String = byte_serialize(workflow_id.as_bytes()).collect();
    let address = Secret::new(address.expose().replace(WORKFLOW_ID, &escaped));
    if let Err(error) = call(transport, &address, Request::get).await {
        tracing::warn!(workflow_id, ?beat, error, "could not ping the monitor");
    }
}
