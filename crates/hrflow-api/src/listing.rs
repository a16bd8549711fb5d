//! The jobs of a board, page by page.

use api_client::raw;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::answers::parsed;

/// One page of a board's jobs.
#[derive(Clone, Debug, PartialEq)]
pub struct JobPage {
    /// The jobs on this page that could be read.
    pub jobs: Vec<ListedJob>,
    /// Those that could not.
    pub unreadable: Vec<UnreadableJob>,
    /// How many pages there are, by HrFlow's own account; 0 or 1 for a board without jobs.
    pub pages: u64,
    /// How many jobs there are on all pages.
    pub total: u64,
}

/// A job that the list shows and that could not be read whole.
#[derive(Clone, Debug, PartialEq)]
pub struct UnreadableJob {
    /// Those of its fields that could be read.
    pub known: ListedJob,
    /// Why the rest could not.
    pub why: String,
}

impl UnreadableJob {
    /// What can be made out of a job.
    pub(crate) fn of(item: &[u8], error: &serde_json::Error) -> Self {
        let fields = raw::fields(item).unwrap_or_default().into_iter();
        let readable = fields.filter_map(|(name, value)| {
            let name = String::from_utf8_lossy(name).into_owned();
            Some((name, parsed(value)?))
        });
        Self { known: ListedJob(readable.collect()), why: error.to_string() }
    }
}

/// A job as the list shows it: the whole job.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct ListedJob(pub Map<String, Value>);

impl ListedJob {
    /// HrFlow's key.
    pub fn key(&self) -> Option<&str> {
        self.0.get("key")?.as_str()
    }

    /// The writer's reference; a job made by hand may have none.
    pub fn reference(&self) -> Option<&str> {
        self.0.get("reference")?.as_str()
    }

    /// Whether it is archived. Whether the list shows archived jobs at all is not documented.
    pub fn is_archived(&self) -> bool {
        is_archived(&self.0)
    }
}

/// Whether a job, as HrFlow shows it, is archived.
pub fn is_archived(job: &Map<String, Value>) -> bool {
    let is_set = |field: &str| {
        !matches!(job.get(field), None | Some(Value::Null | Value::Bool(false)))
            && job.get(field) != Some(&Value::from(0))
    };
    is_set("archived_at") || is_set("archive")
}

/// `meta` of a list.
#[derive(Deserialize)]
pub(crate) struct Meta {
    #[serde(rename = "maxPage")]
    pub(crate) max_page: u64,
    pub(crate) total: u64,
}

impl Meta {
    pub(crate) fn page(self, jobs: Vec<ListedJob>, unreadable: Vec<UnreadableJob>) -> JobPage {
        JobPage { jobs, unreadable, pages: self.max_page, total: self.total }
    }
}
