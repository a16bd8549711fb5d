//! Little servers that keep to the conditions of one cloud each, and to no other's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Method, Uri};

const LAST_MODIFIED: &str = "Mon, 23 Nov 2026 09:30:00 GMT";

/// Whose interface a server has.
#[derive(Clone, Copy)]
pub(crate) enum Cloud {
    /// Google Cloud Storage: a put is compared by `x-goog-if-generation-match`, 0 for absence.
    Google,
    /// Azure Blob Storage: by `If-Match` and `If-None-Match`, with tags that count.
    Azure,
}

/// What is kept: bytes by path, and the number of the put that brought them.
#[derive(Default)]
struct Kept {
    blobs: BTreeMap<String, (Bytes, u64)>,
    puts: u64,
}

type Shared = (Cloud, Arc<Mutex<Kept>>);

/// Starts a server that lives as long as the runtime; gives its address.
pub(crate) async fn serve(cloud: Cloud) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .fallback(answer)
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state((cloud, Arc::default()));
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

async fn answer(
    State((cloud, kept)): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut kept = kept.lock().unwrap();
    // The first part of a path is the bucket.
    let path = uri.path().trim_start_matches('/').replace("%2F", "/").replace("%2E", ".");
    let path = path.replace("%5F", "_").replace("%2D", "-");
    let name = path.split_once('/').map_or("", |(_, name)| name).to_owned();
    match method {
        Method::PUT if !cloud.allows(&headers, kept.blobs.get(&name).map(|(_, put)| *put)) => {
            with_status(412)
        }
        Method::PUT => {
            kept.puts += 1;
            let put = kept.puts;
            kept.blobs.insert(name, (body, put));
            cloud.tagged(put).status(201).body(Body::empty()).unwrap()
        }
        Method::DELETE => with_status(kept.blobs.remove(&name).map_or(404, |_| 204)),
        Method::POST => delete_in_a_batch(&mut kept, &body),
        _ if name.is_empty() => cloud.list(&kept, uri.query().unwrap_or_default()),
        _ => match kept.blobs.get(&name) {
            Some((bytes, put)) => cloud.tagged(*put).body(Body::from(bytes.clone())).unwrap(),
            None => with_status(404),
        },
    }
}

impl Cloud {
    /// Whether a put may happen, given the number of the one that is there.
    fn allows(self, headers: &HeaderMap, current: Option<u64>) -> bool {
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        match self {
            Self::Google => header("x-goog-if-generation-match")
                .is_none_or(|wanted| wanted == current.unwrap_or(0).to_string()),
            Self::Azure => {
                let tag = current.map(tag);
                header("if-match").is_none_or(|wanted| Some(wanted) == tag.as_deref())
                    && header("if-none-match").is_none_or(|_| tag.is_none())
            }
        }
    }

    fn tagged(self, put: u64) -> http::response::Builder {
        let response = Response::builder().header("last-modified", LAST_MODIFIED);
        match self {
            // Its tag is of the content, and no condition on it is kept.
            Self::Google => response.header("etag", "\"same\"").header("x-goog-generation", put),
            Self::Azure => response.header("etag", tag(put)),
        }
    }

    fn list(self, kept: &Kept, query: &str) -> Response {
        let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix="));
        let prefix = prefix.unwrap_or_default().replace("%2F", "/");
        let names = kept.blobs.keys().filter(|name| name.starts_with(&prefix));
        let text: String = match self {
            Self::Google => {
                let line = |name: &String| {
                    format!(
                        "<Contents><Key>{name}</Key><Size>1</Size><ETag>x</ETag>\
                         <LastModified>2026-11-23T09:30:00.000Z</LastModified></Contents>"
                    )
                };
                format!(
                    "<ListBucketResult>{}</ListBucketResult>",
                    names.map(line).collect::<String>()
                )
            }
            Self::Azure => {
                let line = |name: &String| {
                    format!(
                        "<Blob><Name>{name}</Name><Properties><Etag>x</Etag>\
                         <Last-Modified>{LAST_MODIFIED}</Last-Modified>\
                         <Content-Length>1</Content-Length><Content-Type>x</Content-Type>\
                         </Properties></Blob>"
                    )
                };
                let lines = names.map(line).collect::<String>();
                format!("<EnumerationResults><Blobs>{lines}</Blobs></EnumerationResults>")
            }
        };
        Response::new(Body::from(text))
    }
}

/// Azure takes deletions as requests within one request, and answers in kind.
fn delete_in_a_batch(kept: &mut Kept, body: &[u8]) -> Response {
    let text = String::from_utf8_lossy(body);
    let line = text.lines().find_map(|line| line.strip_prefix("DELETE /")).unwrap();
    let path = line.split(' ').next().unwrap();
    let (_, name) = path.split_once('/').unwrap();
    let status = kept.blobs.remove(name).map_or("404 Not Found", |_| "202 Accepted");
    let part = "Content-Type: application/http\r\nContent-ID: 0";
    Response::builder()
        .status(202)
        .header("content-type", "multipart/mixed; boundary=b")
        .body(Body::from(format!("--b\r\n{part}\r\n\r\nHTTP/1.1 {status}\r\n\r\n\r\n--b--\r\n")))
        .unwrap()
}

fn tag(put: u64) -> String {
    format!("\"{put}\"")
}

fn with_status(status: u16) -> Response {
    Response::builder().status(status).body(Body::empty()).unwrap()
}
