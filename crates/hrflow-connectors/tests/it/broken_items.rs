//! Broken items in answers of both services: each fails alone, and none is taken for vanished.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use api_client::{Answer, HttpTransport, Request, Transport, TransportError};
use futures::FutureExt;
use futures::future::BoxFuture;
use hrflow_connectors::hrflow::SyncParameters;
use hrflow_connectors::{
    ClientOptions, Confirm, Grace, ItemReport, MirrorRules, Outcome, RunBuilder, RunResult, Runs,
    StateStore, Status,
};

use crate::world::{BOARD, Setup, World, board_key};

/// What comes before an item's own fields, in the answers of one resource, by the item's id.
#[derive(Default)]
struct Poison {
    resource: &'static str,
    items: BTreeMap<String, &'static str>,
}

/// The way to the services, on which items are poisoned.
struct Spoiling {
    over: HttpTransport,
    poison: Mutex<Poison>,
}

impl Spoiling {
    fn spoil(&self, request: &Request, answer: Answer) -> Answer {
        let poison = self.poison.lock().unwrap();
        if poison.items.is_empty() || !request.url.path().ends_with(poison.resource) {
            return answer;
        }
        let mut body = answer.text().into_owned();
        for (id, poison) in &poison.items {
            for name in ["id", "reference"] {
                let field = format!(r#""{name}":"{id}""#);
                body = body.replace(&field, &format!("{field},{poison}"));
            }
        }
        Answer { body: body.into(), ..answer }
    }
}

impl Transport for Spoiling {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let answer = self.over.send(request.clone()).await?;
            Ok(self.spoil(&request, answer))
        }
        .boxed()
    }
}

async fn empty_state() -> StateStore {
    StateStore::Opened(store::open(&"memory:".parse().unwrap(), &[]).await.unwrap())
}

struct Mirror {
    world: World,
    way: Arc<Spoiling>,
    state: StateStore,
}

impl Mirror {
    /// Of so many offers, on an empty board.
    async fn of(offers: usize) -> Self {
        let world = Setup::offers(offers).on_board(0.0).start().await;
        let over = HttpTransport::new().unwrap();
        let way = Arc::new(Spoiling { over, poison: Mutex::default() });
        Self { world, way, state: empty_state().await }
    }

    fn poison(&self, resource: &'static str, items: &[(&str, &'static str)]) {
        let items = items.iter().map(|(id, poison)| ((*id).to_owned(), *poison)).collect();
        *self.way.poison.lock().unwrap() = Poison { resource, items };
    }

    fn sync(&self) -> RunBuilder {
        let rules = MirrorRules {
            grace: Grace::Readings(1),
            confirm: Confirm::Listing,
            ..MirrorRules::default()
        };
        let push = SyncParameters { rules, ..SyncParameters::new(board_key()) };
        let run = self.world.sync_with(push).state(self.state.clone());
        run.client_options(ClientOptions::over(self.way.clone()))
    }

    async fn run(&self) -> RunResult {
        self.sync().run().await.unwrap()
    }

    fn ids(&self) -> Vec<String> {
        self.world.services().offer_ids()
    }

    async fn reports(&self, result: &RunResult) -> Vec<ItemReport> {
        let runs = Runs::open(&self.state).await.unwrap();
        let mut reports = Vec::new();
        runs.items(&result.run_id, |report| reports.push(report)).await.unwrap();
        reports
    }
}

#[tokio::test]
async fn an_offer_that_cannot_be_read_fails_alone_and_its_job_stays() {
    let mirror = Mirror::of(160).await;
    assert_eq!(mirror.run().await.status, Status::Success);
    let ids = mirror.ids();
    mirror.poison("/search", &[(&ids[3], r#""x":1e400"#), (&ids[150], r#""x":NaN"#)]);
    let result = mirror.run().await;
    assert!(result.complete);
    assert_eq!((result.status, result.events.read_failure), (Status::SuccessWithFailures, 2));
    assert_eq!(result.outcomes.count(Outcome::Unchanged), 158);
    assert_eq!(mirror.world.archived(), BTreeSet::new());
    let reports = mirror.reports(&result).await;
    let failed: BTreeSet<_> = reports
        .iter()
        .filter(|report| report.stage.as_deref() == Some("read"))
        .filter_map(|report| report.reference.as_ref())
        .collect();
    assert_eq!(failed, BTreeSet::from([&ids[3], &ids[150]]));
}

#[tokio::test]
async fn an_offer_that_could_not_be_read_is_tried_again_by_its_id() {
    let mirror = Mirror::of(20).await;
    let id = mirror.ids()[3].clone();
    mirror.poison("/search", &[(&id, r#""x":1e400"#)]);
    let result = mirror.run().await;
    assert_eq!((result.events.read_success, result.events.read_failure), (19, 1));
    let runs = Runs::open(&mirror.state).await.unwrap();
    let letters = runs.dead_letters(&result.run_id).await.unwrap();
    let again = mirror.sync().build().unwrap().retry(result.run_id, letters).await;
    assert_eq!(again.outcomes.count(Outcome::Created), 1, "{again:?}");
    assert!(mirror.world.services().job(BOARD, &id).is_some());
}

#[tokio::test]
async fn an_offer_without_an_id_leaves_a_mirror_in_doubt() {
    let mirror = Mirror::of(20).await;
    mirror.run().await;
    let id = mirror.ids()[3].clone();
    mirror.poison("/search", &[(&id, r#""id":null"#)]);
    let result = mirror.run().await;
    assert!(!result.complete);
    assert_eq!(mirror.world.archived(), BTreeSet::new());
}

#[tokio::test]
async fn half_of_a_surrogate_pair_does_not_stop_anything() {
    let mirror = Mirror::of(160).await;
    let id = mirror.ids()[3].clone();
    mirror.poison("/search", &[(&id, r#""intitule":"cut \ud83d""#)]);
    let result = mirror.run().await;
    assert_eq!((result.status, result.complete), (Status::Success, true));
    assert_eq!(result.outcomes.count(Outcome::Created), 160);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_does_not_stop_a_first_mirror() {
    for poison in [r#""x":1e400"#, r#""x":NaN"#, r#""name":"cut \ud83d""#] {
        let mut mirror = Mirror::of(40).await;
        mirror.run().await;
        // Nothing is remembered: the board's list says which jobs are the workflow's own.
        mirror.state = empty_state().await;
        let [gone, broken] = [mirror.ids()[3].clone(), mirror.ids()[4].clone()];
        mirror.world.services().remove_offer(&gone);
        mirror.world.services().remove_offer(&broken);
        mirror.poison("/storing/jobs", &[(&broken, poison)]);
        let result = mirror.run().await;
        assert_eq!((result.status, result.complete), (Status::Success, true), "{poison}");
        // Both are the workflow's own, although one could not be read.
        assert_eq!(mirror.world.archived(), BTreeSet::from([gone, broken]), "{poison}");
    }
}

#[tokio::test]
async fn a_job_that_cannot_be_read_is_there_and_stays() {
    for poison in [r#""x":1e400"#, r#""x":NaN"#, r#""reference":null,"x":1e400"#] {
        let mirror = Mirror::of(40).await;
        mirror.run().await;
        let id = mirror.ids()[4].clone();
        mirror.poison("/storing/jobs", &[(&id, poison)]);
        let result = mirror.run().await;
        assert_eq!((result.status, result.complete), (Status::Success, true), "{poison}");
        assert_eq!((result.outcomes.count(Outcome::Unchanged), result.drifted), (40, None));
        assert_eq!(mirror.world.archived(), BTreeSet::new());
    }
}
