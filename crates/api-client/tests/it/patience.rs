//! How long a call is waited for, and how it hears that it is to end, on a clock that does not wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_client::{
    Answer, Attempts, Caller, Concurrency, Disposition, Failed, GaveUp, Pace, Patience, Request,
    Secret, StatedDuration, Token, TokenCache, Transport, TransportError, WaitCause,
};
use futures::future::{BoxFuture, join_all};
use http::{HeaderName, StatusCode};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long a call in flight may still take once the end was asked for.
const GRACE: Duration = Duration::from_secs(5);

/// A service that answers each call in the same way, the first ones perhaps in another.
struct Service {
    first: Mutex<Vec<Way>>,
    then: Way,
    sent: AtomicUsize,
}

#[derive(Clone, Debug)]
enum Way {
    /// After so long, with a status and perhaps a header.
    Answers(Duration, u16, Option<(&'static str, String)>),
    Never,
    NotThere,
    Untrusted,
    TooLarge,
}

impl Way {
    fn status(status: u16) -> Self {
        Self::Answers(Duration::from_millis(10), status, None)
    }

    fn with(status: u16, name: &'static str, value: impl Into<String>) -> Self {
        Self::Answers(Duration::from_millis(10), status, Some((name, value.into())))
    }
}

impl Service {
    fn of(first: &[Way], then: Way) -> Arc<Self> {
        let first = Mutex::new(first.iter().rev().cloned().collect());
        Arc::new(Self { first, then, sent: AtomicUsize::new(0) })
    }

    fn always(way: Way) -> Arc<Self> {
        Self::of(&[], way)
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Transport for Service {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        let way = self.first.lock().unwrap().pop().unwrap_or_else(|| self.then.clone());
        Box::pin(async move {
            match way {
                Way::Answers(after, status, header) => {
                    sleep(after).await;
                    let headers = header.into_iter().filter_map(|(name, value)| {
                        Some((HeaderName::from_static(name), value.parse().ok()?))
                    });
                    Ok(Answer {
                        status: StatusCode::from_u16(status).unwrap(),
                        headers: headers.collect(),
                        body: "{}".into(),
                    })
                }
                Way::Never => std::future::pending().await,
                Way::NotThere => Err(TransportError::not_connected("Connection refused")),
                Way::Untrusted => {
                    let reason = "the server's certificate has expired".to_owned();
                    Err(TransportError::Untrusted { reason, cause: "expired".into() })
                }
                Way::TooLarge => Err(TransportError::TooLarge(api_client::BodyLimit::mib(1))),
            }
        })
    }
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

fn request() -> Request {
    Request::get("https://user:s3cret@example.org/path?key=s3cret".parse().unwrap())
}

fn caller(service: &Arc<Service>) -> Caller {
    Caller::new("Example", service.clone()).with_seed(1)
}

async fn call(caller: &Caller) -> Result<(), Failed<TransportError>> {
    caller.call(&request(), read).await
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Patience::DEFAULT;

/// How a call to a service ends, and after how many seconds.
async fn ends(way: Way, patience: Duration) -> (Option<GaveUp>, u64) {
    let service = Service::always(way);
    let began = Instant::now();
    let failed = call(&caller(&service).with_patience(&Patience::of(patience))).await.unwrap_err();
    (failed.attempts.gave_up, began.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_longer_wait_than_the_patience_is_refused_at_once_and_the_remedy_named() {
    for status in [429, 503] {
        let gave_up = GaveUp::AskedToWait { asked: 60 * MINUTE, patience: PATIENCE };
        let way = Way::with(status, "retry-after", "3600");
        assert_eq!(ends(way, PATIENCE).await, (Some(gave_up), 0), "{status}");
        assert_eq!(gave_up.hint().unwrap(), "set a longer `patience`, such as `2h`");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_within_the_patience_is_waited_in_full() {
    for status in [429, 503] {
        let first = Way::with(status, "retry-after", "3600");
        let caller = caller(&Service::of(&[first], Way::status(200)));
        let began = Instant::now();
        call(&caller.with_patience(&Patience::of(120 * MINUTE))).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 3_600, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_waiting_ends_with_the_patience() {
    for way in [
        Way::with(429, "retry-after", "1"),
        Way::with(429, "retry-after", "0"),
        Way::with(429, "retry-after", "45"),
        Way::with(429, "retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
        Way::with(429, "retry-after", "999999999999"),
        Way::status(429),
        Way::with(503, "retry-after", "300"),
        Way::Never,
    ] {
        for patience in [5 * SECOND, MINUTE, 5 * MINUTE] {
            let (gave_up, seconds) = ends(way.clone(), patience).await;
            let ended = matches!(gave_up, Some(GaveUp::Silence(_) | GaveUp::AskedToWait { .. }));
            assert!(ended, "{way:?}: {gave_up:?}");
            assert!(seconds <= patience.as_secs(), "{way:?}: {seconds} s of {patience:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_calls_to_a_black_hole_end_with_the_patience() {
    let service = Service::always(Way::Never);
    let caller = caller(&service)
        .with_concurrency(Arc::new(Concurrency::up_to(32)))
        .with_patience(&Patience::default());
    let began = Instant::now();
    let ended = join_all((0..200).map(|_| call(&caller))).await;
    assert_eq!(began.elapsed(), PATIENCE);
    let last = ended.into_iter().next_back().unwrap().unwrap_err();
    assert_eq!(last.attempts.gave_up, Some(GaveUp::Silence(PATIENCE)));
    assert!(last.attempts.gave_up.is_some_and(GaveUp::concerns_service));
    assert_eq!(
        last.to_string(),
        "not sent (GET https://example.org/path); Example has given no good answer for 10 min"
    );
}

#[tokio::test(start_paused = true)]
async fn what_answers_now_and_then_is_waited_for() {
    let slow = Way::Answers(29 * SECOND, 200, None);
    let caller = caller(&Service::always(slow)).with_patience(&Patience::of(MINUTE));
    for _ in 0..20 {
        call(&caller).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_users_own_pace_costs_no_patience() {
    let caller = caller(&Service::always(Way::status(200)))
        .with_pace(Arc::new(Pace::at_most(0.01)))
        .with_patience(&Patience::of(5 * SECOND));
    let ended = join_all((0..5).map(|_| call(&caller))).await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_belief_does_not_hold_the_others() {
    for after in ["Fri, 31 Dec 9999 23:59:59 GMT", "999999999999", "3600"] {
        let first = Way::with(429, "retry-after", after);
        let caller = caller(&Service::of(&[first], Way::status(200)));
        let began = Instant::now();
        drop(call(&caller).await);
        call(&caller).await.unwrap();
        assert!(began.elapsed() < 10 * SECOND, "{after}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_one_run_bears_is_told_to_another_that_does_not() {
    let first = Way::with(429, "retry-after", "3600");
    let patient =
        caller(&Service::of(&[first], Way::status(200))).with_patience(&Patience::of(120 * MINUTE));
    let hasty = patient.clone().with_patience(&Patience::default());
    let late = async {
        sleep(MINUTE).await;
        call(&hasty).await.unwrap_err()
    };
    let (patient, hasty) = futures::join!(call(&patient), late);
    patient.unwrap();
    let Some(GaveUp::AskedToWait { asked, patience }) = hasty.attempts.gave_up else {
        panic!("{hasty}")
    };
    assert_eq!((asked.as_secs(), patience), (59 * 60, PATIENCE));
    assert_eq!(hasty.attempts.tries, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_there_is_told_soon_at_the_beginning_and_later_borne_for_longer() {
    let nobody = Service::always(Way::NotThere);
    let began = Instant::now();
    let failed = call(&caller(&nobody)).await.unwrap_err();
    assert_eq!((failed.attempts.gave_up, nobody.sent()), (Some(GaveUp::Unreachable), 6));
    assert!(began.elapsed() < 4 * SECOND, "{:?}", began.elapsed());
    let text = failed.to_string();
    assert!(
        text.starts_with("could not connect (GET https://example.org/path, 6 tries in "),
        "{text}"
    );
    let gone = Service::of(&[Way::status(200)], Way::NotThere);
    let caller = caller(&gone);
    call(&caller).await.unwrap();
    let failed = call(&caller).await.unwrap_err();
    assert_eq!((failed.attempts.gave_up, gone.sent()), (Some(GaveUp::Tries), 13));
}

#[tokio::test(start_paused = true)]
async fn what_another_try_would_find_again_is_tried_once() {
    let service = Service::always(Way::Untrusted);
    let failed = call(&caller(&service)).await.unwrap_err();
    assert_eq!((service.sent(), failed.attempts.gave_up), (1, None));
    assert_eq!(
        failed.to_string(),
        "no secure connection: the server's certificate has expired (GET https://example.org/path)"
    );
    let service = Service::always(Way::TooLarge);
    call(&caller(&service)).await.unwrap_err();
    assert_eq!(service.sent(), 3);
}

/// Asks for the end after a while, and gives how the call ended and how long that took.
async fn stopped_after(caller: Caller, after: Duration) -> (Failed<TransportError>, Duration) {
    let stop = CancellationToken::new();
    let caller = caller.with_stop(stop.clone()).with_patience(&Patience::of(60 * MINUTE));
    let asks = async {
        sleep(after).await;
        stop.cancel();
        Instant::now()
    };
    let (ended, asked) = futures::join!(call(&caller), asks);
    (ended.unwrap_err(), asked.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_heard_at_once_between_two_tries() {
    for way in [
        Way::with(429, "retry-after", "1800"),
        Way::with(503, "retry-after", "1800"),
        Way::status(429),
        Way::status(500),
    ] {
        let (failed, took) = stopped_after(caller(&Service::always(way.clone())), SECOND).await;
        assert_eq!(failed.attempts.gave_up, Some(GaveUp::Stopped), "{way:?}");
        assert!(took <= Duration::from_millis(20), "{way:?}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_heard_within_a_second_by_whoever_waits_for_a_turn() {
    let quick = Service::always(Way::status(200));
    let slow = caller(&quick).with_pace(Arc::new(Pace::at_most(0.001)));
    call(&slow).await.unwrap();
    let (failed, took) = stopped_after(slow, SECOND).await;
    assert!(took < SECOND && !failed.error.may_have_acted(), "{took:?} {failed}");
    assert_eq!(failed.to_string(), "interrupted before it was sent (GET https://example.org/path)");

    let one = Arc::new(Concurrency::up_to(1));
    let _held = one.enter().await;
    let (failed, took) = stopped_after(caller(&quick).with_concurrency(one.clone()), SECOND).await;
    assert!(took < SECOND && !failed.error.may_have_acted(), "{took:?} {failed}");
    assert_eq!(quick.sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_heard_within_a_second_by_whoever_waits_for_a_token() {
    let tokens = TokenCache::<TransportError>::new(|| Box::pin(std::future::pending()));
    let stop = CancellationToken::new();
    let caller = caller(&Service::always(Way::status(200))).with_stop(stop.clone());
    stop.cancel();
    let began = Instant::now();
    let failed = caller.call_with_token(&tokens, &request(), read).await.unwrap_err();
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    assert_eq!(failed.attempts.gave_up, Some(GaveUp::Stopped));
}

#[tokio::test(start_paused = true)]
async fn a_call_in_flight_is_given_a_moment_to_end() {
    let soon = Service::always(Way::Answers(3 * SECOND, 200, None));
    let stop = CancellationToken::new();
    let caller_of = |service| caller(service).with_stop(stop.clone());
    let stops = async {
        sleep(SECOND).await;
        stop.cancel();
    };
    let caller_in_time = caller_of(&soon);
    let (answered, ()) = futures::join!(call(&caller_in_time), stops);
    answered.unwrap();

    let (failed, took) = stopped_after(caller(&Service::always(Way::Never)), SECOND).await;
    assert_eq!(took, GRACE);
    assert!(matches!(failed.error, TransportError::Abandoned) && failed.error.may_have_acted());

    sleep(GRACE).await;
    let late = call(&caller_in_time).await.unwrap_err();
    assert!(matches!(late.error, TransportError::Interrupted));
    assert_eq!(soon.sent(), 1, "after the grace nothing leaves any more");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_does_not_hide_that_an_earlier_try_may_have_been_done() {
    let way = Way::with(503, "retry-after", "1800");
    let (failed, _) = stopped_after(caller(&Service::always(way)), SECOND).await;
    assert!(
        matches!(failed.error, TransportError::Unexpected { .. }) && failed.error.may_have_acted()
    );
    let first = [Way::Answers(30 * SECOND, 503, None)];
    let one = Arc::new(Concurrency::up_to(1));
    let busy = caller(&Service::of(&first, Way::Never)).with_concurrency(one);
    let other = busy.clone().with_stop(CancellationToken::new());
    let (failed, _) = futures::join!(stopped_after(busy, 32 * SECOND), async {
        sleep(SECOND).await;
        tokio::time::timeout(40 * SECOND, call(&other)).await.unwrap_err()
    });
    assert!(failed.0.error.may_have_acted(), "{}", failed.0);
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_told_with_what_was_asked_for() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let first = [Way::with(429, "retry-after", "7"), Way::status(500)];
    let caller = caller(&Service::of(&first, Way::status(200)))
        .with_wait_hook(Arc::new(move |wait| heard.lock().unwrap().push(wait)));
    call(&caller).await.unwrap();
    let told = told.lock().unwrap();
    let waits: Vec<_> = told.iter().map(|wait| (wait.asked, wait.cause)).collect();
    assert_eq!(waits, [(Some(7 * SECOND), WaitCause::Allowance), (None, WaitCause::Failure)]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_be_fetched_costs_no_more_than_the_patience() {
    let never = Service::always(Way::Never);
    let patience = Patience::of(MINUTE);
    let caller = caller(&never).with_patience(&patience);
    let fetches = caller.clone();
    let tokens = TokenCache::new(move || {
        let caller = fetches.clone();
        Box::pin(async move {
            let token = |_: &Answer| Disposition::Done(());
            caller.call(&request(), token).await.map_err(|failed| failed.error)?;
            let lifetime = StatedDuration::from_secs(1);
            Ok(Token { secret: Secret::new(""), lifetime })
        })
    });
    let began = Instant::now();
    let request = request();
    let calls = (0..16).map(|_| caller.call_with_token(&tokens, &request, read));
    let ended = join_all(calls.collect::<Vec<_>>()).await;
    assert!(ended.iter().all(Result::is_err));
    assert_eq!(began.elapsed(), MINUTE);
}

#[tokio::test(start_paused = true)]
async fn what_was_tried_shows_no_secret() {
    let failed = call(&caller(&Service::always(Way::status(400)))).await.unwrap_err();
    assert!(!format!("{failed} {failed:?}").contains("s3cret"), "{failed:?}");
    let Attempts { tries, gave_up, .. } = failed.attempts;
    assert_eq!((tries, gave_up), (1, None));
}

proptest! {
    /// Whatever the headers say, a call ends within its patience and nothing panics.
    #[test]
    fn no_header_can_hold_a_call_or_break_it(
        status in prop::sample::select(vec![429_u16, 500, 503]),
        name in prop::sample::select(vec![
            "retry-after", "x-ratelimit-replenish-rate", "x-ratelimit-replenish-rate-a", "date",
        ]),
        value in prop_oneof![
            "[ -~]{0,30}", any::<f64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| format!("{number:e}")), any::<i128>().prop_map(|number| number.to_string()),
            (0..100_000_u32).prop_map(|year| format!("Fri, 31 Dec {year} 23:59:59 GMT")),
        ],
        then in prop::sample::select(vec![200_u16, 429]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let first = [Way::with(status, name, value.clone()), Way::with(200, name, value.clone())];
            let caller = caller(&Service::of(&first, Way::with(then, name, value)))
                .with_patience(&Patience::of(MINUTE));
            for _ in 0..4 {
                let began = Instant::now();
                drop(call(&caller).await);
                assert!(began.elapsed() <= MINUTE, "{:?}", began.elapsed());
            }
        });
    }
}
