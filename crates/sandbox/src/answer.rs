//! How answers are made, and how they are spoilt.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// An answer before it is sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn json(status: u16, media_type: &str, body: &Value) -> Self {
        Self::empty(status).with("content-type", media_type).with_body(body.to_string())
    }

    pub(crate) fn page(status: u16) -> Self {
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let reason = reason.unwrap_or("Sorry");
        Self::empty(status)
            .with("content-type", "text/html; charset=utf-8")
            .with_body(format!("<html><body><h1>{status} {reason}</h1></body></html>"))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with another media type, where it is JSON.
    pub(crate) fn of_type(mut self, media_type: Option<&str>) -> Self {
        let is_json = |(name, value): &(&'static str, String)| {
            *name == "content-type" && value.starts_with("application/json")
        };
        if let Some(place) = self.headers.iter().position(is_json) {
            self.headers.remove(place);
            self.headers.extend(media_type.map(|media_type| ("content-type", media_type.into())));
        }
        self
    }

    pub(crate) fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The first half of its body.
    pub(crate) fn halved(self) -> Self {
        let half = self.body.slice(..self.body.len() / 2);
        self.with_body(half)
    }

    /// As it goes out.
    pub(crate) fn into_response(self) -> Response {
        let Self { status, headers, body } = self;
        response(status, headers, Body::from(body))
    }

    /// As it goes out when the connection ends in the middle.
    pub(crate) fn into_cut_response(self) -> Response {
        let whole = self.body.len().max(2);
        let half = Bytes::from(vec![b' '; 0]).slice(..0);
        let begun = if self.body.len() < 2 { half } else { self.body.slice(..whole / 2) };
        let parts = [Ok(begun), Err(std::io::Error::other("the connection ends here"))];
        let mut headers = self.headers;
        headers.push(("content-length", whole.to_string()));
        response(self.status, headers, Body::from_stream(futures::stream::iter(parts)))
    }
}

fn response(status: u16, headers: Vec<(&'static str, String)>, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    response
}
