//! A run that is ready to begin, and the sentence that it carries out.

use std::collections::HashSet;
use std::sync::Mutex;

use futures::future::ready;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, stream};
use jiff::Timestamp;
use store::StoreError;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::catalog::Connected;
use crate::connector::{Origin, ReadFailure, Reading, Target};
use crate::run::delivered::{Delivered, Incremental, IncrementalToken, Refusal, Seen};
use crate::run::log::log_end;
use crate::run::mirror::{Mirror, MirrorRules};
use crate::run::transform::{Formatted, Transform};
use crate::run::write::Writer;
use crate::run::{Recorder, Stop, Watcher};
use crate::steps::{Steps, guarded};
use crate::{
    Callback, Counts, Event, Finished, Item, Outcome, Persist, RunId, RunResult, Status, Wiring,
};

/// How many batches wait between reading and writing. With the batches in hand on both sides this
/// bounds the memory of a run, however many items there are.
const BATCHES_WAITING: usize = 2;

/// A validated run that has not begun.
pub struct Plan {
    workflow_id: String,
    action: &'static str,
    origin: Box<dyn Origin>,
    target: Box<dyn Target>,
    transform: Transform,
    callback: Option<Callback>,
    persist: Persist,
    watchers: Vec<Watcher>,
    stop: Stop,
    wiring: Wiring,
    incremental: Option<Incremental>,
    mirror: Option<MirrorRules>,
}

impl Plan {
    pub(crate) fn new(
        workflow_id: String,
        action: &'static str,
        connected: Connected,
        steps: Steps,
        wiring: Wiring,
    ) -> Self {
        let Connected { origin, target, default_format, mirror } = connected;
        let format = steps.format.unwrap_or(default_format);
        Self {
            workflow_id,
            action,
            origin,
            target,
            transform: Transform { logics: steps.logics, format },
            callback: steps.callback,
            persist: steps.persist,
            watchers: Vec::new(),
            stop: Stop::new(),
            wiring,
            incremental: None,
            mirror,
        }
    }

    /// Delivers only what this workflow has not delivered yet.
    pub fn make_incremental(&mut self, incremental: Incremental) {
        self.incremental = Some(incremental);
    }

    /// Adds somebody who is told of every event.
    pub fn watch(&mut self, watcher: impl FnMut(&Event) + Send + 'static) {
        self.watchers.push(Box::new(watcher));
    }

    /// What ends the run early.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// The workflow's name.
    pub fn workflow_id(&self) -> &str {
        &self.workflow_id
    }

    /// The action's name.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// Whether the run will write.
    pub fn persist(&self) -> Persist {
        self.persist
    }

    /// Every way in which an item can end at the target.
    pub fn outcomes(&self) -> &'static [Outcome] {
        self.target.outcomes()
    }

    /// Asks both ends whether they would answer. Moves nothing.
    pub async fn check(&self) -> [Checked; 2] {
        let (origin, target) = futures::join!(self.origin.check(), self.target.check());
        [
            Checked { service: self.origin.name(), answer: origin },
            Checked { service: self.target.name(), answer: target },
        ]
    }

    /// Reads, applies the logics, formats, writes and calls back.
    pub async fn run(self) -> RunResult {
        let (run_id, started_at, began) = (RunId::new(), Timestamp::now(), Instant::now());
        // Parts of the plan are borrowed, never the whole: functions that users write may be called
        // by one thread only, and the run may move from one thread to another.
        let ends = (&*self.origin, &*self.target);
        let opened = match self.incremental.as_ref() {
            Some(memory) => Delivered::open(memory, &self.workflow_id, &run_id, self.persist, ends)
                .await
                .map(Some),
            None => Ok(None),
        };
        let delivered = match opened {
            Ok(delivered) => delivered,
            Err(refusal) => return self.refused(run_id, started_at, refusal),
        };
        let mut outcomes = self.target.outcomes().to_vec();
        outcomes.extend(delivered.as_ref().map(|_| Outcome::Unchanged));
        let recorder = Recorder::new(&outcomes, self.watchers);
        self.wiring.connect_recorder(recorder.clone());
        let writes = self.persist == Persist::Write;
        let engine = Engine {
            origin: &*self.origin,
            target: &*self.target,
            recorder: &recorder,
            stop: &self.stop,
            persist: self.persist,
            write_concurrency: self.wiring.write_concurrency.try_into().unwrap_or(usize::MAX),
            keep: writes && self.callback.is_some(),
            delivered: delivered.as_ref(),
            listed: self.mirror.as_ref().map(|_| Mutex::default()),
        };
        let (mut reading, items) = engine.move_items(self.transform).boxed().await;
        if let Some(rules) = self.mirror.as_ref().filter(|_| writes) {
            engine.conclude(rules, &mut reading).boxed().await;
        }
        if let Some(callback) = self.callback.filter(|_| writes) {
            engine.call_back(callback, items).boxed().await;
        }
        let incremental = delivered.is_some();
        let token = match delivered {
            Some(delivered) => {
                let whole = reading.complete && !recorder.counts().has_failures();
                let whole_since = (writes && whole).then_some(started_at);
                save(delivered.close(whole_since, self.persist).await, &recorder)
            }
            None => None,
        };
        let counts = recorder.counts();
        let withheld = counts.withheld.clone();
        let (status, reason) = counts.verdict();
        let result = RunResult {
            workflow_id: self.workflow_id,
            action: self.action.to_owned(),
            run_id,
            status,
            reason,
            message: self.stop.reason().or(reading.remark).or(withheld),
            incremental,
            incremental_token: token,
            events: counts.events,
            outcomes: counts.outcomes,
            complete: reading.complete,
            started_at,
            duration_ms: began.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
        };
        log_end(&result);
        result
    }
}

