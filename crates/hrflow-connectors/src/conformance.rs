//! What every origin and every target has to do: the engine counts on it. Each action of the catalog
//! is held to it, so that a new connector is, too.

use std::collections::HashMap;

use engine::{
    Arrival, Attempt, Ends, Held, Item, Key, Op, Origin, Requires, Selects, Step, Target,
};
use sandbox::{FranceTravail, Sandbox, Share};
use tokio::sync::mpsc;

use crate::francetravail::Terms;
use crate::{ACTIONS, ClientOptions, Environment, Outcome, Settings};

const BOARD: &str = "0123456789012345678901234567890123456789";
/// Nobody has this id.
const NOBODY: &str = "0000000";

struct World {
    sandbox: Sandbox,
}

impl World {
    async fn of(offers: usize) -> Self {
        let settings = sandbox::Settings {
            offers,
            board_holds: Share(0.0),
            francetravail: FranceTravail { rate: None, ..FranceTravail::default() },
            ..sandbox::Settings::default()
        };
        Self { sandbox: Sandbox::start(settings).await.unwrap() }
    }

    /// Both ends of an action.
    fn ends(&self, action: &dyn crate::Action) -> Ends {
        let environment = Environment::from_iter([
            ("FRANCETRAVAIL_API_URL", self.sandbox.francetravail_api_url()),
            ("FRANCETRAVAIL_TOKEN_URL", self.sandbox.francetravail_token_url()),
            ("HRFLOW_API_URL", self.sandbox.hrflow_api_url()),
            ("MADE_UP_VACANCIES", "baker@Lyon,cook@Lyon,smith@Nice".to_owned()),
        ]);
        let mut text = "[hrflow_auth]\napi_secret = \"ask_\"\napi_user = \"a@example.org\"\n\
                        [push_parameters]\nboard_key = \"B\"\n[connector_auth]\n"
            .replace("\"B\"", &format!("\"{BOARD}\""));
        let fields = action.describe().connector_auth;
        text.extend(fields.iter().map(|field| format!("{} = \"x\"\n", field.name)));
        let sections = Settings::from_toml(&text, "conformance.toml", &environment).sections;
        let client_options = ClientOptions::over_https().unwrap();
        action
            .connect("conformance", &sections, &Terms::default(), &environment, &client_options)
            .unwrap_or_else(|problems| panic!("{}: {problems:?}", action.name()))
    }
}

async fn read(origin: &dyn Origin) -> Vec<Item> {
    let (out, mut arrivals) = mpsc::channel(1);
    let collect = async {
        let mut items = Vec::new();
        while let Some(arrival) = arrivals.recv().await {
            if let Arrival::Items(batch) = arrival {
                items.extend(batch);
            }
        }
        items
    };
    let (coverage, items) = futures::join!(origin.read(None, out), collect);
    assert!(coverage.unwrap().complete, "a calm origin is read whole");
    items
}

/// A reading lists each item once, under an id by which it is found again.
async fn an_origin_lists_what_it_finds(origin: &dyn Origin) {
    let items = read(origin).await;
    assert!(!items.is_empty());
    let mut by_id = HashMap::new();
    for item in &items {
        let id = origin.id(item).unwrap();
        assert!(by_id.insert(id.clone(), item).is_none(), "{id} is listed twice");
    }
    for (id, item) in by_id.iter().take(5) {
        let found = origin.find(id).await.unwrap();
        let found = found.unwrap_or_else(|| panic!("{id} is listed and not found"));
        assert_eq!((origin.id(&found).as_ref(), &&found), (Some(id), item));
        assert_ne!(origin.selects(&found), Selects::No, "{id} is listed");
    }
    assert_eq!(read(origin).await.len(), items.len());
}

/// An item that there is not is no failure.
async fn an_origin_knows_what_it_has_not(origin: &dyn Origin) {
    assert_eq!(origin.find(NOBODY).await, Ok(None));
}

/// Nobody reads on, and the reading ends.
async fn an_origin_ends_where_nobody_reads_on(origin: &dyn Origin) {
    let (out, arrivals) = mpsc::channel(1);
    drop(arrivals);
    // Whatever it says of it, it comes back.
    let _ = origin.read(None, out).await;
}

/// It says the same of itself each time: a workflow is told from another by that.
async fn an_origin_is_always_the_same(origin: &dyn Origin) {
    let [first, second] = [origin.describe(), origin.describe()];
    assert_eq!((first.name, first.selection), (second.name, second.selection));
    assert!(origin.check().await.is_ok());
}

