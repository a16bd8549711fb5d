//! Who may look, and what a page may do in a browser.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hrflow_connectors::Secret;
use store::Fingerprint;

/// Scripts and styles are those of the program, and nothing leaves for another host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What browsers say of where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// A name is cut after so many signs.
const LONGEST_NAME: usize = 200;

/// Who may look.
#[derive(Clone, Debug)]
pub enum Access {
    /// Whoever is on this machine, under one of its own names: a page of another site that has
    /// made its own name lead here is refused.
    ThisMachine,
    /// Who knows a token: as the password of HTTP Basic, with any name, or as a bearer.
    Token(Secret),
    /// Nobody: anybody who reaches the address could look.
    Nobody,
    /// Whom a reverse proxy lets through; it names the user in this header.
    Proxy(HeaderName),
}

/// Who looks, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct User(pub(crate) String);

/// Lets through who may look, and tells the browser what pages may do.
pub(crate) async fn guard(
    State(access): State<Arc<Access>>,
    mut request: Request,
    next: Next,
) -> Response {
    let refusal = access.refusal(request.headers());
    let refusal = refusal.or_else(|| forged(&request));
    let mut response = match refusal {
        None => {
            let user = access.user(request.headers());
            request.extensions_mut().insert(user);
            next.run(request).await
        }
        Some(refusal) => refusal,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages are about persons' work: no cache keeps them.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A form that a page of another site has sent is refused, whoever's browser sent it.
fn forged(request: &Request) -> Option<Response> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let headers = request.headers();
    let own = match (headers.get(FETCH_SITE), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => headers.get(HOST).is_some_and(|host| is_of(origin, host)),
        // No browser leaves both out; the form's own key is asked for, too.
        (None, None) => true,
    };
    let why = "this form was sent by another site\n";
    (!own).then(|| (StatusCode::FORBIDDEN, why).into_response())
}

/// Whether an origin is that of a host.
fn is_of(origin: &HeaderValue, host: &HeaderValue) -> bool {
    let origin = origin.as_bytes();
    let name = origin.strip_prefix(b"http://").or(origin.strip_prefix(b"https://"));
    name == Some(host.as_bytes())
}

impl Access {
    /// Who it is, for the audit log.
    fn user(&self, headers: &HeaderMap) -> User {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let named = match self {
            Self::ThisMachine | Self::Nobody => "this machine".to_owned(),
            Self::Proxy(header) => headers.get(header).map(text).unwrap_or_default(),
            Self::Token(_) => basic(headers)
                .map(|(name, _)| name)
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "who knows the token".to_owned()),
        };
        User(named.chars().filter(|sign| !sign.is_control()).take(LONGEST_NAME).collect())
    }

    fn refusal(&self, headers: &HeaderMap) -> Option<Response> {
        match self {
            Self::ThisMachine if is_this_machine(headers) => None,
            Self::ThisMachine => {
                let why =
                    "open the console under the name `localhost` or an address of this machine\n";
                Some((StatusCode::FORBIDDEN, why).into_response())
            }
            Self::Nobody => {
                let why = "set HRFLOW_CONNECTORS_CONSOLE_TOKEN, or give --user-header, to open the \
                     console beyond this machine\n";
                Some((StatusCode::FORBIDDEN, why).into_response())
            }
            Self::Token(token) if knows(headers, token) => None,
            Self::Token(_) => {
                let ask =
                    [(WWW_AUTHENTICATE, "Basic realm=\"hrflow-connectors\", charset=\"UTF-8\"")];
                Some((StatusCode::UNAUTHORIZED, ask, "a token is needed\n").into_response())
            }
            Self::Proxy(header) if headers.get(header).is_some_and(|user| !user.is_empty()) => None,
            Self::Proxy(_) => {
                let why = "only a reverse proxy that names the user is let in\n";
                Some((StatusCode::FORBIDDEN, why).into_response())
            }
        }
    }
}

