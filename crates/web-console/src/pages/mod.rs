//! The pages: each reads what it shows, and gives a body that a layout goes around.

pub(crate) mod ask;
mod audit;
mod calls;
mod find;
mod items;
pub(crate) mod overview;
mod plan;
pub(crate) mod run;
mod workflow;

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use url::form_urlencoded::byte_serialize;

use crate::site::Console;
use crate::{Words, assets};

pub(crate) use ask::{answer, ask};
pub(crate) use audit::audit;
pub(crate) use calls::calls;
pub(crate) use find::find;
pub(crate) use items::items;
pub(crate) use overview::{overview, row};
pub(crate) use plan::{PlanBody, plan, plans};
pub(crate) use run::run;
pub(crate) use workflow::{WorkflowBody, workflow};

/// What is around every page.
#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    words: &'static Words,
    assets: &'static str,
    title: String,
    body: String,
    /// Where the visitor is: `workflows`, `plans`, `calls` or `audit`.
    place: &'static str,
    has_actions: bool,
    searched: &'a str,
    as_of: Option<String>,
    problem: Option<String>,
    /// A page of something that goes on is loaded again where there are no scripts.
    is_live: bool,
}

/// Why a page cannot be shown.
pub(crate) enum Trouble {
    NotFound,
    Store(store::StoreError),
}

impl From<store::StoreError> for Trouble {
    fn from(error: store::StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a page is called, and where it belongs.
pub(crate) struct Titled<'a> {
    pub(crate) title: String,
    pub(crate) place: &'static str,
    pub(crate) searched: &'a str,
    pub(crate) is_live: bool,
}

impl<'a> Titled<'a> {
    pub(crate) fn new(title: impl Into<String>, place: &'static str) -> Self {
        Self { title: title.into(), place, searched: "", is_live: false }
    }

    fn searched(self, searched: &'a str) -> Self {
        Self { searched, ..self }
    }
}

impl Console {
    /// A page with that body.
    pub(crate) fn page(
        &self,
        words: &'static Words,
        titled: Titled<'_>,
        body: &impl Template,
    ) -> Response {
        let (read_at, problem) = self.catalog.freshness();
        let Titled { title, place, searched, is_live } = titled;
        let layout = body.render().and_then(|body| {
            let as_of = read_at.map(|at| words.time(at));
            let assets = assets::FOLDER;
            let has_actions = self.actions.is_some();
            Layout {
                words,
                assets,
                title,
                body,
                place,
                has_actions,
                searched,
                as_of,
                problem,
                is_live,
            }
            .render()
        });
        match layout {
            Ok(page) => Html(page).into_response(),
            Err(error) => {
                tracing::error!(%error, "could not write a page");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// A page that says why there is none.
    pub(crate) fn trouble(&self, words: &'static Words, trouble: &Trouble) -> Response {
        let (status, text) = match trouble {
            Trouble::NotFound => (StatusCode::NOT_FOUND, words.not_found.to_owned()),
            Trouble::Store(error) => (
                StatusCode::SERVICE_UNAVAILABLE,
                format!("{}: {}", words.store_failed, hrflow_connectors::error_chain(error)),
            ),
        };
        let page = self.page(words, Titled::new(text.clone(), ""), &TextBody { text });
        (status, page).into_response()
    }
}

#[derive(Template)]
#[template(source = "<h1>{{ text }}</h1>", ext = "html")]
struct TextBody {
    text: String,
}

/// There is no such page.
pub(crate) async fn not_found(
    axum::extract::State(console): axum::extract::State<Console>,
    headers: HeaderMap,
) -> Response {
    console.trouble(Words::preferred(&headers), &Trouble::NotFound)
}

/// Part of an address.
pub(crate) fn part(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

pub(crate) fn workflow_address(workflow_id: &str) -> String {
    format!("/workflows/{}", part(workflow_id))
}

pub(crate) fn run_address(workflow_id: &str, run_id: &str) -> String {
    format!("{}/runs/{}", workflow_address(workflow_id), part(run_id))
}

/// A point in time, and how long ago that was.
pub(crate) fn when(words: &Words, time: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", words.time(time), words.since(time, now))
}

/// Which part of a long list is shown.
pub(crate) struct Paging {
    /// From 1.
    pub(crate) number: usize,
    pub(crate) pages: usize,
    /// What stands before the number in an address.
    pub(crate) address: String,
}

impl Paging {
    /// The page that was asked for, and which entries it has.
    pub(crate) fn of(
        count: usize,
        size: usize,
        asked: Option<usize>,
        address: String,
    ) -> (Self, std::ops::Range<usize>) {
        let pages = count.div_ceil(size).max(1);
        let number = asked.unwrap_or(1).clamp(1, pages);
        let start = (number - 1) * size;
        (Self { number, pages, address }, start..count.min(start + size))
    }

    pub(crate) fn previous(&self) -> Option<String> {
        (self.number > 1).then(|| format!("{}page={}", self.address, self.number - 1))
    }

    pub(crate) fn next(&self) -> Option<String> {
        (self.number < self.pages).then(|| format!("{}page={}", self.address, self.number + 1))
    }
}
