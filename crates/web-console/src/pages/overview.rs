//! Every workflow, what needs somebody first.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use hrflow_connectors::{
    Assessment, FleetStatus, Health, ListedWorkflow, RunDigest, Thresholds, WorkflowStatus, assess,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Paging, Titled, part, run_address, workflow_address};
use crate::site::Console;
use crate::{Words, chart};

/// How many workflows are on a page.
const ON_A_PAGE: usize = 200;

/// What was asked for.
#[derive(Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    health: String,
    page: Option<usize>,
}

#[derive(Template)]
#[template(path = "overview.html")]
pub(crate) struct OverviewBody {
    pub(crate) words: &'static Words,
    pub(crate) rows: Vec<Row>,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) asked: String,
    pub(crate) health: String,
    pub(crate) paging: Paging,
    pub(crate) is_known: bool,
    pub(crate) has_links: bool,
}

/// A health, and how many workflows are so.
pub(crate) struct Tab {
    pub(crate) label: &'static str,
    pub(crate) class: &'static str,
    pub(crate) count: usize,
    pub(crate) address: String,
    pub(crate) is_chosen: bool,
}

/// A workflow in a line.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) health: Health,
    pub(crate) word: &'static str,
    pub(crate) reasons: Vec<String>,
    /// How far its run is.
    pub(crate) progress: Option<String>,
    pub(crate) last_run: Option<(String, String, String)>,
    pub(crate) last_success: String,
    pub(crate) next_run: String,
    pub(crate) jobs: String,
    pub(crate) chart: String,
}

/// The first page.
pub(crate) async fn overview(
    State(console): State<Console>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let words = Words::preferred(&headers);
    let now = Timestamp::now();
    let known = console.known(now);
    let wanted = asked.q.to_lowercase();
    let matching: Vec<_> =
        known.into_iter().filter(|one| one.name().to_lowercase().contains(&wanted)).collect();
    let tabs = tabs(&matching, &asked, words);
    let of_health = |one: &Known| asked.health.is_empty() || one.health().name() == asked.health;
    let shown: Vec<_> = matching.into_iter().filter(of_health).collect();
    let address = format!("/?q={}&health={}&", part(&asked.q), part(&asked.health));
    let (paging, range) = Paging::of(shown.len(), ON_A_PAGE, asked.page, address);
    let body = OverviewBody {
        words,
        rows: shown[range]
            .iter()
            .map(|one| Row {
                progress: console.progress.of(one.workflow_id(), words),
                ..row(one, words, now)
            })
            .collect(),
        tabs,
        asked: asked.q,
        health: asked.health,
        paging,
        is_known: console.catalog.freshness().0.is_some(),
        has_links: true,
    };
    console.page(words, Titled::new(words.workflows, "workflows"), &body)
}

/// A workflow, what its store remembers of it, and how it is.
pub(crate) struct Known {
    listed: Option<ListedWorkflow>,
    status: Option<WorkflowStatus>,
    assessment: Assessment,
}

impl Known {
    fn name(&self) -> &str {
        let named = self.status.as_ref().map(|status| status.name.as_str());
        named.or(self.listed.as_ref().map(|it| it.workflow_id.as_str())).unwrap_or_default()
    }

    fn workflow_id(&self) -> &str {
        let own = self.status.as_ref().map(|status| status.workflow_id.as_str());
        own.or(self.listed.as_ref().map(|it| it.workflow_id.as_str())).unwrap_or_default()
    }

    fn health(&self) -> Health {
        self.assessment.health
    }

    /// Whether a run of it goes on.
    pub(crate) fn is_alive(&self) -> bool {
        let last = self.listed.as_ref().and_then(|listed| listed.runs.first());
        last.is_some_and(|run| run.is_alive)
    }

    /// Of a workflow that a fleet has.
    pub(crate) fn of_fleet(status: WorkflowStatus, listed: Option<ListedWorkflow>) -> Self {
        Self { assessment: status.assessment.clone(), listed, status: Some(status) }
    }

    /// Of a workflow of a fleet with these runs.
    pub(crate) fn with_runs(status: WorkflowStatus, runs: Vec<RunDigest>) -> Self {
        let (workflow_id, action) = (status.workflow_id.clone(), status.action.clone());
        let count = runs.len();
        Self::of_fleet(status, Some(ListedWorkflow { workflow_id, action, runs, count }))
    }

