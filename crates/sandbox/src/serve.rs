//! Both APIs on one port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::answer::Answer;
use crate::world::RequestSeen;
use crate::{Api, Fault, Settings, World, francetravail, hrflow};

/// The largest body that is taken.
const LARGEST_BODY: usize = 16 << 20;
const SLOW: Duration = Duration::from_millis(300);
const HUNG: Duration = Duration::from_mins(10);

/// A running sandbox; it ends when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    world: Arc<World>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Sandbox {
    /// Starts it on the loopback interface; it takes calls when this returns.
    pub async fn start(settings: Settings) -> Result<Self, String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.port));
        let make = move || World::new(settings);
        let world =
            tokio::task::spawn_blocking(make).await.map_err(|error| error.to_string())??;
        let world = Arc::new(world);
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("could not listen at {address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (stop, stopped) = oneshot::channel();
        let service = router(world.clone());
        let serving = tokio::spawn(async move {
            let serve = axum::serve(listener, service).into_future();
            tokio::select! {
                _ = serve => {}
                _ = stopped => {}
            }
        });
        Ok(Self { address, world, stop: Some(stop), serving })
    }

    /// Where it is, such as `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// In place of `https://api.francetravail.io/partenaire/offresdemploi`.
    pub fn francetravail_api_url(&self) -> String {
        self.url() + francetravail::API_PATH
    }

    /// In place of `https://entreprise.francetravail.fr/connexion/oauth2/access_token`.
    pub fn francetravail_token_url(&self) -> String {
        self.url() + francetravail::TOKEN_PATH
    }

    /// In place of `https://api.hrflow.ai/v1`.
    pub fn hrflow_api_url(&self) -> String {
        self.url() + hrflow::API_PATH
    }

    /// What is true in it.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Ends it.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself; then there is nobody to tell.
            let _ = stop.send(());
        }
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Both APIs as one service, for those who bring their own transport.
pub fn router(world: Arc<World>) -> Router {
    Router::new().fallback(serve).with_state(world)
}

/// One call as both APIs see it.
pub(crate) struct Call {
    pub(crate) method: String,
    /// Below the API's own path, without a slash in front.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The first value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The token that it carries.
    pub(crate) fn bearer(&self) -> &str {
        let header = self.header("authorization").unwrap_or_default();
        header.strip_prefix("Bearer ").unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

async fn serve(State(world): State<Arc<World>>, request: http::Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some((api, path)) = addressed(parts.uri.path()) else {
        return Answer::page(404).into_response();
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Answer::page(413).into_response();
    };
    let call = Call {
        method: parts.method.to_string(),
        path: path.to_owned(),
        query: read_query(&query),
        headers: parts.headers,
        body,
    };
    let line = format!("{} {}", call.method, parts.uri.path());
    let visit = Visit::begin(&world, RequestSeen { api, line, query, status: None });
    answer(&world, api, call, visit).await
}

/// A request in hand; it is over when this is dropped, also when the caller hangs up.
struct Visit<'a> {
    world: &'a World,
    request: Option<RequestSeen>,
}

impl<'a> Visit<'a> {
    fn begin(world: &'a World, request: RequestSeen) -> Self {
        world.arrives(request.api);
        Self { world, request: Some(request) }
    }

    fn answered(mut self, status: u16) {
        if let Some(request) = &mut self.request {
            request.status = Some(status);
        }
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            self.world.leaves(request);
        }
    }
}

async fn answer(world: &World, api: Api, call: Call, visit: Visit<'_>) -> Response {
    tokio::time::sleep(world.latency(api)).await;
    let fault = world
        .faults
        .draw(api, (&call.method, &call.path, &call.query, &without_run_ids(&call.body)));
    match fault {
        Some(Fault::Reset) => reset(visit),
        Some(Fault::Hung) => {
            tokio::time::sleep(HUNG).await;
            reset(visit)
        }
        Some(Fault::AppliedThenReset) => {
            // Carried out, and nobody hears of it.
            drop(carry_out(world, api, &call));
            reset(visit)
        }
        Some(Fault::Slow) => {
            tokio::time::sleep(SLOW).await;
            send(carry_out(world, api, &call), visit)
        }
        Some(Fault::Cut) => {
            let answer = carry_out(world, api, &call);
            visit.answered(answer.status);
            answer.into_cut_response()
        }
        Some(fault) => send(spoilt(world, api, &call, fault), visit),
        None => send(carry_out(world, api, &call), visit),
    }
}