impl Plan {
    fn refused(self, run_id: RunId, started_at: Timestamp, refusal: Refusal) -> RunResult {
        let Counts { events, outcomes, .. } = Counts::of(self.target.outcomes());
        RunResult {
            workflow_id: self.workflow_id,
            action: self.action.to_owned(),
            run_id,
            status: Status::Fatal,
            reason: refusal.reason,
            message: Some(refusal.message),
            incremental: true,
            incremental_token: None,
            events,
            outcomes,
            complete: false,
            started_at,
            duration_ms: 0,
        }
    }
}

/// The token as text; a state that could not be saved is an event of the run.
fn save(saved: Result<IncrementalToken, StoreError>, recorder: &Recorder) -> Option<String> {
    match saved {
        Ok(token) => serde_json::to_string(&token).ok(),
        Err(error) => {
            recorder.record(&Event::StateNotSaved { why: api_client::chain(&error) });
            None
        }
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Plan({} of {})", self.action, self.workflow_id)
    }
}

/// What one end answered when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The end's name.
    pub service: &'static str,
    /// What it said, or why it would not work.
    pub answer: Result<String, String>,
}

struct Engine<'a> {
    origin: &'a dyn Origin,
    target: &'a dyn Target,
    recorder: &'a Recorder,
    stop: &'a Stop,
    persist: Persist,
    write_concurrency: usize,
    /// Whether a callback wants the formatted items.
    keep: bool,
    delivered: Option<&'a Delivered>,
    /// Every reference that was read, where a mirror needs to know.
    listed: Option<Mutex<HashSet<Box<str>>>>,
}