    /// Whether it is neither healthy nor at work.
    pub(crate) fn needs_somebody(&self) -> bool {
        match self.health() {
            Health::Failing | Health::Late | Health::Degraded => true,
            Health::NeverRan | Health::Running | Health::Healthy => false,
        }
    }

    /// Of a workflow of which only its runs are known.
    pub(crate) fn of_runs(listed: ListedWorkflow, now: Timestamp) -> Self {
        let assessment = assess(&listed.runs, &Thresholds::default(), now);
        Self { assessment, listed: Some(listed), status: None }
    }
}

impl Console {
    /// Every workflow of the fleet, or of the stores where there is no fleet; what needs somebody
    /// first.
    fn known(&self, now: Timestamp) -> Vec<Known> {
        let workflows = self.catalog.workflows().into_iter();
        let status: Option<FleetStatus> = self.status.as_ref().and_then(|status| status());
        let mut known: Vec<_> = match status {
            Some(status) => {
                let mut listed: BTreeMap<_, _> =
                    workflows.map(|it| (it.workflow_id.clone(), it)).collect();
                let with_runs = |status: WorkflowStatus| {
                    let listed = listed.remove(&status.workflow_id);
                    Known::of_fleet(status, listed)
                };
                status.workflows.into_iter().map(with_runs).collect()
            }
            None => workflows.map(|listed| Known::of_runs(listed, now)).collect(),
        };
        known.sort_by(|left, right| {
            (left.health(), left.name()).cmp(&(right.health(), right.name()))
        });
        known
    }

    /// How a workflow is, by the fleet that it belongs to or by its runs.
    pub(crate) fn known_workflow(&self, workflow_id: &str, now: Timestamp) -> Option<Known> {
        let listed = self.catalog.workflow(workflow_id);
        let status = self.status.as_ref().and_then(|status| status());
        let own = status.and_then(|status| {
            status.workflows.into_iter().find(|it| it.workflow_id == workflow_id)
        });
        match (own, listed) {
            (Some(status), listed) => Some(Known::of_fleet(status, listed)),
            (None, Some(listed)) => Some(Known::of_runs(listed, now)),
            (None, None) => None,
        }
    }
}

fn tabs(known: &[Known], asked: &Asked, words: &'static Words) -> Vec<Tab> {
    let address = |health: &str| format!("/?q={}&health={health}", part(&asked.q));
    let all = Tab {
        label: words.all,
        class: "",
        count: known.len(),
        address: address(""),
        is_chosen: asked.health.is_empty(),
    };
    let each = Health::ALL.into_iter().map(|health| Tab {
        label: words.health_of(health),
        class: health.name(),
        count: known.iter().filter(|one| one.health() == health).count(),
        address: address(health.name()),
        is_chosen: asked.health == health.name(),
    });
    std::iter::once(all).chain(each.filter(|tab| tab.count > 0 || tab.is_chosen)).collect()
}

/// A workflow in a line.
pub(crate) fn row(known: &Known, words: &'static Words, now: Timestamp) -> Row {
    let Assessment { health, reasons, last_run, last_success_at, jobs, .. } = &known.assessment;
    let id = known.workflow_id();
    let dash = || "–".to_owned();
    let runs = known.listed.as_ref().map_or(&[][..], |listed| &listed.runs);
    let next_run = known.status.as_ref().and_then(|status| status.next_run_at);
    Row {
        name: known.name().to_owned(),
        address: workflow_address(id),
        health: *health,
        word: words.health_of(*health),
        reasons: reasons.iter().map(|reason| words.reason_of(reason)).collect(),
        progress: None,
        last_run: last_run.as_ref().map(|run| {
            let address = run_address(id, run.run_id.as_str());
            (address, words.since(run.started_at, now), words.status_of(run.status).to_owned())
        }),
        last_success: last_success_at
            .map_or_else(|| words.never.to_owned(), |at| words.since(at, now)),
        next_run: next_run.map_or_else(dash, |at| words.time(at)),
        jobs: jobs.map_or_else(dash, |jobs| words.number(jobs)),
        chart: if runs.is_empty() { String::new() } else { chart::bars(runs, words) },
    }
}