fn item(reference: &str, name: &str) -> Item {
    let place = serde_json::json!({"text": "Lyon"});
    Item::from_iter([
        ("reference".to_owned(), reference.into()),
        ("name".to_owned(), name.into()),
        ("location".to_owned(), place),
    ])
}

fn step(reference: &str, op: Op) -> Step {
    Step {
        key: Key::Id(reference.into()),
        op,
        fingerprint: None,
        attempt: Attempt::First,
        requires: Requires::Nothing,
    }
}

/// A step that is sent again changes nothing more: nobody may know whether it arrived.
async fn a_target_takes_a_step_twice(target: &dyn Target, reference: &str) {
    let write = step(reference, Op::Write(item(reference, "Baker")));
    let first = target.apply(&write).await.unwrap();
    let after = target.get(reference).await.unwrap();
    let again = Step { attempt: Attempt::InDoubt, ..write };
    target.apply(&again).await.unwrap();
    let now = target.get(reference).await.unwrap();
    let content = |held: &Option<Held>| held.as_ref().map(|held| held.version);
    assert_eq!(content(&after), content(&now), "the second changes what the first has done");
    let outcomes = target.describe().outcomes;
    assert!(
        outcomes.contains(&first.outcome) || first.outcome == Outcome::Unchanged,
        "{:?} is none of {outcomes:?}",
        first.outcome
    );
}

/// What a target predicts of a step is how the step ends. Where it is that nothing changes, the
/// service may call it otherwise, and nothing changes.
async fn a_target_predicts_what_it_does(target: &dyn Target, reference: &str) {
    let held = target.get(reference).await.unwrap();
    let write = step(reference, Op::Write(item(reference, "Another name")));
    let predicted = target.predict(&write, held.as_ref());
    let applied = target.apply(&write).await.unwrap();
    if predicted.outcome == Outcome::Unchanged {
        let now = target.get(reference).await.unwrap();
        assert_eq!(held.map(|held| held.version), now.map(|held| held.version));
    } else {
        assert_eq!(predicted.outcome, applied.outcome);
    }
}

/// What it lists is what it shows, each item once.
async fn a_target_lists_what_it_shows(target: &dyn Target) {
    let (out, mut listed) = mpsc::channel::<Vec<Held>>(1);
    let collect = async {
        let mut all = HashMap::new();
        while let Some(batch) = listed.recv().await {
            for held in batch {
                let reference = held.reference.clone().unwrap_or_default();
                assert!(all.insert(reference.clone(), held).is_none(), "{reference} twice");
            }
        }
        all
    };
    let (done, all) = futures::join!(target.list(out), collect);
    done.unwrap();
    for (reference, listed) in all {
        let shown = target.get(&reference).await.unwrap().unwrap();
        assert_eq!(listed.version, shown.version, "{reference}");
    }
}

/// An item that it does not have is none, and one that it cannot take is refused before a call.
async fn a_target_knows_what_it_has_not(target: &dyn Target) {
    assert_eq!(target.get(NOBODY).await.unwrap(), None);
    assert!(target.validate(&Item::default()).is_err());
    assert_eq!(target.reference(&item("r", "n")).as_deref(), Some("r"));
    assert!(target.check().await.is_ok());
}

#[tokio::test]
async fn every_origin_does_what_the_engine_counts_on() {
    let world = World::of(40).await;
    for action in ACTIONS.iter() {
        let Ends { origin, .. } = world.ends(*action);
        an_origin_lists_what_it_finds(&*origin).await;
        an_origin_knows_what_it_has_not(&*origin).await;
        an_origin_ends_where_nobody_reads_on(&*origin).await;
        an_origin_is_always_the_same(&*origin).await;
    }
}

#[tokio::test]
async fn every_target_does_what_the_engine_counts_on() {
    for action in ACTIONS.iter() {
        let world = World::of(0).await;
        let create = world.ends(ACTIONS[0]).target;
        for reference in ["there", "there too"] {
            create.apply(&step(reference, Op::Write(item(reference, "Cook")))).await.unwrap();
        }
        let Ends { target, .. } = world.ends(*action);
        a_target_knows_what_it_has_not(&*target).await;
        for reference in ["there", "not there"] {
            a_target_takes_a_step_twice(&*target, reference).await;
            a_target_predicts_what_it_does(&*target, reference).await;
        }
        a_target_lists_what_it_shows(&*target).await;
    }
}
