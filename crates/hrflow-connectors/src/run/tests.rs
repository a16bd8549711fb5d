//! The engine between an origin and a target that play a part.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use super::{Plan, Recorder};
use crate::catalog::Connected;
use crate::connector::{Concern, Origin, ReadFailure, Reading, Target, WriteFailure};
use crate::steps::Steps;
use crate::{
    Finished, Item, Outcome, Persist, Reason, RunResult, Script, Status, Transport, Wiring,
};

/// Gives batches of numbered items, then ends as it was told to.
struct Numbers {
    batches: Vec<std::ops::Range<u32>>,
    end: Result<Reading, ReadFailure>,
    /// Waited for before the last batch.
    gate: Option<Arc<Notify>>,
}

impl Numbers {
    fn up_to(count: u32) -> Self {
        let end = Ok(Reading { complete: true, remark: None });
        Self { batches: std::iter::once(0..count).collect(), end, gate: None }
    }
}

fn item(number: u32) -> Item {
    Item::from_iter([("id".to_owned(), json!(number.to_string()))])
}

impl Origin for Numbers {
    fn name(&self) -> &'static str {
        "Numbers"
    }

    fn parameters(&self) -> Value {
        json!({"batches": self.batches.len()})
    }

    fn selection(&self) -> Value {
        json!("numbers")
    }

    fn reference(&self, item: &Item) -> Option<String> {
        item.text("id").map(str::to_owned)
    }

    fn read(
        &self,
        _: Option<jiff::Timestamp>,
        into: mpsc::Sender<Vec<Item>>,
        _: Recorder,
    ) -> BoxFuture<'_, Result<Reading, ReadFailure>> {
        Box::pin(async move {
            for (index, batch) in self.batches.iter().enumerate() {
                if let Some(gate) = self.gate.as_ref().filter(|_| index + 1 == self.batches.len()) {
                    gate.notified().await;
                }
                let _ = into.send(batch.clone().map(item).collect()).await;
            }
            self.end.clone()
        })
    }

    fn find<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Item>, String>> {
        Box::pin(async { Ok(reference.parse().ok().map(item)) })
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(async { Ok("there".to_owned()) })
    }
}

type Answer = fn(&str) -> Result<Outcome, WriteFailure>;

/// Takes items, and answers each by its reference.
struct Sink {
    answer: Answer,
    taken: Arc<Mutex<Vec<String>>>,
    in_flight: AtomicUsize,
    most_in_flight: Arc<AtomicUsize>,
    on_write: Option<Arc<Notify>>,
}

impl Sink {
    fn answering(answer: Answer) -> Self {
        Self {
            answer,
            taken: Arc::default(),
            in_flight: AtomicUsize::new(0),
            most_in_flight: Arc::default(),
            on_write: None,
        }
    }

    async fn take(&self, item: &Item) -> Result<Outcome, WriteFailure> {
        let flying = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(flying, Ordering::SeqCst);
        if let Some(notify) = &self.on_write {
            notify.notify_one();
        }
        tokio::task::yield_now().await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let reference = item.text("reference").unwrap_or_default();
        self.taken.lock().unwrap().push(reference.to_owned());
        (self.answer)(reference)
    }
}

impl Target for Sink {
    fn name(&self) -> &'static str {
        "Sink"
    }

    fn parameters(&self) -> Value {
        json!({"board_key": "0"})
    }

    fn outcomes(&self) -> &'static [Outcome] {
        &[Outcome::Archived, Outcome::Missing, Outcome::Failed]
    }

    fn reference(&self, item: &Item) -> Option<String> {
        item.text("reference").map(str::to_owned)
    }

    fn foresee(&self, _: Option<&Item>, item: &Item) -> Outcome {
        (self.answer)(item.text("reference").unwrap_or_default()).unwrap_or(Outcome::Failed)
    }

    fn write<'a>(&'a self, item: &'a Item) -> BoxFuture<'a, Result<Outcome, WriteFailure>> {
        Box::pin(self.take(item))
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(async { Ok("there".to_owned()) })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it has the form of every way to write")]
fn archived(_: &str) -> Result<Outcome, WriteFailure> {
    Ok(Outcome::Archived)
}

fn failing(concerns: Concern) -> Result<Outcome, WriteFailure> {
    Err(WriteFailure { why: "no".to_owned(), can_be_retried: false, concerns })
}

/// A transport that nobody uses here.
struct Nowhere;

impl Transport for Nowhere {
    fn send(
        &self,
        _: api_client::Request,
    ) -> BoxFuture<'_, Result<api_client::Answer, api_client::Unanswered>> {
        Box::pin(async { Err(api_client::Unanswered::not_connected("nowhere")) })
    }
}

