//! A board as the mirror of a search.

use hrflow_connectors::hrflow::SyncParameters;
use hrflow_connectors::{Grace, MirrorRules, Outcome, RunBuilder, RunResult, Status};
use sandbox::{Api, Fault, Faults};
use serde_json::{Map, Value};

use crate::world::{BOARD, Setup, World, board_key, mirrored as counts};

struct Mirror {
    world: World,
    rules: MirrorRules,
}

impl Mirror {
    /// Of so many offers, on an empty board.
    async fn of(offers: usize) -> Self {
        let world = Setup::offers(offers).on_board(0.0).start().await;
        Self { world, rules: MirrorRules::default() }
    }

    fn sync(&self) -> RunBuilder {
        let rules = self.rules.clone();
        self.world.sync_with(SyncParameters { rules, ..SyncParameters::new(board_key()) })
    }

    async fn run(&self) -> RunResult {
        self.sync().run().await.unwrap()
    }
}

#[tokio::test]
async fn the_board_follows_the_search_and_nothing_else_is_called() {
    let mirror = Mirror::of(200).await;
    assert_eq!(counts(&mirror.run().await), [200, 0, 0, 0]);
    assert_eq!(mirror.world.live(), mirror.world.listed());

    // The board's list is compared with what was delivered: 30 jobs a call.
    let calls = mirror.world.hrflow_calls();
    assert_eq!(counts(&mirror.run().await), [0, 0, 0, 200]);
    assert_eq!(mirror.world.hrflow_calls() - calls, 7);

    let ids: Vec<_> = mirror.world.listed().into_iter().collect();
    for id in &ids[..3] {
        mirror.world.change(id, "intitule", "Changed");
    }
    assert_eq!(counts(&mirror.run().await), [0, 3, 0, 197]);
    assert_eq!(mirror.world.job(&ids[0])["name"], "Changed");

    let gone = mirror.world.take_away(&ids[10]);
    assert_eq!(counts(&mirror.run().await), [0, 0, 0, 199]);
    assert_eq!(counts(&mirror.run().await), [0, 0, 1, 199]);
    assert_eq!(mirror.world.live(), mirror.world.listed());

    mirror.world.put_back(gone);
    assert_eq!(counts(&mirror.run().await), [0, 1, 0, 199]);
    assert_eq!(mirror.world.live(), mirror.world.listed());
}

#[tokio::test]
async fn an_offer_that_blinks_is_left_alone() {
    let mirror = Mirror::of(120).await;
    mirror.run().await;
    let id = mirror.world.listed().pop_first().unwrap();
    for _ in 0..3 {
        let offer = mirror.world.take_away(&id);
        assert_eq!(counts(&mirror.run().await), [0, 0, 0, 119]);
        mirror.world.put_back(offer);
        assert_eq!(counts(&mirror.run().await), [0, 0, 0, 120]);
    }
    assert!(mirror.world.services().archived(BOARD).is_empty());
}

#[tokio::test]
async fn a_mass_disappearance_waits_for_a_word() {
    let mut mirror = Mirror::of(200).await;
    mirror.rules.grace = Grace::Readings(1);
    mirror.run().await;
    for id in mirror.world.listed().into_iter().take(100) {
        mirror.world.services().remove_offer(&id);
    }
    let withheld = mirror.run().await;
    assert_eq!(withheld.status, Status::SuccessWithFailures);
    assert!(withheld.message.unwrap().contains("100 of 200 jobs would be archived (50 %)"));
    assert_eq!(mirror.world.live().len(), 200);

    mirror.rules.allow_mass_archive = true;
    assert_eq!(counts(&mirror.run().await), [0, 0, 100, 100]);
    assert_eq!(mirror.world.live(), mirror.world.listed());
}

#[tokio::test]
async fn an_origin_that_lists_nothing_or_fails_archives_nothing() {
    let mut mirror = Mirror::of(30).await;
    mirror.rules.grace = Grace::Readings(1);
    mirror.run().await;
    let offers: Vec<_> =
        mirror.world.listed().iter().map(|id| mirror.world.take_away(id)).collect();
    let empty = mirror.run().await;
    assert!(empty.message.unwrap().contains("nothing is listed any more"));
    assert_eq!(mirror.world.live().len(), 30);

    for offer in offers.into_iter().take(20) {
        mirror.world.put_back(offer);
    }
    let broken = Faults::only(Fault::ServerErrorPage, 1, 1.0).at(Api::FranceTravail);
    mirror.world.services().set_faults(Some(broken));
    assert_eq!(mirror.run().await.status, Status::Fatal);
    assert_eq!(mirror.world.live().len(), 30);
}

#[tokio::test]
async fn a_reading_that_is_not_whole_archives_nothing() {
    let mut mirror = Mirror::of(200).await;
    mirror.rules.grace = Grace::Readings(1);
    mirror.run().await;
    let ids: Vec<_> = mirror.world.listed().into_iter().take(5).collect();
    for id in &ids {
        mirror.world.services().remove_offer(id);
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
    mirror.world.services().set_faults(Some(faults));
    let mut away: Vec<Map<String, Value>> = Vec::new();
    for round in 0..6 {
        let ids: Vec<_> = mirror.world.listed().into_iter().skip(round * 7).take(12).collect();
        let back = std::mem::take(&mut away);
        away.extend(ids.iter().map(|id| mirror.world.take_away(id)));
        for mut offer in back {
            offer.insert("intitule".to_owned(), format!("Round {round}").into());
            mirror.world.put_back(offer);
        }
        let result = mirror.run().await;
        assert_eq!(result.status, Status::Success, "round {round}: {result:?}");
        assert_eq!(mirror.world.live(), mirror.world.listed(), "round {round}");
        for id in mirror.world.listed() {
            let offer = mirror.world.offer(&id);
            let job = mirror.world.job(&id);
            assert_eq!(job["name"], offer["intitule"], "round {round}, {id}");
        }
    }
}
