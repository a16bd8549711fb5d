//! The engine between an origin and a target that play a part.

mod functions;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use serde_json::json;
use tokio::sync::{Notify, mpsc};

use crate::{
    ActionFormat, Applied, Arrival, Code, Coverage, EndError, Ending, Ends, Event, Finished,
    Functions, Item, Options, Origin, OriginInfo, Outcome, Persist, Prediction, Reason, Run,
    RunResult, Select, Status, Step, Target, TargetInfo,
};

/// Gives batches of numbered items, then ends as it was told to.
struct Numbers {
    batches: Vec<std::ops::Range<u32>>,
    end: Result<Coverage, EndError>,
    /// Waited for before the last batch.
    gate: Option<Arc<Notify>>,
}

impl Numbers {
    fn up_to(count: u32) -> Self {
        let end = Ok(Coverage::COMPLETE);
        Self { batches: std::iter::once(0..count).collect(), end, gate: None }
    }
}

fn item(number: u32) -> Item {
    Item::from_iter([("id".to_owned(), json!(number.to_string()))])
}

impl Origin for Numbers {
    fn describe(&self) -> OriginInfo {
        OriginInfo {
            name: "Numbers",
            parameters: json!({"batches": self.batches.len()}),
            selection: json!("numbers"),
            max_staleness: None,
            sliding: Vec::new(),
        }
    }

    fn id(&self, item: &Item) -> Option<String> {
        item.text("id").map(str::to_owned)
    }

    fn read(
        &self,
        _: Option<jiff::Timestamp>,
        out: mpsc::Sender<Arrival>,
    ) -> BoxFuture<'_, Result<Coverage, EndError>> {
        Box::pin(async move {
            for (index, batch) in self.batches.iter().enumerate() {
                if let Some(gate) = self.gate.as_ref().filter(|_| index + 1 == self.batches.len()) {
                    gate.notified().await;
                }
                let _ = out.send(Arrival::Items(batch.clone().map(item).collect())).await;
            }
            self.end.clone()
        })
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Item>, EndError>> {
        Box::pin(async { Ok(id.parse().ok().map(item)) })
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        Box::pin(async { Ok("there".to_owned()) })
    }
}

type Answer = fn(&str) -> Result<Outcome, EndError>;

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

    async fn take(&self, item: &Item) -> Result<Applied, EndError> {
        let flying = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(flying, Ordering::SeqCst);
        if let Some(notify) = &self.on_write {
            notify.notify_one();
        }
        tokio::task::yield_now().await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let reference = item.text("reference").unwrap_or_default();
        self.taken.lock().unwrap().push(reference.to_owned());
        (self.answer)(reference).map(Applied::from)
    }
}

impl Target for Sink {
    fn describe(&self) -> TargetInfo {
        TargetInfo {
            name: "Sink",
            parameters: json!({"board_key": "0"}),
            outcomes: &[Outcome::Archived, Outcome::Missing, Outcome::Failed],
            skips_unlisted: true,
        }
    }

    fn reference(&self, item: &Item) -> Option<String> {
        item.text("reference").map(str::to_owned)
    }

    fn validate(&self, item: &Item) -> Result<(), String> {
        item.text("reference").map(|_| ()).ok_or_else(|| "no reference".to_owned())
    }

    fn apply<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, Result<Applied, EndError>> {
        Box::pin(async { self.take(step.op.item().unwrap()).await })
    }