fn is_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// Compares fingerprints, so that the time it takes says nothing.
fn knows(headers: &HeaderMap, token: &Secret) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, given)) = given.and_then(|given| given.split_once(' ')) else { return false };
    let given = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(given.trim().to_owned()),
        "basic" => basic(headers).map(|(_, password)| password),
        _ => None,
    };
    given.is_some_and(|given| {
        Fingerprint::of(given.as_bytes()) == Fingerprint::of(token.expose().as_bytes())
    })
}

/// The name and the password of HTTP Basic.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (_, pair) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(pair.trim()).ok()?).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    fn is_let_in(access: &Access, name: HeaderName, value: &str) -> bool {
        access.refusal(&headers(name, value)).is_none()
    }

    #[test]
    fn a_name_that_others_made_lead_here_is_refused() {
        for host in ["localhost:8090", "127.0.0.1:8090", "[::1]:8090", "LOCALHOST", "10.0.0.5"] {
            assert!(is_let_in(&Access::ThisMachine, HOST, host), "{host}");
        }
        for host in ["evil.example:8090", "localhost.evil.example", ""] {
            assert!(!is_let_in(&Access::ThisMachine, HOST, host), "{host}");
        }
    }

    #[test]
    fn a_token_is_a_password_or_a_bearer() {
        let access = Access::Token(Secret::new("s3cret".to_owned()));
        // `anybody:s3cret` and `anybody:other`.
        for (given, is_right) in [
            ("Bearer s3cret", true),
            ("Basic YW55Ym9keTpzM2NyZXQ=", true),
            ("Basic YW55Ym9keTpvdGhlcg==", false),
            ("Basic !", false),
            ("Bearer ", false),
            ("s3cret", false),
        ] {
            assert_eq!(is_let_in(&access, AUTHORIZATION, given), is_right, "{given}");
        }
        assert!(access.refusal(&HeaderMap::new()).is_some());
    }

    #[test]
    fn a_proxy_names_the_user() {
        let access = Access::Proxy(HeaderName::from_static("x-forwarded-user"));
        assert!(is_let_in(&access, HeaderName::from_static("x-forwarded-user"), "ann"));
        assert!(!is_let_in(&access, HeaderName::from_static("x-forwarded-user"), ""));
        assert!(access.refusal(&HeaderMap::new()).is_some());
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        let is_refused = |method: Method, pairs: &[(&str, &str)]| {
            let mut request = Request::builder().method(method);
            for (name, value) in pairs {
                request = request.header(*name, *value);
            }
            forged(&request.body(axum::body::Body::empty()).unwrap()).is_some()
        };
        let host = ("host", "127.0.0.1:8090");
        for (origin, is_wrong) in [
            (("sec-fetch-site", "same-origin"), false),
            (("sec-fetch-site", "cross-site"), true),
            (("sec-fetch-site", "same-site"), true),
            (("sec-fetch-site", "none"), true),
            (("origin", "http://127.0.0.1:8090"), false),
            (("origin", "https://127.0.0.1:8090"), false),
            (("origin", "http://evil.example"), true),
            (("origin", "null"), true),
        ] {
            assert_eq!(is_refused(Method::POST, &[host, origin]), is_wrong, "{origin:?}");
            assert!(!is_refused(Method::GET, &[host, origin]), "looking changes nothing");
        }
        assert!(!is_refused(Method::POST, &[host]));
    }

    #[test]
    fn who_asks_is_known_by_the_name_that_was_given() {
        let proxy = Access::Proxy(HeaderName::from_static("x-forwarded-user"));
        let named = headers(HeaderName::from_static("x-forwarded-user"), "ann\t<b>");
        assert_eq!(proxy.user(&named).0, "ann<b>");
        let token = Access::Token(Secret::new("s3cret".to_owned()));
        assert_eq!(token.user(&headers(AUTHORIZATION, "Basic YW55Ym9keTpzM2NyZXQ=")).0, "anybody");
        let bearer = token.user(&headers(AUTHORIZATION, "Bearer s3cret")).0;
        assert_eq!(bearer, "who knows the token");
    }
}
