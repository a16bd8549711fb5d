//! Saved plans: what each would change, field by field.

use std::path::{Path as FilePath, PathBuf};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hrflow_connectors::{Outcome, PlannedStep, SavedPlan};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::ask::Offer;
use super::run::{quoted, shortened};
use super::{Paging, Titled, Trouble, part, when};
use crate::Words;
use crate::site::Console;

/// How many changes are on a page.
const ON_A_PAGE: usize = 200;
/// So much of a value is shown.
const SHOWN: usize = 2_000;

#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    page: Option<usize>,
}

#[derive(Template)]
#[template(path = "plans.html")]
struct PlansBody {
    words: &'static Words,
    plans: Vec<PlanLine>,
}

struct PlanLine {
    name: String,
    address: String,
    made: String,
    counts: [String; 3],
}

#[derive(Template)]
#[template(path = "plan.html")]
pub(crate) struct PlanBody {
    pub(crate) words: &'static Words,
    pub(crate) title: String,
    pub(crate) workflow_id: String,
    pub(crate) made: String,
    pub(crate) whole: &'static str,
    pub(crate) tabs: Vec<(String, String, bool)>,
    pub(crate) asked: String,
    pub(crate) kind: String,
    pub(crate) address: String,
    pub(crate) steps: Vec<StepView>,
    pub(crate) paging: Paging,
    pub(crate) command: String,
    pub(crate) has_links: bool,
    pub(crate) offers: Vec<Offer>,
}

pub(crate) struct StepView {
    pub(crate) class: &'static str,
    pub(crate) sign: char,
    pub(crate) reference: String,
    pub(crate) name: String,
    pub(crate) changes: Vec<(String, String, String)>,
}

/// The saved plans of the folder.
pub(crate) async fn plans(State(console): State<Console>, headers: HeaderMap) -> Response {
    let words = Words::preferred(&headers);
    let folder = console.plans.clone();
    let read = tokio::task::spawn_blocking(move || {
        folder.map(|folder| lines(&folder, words)).unwrap_or_default()
    });
    let body = PlansBody { words, plans: read.await.unwrap_or_default() };
    console.page(words, Titled::new(words.plans, "plans"), &body)
}

fn lines(folder: &FilePath, words: &Words) -> Vec<PlanLine> {
    let now = Timestamp::now();
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = files.map(|entry| entry.path());
    let mut plans: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter_map(|path| {
            let name = path.file_stem()?.to_string_lossy().into_owned();
            Some((name, read(&path)?))
        })
        .collect();
    plans.sort_by_key(|(_, plan)| std::cmp::Reverse(plan.made_at));
    let line = |(name, plan): (String, SavedPlan)| PlanLine {
        address: format!("/plans/{}", part(&name)),
        made: when(words, plan.made_at, now),
        counts: KINDS.map(|(kind, ..)| words.number(count(&plan, kind))),
        name,
    };
    plans.into_iter().map(line).collect()
}

fn read(path: &FilePath) -> Option<SavedPlan> {
    let plan: SavedPlan = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    plan.is_known().then_some(plan)
}

/// What is hard to take back comes first.
const KINDS: [(Outcome, &str, char); 3] = [
    (Outcome::Archived, "archived", '−'),
    (Outcome::Updated, "updated", '~'),
    (Outcome::Created, "created", '+'),
];

fn count(plan: &SavedPlan, kind: Outcome) -> u64 {
    plan.steps.iter().filter(|step| step.outcome == kind.name()).count() as u64
}

/// One plan.
pub(crate) async fn plan(
    State(console): State<Console>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let words = Words::preferred(&headers);
    let Some(path) = path_of(&console, &name) else {
        return console.trouble(words, &Trouble::NotFound);
    };
    let (file, asked_for) = (path.clone(), name.clone());
    let read = tokio::task::spawn_blocking(move || {
        let plan = read(&file)?;
        let address = format!("/plans/{}", part(&asked_for));
        Some(PlanBody::of(&plan, &address, &asked, words))
    });
    match read.await.ok().flatten() {
        Some(mut body) => {
            body.command = format!("hrflow-connectors apply {}", quoted(&path.to_string_lossy()));
            let apply = ("apply", format!("?plan={}", part(&name)));
            body.offers = console.offers(&body.workflow_id, [Some(apply)], words);
            console.page(words, Titled::new(format!("{} {name}", words.plan), "plans"), &body)
        }
        None => console.trouble(words, &Trouble::NotFound),
    }
}

