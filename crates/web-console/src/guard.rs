//! Who may look, and what a page may do in a browser.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hrflow_connectors::Secret;
use store::Fingerprint;

/// Scripts and styles are those of the program, and nothing leaves for another host.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

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

/// Lets through who may look, and tells the browser what pages may do.
pub(crate) async fn guard(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match access.refusal(request.headers()) {
        None => next.run(request).await,
        Some(refusal) => refusal,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages are about persons' work: no cache keeps them.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

impl Access {
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
        "basic" => password(given.trim()),
        _ => None,
    };
    given.is_some_and(|given| {
        Fingerprint::of(given.as_bytes()) == Fingerprint::of(token.expose().as_bytes())
    })
}

/// The password of a pair in Base64.
fn password(pair: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(pair).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
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
}