fn plan(origin: Numbers, target: Sink, steps: Steps) -> Plan {
    plan_with(origin, target, steps, Wiring::over(Arc::new(Nowhere)))
}

fn plan_with(origin: Numbers, target: Sink, steps: Steps, wiring: Wiring) -> Plan {
    let default_format =
        Box::new(|item: Item| Ok(Item::from_iter([("reference".to_owned(), item["id"].clone())])));
    let connected = Connected {
        origin: Box::new(origin),
        target: Box::new(target),
        default_format,
        mirror: None,
        only_vanished: false,
    };
    Plan::new("test".to_owned(), "numbers.sink", connected, steps, wiring)
}

async fn run(origin: Numbers, target: Sink, steps: Steps) -> RunResult {
    plan(origin, target, steps).run().await
}

fn logic(source: &str) -> crate::Logic {
    Script::compile(source).unwrap().into_logic()
}

#[tokio::test]
async fn every_item_is_written_and_counted_once() {
    let sink = Sink::answering(|reference| {
        Ok(if reference == "7" { Outcome::Missing } else { Outcome::Archived })
    });
    let taken = sink.taken.clone();
    let result = run(Numbers::up_to(1000), sink, Steps::default()).await;
    assert_eq!((result.status, result.reason), (Status::Success, Reason::None));
    assert_eq!(result.events.read_success, 1000);
    assert_eq!(result.outcomes.count(Outcome::Archived), 999);
    assert_eq!(result.outcomes.count(Outcome::Missing), 1);
    assert!(result.complete);
    let mut taken = taken.lock().unwrap().clone();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 1000);
}

#[tokio::test]
async fn the_first_write_leaves_before_the_reading_ends() {
    let gate = Arc::new(Notify::new());
    let sink = Sink { on_write: Some(gate.clone()), ..Sink::answering(archived) };
    let origin = Numbers { batches: vec![0..10, 10..20], gate: Some(gate), ..Numbers::up_to(0) };
    let result = run(origin, sink, Steps::default()).await;
    assert_eq!(result.outcomes.count(Outcome::Archived), 20);
}

#[tokio::test]
async fn writes_in_flight_are_bounded() {
    let sink = Sink::answering(archived);
    let most = sink.most_in_flight.clone();
    let wiring = Wiring { write_concurrency: 5, ..Wiring::over(Arc::new(Nowhere)) };
    plan_with(Numbers::up_to(500), sink, Steps::default(), wiring).run().await;
    assert_eq!(most.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn logics_discard_change_and_fail_item_by_item() {
    let logics = vec![
        logic("select(.id != \"1\")"),
        logic("if .id == \"2\" then error(\"two\") else .id += \"!\" end"),
    ];
    let sink = Sink::answering(archived);
    let taken = sink.taken.clone();
    let result = run(Numbers::up_to(4), sink, Steps { logics, ..Steps::default() }).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.logics_discard, result.events.logics_failure), (1, 1));
    let mut taken = taken.lock().unwrap().clone();
    taken.sort();
    assert_eq!(taken, ["0!", "3!"]);
}

#[tokio::test]
async fn a_panic_in_a_function_is_the_items_failure() {
    let steps = Steps {
        logics: vec![Box::new(|item| {
            assert!(item["id"] != "3", "three");
            Ok(Some(item))
        })],
        ..Steps::default()
    };
    let mut plan = plan(Numbers::up_to(5), Sink::answering(archived), steps);
    let failures = Arc::new(Mutex::new(Vec::new()));
    let seen = failures.clone();
    plan.watch(move |event| {
        if let crate::Event::ItemFailed { reference, why, .. } = event {
            seen.lock().unwrap().push((reference.clone(), why.clone()));
        }
    });
    let result = plan.run().await;
    assert_eq!(result.events.logics_failure, 1);
    assert_eq!(*failures.lock().unwrap(), [(Some("3".to_owned()), "panicked: three".to_owned())]);
}

