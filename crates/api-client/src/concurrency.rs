//! How many calls are in flight: grown while the service keeps its pace, halved when it does not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::stated::share;

/// Where growth begins.
const START: usize = 4;
/// An answer that takes so many times the usual, and at least [`NOTICEABLE`] more, says that the
/// service has too much to do.
const RISEN: u32 = 4;
const NOTICEABLE: Duration = Duration::from_millis(250);

/// A bound on calls in flight that adapts between 1 and a ceiling.
///
/// It starts low and doubles with each round of answers until the first sign of too much (429,
/// 503, or answers that take much longer than before); that halves it, and from there on it grows
/// by one with each round.
#[derive(Debug)]
pub struct Concurrency {
    ceiling: usize,
    slots: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Slots to withdraw as they come back.
    surplus: usize,
    doubling: bool,
    answers: usize,
    usual: Option<Duration>,
    smoothed: Duration,
    halved_at: Option<Instant>,
}

/// One call's place. Dropping it gives the place back and says nothing about the service.
#[derive(Debug)]
pub struct Permit<'a> {
    of: &'a Concurrency,
    slot: Option<SemaphorePermit<'a>>,
    began: Instant,
}

impl Concurrency {
    /// A bound that never exceeds `ceiling`, which is at least 1.
    pub fn up_to(ceiling: usize) -> Self {
        let ceiling = ceiling.clamp(1, Semaphore::MAX_PERMITS);
        let limit = START.min(ceiling);
        let state = State {
            limit,
            surplus: 0,
            doubling: true,
            answers: 0,
            usual: None,
            smoothed: Duration::ZERO,
            halved_at: None,
        };
        Self { ceiling, slots: Semaphore::new(limit), state: Mutex::new(state) }
    }

    /// The most that will ever be in flight.
    pub fn ceiling(&self) -> usize {
        self.ceiling
    }

    /// The bound at present.
    pub fn limit(&self) -> usize {
        self.state().limit
    }

    /// Waits for a place.
    pub async fn enter(&self) -> Permit<'_> {
        // The semaphore is never closed, so a place always comes.
        let slot = self.slots.acquire().await.ok();
        Permit { of: self, slot, began: Instant::now() }
    }

    fn grow(&self, took: Duration) {
        let mut state = self.state();
        state.note(took);
        if state.has_slowed() {
            state.halve();
            return;
        }
        state.answers = state.answers.saturating_add(1);
        let round = if state.doubling { 1 } else { state.limit };
        if state.answers >= round && state.limit < self.ceiling {
            state.answers = 0;
            state.limit = state.limit.saturating_add(1);
            if state.surplus > 0 {
                state.surplus = state.surplus.saturating_sub(1);
            } else {
                self.slots.add_permits(1);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The service answered in its usual time.
    pub fn answered(self) {
        self.of.grow(self.began.elapsed());
    }

    /// The service said that it has too much to do.
    pub fn refused(self) {
        self.of.state().halve();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.of.state();
        if state.surplus > 0 {
            state.surplus = state.surplus.saturating_sub(1);
            if let Some(slot) = self.slot.take() {
                slot.forget();
            }
        }
    }
}

impl State {
    fn note(&mut self, took: Duration) {
        self.smoothed =
            if self.smoothed.is_zero() { took } else { follow(self.smoothed, took, 0.125) };
        // The usual time follows a slower service, but a hundred times more slowly.
        let usual = self.usual.unwrap_or(took);
        self.usual = Some(if took < usual { took } else { follow(usual, took, 0.001) });
    }

    fn has_slowed(&self) -> bool {
        let risen = |usual: Duration| usual.saturating_mul(RISEN).saturating_add(NOTICEABLE);
        self.usual.is_some_and(|usual| self.smoothed > risen(usual))
    }

    /// Halves at most once in the time that one round of answers takes.
    fn halve(&mut self) {
        let round = self.smoothed.max(Duration::from_millis(100));
        if self.halved_at.is_some_and(|at| at.elapsed() < round) {
            return;
        }
        let half = (self.limit / 2).max(1);
        self.surplus = self.surplus.saturating_add(self.limit.saturating_sub(half));
        self.limit = half;
        self.doubling = false;
        self.answers = 0;
        self.halved_at = Some(Instant::now());
    }
}

/// A time a little nearer to another.
fn follow(time: Duration, other: Duration, by: f64) -> Duration {
    time.saturating_sub(share(time, by)).saturating_add(share(other, by))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps every place busy with answers of the given length, and gives the bound at the end.
    async fn drive(bound: &Concurrency, answers: usize, took: Duration) -> usize {
        let workers = (0..bound.ceiling()).map(|_| async {
            for _ in 0..answers {
                let permit = bound.enter().await;
                tokio::time::sleep(took).await;
                permit.answered();
            }
        });
        futures::future::join_all(workers).await;
        bound.limit()
    }

    #[tokio::test(start_paused = true)]
    async fn it_grows_to_the_ceiling_within_a_few_rounds() {
        let bound = Concurrency::up_to(32);
        let began = Instant::now();
        assert_eq!(drive(&bound, 4, Duration::from_millis(200)).await, 32);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_halves_once_for_all_in_flight() {
        let bound = Concurrency::up_to(32);
        drive(&bound, 4, Duration::from_millis(200)).await;
        let mut permits = Vec::new();
        for _ in 0..32 {
            permits.push(bound.enter().await);
        }
        permits.into_iter().for_each(Permit::refused);
        assert_eq!(bound.limit(), 16);
        let held = futures::future::join_all((0..16).map(|_| bound.enter())).await;
        assert_eq!(held.len(), 16);
        assert_eq!(bound.slots.available_permits(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn rising_latency_halves() {
        let bound = Concurrency::up_to(8);
        drive(&bound, 4, Duration::from_millis(50)).await;
        assert_eq!(bound.limit(), 8);
        drive(&bound, 2, Duration::from_secs(3)).await;
        assert!(bound.limit() < 8, "{}", bound.limit());
    }

    #[tokio::test(start_paused = true)]
    async fn one_is_always_left() {
        let bound = Concurrency::up_to(4);
        for _ in 0..10 {
            tokio::time::advance(Duration::from_secs(1)).await;
            bound.enter().await.refused();
        }
        assert_eq!(bound.limit(), 1);
        bound.enter().await.answered();
    }
}
