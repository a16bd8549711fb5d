//! A board as the mirror of a search.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeSet;

use hrflow_connectors::francetravail::{
    ConnectorAuth, SearchParameters, SyncJobs, sync_jobs_in_hrflow,
};
use hrflow_connectors::hrflow::{HrflowAuth, SyncParameters};
use hrflow_connectors::{
    Environment, Grace, MirrorRules, Outcome, RunBuilder, RunResult, StateStore, Status, StoreUrl,
};
use sandbox::{Api, Fault, Faults, FranceTravail, Sandbox, Settings, Share};
use serde_json::{Map, Value};
use tempfile::TempDir;

const BOARD: &str = "0123456789012345678901234567890123456789";

struct Mirror {
    sandbox: Sandbox,
    folder: TempDir,
    rules: MirrorRules,
}

impl Mirror {
    async fn of(offers: usize) -> Self {
        let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
        let settings =
            Settings { offers, board_holds: Share(0.0), francetravail, ..Settings::default() };
        let sandbox = Sandbox::start(settings).await.unwrap();
        Self { sandbox, folder: tempfile::tempdir().unwrap(), rules: MirrorRules::default() }
    }

    fn sync(&self) -> RunBuilder {
        let (sandbox, rules) = (&self.sandbox, self.rules.clone());
        sync_jobs_in_hrflow(SyncJobs {
            workflow_id: "mirror".to_owned(),
            connector_auth: ConnectorAuth::new("id", "secret"),
            hrflow_auth: HrflowAuth::new("ask_", "recruiting@example.org"),
            pull_parameters: SearchParameters::new(),
            push_parameters: SyncParameters {
                rules,
                ..SyncParameters::new(BOARD.parse().unwrap())
            },
            state: StateStore::at(StoreUrl::Sqlite(self.folder.path().join("state.sqlite"))),
        })
        .environment(Environment::from_iter([
            ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
            ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
            ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
        ]))
    }

    async fn run(&self) -> RunResult {
        self.sync().run().await.unwrap()
    }

    fn listed(&self) -> BTreeSet<String> {
        self.sandbox.world().offer_ids().into_iter().collect()
    }

    /// The references of the jobs that are not archived.
    fn live(&self) -> BTreeSet<String> {
        let archived = self.sandbox.world().archived(BOARD);
        let references = self.sandbox.world().references(BOARD).into_iter();
        references.filter(|reference| !archived.contains_key(reference)).collect()
    }

    fn take_away(&self, id: &str) -> Map<String, Value> {
        let Value::Object(offer) = self.sandbox.world().offer(id).unwrap() else { unreachable!() };
        self.sandbox.world().remove_offer(id);
        offer
    }

    fn calls(&self) -> u64 {
        self.sandbox.world().request_count(Api::Hrflow)
    }
}

fn counts(result: &RunResult) -> [u64; 4] {
    [Outcome::Created, Outcome::Updated, Outcome::Archived, Outcome::Unchanged]
        .map(|outcome| result.outcomes.count(outcome))
}

#[tokio::test]
async fn the_board_follows_the_search_and_nothing_else_is_called() {
    let mirror = Mirror::of(200).await;
    assert_eq!(counts(&mirror.run().await), [200, 0, 0, 0]);
    assert_eq!(mirror.live(), mirror.listed());

    // The board's list is compared with what was delivered: 30 jobs a call.
    let calls = mirror.calls();
    assert_eq!(counts(&mirror.run().await), [0, 0, 0, 200]);
    assert_eq!(mirror.calls() - calls, 7);

    let ids: Vec<_> = mirror.listed().into_iter().collect();
    for id in &ids[..3] {
        let mut offer = mirror.take_away(id);
        offer.insert("intitule".to_owned(), "Changed".into());
        mirror.sandbox.world().add_offer(offer).unwrap();
    }
    assert_eq!(counts(&mirror.run().await), [0, 3, 0, 197]);
    assert_eq!(mirror.sandbox.world().job(BOARD, &ids[0]).unwrap()["name"], "Changed");

    let gone = mirror.take_away(&ids[10]);
    assert_eq!(counts(&mirror.run().await), [0, 0, 0, 199]);
    assert_eq!(counts(&mirror.run().await), [0, 0, 1, 199]);
    assert_eq!(mirror.live(), mirror.listed());

    mirror.sandbox.world().add_offer(gone).unwrap();
    assert_eq!(counts(&mirror.run().await), [0, 1, 0, 199]);
    assert_eq!(mirror.live(), mirror.listed());
}

