//! Reports: the pages of a run, a workflow, a fleet or a plan as one file.

mod markdown;

use askama::Template;
use hrflow_connectors::{FleetStatus, ListedRun, RunDigest, Runs, SavedPlan, StateStore};
use jiff::Timestamp;
use serde_json::Value;

use crate::catalog::{Catalog, SHOWN};
use crate::pages::overview::{Known, OverviewBody};
use crate::pages::run::RunBody;
use crate::pages::{Paging, PlanBody, WorkflowBody, row};
use crate::{Shelf, Words, assets};

/// What a report is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// One file that needs no other.
    Html,
    /// For a ticket or a chat.
    Markdown,
}

/// A report of what runs did, or of what a plan would do.
pub struct Report {
    words: &'static Words,
    title: String,
    bodies: Vec<Body>,
}

enum Body {
    Overview(OverviewBody),
    Workflow(WorkflowBody),
    Run(RunBody),
    Plan(PlanBody),
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    words: &'static Words,
    title: &'a str,
    style: &'static str,
    bodies: Vec<String>,
    as_of: String,
    version: &'static str,
}

/// A report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The page cannot be written.
    #[error("could not write the report: {0}")]
    Page(#[from] askama::Error),
}

impl Report {
    /// Of a run that a store remembers.
    pub async fn of_run(
        shelf: &Shelf,
        run: &ListedRun,
        words: &'static Words,
    ) -> Result<Self, ReportError> {
        Ok(Self::of(Body::Run(RunBody::of(shelf, run, words).await?), words))
    }

    /// Of a result alone, as `run --output json` prints it: a dry run's, too.
    pub fn of_result(result: &Value, words: &'static Words) -> Self {
        Self::of(Body::Run(RunBody::of_result(result, words)), words)
    }

    /// Of a saved plan.
    pub fn of_plan(plan: &SavedPlan, words: &'static Words) -> Self {
        Self::of(Body::Plan(PlanBody::whole(plan, words)), words)
    }

    /// Of a workflow, with its last run.
    pub async fn of_workflow(
        shelf: &Shelf,
        workflow_id: &str,
        words: &'static Words,
    ) -> Result<Option<Self>, ReportError> {
        let now = Timestamp::now();
        let catalog = Catalog::of(vec![shelf.clone()]);
        catalog.refresh().await;
        let Some(listed) = catalog.workflow(workflow_id) else { return Ok(None) };
        let known = Known::of_runs(listed, now);
        let body = WorkflowBody::of(shelf, workflow_id, &known, (words, now), None).await?;
        let mut report = Self::of(Body::Workflow(body), words);
        let runs = shelf.runs().await?;
        if let Some(last) = runs.of_workflow(workflow_id, 1).await?.first() {
            report.bodies.push(Body::Run(without_links(RunBody::of(shelf, last, words).await?)));
        }
        Ok(Some(report))
    }

    /// Of a fleet: every workflow, with the last run of those that need somebody.
    pub async fn of_fleet(
        name: &str,
        status: FleetStatus,
        shelf_of: impl Fn(&str) -> Option<Shelf>,
        words: &'static Words,
    ) -> Result<Self, ReportError> {
        let now = Timestamp::now();
        let (mut rows, mut runs) = (Vec::new(), Vec::new());
        for workflow in status.workflows {
            let id = workflow.workflow_id.clone();
            let shelf = shelf_of(&id);
            let listed = match &shelf {
                Some(shelf) => {
                    Runs::open(&StateStore::Opened(shelf.store.clone()))
                        .await?
                        .of_workflow(&id, SHOWN)
                        .await?
                }
                None => Vec::new(),
            };
            let digests = listed.iter().map(RunDigest::of).collect();
            let known = Known::with_runs(workflow, digests);
            if let (true, Some(shelf), Some(last)) =
                (known.needs_somebody(), &shelf, listed.first())
            {
                runs.push(Body::Run(without_links(RunBody::of(shelf, last, words).await?)));
            }
            rows.push(row(&known, words, now));
        }
        let overview = OverviewBody {
            words,
            rows,
            tabs: Vec::new(),
            asked: String::new(),
            health: String::new(),
            paging: Paging { number: 1, pages: 1, address: String::new() },
            is_known: true,
            has_links: false,
        };
        let bodies = std::iter::once(Body::Overview(overview)).chain(runs).collect();
        Ok(Self { words, title: format!("{} {name}", words.report), bodies })
    }

    fn of(body: Body, words: &'static Words) -> Self {
        let (title, body) = match body {
            Body::Run(body) => {
                (format!("{} {}", body.workflow_id, body.title), Body::Run(without_links(body)))
            }
            Body::Plan(body) => (body.title.clone(), Body::Plan(body)),
            Body::Workflow(mut body) => {
                body.has_links = false;
                (body.workflow_id.clone(), Body::Workflow(body))
            }
            Body::Overview(body) => (words.workflows.to_owned(), Body::Overview(body)),
        };
        Self { words, title, bodies: vec![body] }
    }

    /// The report, written.
    pub fn write(&self, format: ReportFormat) -> Result<String, ReportError> {
        match format {
            ReportFormat::Html => Ok(self.html()?),
            ReportFormat::Markdown => Ok(markdown::report(&self.title, &self.bodies, self.words)),
        }
    }

    fn html(&self) -> askama::Result<String> {
        let bodies = self.bodies.iter().map(|body| match body {
            Body::Overview(body) => body.render(),
            Body::Workflow(body) => body.render(),
            Body::Run(body) => body.render(),
            Body::Plan(body) => body.render(),
        });
        let page = Page {
            words: self.words,
            title: &self.title,
            style: assets::STYLE,
            bodies: bodies.collect::<Result<_, _>>()?,
            as_of: self.words.time(Timestamp::now()),
            version: env!("CARGO_PKG_VERSION"),
        };
        page.render()
    }
}

fn without_links(body: RunBody) -> RunBody {
    RunBody { has_links: false, ..body }
}
