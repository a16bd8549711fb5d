//! Functions and programs in any mix: their order, their time, and what ends with them.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::*;
use crate::{Evaluated, FailureLimit, Hear, Logic, Pass, ProgramHost, Role, Stage, Stop, guarded};

/// None of the waits here takes so long, unless the test fails.
const LONG: Duration = Duration::from_mins(1);

fn with(logics: Vec<Code<Logic>>) -> Functions {
    Functions { logics, ..Functions::default() }
}

/// A run whose functions may take so long.
fn timed(origin: Numbers, functions: Functions, function_timeout: Duration) -> Run {
    let options = Options { function_timeout, ..Options::default() };
    run_with(origin, Sink::answering(archived), functions, options)
}

/// How items ended before they were to be sent.
fn ends_of(run: &mut Run) -> Arc<Mutex<Vec<(String, String)>>> {
    let ends: Arc<Mutex<Vec<_>>> = Arc::default();
    let seen = ends.clone();
    run.watch(move |event| {
        let (reference, how) = match event {
            Event::Ended { reference, ending: Ending::Failed(error), .. } => {
                (reference, format!("{}: {}", error.stage, error.error))
            }
            Event::Ended { reference, ending: Ending::Discarded { logic }, .. } => {
                (reference, format!("{}: discarded", Stage::Logic(*logic)))
            }
            Event::Unsent { reference, .. } => (reference, "unsent".to_owned()),
            _ => return,
        };
        seen.lock().unwrap().push((reference.clone().unwrap(), how));
    });
    ends
}

#[track_caller]
fn check(ends: &Mutex<Vec<(String, String)>>, expected: &[(&str, &str)]) {
    let ends = ends.lock().unwrap();
    let ends: Vec<_> = ends.iter().map(|(item, how)| (item.as_str(), how.as_str())).collect();
    assert_eq!(ends, expected);
}

/// Programs that are functions after all, and how many items came to each pass at a time.
struct Inline {
    passes: Vec<Pass<Logic>>,
    asked: Arc<Mutex<Vec<(usize, usize)>>>,
}

impl ProgramHost for Inline {
    fn evaluate(
        &mut self,
        pass: usize,
        items: &[&Item],
        _: &Stop,
        hear: Hear<'_>,
    ) -> Vec<Option<Evaluated>> {
        self.asked.lock().unwrap().push((pass, items.len()));
        let programs = &mut self.passes[pass];
        let mut evaluated = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let answer = through(programs, (*item).clone());
            hear(number, &answer);
            evaluated.push(Some(answer));
        }
        evaluated
    }
}

fn through(programs: &mut Pass<Logic>, mut item: Item) -> Evaluated {
    for (place, (_, program)) in programs.iter_mut().enumerate() {
        match guarded(|| program(item)) {
            Ok(Some(now)) => item = now,
            Ok(None) => return Evaluated::Discarded(place),
            Err(why) => return Evaluated::Failed(place, why),
        }
    }
    Evaluated::Changed(item)
}

/// Adds its name to the item's way; discards one item and fails on another.
fn marking(name: &'static str, discarded: &'static str, failed: &'static str) -> Logic {
    Box::new(move |mut item| {
        let id = item.text("id").unwrap().to_owned();
        if id == failed {
            return Err(format!("not {id}"));
        }
        let way = format!("{}{name}", item.text("way").unwrap_or_default());
        item.insert("way".to_owned(), way.into());
        Ok((id != discarded).then_some(item))
    })
}

