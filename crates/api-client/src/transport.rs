//! Requests, and the way they travel. Only this file names the HTTP library.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use url::Url;

use crate::{Answer, Secret};

/// One call as it will be sent.
///
/// `Debug` shows the method and the address without its query, never a header or a body.
#[derive(Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, empty for none.
    pub body: Bytes,
    repeatable: bool,
}

impl Request {
    /// A request without a body. All methods but POST may be repeated when an answer is lost.
    pub fn new(method: Method, url: Url) -> Self {
        let headers =
            HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let repeatable = method != Method::POST;
        Self { method, url, headers, body: Bytes::new(), repeatable }
    }

    /// A GET.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// Says that sending this twice is harmless although it is a POST.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Whether sending this twice is harmless.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Adds a header whose value is known to be plain text.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a secret in a header of its own; a value that no header can carry is an error.
    pub fn secret_header(mut self, name: HeaderName, value: &Secret) -> Result<Self, Unanswered> {
        self.headers.insert(name, sensitive(value.expose())?);
        Ok(self)
    }

    /// Adds `Authorization: Bearer`.
    pub fn bearer(mut self, token: &Secret) -> Result<Self, Unanswered> {
        let value = sensitive(&format!("Bearer {}", token.expose()))?;
        self.headers.insert(AUTHORIZATION, value);
        Ok(self)
    }

    /// Sets a body that is already JSON text.
    #[must_use]
    pub fn json(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// Sets a form as the body.
    #[must_use]
    pub fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body = form.into();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.header(CONTENT_TYPE, kind)
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(formatter, "{} {host}{}", self.method, self.url.path())
    }
}

fn sensitive(text: &str) -> Result<HeaderValue, Unanswered> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Unanswered::not_sent("a secret holds a character that no header may carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The request did not leave: no connection, a refused certificate, a malformed address.
    #[error("could not connect")]
    NotSent(#[source] Box<dyn Error + Send + Sync>),
    /// No whole answer within the time allowed. The service may have acted.
    #[error("no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The connection broke before the answer was whole. The service may have acted.
    #[error("the answer was cut off")]
    Cut(#[source] Box<dyn Error + Send + Sync>),
    /// An answer that the caller has no better name for.
    #[error("unexpected answer {status}: {excerpt}")]
    Unexpected {
        /// The HTTP status.
        status: StatusCode,
        /// The beginning of the body.
        excerpt: String,
    },
}

impl Unanswered {
    /// Nothing was sent, for this reason.
    pub fn not_sent(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::NotSent(reason.into())
    }

    /// Whether the service may have received and acted on the request.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::NotSent(_) => false,
            Self::TimedOut(_) | Self::Cut(_) | Self::Unexpected { .. } => true,
        }
    }
}

/// An error with all its causes, in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| (*error).source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

impl Serialize for Unanswered {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The way to a service. The real one is [`HttpTransport`]; a simulation brings its own.
pub trait Transport: Send + Sync + 'static {
    /// Sends once and waits for the whole answer.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, Unanswered>>;
}

/// HTTP over kept connections, TLS verified. Redirects are not followed: a secret must not
/// travel to where the first service points.
#[derive(Clone, Debug)]
pub struct HttpTransport(reqwest::Client);

impl HttpTransport {
    /// A pool of connections. Share one for all calls of a process.
    pub fn new() -> Result<Self, Unanswered> {
        reqwest::Client::builder()
            .user_agent(concat!("hrflow-connectors/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map(Self)
            .map_err(Unanswered::not_sent)
    }

    async fn exchange(&self, request: Request) -> Result<Answer, Unanswered> {
        let response = self
            .0
            .request(request.method, request.url)
            .headers(request.headers)
            .body(request.body)
            .send()
            .await
            .map_err(no_answer)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(no_answer)?;
        Ok(Answer { status, headers, body })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, Unanswered>> {
        Box::pin(self.exchange(request))
    }
}

/// The address is taken out of the error: its query may hold what no log should.
fn no_answer(error: reqwest::Error) -> Unanswered {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() {
        Unanswered::NotSent(error.into())
    } else {
        Unanswered::Cut(error.into())
    }
}