#[tokio::test]
async fn an_offer_that_blinks_is_left_alone() {
    let mirror = Mirror::of(120).await;
    mirror.run().await;
    let id = mirror.listed().pop_first().unwrap();
    for _ in 0..3 {
        let offer = mirror.take_away(&id);
        assert_eq!(counts(&mirror.run().await), [0, 0, 0, 119]);
        mirror.sandbox.world().add_offer(offer).unwrap();
        assert_eq!(counts(&mirror.run().await), [0, 0, 0, 120]);
    }
    assert!(mirror.sandbox.world().archived(BOARD).is_empty());
}

#[tokio::test]
async fn a_mass_disappearance_waits_for_a_word() {
    let mut mirror = Mirror::of(200).await;
    mirror.rules.grace = Grace::Readings(1);
    mirror.run().await;
    for id in mirror.listed().into_iter().take(100) {
        mirror.sandbox.world().remove_offer(&id);
    }
    let withheld = mirror.run().await;
    assert_eq!(withheld.status, Status::SuccessWithFailures);
    assert!(withheld.message.unwrap().contains("100 of 200 jobs would be archived (50 %)"));
    assert_eq!(mirror.live().len(), 200);

    mirror.rules.allow_mass_archive = true;
    assert_eq!(counts(&mirror.run().await), [0, 0, 100, 100]);
    assert_eq!(mirror.live(), mirror.listed());
}

#[tokio::test]
async fn an_origin_that_lists_nothing_or_fails_archives_nothing() {
    let mut mirror = Mirror::of(30).await;
    mirror.rules.grace = Grace::Readings(1);
    mirror.run().await;
    let offers: Vec<_> = mirror.listed().iter().map(|id| mirror.take_away(id)).collect();
    let empty = mirror.run().await;
    assert!(empty.message.unwrap().contains("nothing is listed any more"));
    assert_eq!(mirror.live().len(), 30);

    for offer in offers.into_iter().take(20) {
        mirror.sandbox.world().add_offer(offer).unwrap();
    }
    let broken = Faults::only(Fault::ServerErrorPage, 1, 1.0).at(Api::FranceTravail);
    mirror.sandbox.world().set_faults(Some(broken));
    assert_eq!(mirror.run().await.status, Status::Fatal);
    assert_eq!(mirror.live().len(), 30);
}

#[tokio::test]
async fn a_reading_that_is_not_whole_archives_nothing() {
    let mut mirror = Mirror::of(200).await;
    mirror.rules.grace = Grace::Readings(1);
    mirror.run().await;
    let ids: Vec<_> = mirror.listed().into_iter().take(5).collect();
    for id in &ids {
        mirror.sandbox.world().remove_offer(id);
    }
    let plan = mirror.sync().build().unwrap();
    plan.stop().interrupt("interrupted");
    let stopped = plan.run().await;
    assert_eq!(stopped.outcomes.count(Outcome::Archived), 0);
    assert_eq!(counts(&mirror.run().await)[2], 5);
}

#[tokio::test]
async fn sync_after_sync_ends_with_the_board_equal_to_the_search() {
    let mut mirror = Mirror::of(300).await;
    mirror.rules.grace = Grace::Readings(1);
    let mut faults = Faults::all(8, 0.15);
    faults.kinds.retain(|fault| *fault != Fault::TooManyCallsBare);
    mirror.sandbox.world().set_faults(Some(faults));
    let mut away: Vec<Map<String, Value>> = Vec::new();
    for round in 0..6 {
        let ids: Vec<_> = mirror.listed().into_iter().skip(round * 7).take(12).collect();
        let back = std::mem::take(&mut away);
        away.extend(ids.iter().map(|id| mirror.take_away(id)));
        for mut offer in back {
            offer.insert("intitule".to_owned(), format!("Round {round}").into());
            mirror.sandbox.world().add_offer(offer).unwrap();
        }
        let result = mirror.run().await;
        assert_eq!(result.status, Status::Success, "round {round}: {result:?}");
        assert_eq!(mirror.live(), mirror.listed(), "round {round}");
        for id in mirror.listed() {
            let offer = mirror.sandbox.world().offer(&id).unwrap();
            let job = mirror.sandbox.world().job(BOARD, &id).unwrap();
            assert_eq!(job["name"], offer["intitule"], "round {round}, {id}");
        }
    }
}
