//! What surrounds the reading of a mirror: its target's list before it, and what vanished after it.

use std::collections::HashSet;
use std::time::Instant;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use jiff::Timestamp;
use store::{Known, StoreError};
use tokio::sync::mpsc;

use super::context::{Context, Work};
use super::sources::send_works;
use crate::decide::{
    self, BoardState, Candidates, Confirmed, Missed, Row, SeenIds, Withheld, check_limit, doubt_of,
    refutation,
};
use crate::record::{Absences, DeliveryLedger, RECOVERED};
use crate::{
    Attempt, Confirm, Coverage, EndError, Ending, Event, Held, Key, LeftSearch, MirrorRules, Op,
    OpKind, Phase, Requires, Scope, Select, Selects, Stage, Step, StepError,
};

/// So many items are confirmed before it is looked whether they are too many.
const CONFIRMED_AT_A_TIME: usize = 200;

/// A mirror in progress.
pub(crate) struct Mirror<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) rules: &'a MirrorRules,
    pub(crate) ledger: &'a DeliveryLedger,
    pub(crate) select: Select,
}

/// What is to be archived, and what has become of the rest.
#[derive(Default)]
struct Decision {
    steps: Vec<Work>,
    /// They still exist: the origin is not asked for them again for a while.
    alive: Vec<String>,
}

/// What the origin says of an item that it did not list.
enum Answer {
    Gone,
    Alive(Selects),
    Failed(EndError),
}

