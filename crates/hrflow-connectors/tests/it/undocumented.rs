//! Every action against each way in which HrFlow is not known to behave.

use hrflow_connectors::francetravail::SearchParameters;
use hrflow_connectors::hrflow::{ArchiveParameters, Enrich, OnArchive, SyncParameters};
use hrflow_connectors::{Grace, MirrorRules, Outcome, RunResult, Status};
use sandbox::{
    Api, ArchivedAgain, ArchivedEdited, ArchivedReference, Bodies, Edits, Fault, Faults, Hrflow,
    MediaType, Parsing, UpdatedAt,
};

use crate::world::{Setup, World, board_key};

const OFFERS: u64 = 60;

/// Every way, by name.
fn ways() -> Vec<(&'static str, Hrflow)> {
    let usual = Hrflow::default;
    vec![
        ("as usual", usual()),
        (
            "archiving again is unknown",
            Hrflow { archived_again: ArchivedAgain::Unknown, ..usual() },
        ),
        (
            "editing archived is unknown",
            Hrflow { archived_edited: ArchivedEdited::Unknown, ..usual() },
        ),
        (
            "both are unknown",
            Hrflow {
                archived_again: ArchivedAgain::Unknown,
                archived_edited: ArchivedEdited::Unknown,
                ..usual()
            },
        ),
        ("free references", Hrflow { archived_reference: ArchivedReference::Free, ..usual() }),
        ("hidden archive", Hrflow { lists_archived: false, ..usual() }),
        ("long pages", Hrflow { list_limit: Some(100), ..usual() }),
        ("endless pages", Hrflow { list_limit: None, ..usual() }),
        ("a list that lags", Hrflow { list_lag: 3, ..usual() }),
        ("partial edits", Hrflow { edits: Edits::Partial, ..usual() }),
        ("times as sent", Hrflow { updated_at: UpdatedAt::Sent, ..usual() }),
        ("wrapped bodies", Hrflow { bodies: Bodies::Wrapped, ..usual() }),
        ("a charset", Hrflow { media_type: MediaType::WithCharset, ..usual() }),
        ("no media type", Hrflow { media_type: MediaType::Absent, ..usual() }),
    ]
}

struct Board {
    world: World,
}

impl Board {
    async fn with(board_holds: f64, hrflow: Hrflow) -> Self {
        let setup = Setup::offers(usize::try_from(OFFERS).unwrap());
        Self { world: setup.on_board(board_holds).hrflow(hrflow).start().await }
    }

    async fn create(&self) -> RunResult {
        self.world.create().run().await.unwrap()
    }

    async fn update(&self) -> RunResult {
        self.world.update().run().await.unwrap()
    }

    async fn archive(&self, on_archive: OnArchive) -> RunResult {
        let push = ArchiveParameters { on_archive, ..ArchiveParameters::new(board_key()) };
        self.world.archive_with(SearchParameters::new(), push).run().await.unwrap()
    }

    async fn sync(&self, push: SyncParameters) -> RunResult {
        let rules = MirrorRules { grace: Grace::Readings(1), ..MirrorRules::default() };
        self.world.sync_with(SyncParameters { rules, ..push }).run().await.unwrap()
    }
}

#[track_caller]
fn check(result: &RunResult, outcome: Outcome, count: u64, way: &str) {
    assert_eq!(result.status, Status::Success, "{way}: {result:?}");
    assert_eq!(result.outcomes.count(outcome), count, "{way}: {result:?}");
}

