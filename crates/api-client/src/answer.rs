//! What a service answered: status, headers and the whole body.

use std::borrow::Cow;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;

use crate::{StatedDuration, TransportError};

/// How much of a body an error message repeats, in characters.
const EXCERPT_CHARACTERS: usize = 200;

/// A complete answer. Its body has arrived whole: a cut one is [`TransportError::Cut`].
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers as received.
    pub headers: HeaderMap,
    /// The whole body, decompressed.
    pub body: Bytes,
}

impl Answer {
    /// A header's text, where it is there and readable.
    pub fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        self.headers.get(name.as_ref())?.to_str().ok()
    }

    /// The body as text, with a mark in place of what is not UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON of a shape.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, NotJson> {
        serde_json::from_slice(&self.body).map_err(NotJson::from)
    }

    /// Whether the answer calls itself JSON, with or without a `charset`.
    pub fn is_json(&self) -> bool {
        self.media_type().is_some_and(|name| name.eq_ignore_ascii_case("application/json"))
    }

    /// Whether this is a web page: gateways and proxies answer so in place of the API.
    pub fn is_html(&self) -> bool {
        self.media_type().is_some_and(|name| name.eq_ignore_ascii_case("text/html"))
            || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// How long the service asks to wait, from `Retry-After` in either form. A date is measured
    /// against the answer's own `Date`, so that a clock that runs wrong here does no harm.
    /// What cannot be meant, such as a date in the year 9999, is as good as nothing said.
    pub fn retry_after(&self) -> Option<StatedDuration> {
        let text = self.header_of(&RETRY_AFTER)?.trim();
        StatedDuration::parse(text).or_else(|| {
            StatedDuration::between(self.sent_at(), httpdate::parse_http_date(text).ok()?)
        })
    }

    /// The beginning of the body on one line, for an error message.
    pub fn excerpt(&self) -> String {
        let text = self.text();
        let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = line.char_indices().nth(EXCERPT_CHARACTERS) {
            line.truncate(end);
            line.push('…');
        }
        line
    }

    /// The answer as an error, where no better one is known.
    pub fn unexpected(&self) -> TransportError {
        TransportError::Unexpected { status: self.status, excerpt: self.excerpt() }
    }

    fn media_type(&self) -> Option<&str> {
        self.header_of(&CONTENT_TYPE)?.split(';').next().map(str::trim)
    }

    fn sent_at(&self) -> SystemTime {
        self.header_of(&DATE)
            .and_then(|text| httpdate::parse_http_date(text).ok())
            .unwrap_or_else(SystemTime::now)
    }

    fn header_of(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why a body is not the JSON that was expected.
#[derive(Debug, thiserror::Error)]
pub enum NotJson {
    /// Lists within lists within lists: what is deeper than this could exhaust the stack.
    #[error("it is nested more than 128 levels deep")]
    TooDeep(#[source] serde_json::Error),
    /// Broken, or of another shape.
    #[error("{0}")]
    Other(#[source] serde_json::Error),
}

impl From<serde_json::Error> for NotJson {
    fn from(error: serde_json::Error) -> Self {
        // The library has no other name for it.
        if error.to_string().starts_with("recursion limit exceeded") {
            Self::TooDeep(error)
        } else {
            Self::Other(error)
        }
    }
}

/// Status and size only: a body may hold what no log should.
impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &str)], body: &'static str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        Answer { status: StatusCode::OK, headers, body: Bytes::from_static(body.as_bytes()) }
    }

    #[track_caller]
    fn check_retry_after(headers: &[(&'static str, &str)], expected: Option<u64>) {
        let found = answer(headers, "").retry_after();
        assert_eq!(found, expected.map(StatedDuration::from_secs), "{headers:?}");
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        const NOON: &str = "Mon, 23 Nov 2026 12:00:00 GMT";
        const NEVER: &str = "Fri, 31 Dec 9999 23:59:59 GMT";
        const LATER: &str = "Mon, 23 Nov 2026 12:00:07 GMT";
        check_retry_after(&[], None);
        check_retry_after(&[("retry-after", "2")], Some(2));
        check_retry_after(&[("retry-after", " 3 ")], Some(3));
        check_retry_after(&[("retry-after", "soon")], None);
        check_retry_after(&[("retry-after", "-1")], None);
        for slip in ["1e300", "15000000000000000000", "999999999999", "NaN", "inf"] {
            check_retry_after(&[("retry-after", slip)], None);
        }
        check_retry_after(&[("date", NOON), ("retry-after", NEVER)], None);
        check_retry_after(&[("date", NEVER), ("retry-after", NOON)], Some(0));
        check_retry_after(&[("date", NOON), ("retry-after", LATER)], Some(7));
        check_retry_after(&[("date", LATER), ("retry-after", NOON)], Some(0));
    }

    #[test]
    fn json_is_json_with_and_without_a_charset() {
        assert!(answer(&[("content-type", "application/json")], "").is_json());
        assert!(answer(&[("content-type", "Application/JSON;charset=UTF-8")], "").is_json());
        assert!(!answer(&[("content-type", "text/html")], "").is_json());
        assert!(!answer(&[], "{}").is_json());
    }

    #[test]
    fn a_page_is_seen_by_its_type_or_its_first_sign() {
        assert!(answer(&[("content-type", "text/html; charset=utf-8")], "Sorry").is_html());
        assert!(answer(&[], "\n <!doctype html>").is_html());
        assert!(!answer(&[], "{\"a\": \"<b>\"}").is_html());
    }

    #[test]
    fn a_body_that_is_not_the_expected_json_says_why() {
        let why = |body: &'static str| {
            answer(&[], body).json::<Vec<u8>>().map_err(|error| error.to_string())
        };
        assert_eq!(why("[1, 2]"), Ok(vec![1, 2]));
        assert_eq!(why("[1, 2").unwrap_err(), "EOF while parsing a list at line 1 column 5");
        let deep = format!("[{}", "[".repeat(100_000)).leak();
        let found = answer(&[], deep).json::<serde_json::Value>().unwrap_err();
        assert_eq!(found.to_string(), "it is nested more than 128 levels deep");
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(answer(&[], "<h1>\n  Bad \t gateway</h1>").excerpt(), "<h1> Bad gateway</h1>");
        let long = "é".repeat(500);
        let long = answer(&[], Box::leak(long.into_boxed_str())).excerpt();
        assert_eq!(long.chars().count(), EXCERPT_CHARACTERS + 1);
    }
}
