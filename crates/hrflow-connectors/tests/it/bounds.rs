//! How long a run waits for its services, and how soon it hears that it is to end: on a clock that
//! does not wait, with HrFlow as bad as it can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use api_client::{Answer, Request, TransportError};
use axum::Router;
use axum::body::{Body, to_bytes};
use futures::FutureExt;
use futures::future::{BoxFuture, pending};
use hrflow_connectors::francetravail::{
    ArchiveJobs, ConnectorAuth, CreateJobs, SearchParameters, SyncJobs, archive_jobs_in_hrflow,
    create_jobs_in_hrflow, sync_jobs_in_hrflow,
};
use hrflow_connectors::hrflow::{
    ArchiveParameters, CreateParameters, Enrich, HrflowAuth, SyncParameters,
};
use hrflow_connectors::{
    ClientOptions, Environment, Hint, ListedRun, OnOutdated, Outcome, Reason, RunBuilder,
    RunResult, RunState, Runs, StateStore, Status, Transport,
};
use sandbox::{FranceTravail, Share, World};
use store::Store;
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::world::{BOARD, board_key};

/// What HrFlow does while it is ill.
#[derive(Clone, Copy, Debug)]
enum Illness {
    /// Takes calls and never answers.
    BlackHole,
    /// Refuses every call as too many, and says when to come back.
    Throttles(&'static str),
    /// Fails every call, and says when to come back.
    Fails(&'static str),
    /// Nobody is there.
    Gone,
}

/// Both services, without a socket.
struct Services {
    sandbox: Router,
    illness: Illness,
    /// The calls to HrFlow with this in their path are concerned.
    at: &'static str,
    is_well: AtomicBool,
    calls: AtomicUsize,
}

impl Services {
    async fn exchange(&self, request: Request) -> Result<Answer, TransportError> {
        let path = request.url.path().to_owned();
        if path.starts_with("/v1/") {
            self.calls.fetch_add(1, Ordering::SeqCst);
            if path.contains(self.at) && !self.is_well.load(Ordering::SeqCst) {
                return self.illness.answer().await;
            }
        }
        let mut sent = http::Request::new(Body::from(request.body));
        *sent.method_mut() = request.method;
        *sent.uri_mut() = request.url.as_str().parse().unwrap();
        *sent.headers_mut() = request.headers;
        let Ok(response) = self.sandbox.clone().oneshot(sent).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

impl Illness {
    async fn answer(self) -> Result<Answer, TransportError> {
        sleep(Duration::from_millis(20)).await;
        let (status, after) = match self {
            Self::BlackHole => pending().await,
            Self::Gone => return Err(TransportError::not_connected("Connection refused")),
            Self::Throttles(after) => (429, after),
            Self::Fails(after) => (503, after),
        };
        let headers = [(http::header::RETRY_AFTER, after.parse().unwrap())];
        Ok(Answer {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers: headers.into_iter().collect(),
            body: "{}".into(),
        })
    }
}

impl Transport for Services {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.exchange(request).boxed()
    }
}

/// A board and a search, and a store for what runs leave.
struct Place {
    services: Arc<Services>,
    world: Arc<World>,
    store: Arc<dyn Store>,
}

impl Place {
    async fn with(illness: Illness, at: &'static str) -> Self {
        let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
        let board_holds = Share(if at == "parsing" { 0.0 } else { 1.0 });
        let settings =
            sandbox::Settings { offers: 200, board_holds, francetravail, ..Default::default() };
        let world = Arc::new(World::new(settings).unwrap());
        let services = Arc::new(Services {
            sandbox: sandbox::router(world.clone()),
            illness,
            at,
            is_well: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
        });
        let store = store::open(&"memory:".parse().unwrap(), &[]).await.unwrap();
        Self { services, world, store }
    }

    fn archive(&self) -> RunBuilder {
        self.connected(archive_jobs_in_hrflow(ArchiveJobs {
            workflow_id: "test".to_owned(),
            connector_auth: ConnectorAuth::new("id", "s3cret"),
            hrflow_auth: HrflowAuth::new("ask_1", "recruiting@example.org"),
            pull_parameters: SearchParameters::new(),
            push_parameters: ArchiveParameters::new(board_key()),
        }))
    }

    fn create(&self, enrich: Enrich) -> RunBuilder {
        let parameters = CreateParameters::new(board_key());
        self.connected(create_jobs_in_hrflow(CreateJobs {
            workflow_id: "test".to_owned(),
            connector_auth: ConnectorAuth::new("id", "s3cret"),
            hrflow_auth: HrflowAuth::new("ask_1", "recruiting@example.org"),
            pull_parameters: SearchParameters::new(),
            push_parameters: CreateParameters { enrich_with_parsing: true, enrich, ..parameters },
        }))
    }

    fn sync(&self) -> RunBuilder {
        self.connected(sync_jobs_in_hrflow(SyncJobs {
            workflow_id: "test".to_owned(),
            connector_auth: ConnectorAuth::new("id", "s3cret"),
            hrflow_auth: HrflowAuth::new("ask_1", "recruiting@example.org"),
            pull_parameters: SearchParameters::new(),
            push_parameters: SyncParameters::new(board_key()),
            state: StateStore::Opened(self.store.clone()),
        }))
    }

    fn connected(&self, run: RunBuilder) -> RunBuilder {
        let environment = Environment::from_iter([
            ("FRANCETRAVAIL_API_URL", "https://services/partenaire/offresdemploi"),
            ("FRANCETRAVAIL_TOKEN_URL", "https://services/connexion/oauth2/access_token"),
            ("HRFLOW_API_URL", "https://services/v1"),
        ]);
        let mut client_options = ClientOptions::over(self.services.clone());
        client_options.seed = Some(1);
        run.environment(environment)
            .client_options(client_options)
            .state(StateStore::Opened(self.store.clone()))
    }

    fn calls(&self) -> usize {
        self.services.calls.load(Ordering::SeqCst)
    }

    /// Goes on with the run when HrFlow is well again.
    async fn resumed(&self, run: RunBuilder) -> RunResult {
        self.services.is_well.store(true, Ordering::SeqCst);
        let store = StateStore::Opened(self.store.clone());
        let runs = Runs::open(&store).await.unwrap().list().await.unwrap();
        let listed = runs.into_iter().find(ListedRun::is_unfinished).unwrap();
        assert_eq!(listed.record.state, RunState::Stopped);
        let mut plan = run.build().unwrap();
        plan.resume(listed);
        plan.run().await
    }
}

/// Asks for the end after a while; gives the result, and how long it took from then.
async fn stopped_after(run: RunBuilder, after: Duration) -> (RunResult, Duration) {
    let plan = run.build().unwrap();
    let stop = plan.stop();
    let asks = async {
        sleep(after).await;
        stop.interrupt("interrupted");
        Instant::now()
    };
    let (result, asked) = futures::join!(plan.run(), asks);
    (result, asked.elapsed())
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_stop_is_heard_within_a_second_whatever_hrflow_does_between_two_calls() {
    for illness in [
        Illness::Throttles("1"),
        Illness::Throttles("45"),
        Illness::Fails("45"),
        Illness::Throttles("soon"),
        Illness::Gone,
    ] {
        let place = Place::with(illness, "").await;
        let (stopped, took) = stopped_after(place.archive(), SECOND / 3).await;
        assert!(took < SECOND, "{illness:?}: {took:?}");
        assert_eq!(stopped.message.as_deref(), Some("interrupted"), "{illness:?}");
        let resumed = place.resumed(place.archive()).await;
        assert_eq!(resumed.status, Status::Success, "{illness:?}: {resumed:?}");
        assert_eq!(resumed.outcomes.count(Outcome::Archived), 200, "{illness:?}");
        assert!(place.world.archived(BOARD).values().all(|times| *times == 1), "{illness:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_leaves_a_call_in_flight_a_moment_and_then_the_run_can_be_gone_on_with() {
    let place = Place::with(Illness::BlackHole, "").await;
    let (_, took) = stopped_after(place.archive(), SECOND).await;
    assert!(took < 6 * SECOND, "{took:?}");
    let resumed = place.resumed(place.archive()).await;
    assert_eq!(resumed.outcomes.count(Outcome::Archived), 200, "{resumed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_ends_the_run_with_the_patience_and_says_how_to_go_on() {
    for minutes in [1, 10] {
        let patience = Duration::from_mins(minutes);
        let place = Place::with(Illness::BlackHole, "").await;
        let began = Instant::now();
        let run = place.archive().patience(patience);
        let result = tokio::spawn(run.run()).await.unwrap().unwrap();
        let took = began.elapsed();
        assert!(took >= patience && took < patience + 10 * SECOND, "{took:?}");
        let message = result.message.clone().unwrap();
        let silence = if minutes == 1 { "60 s" } else { "10 min" };
        assert!(
            message.contains(&format!("HrFlow has given no good answer for {silence}")),
            "{message}"
        );
        assert!(result.hints.contains(&Hint::Resume(result.run_id)), "{:?}", result.hints);
        let resumed = place.resumed(place.archive()).await;
        assert_eq!(resumed.outcomes.count(Outcome::Archived), 200, "{resumed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_nobody_bears_ends_the_run_at_once_and_names_the_patience_that_would() {
    for illness in [Illness::Throttles("3600"), Illness::Fails("3600")] {
        let place = Place::with(illness, "").await;
        let began = Instant::now();
        let result = place.archive().run().await.unwrap();
        assert!(began.elapsed() < SECOND, "{illness:?}: {:?}", began.elapsed());
        let message = result.message.unwrap();
        assert!(
            message.contains("HrFlow asked to wait for 1 h, and the patience is 10 min"),
            "{message}"
        );
        let hint = Hint::Text("set a longer `patience`, such as `2h`".to_owned());
        assert!(result.hints.contains(&hint), "{:?}", result.hints);
        assert!(place.calls() <= 64, "{} calls", place.calls());
        let resumed = place.resumed(place.archive()).await;
        assert_eq!(resumed.outcomes.count(Outcome::Archived), 200, "{resumed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_there_is_told_within_seconds_with_the_address_and_its_variable() {
    let place = Place::with(Illness::Gone, "").await;
    let began = Instant::now();
    let result = place.archive().run().await.unwrap();
    assert!(began.elapsed() < 5 * SECOND, "{:?}", began.elapsed());
    let message = result.message.unwrap();
    let expected = "could not archive the job: could not connect: Connection refused \
                    (PATCH https://services/v1/job/indexing/archive, 6 tries in ";
    assert!(message.starts_with(expected), "{message}");
    let hint = "check the network, and `HRFLOW_API_URL`, which sets the address";
    assert!(result.hints.contains(&Hint::Text(hint.to_owned())), "{:?}", result.hints);
    let resumed = place.resumed(place.archive()).await;
    assert_eq!(resumed.outcomes.count(Outcome::Archived), 200, "{resumed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_parsing_was_interrupted_is_not_written_without_it() {
    for enrich in [Enrich::BestEffort, Enrich::Required] {
        let place = Place::with(Illness::Throttles("5"), "parsing").await;
        let (stopped, took) = stopped_after(place.create(enrich), SECOND).await;
        assert!(took < SECOND, "{took:?}");
        assert_eq!(stopped.outcomes.count(Outcome::Created), 0, "{stopped:?}");
        let resumed = place.resumed(place.create(enrich)).await;
        assert_eq!(resumed.outcomes.count(Outcome::Created), 200, "{resumed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_whose_application_was_interrupted_is_not_called_outdated() {
    let place = Place::with(Illness::Throttles("5"), "").await;
    place.services.is_well.store(true, Ordering::SeqCst);
    let (_, saved) = place.archive().build().unwrap().preview().await;
    assert_eq!(saved.steps.len(), 200);
    place.services.is_well.store(false, Ordering::SeqCst);
    let plan = place.archive().build().unwrap();
    let stop = plan.stop();
    let stops = async {
        sleep(SECOND).await;
        stop.interrupt("interrupted");
    };
    let (result, ()) = futures::join!(plan.apply(saved, OnOutdated::Stop), stops);
    assert_ne!(result.reason, Reason::PlanOutdated, "{result:?}");
    assert_eq!(result.message.as_deref(), Some("interrupted"));
}

#[tokio::test(start_paused = true)]
async fn a_mirror_that_is_stopped_while_it_looks_at_its_board_has_not_failed_to_read() {
    let place = Place::with(Illness::Throttles("5"), "storing").await;
    let (stopped, took) = stopped_after(place.sync(), SECOND).await;
    assert!(took < SECOND, "{took:?}");
    assert_eq!((stopped.events.read_failure, stopped.complete), (0, false), "{stopped:?}");
    assert!(stopped.message.unwrap().starts_with("interrupted"));
    let resumed = place.resumed(place.sync()).await;
    assert_eq!((resumed.status, resumed.complete), (Status::Success, true), "{resumed:?}");
}
