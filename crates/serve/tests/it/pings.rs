//! Calls to a monitor outside.

use std::sync::Arc;

use api_client::{HttpTransport, Transport};
use hrflow_connectors::{Ping, Reason, RunResult, Secret, Status};
use serve::with_pings;

use crate::listener::Listener;

fn result(status: Status) -> RunResult {
    let refused = RunResult::refused(String::new(), String::new(), Reason::None, String::new());
    RunResult { status, ..refused }
}

async fn paths(result: RunResult) -> Vec<String> {
    let (listener, address) = Listener::start(&[]).await;
    let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new().unwrap());
    let address = |what: &str| Some(Secret::new(format!("{address}/{{workflow_id}}/{what}")));
    let ping =
        Ping { start: address("start"), success: address("success"), failure: address("failure") };
    with_pings(&transport, &ping, "Paris & more", async { result }).await;
    listener.heard().into_iter().map(|heard| format!("{} {}", heard.method, heard.path)).collect()
}

#[tokio::test]
async fn a_monitor_hears_of_the_beginning_and_of_the_end() {
    let (start, success, failure) =
        ("GET /Paris+%26+more/start", "GET /Paris+%26+more/success", "GET /Paris+%26+more/failure");
    assert_eq!(paths(result(Status::Success)).await, [start, success]);
    assert_eq!(paths(result(Status::SuccessWithFailures)).await, [start, success]);
    assert_eq!(paths(result(Status::Fatal)).await, [start, failure]);
    let interrupted = RunResult { interrupted: true, ..result(Status::SuccessWithFailures) };
    assert_eq!(paths(interrupted).await, [start, failure]);
}

#[tokio::test]
async fn a_monitor_that_is_away_changes_nothing() {
    let transport: Arc<dyn Transport> = Arc::new(HttpTransport::new().unwrap());
    let away = || Some(Secret::new("http://127.0.0.1:9/t0ken"));
    let ping = Ping { start: away(), success: away(), failure: away() };
    let told = with_pings(&transport, &ping, "paris", async { result(Status::Success) }).await;
    assert_eq!(told.status, Status::Success);
}
