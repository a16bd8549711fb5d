//! The progress of a run that goes on, sent as it happens.

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use hrflow_connectors::{RunDigest, RunId, Runs};
use jiff::Timestamp;

use crate::Words;
use crate::pages::run::shown;
use crate::site::Console;

/// How often a run is looked at.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Template)]
#[template(path = "progress.html")]
struct Progress {
    words: &'static Words,
    since: String,
    /// How far the run is, where it goes on in this process.
    position: Option<String>,
    counts: Vec<(String, String)>,
}

/// What is known of a run. Pages of its journal that were read are not read again.
struct Watched {
    runs: Runs,
    progress: crate::Progress,
    workflow_id: String,
    run_id: RunId,
    words: &'static Words,
    read: HashSet<String>,
    counts: BTreeMap<String, u64>,
    state: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    Going,
    Ended,
}

/// Events `progress` with a fragment of HTML, and one `end`.
pub(crate) async fn progress(
    State(console): State<Console>,
    headers: HeaderMap,
    Path((workflow_id, run_id)): Path<(String, String)>,
) -> Response {
    let words = Words::preferred(&headers);
    let (shelf, run) = match console.find_run(&workflow_id, &run_id).await {
        Ok(found) => found,
        Err(trouble) => return console.trouble(words, &trouble),
    };
    let runs = match shelf.runs().await {
        Ok(runs) => runs,
        Err(error) => return console.trouble(words, &error.into()),
    };
    let watched = Watched {
        runs,
        progress: console.progress.clone(),
        workflow_id,
        run_id: run.record.run_id,
        words,
        read: HashSet::new(),
        counts: BTreeMap::new(),
        state: Stage::First,
    };
    let events = stream::unfold(watched, async |mut watched| {
        let event = watched.next().await?;
        Some((Ok::<_, Infallible>(event), watched))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

impl Watched {
    async fn next(&mut self) -> Option<Event> {
        match self.state {
            Stage::Ended => return None,
            Stage::First => self.state = Stage::Going,
            Stage::Going => tokio::time::sleep(LOOK).await,
        }
        // A store that cannot be read ends the stream; the browser asks again.
        let run = self.runs.get(&self.workflow_id, &self.run_id).await.ok().flatten()?;
        if !RunDigest::of(&run).is_alive {
            self.state = Stage::Ended;
            return Some(Event::default().event("end").data("ended"));
        }
        for page in self.runs.outcome_pages(&self.run_id).await.ok()? {
            if self.read.contains(&page) {
                continue;
            }
            for report in self.runs.outcomes_on(&page).await.ok()? {
                *self.counts.entry(report.outcome).or_default() += 1;
            }
            self.read.insert(page);
        }
        let fragment = Progress {
            words: self.words,
            since: self.words.since(run.record.started_at, Timestamp::now()),
            position: self.progress.of(&self.workflow_id, self.words),
            counts: shown(&self.counts, self.words),
        };
        Some(Event::default().event("progress").data(fragment.render().ok()?))
    }
}