/// A name is that of a file in the folder, and of nothing else.
fn path_of(console: &Console, name: &str) -> Option<PathBuf> {
    let is_plain = !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    let folder = console.plans.clone().filter(|_| is_plain)?;
    Some(folder.join(format!("{name}.json")))
}

/// A saved plan by its name.
pub(crate) async fn read_plan(console: &Console, name: &str) -> Option<SavedPlan> {
    let path = path_of(console, name)?;
    tokio::task::spawn_blocking(move || read(&path)).await.ok().flatten()
}

/// How many steps of each kind a plan has.
pub(crate) fn counts_of(plan: &SavedPlan, words: &'static Words) -> Vec<(&'static str, String)> {
    let counted = |(label, (kind, ..)): (&'static str, (Outcome, &str, char))| {
        (label, words.number(count(plan, kind)))
    };
    labels(words).into_iter().zip(KINDS).map(counted).collect()
}

/// What the kinds are called, in their order.
fn labels(words: &'static Words) -> [&'static str; 3] {
    [words.to_archive, words.to_update, words.to_create]
}

impl PlanBody {
    fn of(plan: &SavedPlan, address: &str, asked: &Asked, words: &'static Words) -> Self {
        let wanted = asked.q.to_lowercase();
        let is_wanted = |step: &&PlannedStep| {
            let name = step.name.as_deref().unwrap_or_default().to_lowercase();
            let is_kind = asked.kind.is_empty() || step.outcome == asked.kind;
            is_kind && (step.reference.to_lowercase().contains(&wanted) || name.contains(&wanted))
        };
        let in_order = KINDS.iter().flat_map(|(kind, ..)| {
            plan.steps.iter().filter(|step| step.outcome == kind.name()).filter(is_wanted)
        });
        let steps: Vec<_> = in_order.collect();
        let query = format!("q={}&kind={}&", part(&asked.q), part(&asked.kind));
        let (paging, range) =
            Paging::of(steps.len(), ON_A_PAGE, asked.page, format!("{address}?{query}"));
        let mut body = Self::around(plan, address, asked, words);
        body.steps = steps[range].iter().map(|step| step_view(step)).collect();
        body.paging = paging;
        body
    }

    /// The whole plan, for a report.
    pub(crate) fn whole(plan: &SavedPlan, words: &'static Words) -> Self {
        let mut body = Self::around(plan, "", &Asked::default(), words);
        let in_order = KINDS
            .iter()
            .flat_map(|(kind, ..)| plan.steps.iter().filter(|step| step.outcome == kind.name()));
        body.steps = in_order.map(step_view).collect();
        body.has_links = false;
        body
    }

    fn around(plan: &SavedPlan, address: &str, asked: &Asked, words: &'static Words) -> Self {
        let tab = |label: &str, kind: &str, count: u64| {
            let address = format!("{address}?q={}&kind={kind}", part(&asked.q));
            (format!("{label} {}", words.number(count)), address, asked.kind == kind)
        };
        let mut tabs = vec![tab(words.all, "", plan.steps.len() as u64)];
        for ((kind, ..), label) in KINDS.into_iter().zip(labels(words)) {
            tabs.push(tab(label, kind.name(), count(plan, kind)));
        }
        Self {
            words,
            title: format!("{} {}", words.plan, plan.workflow_id),
            workflow_id: plan.workflow_id.clone(),
            made: when(words, plan.made_at, Timestamp::now()),
            whole: if plan.complete { words.whole } else { words.partial },
            tabs,
            asked: asked.q.clone(),
            kind: asked.kind.clone(),
            address: address.to_owned(),
            steps: Vec::new(),
            paging: Paging { number: 1, pages: 1, address: String::new() },
            command: String::new(),
            has_links: true,
            offers: Vec::new(),
        }
    }
}

fn step_view(step: &PlannedStep) -> StepView {
    let known = KINDS.iter().find(|(kind, ..)| kind.name() == step.outcome);
    let (class, sign) = known.map_or(("updated", '~'), |(_, class, sign)| (*class, *sign));
    let value = |value: &Option<Value>| match value {
        Some(Value::String(text)) => shortened(text, SHOWN),
        Some(value) => shortened(&value.to_string(), SHOWN),
        None => String::new(),
    };
    StepView {
        class,
        sign,
        reference: step.reference.clone(),
        name: step.name.clone().unwrap_or_default(),
        changes: step
            .changes
            .changes()
            .iter()
            .map(|change| (change.field.clone(), value(&change.old), value(&change.new)))
            .collect(),
    }
}