    fn predict(&self, _: &Step, _: Option<&crate::Held>) -> Prediction {
        Outcome::Archived.into()
    }

    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<crate::Held>, EndError>> {
        Box::pin(async { Ok(None) })
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        Box::pin(async { Ok("there".to_owned()) })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it has the form of every way to write")]
fn archived(_: &str) -> Result<Outcome, EndError> {
    Ok(Outcome::Archived)
}

fn failing(error: EndError) -> Result<Outcome, EndError> {
    Err(error.not_retryable())
}

fn run_of(origin: Numbers, target: Sink, functions: Functions) -> Run {
    run_with(origin, target, functions, Options::default())
}

fn run_with(origin: Numbers, target: Sink, functions: Functions, options: Options) -> Run {
    Run::new("test".to_owned(), "numbers.sink", ends(origin, target), functions, options)
}

fn ends(origin: Numbers, target: Sink) -> Ends {
    let default_format =
        Box::new(|item: Item| Ok(Item::from_iter([("reference".to_owned(), item["id"].clone())])));
    Ends {
        origin: Box::new(origin),
        target: Box::new(target),
        format: ActionFormat::plain(default_format),
        mirror: None,
        select: Select::Listed,
        warnings: Vec::new(),
    }
}

fn logic(
    function: impl FnMut(Item) -> Result<Option<Item>, String> + Send + 'static,
) -> Code<crate::Logic> {
    Code::Function(Box::new(function))
}

async fn run(origin: Numbers, target: Sink, functions: Functions) -> RunResult {
    run_of(origin, target, functions).run().await
}

#[tokio::test]
async fn every_item_is_written_and_counted_once() {
    let sink = Sink::answering(|reference| {
        Ok(if reference == "7" { Outcome::Missing } else { Outcome::Archived })
    });
    let taken = sink.taken.clone();
    let result = run(Numbers::up_to(1000), sink, Functions::default()).await;
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
    let result = run(origin, sink, Functions::default()).await;
    assert_eq!(result.outcomes.count(Outcome::Archived), 20);
}

#[tokio::test]
async fn writes_in_flight_are_bounded() {
    let sink = Sink::answering(archived);
    let most = sink.most_in_flight.clone();
    let options = Options { concurrency: 5, ..Options::default() };
    run_with(Numbers::up_to(500), sink, Functions::default(), options).run().await;
    assert_eq!(most.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn logics_discard_change_and_fail_item_by_item() {
    let logics = vec![
        logic(|item| Ok((item["id"] != "1").then_some(item))),
        logic(|mut item| {
            let id = item.text("id").unwrap().to_owned();
            if id == "2" {
                return Err("two".to_owned());
            }
            item.insert("id".to_owned(), format!("{id}!").into());
            Ok(Some(item))
        }),
    ];
    let sink = Sink::answering(archived);
    let taken = sink.taken.clone();
    let result = run(Numbers::up_to(4), sink, Functions { logics, ..Functions::default() }).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.logics_discard, result.events.logics_failure), (1, 1));
    let mut taken = taken.lock().unwrap().clone();
    taken.sort();
    assert_eq!(taken, ["0!", "3!"]);
}

#[tokio::test]
async fn a_panic_in_a_function_is_the_items_failure() {
    let functions = Functions {
        logics: vec![logic(|item| {
            assert!(item["id"] != "3", "three");
            Ok(Some(item))
        })],
        ..Functions::default()
    };
    let mut run = run_of(Numbers::up_to(5), Sink::answering(archived), functions);
    let failures = Arc::new(Mutex::new(Vec::new()));
    let seen = failures.clone();
    run.watch(move |event| {
        if let Event::Ended { reference, ending: Ending::Failed(error), .. } = event {
            seen.lock().unwrap().push((reference.clone(), error.error.message.clone()));
        }
    });
    let result = run.run().await;
    assert_eq!(result.events.logics_failure, 1);
    assert_eq!(*failures.lock().unwrap(), [(Some("3".to_owned()), "panicked: three".to_owned())]);
}

#[tokio::test]
async fn a_reading_that_breaks_off_keeps_what_it_read() {
    let end = Err(EndError::item("the line went dead"));
    let origin = Numbers { end, ..Numbers::up_to(3) };
    let result = run(origin, Sink::answering(archived), Functions::default()).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.read_failure, result.outcomes.count(Outcome::Archived)), (1, 3));
    assert_eq!(result.message.as_deref(), Some("the line went dead"));
    assert!(!result.complete);
}

#[tokio::test]
async fn nothing_read_and_a_failure_is_fatal() {
    let end = Err(EndError::item("refused"));
    let origin = Numbers { batches: Vec::new(), end, gate: None };
    let result = run(origin, Sink::answering(archived), Functions::default()).await;
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::ReadFailure));
}

#[tokio::test]
async fn a_failure_that_concerns_the_run_stops_it_early() {
    let sink = Sink::answering(|_| failing(EndError::run("no")));
    let taken = sink.taken.clone();
    let batches = (0..100).map(|number| number * 100..(number + 1) * 100).collect();
    let origin = Numbers { batches, ..Numbers::up_to(0) };
    let result = run(origin, sink, Functions::default()).await;
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::WriteFailure));
    assert!(taken.lock().unwrap().len() <= 32, "{} were tried", taken.lock().unwrap().len());
    assert!(result.events.read_success < 1000, "{} were read", result.events.read_success);
    assert_eq!(result.events.write_failure + result.unsent, result.events.read_success);
    assert_eq!(result.message.as_deref(), Some("no"));
    assert!(!result.complete);
}