#[tokio::test]
async fn a_reading_that_breaks_off_keeps_what_it_read() {
    let end = Err(ReadFailure("the line went dead".to_owned()));
    let origin = Numbers { end, ..Numbers::up_to(3) };
    let result = run(origin, Sink::answering(archived), Steps::default()).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.read_failure, result.outcomes.count(Outcome::Archived)), (1, 3));
    assert_eq!(result.message.as_deref(), Some("the line went dead"));
    assert!(!result.complete);
}

#[tokio::test]
async fn nothing_read_and_a_failure_is_fatal() {
    let end = Err(ReadFailure("refused".to_owned()));
    let origin = Numbers { batches: Vec::new(), end, gate: None };
    let result = run(origin, Sink::answering(archived), Steps::default()).await;
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::ReadFailure));
}

#[tokio::test]
async fn a_failure_that_concerns_the_run_stops_it_early() {
    let sink = Sink::answering(|_| failing(Concern::Run));
    let taken = sink.taken.clone();
    let batches = (0..100).map(|number| number * 100..(number + 1) * 100).collect();
    let origin = Numbers { batches, ..Numbers::up_to(0) };
    let result = run(origin, sink, Steps::default()).await;
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::WriteFailure));
    assert!(taken.lock().unwrap().len() <= 32, "{} were tried", taken.lock().unwrap().len());
    assert!(result.events.read_success < 1000, "{} were read", result.events.read_success);
    assert_eq!(result.events.write_failure, result.events.read_success);
    assert_eq!(result.message.as_deref(), Some("no"));
    assert!(!result.complete);
}

#[tokio::test]
async fn a_failure_of_one_item_leaves_the_others_alone() {
    let sink = Sink::answering(|reference| {
        if reference == "1" { failing(Concern::Item) } else { Ok(Outcome::Archived) }
    });
    let result = run(Numbers::up_to(3), sink, Steps::default()).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.write_failure, result.outcomes.count(Outcome::Failed)), (1, 1));
    assert_eq!(result.outcomes.count(Outcome::Archived), 2);
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_calls_nobody() {
    let sink = Sink::answering(archived);
    let taken = sink.taken.clone();
    let steps = Steps {
        persist: Persist::DryRun,
        callback: Some(Box::new(|_| Err("called".to_owned()))),
        ..Steps::default()
    };
    let result = run(Numbers::up_to(3), sink, steps).await;
    assert_eq!((result.status, result.events.read_success), (Status::Success, 3));
    assert_eq!(result.events.callback_executed + result.events.callback_failure, 0);
    assert!(taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_callback_is_given_parameters_events_and_items() {
    let given: Arc<Mutex<Option<Finished>>> = Arc::default();
    let slot = given.clone();
    let steps = Steps {
        callback: Some(Box::new(move |finished| {
            *slot.lock().unwrap() = Some(finished);
            Ok(())
        })),
        ..Steps::default()
    };
    let result = run(Numbers::up_to(3), Sink::answering(archived), steps).await;
    assert_eq!(result.events.callback_executed, 1);
    let finished = given.lock().unwrap().take().unwrap();
    assert_eq!(finished.origin_parameters, json!({"batches": 1}));
    assert_eq!(finished.target_parameters, json!({"board_key": "0"}));
    assert_eq!((finished.events.read_success, finished.items.len()), (3, 3));
}

#[tokio::test]
async fn a_failing_callback_undoes_nothing() {
    let steps = Steps { callback: Some(Box::new(|_| panic!("oh"))), ..Steps::default() };
    let result = run(Numbers::up_to(3), Sink::answering(archived), steps).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.callback_failure, result.events.callback_executed), (1, 0));
    assert_eq!(result.outcomes.count(Outcome::Archived), 3);
}

#[tokio::test]
async fn a_stop_ends_the_reading_and_reports_what_was_not_sent() {
    let gate = Arc::new(Notify::new());
    let origin = Numbers { batches: vec![0..5, 5..10], gate: Some(gate), ..Numbers::up_to(0) };
    let mut plan = plan(origin, Sink::answering(archived), Steps::default());
    let stop = plan.stop();
    plan.watch(move |event| {
        if matches!(event, crate::Event::Written { .. }) {
            stop.now("interrupted");
        }
    });
    let result = plan.run().await;
    assert_eq!(result.events.read_success, 5);
    let ended: u64 = result.outcomes.iter().map(|(_, count)| count).sum();
    assert_eq!(ended, 5);
    assert!(!result.complete);
    assert_eq!(result.message.as_deref(), Some("interrupted"));
}
