//! What hostile and broken servers may send, over real sockets.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use api_client::{
    Answer, BodyLimit, Caller, Disposition, HttpTransport, Request, RetryPolicy, Transport,
    TransportError,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LIMIT: BodyLimit = BodyLimit::kib(256);
/// What is sent again and again.
const PIECE: &[u8] = &[b'a'; 16_384];
/// A server that sends the same bytes to everybody, and then the same piece for ever.
struct Server {
    url: url::Url,
    connections: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Server {
    async fn sending(first: impl Into<Vec<u8>>, then: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/path?key=s3cret", listener.local_addr().unwrap());
        let (connections, sent) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let (counted, bytes) = (connections.clone(), sent.clone());
        let first = first.into();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (first, bytes) = (first.clone(), bytes.clone());
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    let _ = stream.write_all(&first).await;
                    while !then.is_empty() && stream.write_all(then).await.is_ok() {
                        bytes.fetch_add(then.len(), Ordering::SeqCst);
                    }
                });
            }
        });
        Self { url: url.parse().unwrap(), connections, sent }
    }

    fn request(&self) -> Request {
        Request::get(self.url.clone()).answer_limit(LIMIT)
    }

    async fn ask(&self) -> Result<Answer, TransportError> {
        HttpTransport::new().unwrap().send(self.request()).await
    }
}

/// A caller that does not wait between two tries.
fn caller() -> Caller {
    let policy = RetryPolicy { first_wait: Duration::ZERO, ..RetryPolicy::default() };
    Caller::new("Example", Arc::new(HttpTransport::new().unwrap())).with_policy(policy)
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let body = packed(content);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// The answer is let go of; little more than the limit was taken.
#[track_caller]
fn check_too_large(answer: Result<Answer, TransportError>, server: &Server) {
    let error = answer.unwrap_err();
    assert!(matches!(error, TransportError::TooLarge(LIMIT)), "{error:?}");
    // What lies in the buffers of both ends comes on top.
    let sent = server.sent.load(Ordering::SeqCst);
    assert!(sent < LIMIT.bytes() + (16 << 20), "{sent} bytes were sent");
}

#[tokio::test]
async fn a_body_without_end_is_let_go_of() {
    let chunk = [b"4000\r\n", PIECE, b"\r\n"].concat().leak();
    for (head, then) in [
        ("HTTP/1.1 200 OK\r\n\r\n", PIECE),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", chunk),
        ("HTTP/1.1 500 Oops\r\n\r\n", PIECE),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", PIECE),
    ] {
        let server = Server::sending(head, then).await;
        check_too_large(server.ask().await, &server);
    }
}

#[tokio::test]
async fn a_bomb_is_let_go_of() {
    let server = Server::sending(gzip(&vec![0; 4 << 20]), b"").await;
    check_too_large(server.ask().await, &server);
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n";
    // Each of these unpacks to nothing.
    let nothing = packed(b"").repeat(800).leak();
    let server = Server::sending(head, nothing).await;
    check_too_large(server.ask().await, &server);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::sending("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"").await;
    for status in [301, 302, 303, 307, 308] {
        let to = elsewhere.url.as_str();
        let head = format!("HTTP/1.1 {status} X\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::sending(head, b"").await;
        let answer = server.ask().await.unwrap();
        assert_eq!(answer.status.as_u16(), status);
    }
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0, "it would get the credentials");
}

#[tokio::test]
async fn a_packed_answer_is_unpacked() {
    let server = Server::sending(gzip(b"{\"a\": 1}"), b"").await;
    let answer = server.ask().await.unwrap();
    assert_eq!(answer.text(), "{\"a\": 1}");
    assert_eq!(answer.headers, HeaderMap::new());
}

#[tokio::test]
async fn a_head_without_end_is_let_go_of() {
    let many: String = (0..200).map(|number| format!("x-{number}: a\r\n")).collect();
    let large = format!("x: {}\r\n", "a".repeat(70_000));
    for (first, then) in [
        ("HTTP/1.1 200 OK\r\n".to_owned(), &b"x: aaaaaaaaaaaaaaaa\r\n"[..]),
        ("HTTP/1.1 200 OK\r\nx: ".to_owned(), PIECE),
        ("HTTP/1.1 100 Continue\r\nx: ".to_owned(), PIECE),
        (format!("HTTP/1.1 200 OK\r\n{many}content-length: 0\r\n\r\n"), b""),
        (format!("HTTP/1.1 200 OK\r\n{large}content-length: 0\r\n\r\n"), b""),
    ] {
        let server = Server::sending(first.clone(), then).await;
        let error = server.ask().await.unwrap_err();
        let text = error.plain();
        let is_plain =
            text.contains("head is too large") || text == "the answer is larger than 64 KiB";
        assert!(is_plain, "{text}, {first:.30}");
    }
}

#[tokio::test]
async fn what_ends_too_early_is_not_taken_for_whole() {
    for first in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let server = Server::sending(first, b"").await;
        let error = server.ask().await.unwrap_err();
        assert!(matches!(error, TransportError::Cut(_)) && error.may_have_acted(), "{error:?}");
        assert!(!error.plain().contains("s3cret") && error.plain().matches(": ").count() <= 1);
    }
}

#[tokio::test]
async fn nobody_there_is_told_with_the_address_and_without_its_secrets() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://user:s3cret@{address}/path?key=s3cret");
    let caller = caller();
    let read = |_: &Answer| Disposition::<(), TransportError>::Done(());
    let failed = caller.call(&Request::get(url.parse().unwrap()), read).await.unwrap_err();
    let text = format!("{} {}", failed.error.plain(), failed.attempts);
    let expected = format!(
        "could not connect: Connection refused (os error 111) (GET http://{address}/path, 6 tries in "
    );
    assert!(text.starts_with(&expected), "{text}");
    assert!(!format!("{failed:?}").contains("s3cret"), "{failed:?}");
}

#[tokio::test]
async fn an_answer_beyond_its_measure_is_asked_for_three_times() {
    let server = Server::sending("HTTP/1.1 200 OK\r\n\r\n", PIECE).await;
    let caller = caller();
    let read = |_: &Answer| Disposition::<(), TransportError>::Done(());
    let failed = caller.call(&server.request(), read).await.unwrap_err();
    assert_eq!(server.connections.load(Ordering::SeqCst), 3, "{failed}");
}