#[tokio::test]
async fn functions_and_programs_keep_their_order() {
    let logics = vec![
        Code::Program(marking("a", "", "")),
        Code::Program(marking("b", "0", "")),
        Code::Function(marking("c", "", "2")),
        Code::Function(marking("d", "", "")),
        Code::Program(marking("e", "", "1")),
        Code::Function(marking("f", "", "")),
        Code::Program(marking("g", "", "")),
    ];
    let format: Logic = Box::new(|item| {
        let reference = format!("{}{}", item.text("id").unwrap(), item.text("way").unwrap());
        Ok(Some(Item::from_iter([("reference".to_owned(), reference.into())])))
    });
    let functions =
        Functions { logics, format: Some(Code::Program(format)), ..Functions::default() };
    let sink = Sink::answering(archived);
    let (taken, asked) = (sink.taken.clone(), Arc::default());
    let (noted, mut roles) = (Arc::clone(&asked), Vec::new());
    let start = |passes: Vec<Pass<Logic>>| -> Result<Box<dyn ProgramHost>, EndError> {
        let roles_of = |pass: &Pass<Logic>| pass.iter().map(|(role, _)| *role).collect();
        roles = passes.iter().map(roles_of).collect::<Vec<Vec<Role>>>();
        Ok(Box::new(Inline { passes, asked: noted }))
    };
    let (id, ends, options) =
        ("test".to_owned(), ends(Numbers::up_to(5), sink), Options::default());
    let run = Run::with_programs(id, "numbers.sink", ends, functions, options, start);
    let mut run = run.unwrap();
    let ends = ends_of(&mut run);
    run.run().await;
    let mut taken = taken.lock().unwrap().clone();
    taken.sort();
    assert_eq!(taken, ["3abcdefg", "4abcdefg"]);
    check(&ends, &[("0", "logic 2: discarded"), ("2", "logic 3: not 2"), ("1", "logic 5: not 1")]);
    assert_eq!(roles, [vec![Role::Logic; 2], vec![Role::Logic], vec![Role::Logic, Role::Format]]);
    assert_eq!(*asked.lock().unwrap(), [(0, 5), (1, 3), (2, 2)], "a batch at a time");
}

#[tokio::test]
async fn a_host_that_does_not_start_begins_no_run() {
    let programs = vec![Code::Program(marking("a", "", ""))];
    let functions = Functions { logics: programs, ..Functions::default() };
    let (id, ends, options) =
        ("test".to_owned(), ends(Numbers::up_to(1), Sink::answering(archived)), Options::default());
    let run = Run::with_programs(id, "numbers.sink", ends, functions, options, |_| Err("no host"));
    assert_eq!(run.unwrap_err(), "no host");
}

#[tokio::test]
async fn a_function_that_returns_late_fails_its_item() {
    let time = Duration::from_millis(10);
    let slow = logic(move |item| {
        let began = Instant::now();
        while item["id"] == "1" && began.elapsed() <= time {
            std::thread::yield_now();
        }
        Ok(Some(item))
    });
    let mut run = timed(Numbers::up_to(2), with(vec![slow]), time);
    let ends = ends_of(&mut run);
    let result = run.run().await;
    assert_eq!(result.events.logics_failure, 1);
    let ends = ends.lock().unwrap();
    let (reference, how) = ends.first().unwrap();
    assert_eq!(reference, "1");
    assert!(how.starts_with("logic 1: took "), "{how}");
    assert!(how.ends_with(", longer than 10ms (`function_timeout`)"), "{how}");
}

/// A run that can be repeated depends on no clock.
#[tokio::test]
async fn a_function_on_the_runs_own_thread_has_no_time() {
    let time = Duration::ZERO;
    let options =
        Options { function_timeout: time, blocking: crate::Blocking::Inline, ..Options::default() };
    let slow = logic(move |item| {
        let began = Instant::now();
        while began.elapsed() <= time {}
        Ok(Some(item))
    });
    let run = run_with(Numbers::up_to(2), Sink::answering(archived), with(vec![slow]), options);
    assert_eq!(run.run().await.status, Status::Success);
}

