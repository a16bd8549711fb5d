//! The loop of one call, against a transport that plays a script.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_client::{
    Answer, Caller, Disposition, PriorAttempt, Request, RetryBudget, RetryPolicy, Secret,
    StatedDuration, Token, TokenCache, Transport, TransportError,
};
use futures::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

/// What happens to one sending.
#[derive(Clone, Copy)]
enum Step {
    Status(u16),
    After(u16, &'static str),
    NotSent,
    Cut,
    Hung,
}

/// Plays the steps in order, then answers 200 for ever.
#[derive(Default)]
struct Script {
    steps: Mutex<Vec<Step>>,
    sent: AtomicUsize,
    tokens: Mutex<Vec<String>>,
}

impl Script {
    fn of(steps: &[Step]) -> Arc<Self> {
        let steps = steps.iter().rev().copied().collect();
        Arc::new(Self { steps: Mutex::new(steps), ..Self::default() })
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        if let Some(value) = request.headers.get("authorization") {
            self.tokens.lock().unwrap().push(value.to_str().unwrap().to_owned());
        }
        let step = self.steps.lock().unwrap().pop().unwrap_or(Step::Status(200));
        Box::pin(async move {
            match step {
                Step::Status(status) => Ok(answer(status, HeaderMap::new())),
                Step::After(status, after) => {
                    let name = http::header::RETRY_AFTER;
                    Ok(answer(status, HeaderMap::from_iter([(name, after.parse().unwrap())])))
                }
                Step::NotSent => Err(TransportError::not_connected("refused")),
                Step::Cut => Err(TransportError::Cut("reset".into())),
                Step::Hung => std::future::pending().await,
            }
        })
    }
}

fn answer(status: u16, headers: HeaderMap) -> Answer {
    Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: "body".into() }
}

fn read(answer: &Answer) -> Disposition<(), TransportError> {
    match answer.status.as_u16() {
        200 => Disposition::Done(()),
        401 => Disposition::RefreshToken(answer.unexpected()),
        429 => Disposition::SlowDown { after: answer.retry_after(), error: answer.unexpected() },
        500..=599 => Disposition::TryAgain(answer.unexpected()),
        _ => Disposition::Fail(answer.unexpected()),
    }
}

fn request(method: Method) -> Request {
    Request::new(method, "http://127.0.0.1/".parse().unwrap())
}

/// Calls once; checks whether it ends well and how often it was sent.
#[track_caller]
fn check(method: Method, steps: &[Step], succeeds: bool, sent: usize) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let script = Script::of(steps);
    let caller = Caller::new("Script", script.clone()).with_seed(1);
    let result = runtime.unwrap().block_on(caller.call(&request(method), read));
    assert_eq!((result.is_ok(), script.sent()), (succeeds, sent), "{result:?}");
}

#[test]
fn passing_faults_are_tried_again_where_that_is_harmless() {
    use Step::{Cut, Hung, NotSent, Status};
    check(Method::GET, &[], true, 1);
    check(Method::PATCH, &[Status(500), Status(502), Cut, Hung, NotSent], true, 6);
    check(Method::GET, &[Status(400)], false, 1);
    check(Method::POST, &[Cut], false, 1);
    check(Method::POST, &[Hung], false, 1);
    check(Method::POST, &[NotSent, Status(503)], true, 3);
    check(Method::GET, &[Status(500); 50], false, 12);
    check(Method::GET, &[Status(429); 20], true, 21);
    check(Method::GET, &[Status(401)], false, 1);
}

#[tokio::test(start_paused = true)]
async fn the_time_that_the_service_names_is_waited() {
    for (status, seconds) in [(429, 7), (503, 9)] {
        let text = if status == 429 { "7" } else { "9" };
        let script = Script::of(&[Step::After(status, text)]);
        let caller = Caller::new("Script", script).with_seed(1);
        let began = Instant::now();
        caller.call(&request(Method::GET), read).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), seconds, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_all_patience_fails_at_once() {
    let script = Script::of(&[Step::After(429, "86400")]);
    let caller = Caller::new("Script", script).with_seed(1);
    let began = Instant::now();
    caller.call(&request(Method::GET), read).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::ZERO);
}

fn numbered_tokens() -> TokenCache<TransportError> {
    let number = AtomicUsize::new(0);
    TokenCache::new(move || {
        let secret = Secret::new(number.fetch_add(1, Ordering::SeqCst).to_string());
        Box::pin(async { Ok(Token { secret, lifetime: StatedDuration::from_secs(1499) }) })
    })
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once() {
    let script = Script::of(&[Step::Status(401), Step::Status(200), Step::Status(401)]);
    let caller = Caller::new("Script", script.clone()).with_seed(1);
    let tokens = numbered_tokens();
    for _ in 0..2 {
        caller.call_with_token(&tokens, &request(Method::GET), read).await.unwrap();
    }
    assert_eq!(*script.tokens.lock().unwrap(), ["Bearer 0", "Bearer 1", "Bearer 1", "Bearer 2"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_refused_again_is_an_error() {
    let script = Script::of(&[Step::Status(401); 9]);
    let caller = Caller::new("Script", script.clone()).with_seed(1);
    caller.call_with_token(&numbered_tokens(), &request(Method::GET), read).await.unwrap_err();
    assert_eq!(script.sent(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dead_service_is_noticed_by_all_calls_together() {
    let script = Script::of(&[Step::NotSent; 200]);
    let caller = Caller::new("Script", script.clone())
        .with_seed(1)
        .with_budget(Arc::new(RetryBudget::new(20)))
        .with_policy(RetryPolicy::default());
    for _ in 0..100 {
        caller.call(&request(Method::GET), read).await.unwrap_err();
    }
    assert!(caller.is_exhausted());
    assert_eq!(script.sent(), 120);
}

#[test]
fn a_request_shows_neither_query_nor_headers() {
    let url = "http://example.org/path?key=s3cret".parse().unwrap();
    let request = Request::get(url).bearer(&Secret::new("s3cret")).unwrap();
    assert_eq!(format!("{request:?}"), "GET example.org/path");
}

#[test]
fn a_secret_with_a_newline_is_refused_without_being_shown() {
    let error = request(Method::GET).bearer(&Secret::new("s3cret\n")).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
}

/// Plays the steps, then an answer; checks what is known of the tries before it.
#[track_caller]
fn check_earlier(steps: &[Step], expected: PriorAttempt) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let found = runtime.unwrap().block_on(async {
        let caller = Caller::new("test", Script::of(steps));
        let read = |answer: &Answer, earlier| match read(answer) {
            Disposition::Done(()) => Disposition::Done(earlier),
            Disposition::SlowDown { after, error } => Disposition::SlowDown { after, error },
            _ => Disposition::TryAgain(answer.unexpected()),
        };
        caller.call_with_prior(&request(Method::PATCH).repeatable(), read).await
    });
    assert_eq!(found.unwrap(), expected);
}

#[test]
fn a_lost_answer_leaves_open_whether_the_call_was_carried_out() {
    check_earlier(&[], PriorAttempt::NotDone);
    check_earlier(&[Step::NotSent], PriorAttempt::NotDone);
    check_earlier(&[Step::After(429, "0")], PriorAttempt::NotDone);
    check_earlier(&[Step::Cut], PriorAttempt::MaybeApplied);
    check_earlier(&[Step::Hung], PriorAttempt::MaybeApplied);
    check_earlier(&[Step::Status(502), Step::NotSent], PriorAttempt::MaybeApplied);
}