impl Engine<'_> {
    /// Reads, applies the logics, formats and writes, all at the same time.
    async fn move_items(&self, transform: Transform) -> (Reading, Vec<Item>) {
        let (batches, arriving) = mpsc::channel(BATCHES_WAITING);
        let kept = Mutex::new(Vec::new());
        let writer = Writer {
            delivered: self.delivered,
            target: self.target,
            recorder: self.recorder,
            stop: self.stop,
        };
        let writing = async {
            let formatted = self.formatted(arriving, transform);
            match self.persist {
                Persist::DryRun => formatted.for_each(|_| ready(())).await,
                Persist::Write => {
                    let keep = |item| {
                        self.keep_for_callback(&kept, item);
                        ready(())
                    };
                    let written = formatted
                        .map(|formatted| writer.write(formatted).boxed())
                        .buffer_unordered(self.write_concurrency);
                    written.for_each(keep).await;
                }
            }
        };
        let (reading, ()) = futures::join!(self.read(batches).boxed(), writing.boxed());
        (reading, kept.into_inner().unwrap_or_default())
    }

    async fn read(&self, batches: mpsc::Sender<Vec<Item>>) -> Reading {
        let read = tokio::select! {
            read = self.origin.read(batches, self.recorder.clone()) => read,
            () = self.stop.asked() => return Reading { complete: false, remark: None },
        };
        read.unwrap_or_else(|ReadFailure(why)| {
            self.recorder.record(&Event::ReadFailed { why: why.clone() });
            Reading { complete: false, remark: Some(why) }
        })
    }

    /// The items that the logics keep and the format succeeds on, as they arrive.
    fn formatted(
        &self,
        arriving: mpsc::Receiver<Vec<Item>>,
        transform: Transform,
    ) -> BoxStream<'_, Formatted> {
        stream::unfold((arriving, transform), move |(mut arriving, transform)| {
            async move {
                let batch = arriving.recv().await?;
                self.recorder.record(&Event::Read { items: batch.len() as u64 });
                let (formatted, transform) = self.transform(batch, transform).await?;
                Some((stream::iter(formatted), (arriving, transform)))
            }
            .boxed()
        })
        .flatten()
        .boxed()
    }

    /// The user's functions may take their time, so they run beside the runtime.
    async fn transform(
        &self,
        batch: Vec<Item>,
        mut transform: Transform,
    ) -> Option<(Vec<Formatted>, Transform)> {
        let named =
            batch.into_iter().map(|item| (self.origin.reference(&item), item)).collect::<Vec<_>>();
        if let Some(Ok(mut listed)) = self.listed.as_ref().map(Mutex::lock) {
            listed.extend(
                named.iter().filter_map(|(reference, _)| reference.as_deref()).map(Box::from),
            );
        }
        let recorder = self.recorder.clone();
        let look = self.delivered.map(Delivered::looker);
        let apply = move || {
            let mut apply = |(reference, item): (Option<String>, Item)| {
                let print = match look.as_ref().map(|look| look(reference.as_deref(), &item)) {
                    None => None,
                    Some(Seen::Never(print)) => Some(print),
                    Some(Seen::Before) => {
                        let outcome = Outcome::Unchanged;
                        return Err(Event::Written { reference, outcome });
                    }
                };
                let formatted = transform.apply(item, reference)?;
                Ok(Formatted { print, ..formatted })
            };
            let results = named.into_iter().map(&mut apply).collect::<Vec<_>>();
            (results, transform)
        };
        // The functions' own panics are caught, so this thread cannot end by one.
        let (results, transform) = tokio::task::spawn_blocking(apply).await.ok()?;
        let keep =
            |result: Result<Formatted, Event>| result.map_err(|event| recorder.record(&event)).ok();
        Some((results.into_iter().filter_map(keep).collect(), transform))
    }

    /// Archives what a mirror has that the origin lists no more.
    async fn conclude(&self, rules: &MirrorRules, reading: &mut Reading) {
        let (Some(delivered), Some(listed)) = (self.delivered, &self.listed) else { return };
        if !reading.complete || self.stop.reason().is_some() {
            let remark = reading.remark.take().unwrap_or_else(|| "not read whole".to_owned());
            reading.remark = Some(format!("{remark}; nothing was archived"));
            return;
        }
        let mirror = Mirror {
            rules,
            origin: self.origin,
            target: self.target,
            delivered,
            recorder: self.recorder,
            stop: self.stop,
            concurrency: self.write_concurrency,
        };
        let listed =
            listed.lock().map(|mut listed| std::mem::take(&mut *listed)).unwrap_or_default();
        if let Err(error) = mirror.archive_vanished(&listed).await {
            self.recorder.record(&Event::StateNotSaved { why: api_client::chain(&error) });
        }
    }

    fn keep_for_callback(&self, kept: &Mutex<Vec<Item>>, item: Item) {
        if self.keep
            && let Ok(mut kept) = kept.lock()
        {
            kept.push(item);
        }
    }

    async fn call_back(&self, callback: Callback, items: Vec<Item>) {
        let Counts { events, outcomes, .. } = self.recorder.counts();
        let finished = Finished {
            origin_parameters: self.origin.parameters(),
            target_parameters: self.target.parameters(),
            events,
            outcomes,
            items,
        };
        let call = move || guarded(|| callback(finished));
        let result = tokio::task::spawn_blocking(call).await;
        self.recorder.record(&match result {
            Ok(Ok(())) => Event::CallbackExecuted,
            Ok(Err(why)) => Event::CallbackFailed { why },
            Err(error) => Event::CallbackFailed { why: error.to_string() },
        });
    }
}
