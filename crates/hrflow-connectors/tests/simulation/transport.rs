//! The way to both services without a socket, as good and as bad as a real connection.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_connectors::Transport;
use serde_json::Value;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use api_client::{Answer, Request, TransportError};

use crate::process::{Process, Side};

/// The line of one process.
pub(crate) struct SimTransport {
    services: Router,
    process: Arc<Process>,
}

/// How the services end a call.
enum Served {
    Whole(Answer),
    /// The connection ended in the middle of the answer, or without one.
    Broken,
}

impl SimTransport {
    pub(crate) fn of(process: Arc<Process>) -> Arc<Self> {
        Arc::new(Self { services: sandbox::router(process.model.world.clone()), process })
    }

    async fn exchange(&self, request: Request) -> Result<Answer, TransportError> {
        let process = &self.process;
        let line = told(&request);
        let moment = process.calls().await;
        if process.draw(|chance| chance.happens(process.fault_plan.not_sent)) {
            process.trace.note(&format!("{line} finds no connection"));
            return Err(TransportError::not_connected("no connection"));
        }
        process.trace.note(&line);
        self.look_at(&request);
        let serving = Serving {
            task: tokio::spawn(serve(self.services.clone(), request.clone())),
            goes_on: process.fault_plan.services_go_on,
        };
        let served = serving.answer().await;
        process.reaches(moment, Side::After).await;
        match served {
            Served::Whole(answer) => {
                let (answer, wrong) = process.given(&request, answer);
                let how = wrong.map(|wrong| format!(", wrongly: {wrong:?}")).unwrap_or_default();
                process.trace.note(&format!("{line} is answered {}{how}", answer.status));
                Ok(answer)
            }
            Served::Broken => {
                process.trace.note(&format!("{line} breaks off"));
                Err(TransportError::Cut("the connection broke".into()))
            }
        }
    }

    fn look_at(&self, request: &Request) {
        if request.url.path().starts_with("/v1/") && request.method != http::Method::GET {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            self.process.saw(|seen| {
                seen.writes += 1;
                if request.method == http::Method::PATCH && body["is_archive"] == 1 {
                    let reference = body["reference"].as_str().unwrap_or_default();
                    seen.to_archive.insert(reference.to_owned());
                }
            });
        }
    }
}

impl Transport for SimTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.exchange(request).boxed()
    }
}

/// A call in the hands of the services.
struct Serving {
    task: JoinHandle<Served>,
    goes_on: bool,
}

impl Serving {
    async fn answer(mut self) -> Served {
        (&mut self.task).await.unwrap_or(Served::Broken)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if !self.goes_on {
            self.task.abort();
        }
    }
}

/// The services unwind where they end a connection without an answer.
async fn serve(services: Router, request: Request) -> Served {
    let serving = AssertUnwindSafe(async {
        let mut sent = http::Request::new(Body::from(request.body));
        *sent.method_mut() = request.method;
        *sent.uri_mut() = request.url.as_str().parse().unwrap();
        *sent.headers_mut() = request.headers;
        let Ok(response) = services.oneshot(sent).await;
        let (parts, body) = response.into_parts();
        match to_bytes(body, usize::MAX).await {
            Ok(body) => {
                Served::Whole(Answer { status: parts.status, headers: parts.headers, body })
            }
            Err(_) => Served::Broken,
        }
    });
    serving.catch_unwind().await.unwrap_or(Served::Broken)
}

/// What the trace says of a request.
fn told(request: &Request) -> String {
    let query = request.url.query().unwrap_or_default();
    let body = if request.method == http::Method::PATCH {
        String::from_utf8_lossy(&request.body).into_owned()
    } else if request.url.path().starts_with("/v1/") && request.method != http::Method::GET {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        body["job"]["reference"].to_string()
    } else {
        String::new()
    };
    format!("{} {}?{query} {body}", request.method, request.url.path())
}