#[tokio::test]
async fn a_failure_of_one_item_leaves_the_others_alone() {
    let sink = Sink::answering(|reference| {
        if reference == "1" { failing(EndError::item("no")) } else { Ok(Outcome::Archived) }
    });
    let result = run(Numbers::up_to(3), sink, Functions::default()).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.write_failure, result.outcomes.count(Outcome::Failed)), (1, 1));
    assert_eq!(result.outcomes.count(Outcome::Archived), 2);
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_calls_nobody() {
    let sink = Sink::answering(archived);
    let taken = sink.taken.clone();
    let functions = Functions {
        persist: Persist::DryRun,
        callback: Some(Box::new(|_| Err("called".to_owned()))),
        ..Functions::default()
    };
    let result = run(Numbers::up_to(3), sink, functions).await;
    assert_eq!((result.status, result.events.read_success), (Status::Success, 3));
    assert_eq!(result.events.callback_executed + result.events.callback_failure, 0);
    assert!(taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_callback_is_given_parameters_events_and_items() {
    let given: Arc<Mutex<Option<Finished>>> = Arc::default();
    let slot = given.clone();
    let functions = Functions {
        callback: Some(Box::new(move |finished| {
            *slot.lock().unwrap() = Some(finished);
            Ok(())
        })),
        ..Functions::default()
    };
    let result = run(Numbers::up_to(3), Sink::answering(archived), functions).await;
    assert_eq!(result.events.callback_executed, 1);
    let finished = given.lock().unwrap().take().unwrap();
    assert_eq!(finished.origin_parameters, json!({"batches": 1}));
    assert_eq!(finished.target_parameters, json!({"board_key": "0"}));
    assert_eq!((finished.events.read_success, finished.items.len()), (3, 3));
}

#[tokio::test]
async fn a_failing_callback_undoes_nothing() {
    let functions =
        Functions { callback: Some(Box::new(|_| panic!("oh"))), ..Functions::default() };
    let result = run(Numbers::up_to(3), Sink::answering(archived), functions).await;
    assert_eq!(result.status, Status::SuccessWithFailures);
    assert_eq!((result.events.callback_failure, result.events.callback_executed), (1, 0));
    assert_eq!(result.outcomes.count(Outcome::Archived), 3);
}

#[tokio::test]
async fn the_callback_is_called_only_with_what_was_written() {
    let called = || -> (Arc<AtomicUsize>, Functions) {
        let times = Arc::new(AtomicUsize::new(0));
        let counter = times.clone();
        let callback = Box::new(move |_: Finished| {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        (times, Functions { callback: Some(callback), ..Functions::default() })
    };
    let (times, functions) = called();
    let end = Err(EndError::item("refused"));
    run(Numbers { batches: Vec::new(), end, gate: None }, Sink::answering(archived), functions)
        .await;
    assert_eq!(times.load(Ordering::SeqCst), 0, "after a failure");

    let (times, functions) = called();
    run(Numbers::up_to(0), Sink::answering(archived), functions).await;
    assert_eq!(times.load(Ordering::SeqCst), 0, "without items");

    let given: Arc<Mutex<Vec<Item>>> = Arc::default();
    let slot = given.clone();
    let callback = Box::new(move |finished: Finished| {
        *slot.lock().unwrap() = finished.items;
        Ok(())
    });
    let sink = Sink::answering(|reference| {
        if reference == "1" { failing(EndError::item("no")) } else { Ok(Outcome::Archived) }
    });
    let functions = Functions { callback: Some(callback), ..Functions::default() };
    run(Numbers::up_to(3), sink, functions).await;
    let given = given.lock().unwrap();
    assert!(given.iter().all(|item| item["reference"] != "1") && given.len() == 2, "{given:?}");
}

#[tokio::test]
async fn a_dry_run_finds_what_could_not_be_written() {
    let functions = Functions {
        format: Some(Code::Function(Box::new(|item| {
            Ok(Item::from_iter([("id".to_owned(), item["id"].clone())]))
        }))),
        persist: Persist::DryRun,
        ..Functions::default()
    };
    let result = run(Numbers::up_to(3), Sink::answering(archived), functions).await;
    assert_eq!((result.status, result.reason), (Status::Fatal, Reason::WriteFailure));
}

#[tokio::test]
async fn a_stop_ends_the_reading_and_what_was_not_sent_is_no_failure() {
    let gate = Arc::new(Notify::new());
    let origin = Numbers { batches: vec![0..5, 5..10], gate: Some(gate), ..Numbers::up_to(0) };
    let options = Options { concurrency: 1, ..Options::default() };
    let sink = Sink::answering(archived);
    let mut run = run_with(origin, sink, Functions::default(), options);
    let stop = run.stop();
    run.watch(move |event| {
        if matches!(event, Event::Ended { .. }) {
            stop.interrupt("interrupted");
        }
    });
    let result = run.run().await;
    assert_eq!(result.events.read_success, 5);
    assert_eq!((result.outcomes.count(Outcome::Archived), result.unsent), (1, 4));
    assert_eq!(result.events.write_failure, 0);
    assert_eq!((result.status, result.interrupted), (Status::SuccessWithFailures, true));
    assert!(!result.complete);
    assert_eq!(result.message.as_deref(), Some("interrupted"));
}