impl Mirror<'_> {
    /// Compares the target's list with what was delivered, where that is due; and where a mirror
    /// begins, finds which of the target's items are its own.
    pub(crate) async fn verify(&self) -> BoardState {
        let now = Timestamp::now();
        let adopts = self.select == Select::Vanished || !self.ledger.is_adoption_done();
        let is_due = self.select == Select::Listed
            && self.rules.verify.is_due(self.ledger.verified_at(), now);
        if !adopts && !is_due {
            return BoardState::default();
        }
        self.context.observer.record(&Event::Phase { phase: Phase::Verifying, items: None });
        let (listed, held) = mpsc::channel::<Vec<Held>>(1);
        let (list, mut board) =
            futures::join!(self.context.target.list(listed), self.observe(held, adopts));
        match list {
            Ok(()) => {
                board.finish(&*self.ledger.snapshot().await);
                let saved = self.ledger.finish_verification(now).await;
                self.context.stop_on_store_failure(saved);
            }
            Err(_) if self.context.stop.is_asked() => {}
            Err(EndError { scope: Scope::Item, message, .. }) if !adopts => {
                tracing::warn!(error = message, "the target's list was not read whole");
            }
            Err(error) => self.stop_reading(&error),
        }
        if self.select == Select::Vanished {
            return BoardState::default();
        }
        let drifted = board.counts();
        if !drifted.is_none() {
            self.context.observer.record(&Event::Drifted(drifted));
        }
        board
    }

    fn stop_reading(&self, error: &EndError) {
        let message = format!("could not read what the target holds: {error}");
        self.context.note_read_failure(&message);
        self.context.stop_for(&EndError { message, ..error.clone() });
    }

    async fn observe(&self, mut held: mpsc::Receiver<Vec<Held>>, adopts: bool) -> BoardState {
        let mut board = BoardState::default();
        while let Some(batch) = held.recv().await {
            for held in &batch {
                let Some(reference) = held.reference.as_deref() else {
                    if !held.is_whole {
                        board.note_nameless();
                    }
                    continue;
                };
                let row = board.observe(&*self.ledger.snapshot().await, reference, held);
                match row {
                    Row::Learn => self.ledger.note_version(reference, held.version).await,
                    Row::Foreign if self.is_own(held, adopts) => {
                        self.ledger.adopt(std::iter::once(reference)).await;
                        board.note_seen(reference);
                    }
                    Row::Foreign | Row::AsDelivered | Row::Drifted(_) => {}
                }
                self.context.observer.record(&Event::Checked);
            }
        }
        board
    }

    /// Whether an item that the ledger does not know is this mirror's all the same.
    fn is_own(&self, held: &Held, adopts: bool) -> bool {
        let claims = held.claims;
        let is_free = adopts && !claims.others;
        !held.is_retired && (claims.ours || is_free) && self.context.origin.made(held)
    }

    /// Archives what a complete reading has not listed. `in_doubt` are the items that an
    /// interrupted process was about to archive.
    pub(crate) async fn archive_vanished(
        &self,
        seen: &SeenIds,
        in_doubt: &HashSet<Key>,
        coverage: &mut Coverage,
    ) {
        if !coverage.complete || self.context.stop.is_asked() {
            let warning = coverage.warning.take().unwrap_or_else(|| "not read whole".to_owned());
            coverage.warning = Some(format!("{warning}; nothing was archived"));
            return;
        }
        let archived = self.vanished(seen, in_doubt, coverage).await;
        self.context.stop_on_store_failure(archived);
    }

    async fn vanished(
        &self,
        seen: &SeenIds,
        in_doubt: &HashSet<Key>,
        coverage: &mut Coverage,
    ) -> Result<(), StoreError> {
        let context = self.context;
        let is_reset = self.ledger.is_reset();
        let (owned, adopted) = {
            let ledger = self.ledger.snapshot().await;
            let adopted = ledger.entries().filter(|(_, known)| *known == Known::Adopted);
            (ledger.len() as u64, adopted.count() as u64)
        };
        // What another filter has delivered, or what was only found at the target, says nothing
        // about what this one should list.
        let doubt = doubt_of(seen.listed.len() as u64, owned - adopted, self.rules);
        if let Some(withheld) = doubt.filter(|_| !is_reset || seen.listed.is_empty()) {
            context.observer.record(&Event::Withheld(withheld));
            return Ok(());
        }
        let before = self.ledger.absences().await?;
        let Missed { mut absences, candidates, pending } = decide::missed(
            &*self.ledger.snapshot().await,
            seen,
            &before,
            (self.rules, is_reset),
            (context.run_id, Timestamp::now()),
        );
        self.ledger.save_absences(&absences).await?;
        context.observer.record(&Event::Pending { items: pending });
        match self.confirmed(candidates, in_doubt, owned).await {
            Ok(Decision { steps, alive }) => {
                note_alive(&mut absences, &alive);
                if !alive.is_empty() {
                    self.ledger.save_absences(&absences).await?;
                }
                self.archive(steps).await;
                if !context.stop.is_asked() {
                    self.ledger.commit_identity();
                }
            }
            Err(NotConfirmed::Limit(withheld)) => {
                context.observer.record(&Event::Withheld(withheld));
            }
            Err(NotConfirmed::Refuted(withheld)) => {
                // A reading that was wrong has missed nothing.
                self.ledger.save_absences(&before).await?;
                coverage.complete = false;
                context.observer.record(&Event::Withheld(withheld));
            }
        }
        Ok(())
    }

    /// Asks the origin for what it did not list, and decides what may be archived.
    async fn confirmed(
        &self,
        candidates: Candidates,
        in_doubt: &HashSet<Key>,
        owned: u64,
    ) -> Result<Decision, NotConfirmed> {
        let Candidates { mut delivered, filtered_out, adopted, mut left } =
            self.without_settled(candidates);
        let mut verdict = Decision::default();
        if self.rules.left_search == LeftSearch::Archive {
            delivered.append(&mut left);
        }
        let (mut confirmed, filtered) = (Confirmed::default(), filtered_out.len() as u64);
        let to_ask = match self.rules.confirm {
            Confirm::Detail => {
                let adopted_ids: HashSet<String> = adopted.iter().cloned().collect();
                delivered.extend(adopted);
                Asked { ids: std::mem::take(&mut delivered), adopted: adopted_ids }
            }
            // What was only found at the target may be another workflow's: the origin tells.
            Confirm::Listing => Asked { adopted: adopted.iter().cloned().collect(), ids: adopted },
        };
        let by_listing = delivered.len() as u64;
        self.phase(Phase::Confirming, to_ask.ids.len());
        for ids in to_ask.ids.chunks(CONFIRMED_AT_A_TIME) {
            self.confirm(ids, &to_ask.adopted, in_doubt, &mut confirmed, &mut verdict).await;
            self.check(confirmed.gone + by_listing + filtered, owned)?;
        }
        if let Some(withheld) = refutation(confirmed) {
            return Err(NotConfirmed::Refuted(withheld));
        }
        self.check(confirmed.gone + by_listing + filtered, owned)?;
        let unclaimed = delivered.iter().chain(&filtered_out);
        verdict.steps.extend(unclaimed.map(|id| retiring(id, Requires::Unclaimed, in_doubt)));
        Ok(verdict)
    }

    fn check(&self, gone: u64, owned: u64) -> Result<(), NotConfirmed> {
        check_limit(gone, owned, self.rules).map_or(Ok(()), |why| Err(NotConfirmed::Limit(why)))
    }

    /// What an interrupted process of this run has archived is not archived again.
    fn without_settled(&self, candidates: Candidates) -> Candidates {
        let recovered = &self.context.progress.recovered;
        let open = |ids: Vec<String>| -> Vec<String> {
            let is_open =
                |id: &String| !recovered.is_settled(&Key::Id(id.as_str().into()), OpKind::Retire);
            if recovered.is_empty() { ids } else { ids.into_iter().filter(is_open).collect() }
        };
        let Candidates { delivered, filtered_out, adopted, left } = candidates;
        Candidates {
            delivered: open(delivered),
            filtered_out: open(filtered_out),
            adopted: open(adopted),
            left: open(left),
        }
    }

    /// Asks the origin for some items, and sorts them by its answers.
    async fn confirm(
        &self,
        ids: &[String],
        adopted: &HashSet<String>,
        in_doubt: &HashSet<Key>,
        confirmed: &mut Confirmed,
        verdict: &mut Decision,
    ) {
        for (id, answer) in self.answers(ids).await {
            match answer {
                Answer::Gone => {
                    confirmed.gone += 1;
                    verdict.steps.push(retiring(&id, Requires::Absent, in_doubt));
                }
                // It was found at the target, and is not this mirror's: it does not list it.
                Answer::Alive(_) if adopted.contains(&id) => self.ledger.forget(&id).await,
                Answer::Alive(Selects::No) if self.rules.left_search == LeftSearch::Archive => {
                    verdict.steps.push(retiring(&id, Requires::Unclaimed, in_doubt));
                }
                Answer::Alive(selects) => {
                    confirmed.contradicted += u64::from(selects == Selects::Yes);
                    verdict.alive.push(id);
                }
                Answer::Failed(error) => self.not_confirmed(&id, error).await,
            }
        }
    }

    async fn answers(&self, ids: &[String]) -> Vec<(String, Answer)> {
        let asked: Vec<BoxFuture<'_, Option<(String, Answer)>>> =
            ids.iter().map(|id| self.answer(id).boxed()).collect();
        let asked = stream::iter(asked).buffered(self.context.concurrency);
        asked.filter_map(std::future::ready).collect().await
    }

    async fn answer(&self, id: &str) -> Option<(String, Answer)> {
        if self.context.stop.is_asked() {
            return None;
        }
        let answer = match self.context.origin.find(id).await {
            Ok(None) => Answer::Gone,
            Ok(Some(item)) => Answer::Alive(self.context.origin.selects(&item)),
            Err(error) => Answer::Failed(error),
        };
        self.context.observer.record(&Event::Checked);
        Some((id.to_owned(), answer))
    }

    async fn not_confirmed(&self, id: &str, error: EndError) {
        let key = Key::Id(id.into());
        let ending = Ending::Failed(StepError { stage: Stage::Write, error });
        if self.context.is_cut_short(&ending) {
            return;
        }
        self.context.settle_early((&key, OpKind::Retire), Some(id), &ending).await;
    }

    async fn archive(&self, steps: Vec<Work>) {
        self.phase(Phase::Archiving, steps.len());
        let context = self.context;
        let send = |out| {
            async move {
                send_works(context, steps, &out).await;
            }
            .boxed()
        };
        context.pass(send).await;
    }

    fn phase(&self, phase: Phase, items: usize) {
        if items > 0 {
            let items = Some(items as u64);
            self.context.observer.record(&Event::Phase { phase, items });
        }
    }
}

/// The items that the origin is asked for.
struct Asked {
    ids: Vec<String>,
    /// Those of them that were found at the target.
    adopted: HashSet<String>,
}

/// Why nothing is archived.
enum NotConfirmed {
    Limit(Withheld),
    Refuted(Withheld),
}

fn retiring(id: &str, requires: Requires, in_doubt: &HashSet<Key>) -> Work {
    let key = Key::Id(id.into());
    let is_in_doubt = in_doubt.contains(&key);
    let attempt = if is_in_doubt { Attempt::InDoubt } else { Attempt::First };
    Work {
        step: Step { key, op: Op::Retire, fingerprint: None, attempt, requires },
        intent: is_in_doubt.then_some(RECOVERED),
        confirmed_at: (requires == Requires::Absent).then(Instant::now),
    }
}

fn note_alive(absences: &mut Absences, alive: &[String]) {
    let now = Timestamp::now();
    for id in alive {
        if let Some(absence) = absences.get_mut(id) {
            absence.alive_at = Some(now);
        }
    }
}
