//! The parts of an answer of a search, to be put together otherwise.

use api_client::Answer;
use http::header::CONTENT_RANGE;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// What becomes a number that no parser takes.
pub(crate) const MARK: &str = "@1e400@";

/// `Content-Range`.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) total: usize,
}

impl Range {
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        let (positions, total) = answer.header(CONTENT_RANGE)?.rsplit_once('/')?;
        let (first, last) = positions.rsplit_once(' ')?.1.split_once('-')?;
        Some(Self {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            total: total.parse().ok()?,
        })
    }

    pub(crate) fn text(&self) -> String {
        format!("offres {}-{}/{}", self.first, self.last, self.total)
    }
}

pub(crate) fn empty(range: Option<&str>) -> Answer {
    let mut headers = HeaderMap::new();
    headers.extend(range.map(|range| (CONTENT_RANGE, range.parse().unwrap())));
    Answer { status: StatusCode::NO_CONTENT, headers, body: bytes::Bytes::new() }
}

pub(crate) fn with_body(answer: &Answer, body: &Value, range: Option<&str>) -> Answer {
    let mut headers = answer.headers.clone();
    headers.extend(range.map(|range| (CONTENT_RANGE, range.parse().unwrap())));
    let body = body.to_string().replace(&format!("\"{MARK}\""), "1e400");
    Answer { status: answer.status, headers, body: body.into() }
}