/// It cannot be ended, so it goes on; but nothing waits for it any more.
#[tokio::test]
async fn a_stop_does_not_wait_for_a_function_that_has_passed_its_time() {
    let (release, released) = mpsc::channel::<()>();
    let hanging = logic(move |item| {
        if item["id"] == "1" {
            let _ = released.recv();
        }
        if item["id"] == "0" { Err("zero".to_owned()) } else { Ok(Some(item)) }
    });
    let mut run = timed(Numbers::up_to(3), with(vec![hanging]), Duration::from_millis(10));
    let stop = run.stop();
    run.watch(move |event| {
        if let Event::Ended { .. } = event {
            stop.interrupt("interrupted");
        }
    });
    let ends = ends_of(&mut run);
    let result = run.run().await;
    drop(release);
    assert_eq!(result.message.as_deref(), Some("interrupted"));
    assert_eq!((result.events.logics_failure, result.unsent), (1, 2));
    check(&ends, &[("0", "logic 1: zero"), ("1", "unsent"), ("2", "unsent")]);
}

#[tokio::test]
async fn a_failure_is_told_before_the_rest_of_its_batch_has_come_through() {
    let (tell, told) = mpsc::channel();
    let waiting = logic(move |item| {
        if item["id"] == "0" {
            return Err("zero".to_owned());
        }
        told.recv_timeout(LONG).map(|()| Some(item)).map_err(|error| error.to_string())
    });
    let mut run = run_of(Numbers::up_to(2), Sink::answering(archived), with(vec![waiting]));
    run.watch(move |event| {
        if let Event::Ended { ending: Ending::Failed(_), .. } = event {
            let _ = tell.send(());
        }
    });
    let result = run.run().await;
    assert_eq!(result.events.logics_failure, 1);
    assert_eq!(result.outcomes.count(Outcome::Archived), 1);
}

#[tokio::test]
async fn too_many_failures_end_a_run_in_the_midst_of_a_batch() {
    let called = Arc::new(AtomicUsize::new(0));
    let calls = called.clone();
    let failing = logic(move |_| {
        calls.fetch_add(1, Ordering::SeqCst);
        Err("no".to_owned())
    });
    let options = Options { failures: Some(FailureLimit::Items(2)), ..Options::default() };
    let run = run_with(Numbers::up_to(9), Sink::answering(archived), with(vec![failing]), options);
    let result = run.run().await;
    assert_eq!(called.load(Ordering::SeqCst), 3);
    assert_eq!((result.events.logics_failure, result.unsent), (3, 6));
    let message = "3 of 9 items failed, more than `max_failures` = 2 allows";
    assert_eq!(result.message.as_deref(), Some(message));
}

/// What has not been looked at is not known to have changed, so it is not skipped for good.
#[tokio::test]
async fn a_stop_while_a_plan_is_verified_does_not_call_its_steps_outdated() {
    let sink = || Sink::answering(archived);
    let kept = logic(|item| Ok(Some(item)));
    let (_, plan) = run_of(Numbers::up_to(3), sink(), with(vec![kept])).preview().await;
    assert_eq!(plan.steps.len(), 3);
    let stop = Stop::new();
    let asked = stop.clone();
    let stopping = logic(move |item| {
        asked.interrupt("interrupted");
        Ok(Some(item))
    });
    let run = run_of(Numbers::up_to(3), sink(), with(vec![stopping])).stopped_by(stop);
    let result = run.apply(plan, crate::OnOutdated::Skip).await;
    assert_eq!(result.message.as_deref(), Some("interrupted"));
    assert_eq!((result.events.read_success, result.outcomes.count(Outcome::Outdated)), (0, 0));
}

/// It has lost items, so what it has not seen must not count as vanished.
#[tokio::test]
async fn a_watcher_that_panics_stops_the_run() {
    let failing =
        logic(|item| if item["id"] == "1" { Err("no".to_owned()) } else { Ok(Some(item)) });
    let origin = Numbers { batches: vec![0..3, 3..6], ..Numbers::up_to(0) };
    let mut run = run_of(origin, Sink::answering(archived), with(vec![failing]));
    run.watch(|event| {
        if let Event::Ended { ending: Ending::Failed(_), .. } = event {
            panic!("a watcher");
        }
    });
    let result = run.run().await;
    let message = "the logics and the format did not come to their end";
    assert_eq!(result.message.as_deref(), Some(message));
    assert_eq!((result.status, result.unsent), (Status::SuccessWithFailures, 2));
}