#[tokio::test]
async fn jobs_are_created_replaced_and_archived_whichever_way_hrflow_has() {
    let checks = ways().into_iter().map(async |(way, hrflow)| {
        let board = Board::with(0.0, hrflow.clone()).await;
        check(&board.create().await, Outcome::Created, OFFERS, way);
        check(&board.create().await, Outcome::Unchanged, OFFERS, way);
        check(&board.update().await, Outcome::Updated, OFFERS, way);
        assert_eq!(board.world.live(), board.world.listed(), "{way}");
        check(&board.archive(OnArchive::Keep).await, Outcome::Archived, OFFERS, way);
        assert!(board.world.live().is_empty(), "{way}");

        let (edited, again) = (hrflow.archived_edited, hrflow.archived_again);
        let known = edited == ArchivedEdited::Edited;
        let updated = if known { Outcome::Updated } else { Outcome::Unchanged };
        check(&board.update().await, updated, OFFERS, way);
        let known = again == ArchivedAgain::Archived;
        let archived = if known { Outcome::Archived } else { Outcome::Unchanged };
        check(&board.archive(OnArchive::Keep).await, archived, OFFERS, way);
        assert!(board.world.live().is_empty(), "{way}");
        let free = hrflow.archived_reference == ArchivedReference::Free;
        let created = if free { Outcome::Created } else { Outcome::Unchanged };
        check(&board.create().await, created, OFFERS, way);
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn the_mirror_follows_whichever_way_hrflow_has() {
    let checks = ways().into_iter().map(async |(way, hrflow)| {
        for on_archive in [OnArchive::Keep, OnArchive::Anonymise] {
            let board = Board::with(0.0, hrflow.clone()).await;
            let push = || SyncParameters { on_archive, ..SyncParameters::new(board_key()) };
            check(&board.sync(push()).await, Outcome::Created, OFFERS, way);
            let ids: Vec<String> = board.world.listed().into_iter().take(3).collect();
            let offers: Vec<_> = ids.iter().map(|id| board.world.take_away(id)).collect();
            check(&board.sync(push()).await, Outcome::Archived, 3, way);
            assert_eq!(board.world.live(), board.world.listed(), "{way}");
            for offer in offers {
                board.world.put_back(offer);
            }
            let result = board.sync(push()).await;
            assert_eq!(result.status, Status::Success, "{way}: {result:?}");
            assert_eq!(board.world.live(), board.world.listed(), "{way}");
            for id in &ids {
                assert_eq!(board.world.job(id)["summary"], board.world.offer(id)["description"]);
            }
        }
    });
    futures::future::join_all(checks).await;
}

/// What is left says nothing of the employer, nor where the work was.
#[track_caller]
fn check_anonymous(board: &Board, id: &str, way: &str) {
    let (job, offer) = (board.world.job(id), board.world.services().offer(id).unwrap());
    assert_eq!(job["name"], offer["intitule"], "{way}");
    let text = job.to_string();
    for part in [
        &offer["description"],
        &offer["entreprise"]["nom"],
        &offer["lieuTravail"]["libelle"],
        &offer["origineOffre"]["urlOrigine"],
        &offer["contact"]["nom"],
    ] {
        let told = part.as_str().filter(|part| part.len() > 8 && *part != job["name"]);
        assert!(told.is_none_or(|told| !text.contains(told)), "{way}: {part} in {text}");
    }
    let tags: Vec<_> = job["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    assert!(tags.iter().any(|name| *name == "rome_code"), "{way}: {tags:?}");
    assert!(!tags.iter().any(|name| *name == "insee_code"), "{way}: {tags:?}");
}

#[tokio::test]
async fn archived_jobs_are_anonymous_whichever_way_hrflow_has() {
    let checks = ways().into_iter().map(async |(way, hrflow)| {
        let board = Board::with(0.0, hrflow).await;
        check(&board.archive(OnArchive::Anonymise).await, Outcome::Missing, OFFERS, way);
        board.create().await;
        // Some are archived already, with all that they say.
        board.world.services().set_faults(Some(Faults::only(Fault::AppliedThenReset, 3, 0.1)));
        board.archive(OnArchive::Keep).await;
        check(&board.archive(OnArchive::Anonymise).await, Outcome::Archived, OFFERS, way);
        board.world.services().set_faults(None);
        assert!(board.world.live().is_empty(), "{way}");
        for id in board.world.listed() {
            check_anonymous(&board, &id, way);
        }
        check(&board.archive(OnArchive::Anonymise).await, Outcome::Unchanged, OFFERS, way);
    });
    futures::future::join_all(checks).await;
}

#[tokio::test]
async fn live_jobs_are_made_anonymous_and_archived() {
    let board = Board::with(0.0, Hrflow::default()).await;
    board.create().await;
    check(&board.archive(OnArchive::Anonymise).await, Outcome::Archived, OFFERS, "live");
    assert!(board.world.live().is_empty());
    for id in board.world.listed() {
        check_anonymous(&board, &id, "live");
    }
}

#[tokio::test]
async fn a_spent_quota_ends_the_run_early() {
    let board = Board::with(1.0, Hrflow { quota: Some(10), ..Hrflow::default() }).await;
    let result = board.archive(OnArchive::Keep).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!(result.outcomes.count(Outcome::Archived), 10);
    assert!(result.message.unwrap().contains("quota is used up (402)"));
    assert!(board.world.hrflow_calls() < OFFERS);
}

#[tokio::test]
async fn a_429_as_a_page_is_waited_out() {
    let board = Board::with(1.0, Hrflow::default()).await;
    let faults = Faults::only(Fault::TooManyCallsPage, 5, 0.2).at(Api::Hrflow);
    board.world.services().set_faults(Some(faults));
    check(&board.archive(OnArchive::Keep).await, Outcome::Archived, OFFERS, "pages");
}

#[tokio::test]
async fn the_mirror_parses_only_what_is_new_or_has_changed() {
    let parsing = Parsing { refused_word: Some("poison".to_owned()), ..Parsing::default() };
    let board = Board::with(0.0, Hrflow { parsing, ..Hrflow::default() }).await;
    let push = || SyncParameters {
        enrich_with_parsing: true,
        enrich: Enrich::BestEffort,
        ..SyncParameters::new(board_key())
    };
    check(&board.sync(push()).await, Outcome::Created, OFFERS, "new");
    let calls = board.world.hrflow_calls();
    check(&board.sync(push()).await, Outcome::Unchanged, OFFERS, "the same");
    // The board's list is read, and nothing else.
    let pages = OFFERS.div_ceil(30);
    assert_eq!(board.world.hrflow_calls() - calls, pages);

    let id = board.world.listed().pop_first().unwrap();
    for (description, found) in [("Python", true), ("Python, poison", false)] {
        board.world.change(&id, "description", description);
        check(&board.sync(push()).await, Outcome::Updated, 1, description);
        let job = board.world.job(&id);
        let skills = job["skills"].as_array().unwrap();
        assert_eq!(skills.iter().any(|skill| skill["name"] == "Python"), found, "{description}");
    }
}