fn carry_out(world: &World, api: Api, call: &Call) -> Answer {
    match api {
        Api::Token => francetravail::token(world, call),
        Api::FranceTravail => francetravail::answer(world, call),
        Api::Hrflow => hrflow::answer(world, call),
    }
}

/// The answer in place of the right one.
fn spoilt(world: &World, api: Api, call: &Call, fault: Fault) -> Answer {
    let error = |status: u16| match api {
        Api::Hrflow => hrflow::error(status, "Something went wrong."),
        Api::Token | Api::FranceTravail => francetravail::technical_error(world, status),
    };
    match fault {
        Fault::TooManyCalls => Answer::empty(429).with("retry-after", "0"),
        Fault::TooManyCallsBare => error(429),
        Fault::TooManyCallsPage => Answer::page(429).with("retry-after", "0"),
        Fault::ServerErrorJson => error(500),
        Fault::ServerErrorPage => Answer::page(500),
        Fault::BadGateway => Answer::page(502),
        Fault::Unavailable => error(503),
        Fault::GatewayTimeout => Answer::empty(504),
        Fault::AppliedThenBadGateway => {
            drop(carry_out(world, api, call));
            Answer::page(502)
        }
        Fault::Malformed => carry_out(world, api, call).halved(),
        Fault::PageInstead => Answer::page(200),
        Fault::Empty => Answer::empty(200),
        Fault::ExpiredToken if world.tokens.end(call.bearer()) => francetravail::unauthorized(),
        Fault::WrongCode => Answer { status: 200, ..error(500) },
        Fault::NoCode => carry_out(world, api, call)
            .with_body(serde_json::json!({"message": "Job archived"}).to_string()),
        Fault::ExpiredToken
        | Fault::Slow
        | Fault::Hung
        | Fault::Cut
        | Fault::Reset
        | Fault::AppliedThenReset => carry_out(world, api, call),
    }
}

fn send(answer: Answer, visit: Visit<'_>) -> Response {
    visit.answered(answer.status);
    answer.into_response()
}

/// Ends the connection without an answer: the task that serves it unwinds, and the panic hook,
/// which would print, is not called.
fn reset(visit: Visit<'_>) -> ! {
    drop(visit);
    std::panic::resume_unwind(Box::new("the connection ends here"))
}

/// Which service a path belongs to, and the rest of the path.
fn addressed(path: &str) -> Option<(Api, &str)> {
    if path == francetravail::TOKEN_PATH {
        return Some((Api::Token, ""));
    }
    let below = |root: &str| path.strip_prefix(root)?.strip_prefix('/');
    below(francetravail::API_PATH)
        .map(|rest| (Api::FranceTravail, rest))
        .or_else(|| Some((Api::Hrflow, below(hrflow::API_PATH)?)))
}

fn read_query(query: &str) -> Vec<(String, String)> {
    let uri = format!("/?{query}").parse::<http::Uri>();
    uri.ok()
        .and_then(|uri| axum::extract::Query::try_from_uri(&uri).ok())
        .map(|axum::extract::Query(pairs)| pairs)
        .unwrap_or_default()
}

impl World {
    fn latency(&self, api: Api) -> Duration {
        match api {
            Api::Token | Api::FranceTravail => self.settings.francetravail.latency,
            Api::Hrflow => self.settings.hrflow.latency,
        }
    }
}

/// A body without the ids of runs, which are never the same twice: a seed repeats its faults all
/// the same.
fn without_run_ids(body: &[u8]) -> Vec<u8> {
    const LENGTH: usize = 36;
    let is_id = |text: &[u8]| {
        text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut left = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        if body.get(at..at + LENGTH).is_some_and(is_id) {
            at += LENGTH;
        } else {
            left.push(body[at]);
            at += 1;
        }
    }
    left
}
