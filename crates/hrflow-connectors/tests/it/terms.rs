//! The terms of the offers, as they reach a board.

use std::fs;

use hrflow_connectors::francetravail::{Contact, Content, LICENCE_URL, Terms};
use hrflow_connectors::{Hint, Outcome, RunBuilder, RunResult, Script};
use serde_json::{Value, json};
use store::Document;

use crate::world::{BOARD, Setup, World};

const OFFERS: usize = 40;

struct Mirror {
    world: World,
}

impl Mirror {
    /// On an empty board, with its state in a folder of files.
    async fn filled() -> Self {
        let world = Setup::offers(OFFERS).on_board(0.0).start().await;
        fs::create_dir(world.folder.path().join("state")).unwrap();
        Self { world }
    }

    fn sync(&self, terms: &Terms) -> RunBuilder {
        self.world.sync().terms(terms.clone())
    }

    async fn run(&self, terms: &Terms) -> RunResult {
        self.sync(terms).run().await.unwrap()
    }

    fn jobs(&self) -> Vec<Value> {
        let references = self.world.services().references(BOARD).into_iter();
        references.map(|reference| self.world.job(&reference)).collect()
    }

    /// What is remembered is as a version has left it that knew no versions of formats.
    async fn of_before(&self) {
        let store = self.world.store().await;
        let workflows = self.world.folder.path().join("state/workflows");
        let folder = fs::read_dir(workflows).unwrap().next().unwrap();
        let name = folder.unwrap().file_name().into_string().unwrap();
        let document = Document::<Value>::new(store, format!("workflows/{name}/token"));
        let mut token = document.load().await.unwrap().unwrap();
        let identity = token["identity"].as_object_mut().unwrap();
        assert!(identity.remove("action_format").is_some());
        document.save(&token).await.unwrap();
    }
}

fn with(content: Content) -> Terms {
    Terms { content: Some(content), ..Terms::default() }
}

fn values<'a>(job: &'a Value, list: &str, name: &str) -> Vec<&'a Value> {
    let named = job[list].as_array().unwrap().iter().filter(|entry| entry["name"] == name);
    named.map(|entry| &entry["value"]).collect()
}

fn is_full(job: &Value) -> bool {
    !values(job, "tags", "occupation_label").is_empty()
}

#[tokio::test]
async fn each_job_of_a_new_workflow_has_the_whole_content_and_says_its_licence() {
    let mirror = Mirror::filled().await;
    let result = mirror.run(&Terms::default()).await;
    assert_eq!(result.outcomes.count(Outcome::Created), OFFERS as u64, "{result:?}");
    for job in mirror.jobs() {
        assert!(is_full(&job), "{job}");
        assert_eq!(values(&job, "metadatas", "source_licence_url"), [LICENCE_URL]);
        assert_eq!(values(&job, "metadatas", "source_licence").len(), 2, "{job}");
        assert_eq!(values(&job, "metadatas", "source_updated_at").len(), 1, "{job}");
    }
}

#[tokio::test]
async fn a_board_of_before_is_told_of_the_licence_once_and_keeps_its_content() {
    let mirror = Mirror::filled().await;
    mirror.run(&with(Content::Mapped)).await;
    mirror.of_before().await;
    let terms = Terms { method_url: Some("https://example.org/m".into()), ..Terms::default() };
    let (foreseen, _) = mirror.sync(&terms).build().unwrap().preview().await;
    assert_eq!(foreseen.outcomes.count(Outcome::Updated), OFFERS as u64, "{foreseen:?}");
    let [Hint::Text(hint)] = &foreseen.hints[..] else { panic!("{:?}", foreseen.hints) };
    assert!(hint.contains("statement of the licence"), "{hint}");
    assert_eq!(mirror.run(&terms).await.outcomes.count(Outcome::Updated), OFFERS as u64);
    for job in mirror.jobs() {
        assert!(!is_full(&job), "{job}");
        assert_eq!(values(&job, "metadatas", "source_method"), ["https://example.org/m"]);
    }
    let (foreseen, _) = mirror.sync(&terms).build().unwrap().preview().await;
    assert_eq!((foreseen.outcomes.count(Outcome::Updated), foreseen.hints), (0, vec![]));
}

#[tokio::test]
async fn another_content_is_another_program_and_brings_every_job_up_to_date_once() {
    let mirror = Mirror::filled().await;
    mirror.run(&with(Content::Mapped)).await;
    assert!(mirror.jobs().iter().all(|job| !is_full(job)));
    assert_eq!(
        mirror.run(&Terms::default()).await.outcomes.count(Outcome::Updated),
        0,
        "nobody chose"
    );
    let full = with(Content::Full);
    assert_eq!(mirror.run(&full).await.outcomes.count(Outcome::Updated), OFFERS as u64);
    assert!(mirror.jobs().iter().all(is_full));
    assert_eq!(mirror.run(&full).await.outcomes.count(Outcome::Updated), 0);
    assert_eq!(
        mirror.run(&Terms::default()).await.outcomes.count(Outcome::Updated),
        0,
        "kept as it was"
    );
}

/// The jobs that a user's own format makes where contacts are dropped.
async fn jobs_without_contact(format: impl FnOnce(RunBuilder) -> RunBuilder) -> Vec<Value> {
    let mirror = Mirror::filled().await;
    let terms = Terms { contact: Contact::Drop, ..Terms::default() };
    format(mirror.world.create().terms(terms)).run().await.unwrap();
    mirror.jobs()
}

fn check_without_contact(jobs: &[Value]) {
    assert_eq!(jobs.len(), OFFERS);
    for job in jobs {
        assert_eq!(job["name"], r#"{"contact":null,"agency":null}"#);
        assert_eq!(values(job, "metadatas", "source_licence_url"), [LICENCE_URL]);
        assert_eq!(values(job, "metadatas", "source_updated_at").len(), 1, "of the offer itself");
    }
}

#[tokio::test]
async fn a_format_of_the_users_sees_no_contact_where_that_is_dropped_and_its_jobs_say_the_licence()
{
    let format = |offer: hrflow_connectors::Item| {
        let seen = json!({"contact": offer["contact"]["nom"], "agency": offer["agence"]});
        json!({"name": seen.to_string(), "reference": offer["id"], "location": {"text": "x"}})
    };
    check_without_contact(&jobs_without_contact(|run| run.format(format)).await);
}

#[tokio::test]
async fn the_same_holds_of_a_jq_program() {
    let format = "{name: ({contact: .contact.nom, agency: .agence} | tojson), reference: .id, \
                  location: {text: \"x\"}}";
    let format = Script::compile(format).unwrap();
    check_without_contact(&jobs_without_contact(|run| run.jq_format(format)).await);
}
