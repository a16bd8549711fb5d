//! Requests, and the way they travel. Only this file names the HTTP library.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::{Host, Url};

use crate::body::Body;
use crate::{Answer, BodyLimit, Secret, TransportError, tls};

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
    limit: BodyLimit,
}

impl Request {
    /// A request without a body. All methods but POST may be repeated when an answer is lost.
    pub fn new(method: Method, url: Url) -> Self {
        let headers =
            HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let repeatable = method != Method::POST;
        let (body, limit) = (Bytes::new(), BodyLimit::default());
        Self { method, url, headers, body, repeatable, limit }
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

    /// Sets how large the answer may be.
    #[must_use]
    pub fn answer_limit(self, limit: BodyLimit) -> Self {
        Self { limit, ..self }
    }

    /// Adds a header whose value is known to be plain text.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a secret in a header of its own; a value that no header can carry is an error.
    pub fn secret_header(
        mut self,
        name: HeaderName,
        value: &Secret,
    ) -> Result<Self, TransportError> {
        self.headers.insert(name, sensitive(value.expose())?);
        Ok(self)
    }

    /// Adds `Authorization: Bearer`.
    pub fn bearer(mut self, token: &Secret) -> Result<Self, TransportError> {
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

fn sensitive(text: &str) -> Result<HeaderValue, TransportError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        TransportError::not_sent("a secret holds a character that no header may carry")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The way to a service. The real one is [`HttpTransport`]; a simulation brings its own.
pub trait Transport: Send + Sync + 'static {
    /// Sends once and waits for the whole answer.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>>;
}

/// HTTP over kept connections, TLS verified. Redirects are not followed: a secret must not
/// travel to where the first service points.
///
/// Proxies are those of the environment. What is on this machine is never asked for through one.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    /// None where the machine has no certificates of authorities, so that nobody could be trusted.
    through_proxies: Option<reqwest::Client>,
    /// For what is on this machine, once something there is asked.
    direct: OnceLock<Option<reqwest::Client>>,
}

/// How many headers an answer may have, and how many bytes they may take together. The services
/// send about twenty, in two kilobytes.
const MOST_HEADERS: usize = 100;
const LARGEST_HEAD: BodyLimit = BodyLimit::kib(64);
/// Why nobody can be trusted.
const NO_AUTHORITIES: &str = "this machine has no certificates of authorities; install \
                              `ca-certificates`, or name a file in `SSL_CERT_FILE`";

impl HttpTransport {
    /// A pool of connections. Share one for all calls of a process.
    pub fn new() -> Result<Self, TransportError> {
        let through_proxies = match settings().build() {
            Ok(client) => Some(client),
            // Without authorities, what is on this machine can still be asked without encryption.
            Err(error) => {
                trusting_nobody().map(|_| None).map_err(|_| TransportError::not_sent(error))?
            }
        };
        Ok(Self { through_proxies, direct: OnceLock::new() })
    }

    /// The same where certificates of one more authority are taken, given in DER.
    #[cfg(test)]
    pub(crate) fn trusting(authority: &[u8]) -> Self {
        let authority = reqwest::Certificate::from_der(authority).unwrap();
        let client = settings().tls_certs_merge([authority]).no_proxy().build().unwrap();
        Self { through_proxies: Some(client.clone()), direct: OnceLock::from(Some(client)) }
    }

    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, TransportError> {
        let direct = || {
            let build = || settings().no_proxy().build().or_else(|_| trusting_nobody()).ok();
            self.direct.get_or_init(build).as_ref()
        };
        let client = if is_on_this_machine(url) { direct() } else { None };
        client.or(self.through_proxies.as_ref()).ok_or_else(|| TransportError::Untrusted {
            reason: NO_AUTHORITIES.to_owned(),
            cause: "no certificates were found".into(),
        })
    }

    async fn exchange(&self, request: Request) -> Result<Answer, TransportError> {
        let limit = request.limit;
        let mut response = self
            .client_for(&request.url)?
            .request(request.method, request.url)
            .headers(request.headers)
            .header(ACCEPT_ENCODING, "gzip")
            .body(request.body)
            .send()
            .await
            .map_err(no_answer)?;
        let (status, mut headers) = (response.status(), response.headers().clone());
        if head_size(&headers) > LARGEST_HEAD.bytes() {
            return Err(TransportError::TooLarge(LARGEST_HEAD));
        }
        let mut body = Body::announced(&headers, limit)?;
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
            body.push(&chunk)?;
        }
        // They speak of the body as it travelled.
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
        Ok(Answer { status, headers, body: body.end()? })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// Whether an address is on this machine.
pub fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).to_canonical().is_loopback(),
        None => false,
    }
}

/// Accepts no certificate at all.
fn trusting_nobody() -> reqwest::Result<reqwest::Client> {
    settings().no_proxy().tls_certs_only([]).build()
}

/// Bodies are unpacked here and not by the HTTP library, which knows no limit.
fn settings() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("hrflow-connectors/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .http1_max_headers(MOST_HEADERS)
        .http2_max_header_list_size(u32::try_from(LARGEST_HEAD.bytes()).unwrap_or(u32::MAX))
}

fn head_size(headers: &HeaderMap) -> usize {
    headers.iter().fold(0, |size, (name, value)| {
        size.saturating_add(name.as_str().len()).saturating_add(value.len())
    })
}

/// The address is taken out of the error: its query may hold what no log should.
fn no_answer(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_builder() {
        TransportError::NotSent(error.into())
    } else if let Some(reason) = tls::refusal(&error) {
        TransportError::Untrusted { reason, cause: error.into() }
    } else if error.is_connect() {
        TransportError::NotConnected(error.into())
    } else {
        TransportError::Cut(error.into())
    }
}
