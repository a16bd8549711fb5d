//! The pace that a service allows: learned from its answers, kept by everybody who shares it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use tokio::time::{Instant, sleep_until};

use crate::stated::{interval, later};
use crate::{StatedDuration, StatedRate};

/// The share of the allowance that is used. Calls leave evenly spaced, so that a little room is
/// enough for what the network does to the spacing.
const UTILISATION: f64 = 0.975;
/// A caller that comes late may take a slot from this far back.
const CATCH_UP: Duration = Duration::from_millis(50);
/// After so many answers a refusal stands alone; before, it counts with the last one.
const CALM: u32 = 50;
/// After so many answers without a refusal, an allowance that was only guessed is tried higher.
const PROBE: u32 = 300;
/// A rate is not read off less time than this.
const SHORTEST_LOOK: Duration = Duration::from_millis(100);
/// How much the latest answer counts in the share of refusals.
const NEWEST: f64 = 0.1;
/// Where no limit is known, a smaller share of refusals does not show one.
const SHOWS_A_LIMIT: f64 = 0.2;
/// Over so long the rate of answers is taken.
const LOOK: Duration = Duration::from_secs(5);
/// For so long the busiest [`LOOK`] is remembered: half of its rate is surely allowed, and up to
/// its rate a lowered pace recovers quickly, so that refusals that have nothing to do with the
/// rate do not lower it without end.
const MEMORY: Duration = Duration::from_mins(1);
const RECOVERY: f64 = 1.002;
const SURELY_ALLOWED: f64 = 0.5;
/// A process without a part of the allowance looks again after so long.
const NO_SHARE: Duration = Duration::from_millis(100);
/// The slowest pace that refusals can lead to, in calls a second.
const SLOWEST: f64 = StatedRate::SLOWEST;
/// Names the allowance in calls a second, one header for each limiter of the gateway.
const REPLENISH_RATE: &str = "x-ratelimit-replenish-rate";

/// One budget of calls, shared by everybody who calls with the same account.
///
/// Calls leave evenly spaced. A refusal (429) lowers the rate and pauses everybody for the time
/// that the service names; answers raise it again slowly. `X-Ratelimit-Replenish-Rate…` headers
/// state the allowance and are believed.
#[derive(Debug)]
pub struct Pace {
    state: Mutex<State>,
    /// Held by the caller whose turn is next. A slot is taken when it has come and not before, so
    /// that a caller who gives up waiting leaves it to the next.
    turn: tokio::sync::Mutex<()>,
}

/// What came of waiting for a turn.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    /// The call may leave now.
    Admitted(Admission),
    /// The service has asked everybody to wait for so long.
    Paused(Duration),
}

/// Leave to make one call.
#[derive(Clone, Copy, Debug)]
pub struct Admission {
    epoch: u64,
}

#[derive(Debug)]
struct State {
    /// Calls a second now; none while no limit has shown itself.
    rate: Option<f64>,
    /// What the service is believed to allow.
    allowance: Option<f64>,
    /// What it has said it allows.
    told: Option<f64>,
    /// The user's own cap.
    most: Option<f64>,
    /// Whether nothing was known of the allowance at the beginning.
    is_open: bool,
    /// The share of refusals lately, from 0 to 1.
    refused: f64,
    /// The part of the rate that this process may use, from 0 to 1.
    share: f64,
    /// How many calls wait for their turn, and when the last one had it.
    waiting: usize,
    last_turn: Option<Instant>,
    next_slot: Instant,
    paused_until: Instant,
    /// Counts changes of the rate; a call admitted before the last one says nothing new.
    epoch: u64,
    calm: u32,
    refusals: u32,
    answered: VecDeque<Instant>,
    /// The busiest time lately: its end, and its answers a second.
    busiest: Option<(Instant, f64)>,
}

impl Pace {
    /// No limit until the service shows one.
    pub fn unlimited() -> Self {
        Self::new(None, None)
    }

    /// Starts at an allowance, in calls a second, that the service is believed to give. Its
    /// headers may state another, higher or lower.
    pub fn starting_at(allowance: f64) -> Self {
        Self::new(Some(allowance), None)
    }

    /// Never more than so many calls a second, whatever the service allows.
    pub fn at_most(calls_per_second: f64) -> Self {
        Self::new(None, Some(calls_per_second))
    }

    fn new(allowance: Option<f64>, most: Option<f64>) -> Self {
        let now = Instant::now();
        let mut state = State {
            rate: None,
            allowance,
            told: None,
            most,
            is_open: allowance.is_none(),
            refused: 0.0,
            share: 1.0,
            waiting: 0,
            last_turn: None,
            next_slot: now,
            paused_until: now,
            epoch: 0,
            calm: 0,
            refusals: 0,
            answered: VecDeque::new(),
            busiest: None,
        };
        state.rate = state.cruise();
        Self { state: Mutex::new(state), turn: tokio::sync::Mutex::new(()) }
    }

    /// Waits for this call's turn. A pause is not waited for: whether it is worth that depends on
    /// the caller's patience.
    pub async fn admit(&self) -> Turn {
        let _waiting = Waiting::of(self);
        let _turn = self.turn.lock().await;
        loop {
            let pause = self.pause();
            if !pause.is_zero() {
                return Turn::Paused(pause);
            }
            let slot = match self.state().take_slot(Instant::now()) {
                Ok(admission) => return Turn::Admitted(admission),
                Err(slot) => slot,
            };
            sleep_until(slot).await;
        }
    }

    /// Uses only a part of the rate from now on, from 0 to 1: other processes use the rest. Without
    /// a part, calls wait.
    pub fn set_share(&self, share: f64) {
        let share = share.clamp(0.0, 1.0);
        let mut state = self.state();
        if share > state.share
            && let Some(interval) = state.interval_at(share)
        {
            // The next call need not wait as long as the smaller part would have it.
            state.next_slot = state.next_slot.min(later(Instant::now(), interval));
        }
        state.share = share;
    }

    /// Whether calls wait for their turn, or one had it within so long.
    pub fn is_in_use(&self, within: Duration) -> bool {
        let state = self.state();
        let was_lately = |at: Instant| at.elapsed() < within;
        state.waiting > 0 || state.last_turn.is_some_and(was_lately)
    }

    /// Learns the allowance from the headers of an answer.
    pub fn learn(&self, headers: &HeaderMap) {
        let told = headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with(REPLENISH_RATE))
            .filter_map(|(_, value)| StatedRate::parse(value.to_str().ok()?))
            .map(StatedRate::get)
            .reduce(f64::min);
        if let Some(told) = told {
            self.state().set_allowance(told, Instant::now());
        }
    }

    /// The service answered within its allowance.
    pub fn kept(&self) {
        self.state().answered(Instant::now());
    }

    /// The service refused the call as too many, and perhaps said for how long: then everybody
    /// pauses.
    pub fn on_throttled(&self, admission: Admission, after: Option<StatedDuration>) {
        let now = Instant::now();
        let mut state = self.state();
        // Who is asked back at once was not too fast.
        let is_too_fast = after.is_none_or(|after| !after.get().is_zero());
        if is_too_fast && admission.epoch == state.epoch {
            state.slow_down(now);
        }
        if let Some(after) = after {
            let until = later(now, after.get());
            state.paused_until = state.paused_until.max(until);
            state.next_slot = state.next_slot.max(until);
        }
    }

    /// How long everybody waits from now because the service asked for it.
    pub fn pause(&self) -> Duration {
        self.state().paused_until.saturating_duration_since(Instant::now())
    }

    /// Calls a second at present; none while no limit is known.
    pub fn rate(&self) -> Option<f64> {
        self.state().rate
    }

    /// Whether it is the service that makes calls wait for their turn, and not the user's own cap.
    pub(crate) fn is_bound_by_service(&self) -> bool {
        let state = self.state();
        match (state.rate, state.most) {
            (Some(rate), Some(most)) => rate < most,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that waits for its turn.
struct Waiting<'a>(&'a Pace);

impl<'a> Waiting<'a> {
    fn of(pace: &'a Pace) -> Self {
        let mut state = pace.state();
        state.waiting = state.waiting.saturating_add(1);
        drop(state);
        Self(pace)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting = state.waiting.saturating_sub(1);
    }
}

impl State {
    /// Takes the next slot where it has come; else, when that will be. A change of the rate
    /// meanwhile moves it.
    fn take_slot(&mut self, now: Instant) -> Result<Admission, Instant> {
        let slot = match self.rate {
            Some(_) => self.next_slot.max(now.checked_sub(CATCH_UP).unwrap_or(now)),
            None => now,
        };
        if slot > now {
            return Err(slot);
        }
        match (self.rate, self.interval_at(self.share)) {
            (None, _) => {}
            (Some(_), Some(interval)) => self.next_slot = later(slot, interval),
            // Nothing is left for this process at present.
            (Some(_), None) => return Err(later(now, NO_SHARE)),
        }
        self.last_turn = Some(now);
        Ok(Admission { epoch: self.epoch })
    }

    /// How far apart calls are with a part of the rate; none where it has no part.
    fn interval_at(&self, share: f64) -> Option<Duration> {
        let rate = self.rate.map(|rate| rate * share).filter(|rate| *rate > 0.0);
        rate.map(interval)
    }

    /// The rate to return to: a little below the allowance, never above the user's cap.
    fn cruise(&self) -> Option<f64> {
        let allowed = self.allowance.map(|allowance| allowance * UTILISATION);
        allowed.into_iter().chain(self.most).reduce(f64::min)
    }

    fn set_allowance(&mut self, told: f64, now: Instant) {
        if self.told == Some(told) {
            return;
        }
        self.told = Some(told);
        self.allowance = Some(told);
        self.change_rate(self.cruise(), now);
    }

    /// Changes the rate, from the next slot on.
    fn change_rate(&mut self, rate: Option<f64>, now: Instant) {
        self.rate = rate;
        self.epoch = self.epoch.wrapping_add(1);
        self.next_slot = rate.map_or(now, |rate| later(now, interval(rate)));
    }

    fn answered(&mut self, now: Instant) {
        self.calm = self.calm.saturating_add(1);
        self.refused *= 1.0 - NEWEST;
        self.answered.push_back(now);
        self.forget_before(now);
        self.note_busiest(now);
        if self.told.is_none() && self.calm > PROBE {
            self.probe();
        }
        if self.told.is_none() && self.is_open {
            self.recover();
        }
        if let (Some(rate), Some(cruise)) = (self.rate, self.cruise()) {
            self.rate = Some(if rate < cruise { rate + (cruise - rate) / 50.0 } else { cruise });
        }
    }

    /// Goes back to what was possible a while ago.
    fn recover(&mut self) {
        let (Some(rate), Some((_, busiest))) = (self.rate, self.busiest) else { return };
        if rate < busiest && self.most.is_none_or(|most| rate < most) {
            let rate = (rate * RECOVERY).min(busiest);
            self.rate = Some(rate);
            self.allowance = self.allowance.map(|allowance| allowance.max(rate / UTILISATION));
        }
    }

    /// A guessed allowance may be too low: tries two in a hundred more.
    fn probe(&mut self) {
        self.calm = PROBE.saturating_sub(100);
        self.allowance = self.allowance.map(|allowance| allowance * 1.02);
    }

    fn slow_down(&mut self, now: Instant) {
        self.refused += (1.0 - self.refused) * NEWEST;
        if self.rate.is_none() && self.refused < SHOWS_A_LIMIT {
            return;
        }
        self.refusals = if self.calm < CALM { self.refusals.saturating_add(1) } else { 1 };
        self.calm = 0;
        let rate = self.rate.unwrap_or_else(|| self.observed(now));
        if self.told.is_none_or(|told| told < rate) {
            self.allowance = Some(rate.max(SLOWEST));
        }
        let factor = match self.refusals {
            1 => UTILISATION,
            2 => 0.8,
            _ => 0.6,
        };
        let surely = self.busiest.map_or(SLOWEST, |(_, rate)| rate * SURELY_ALLOWED);
        let slower = (rate * factor).max(surely.min(rate)).max(SLOWEST);
        self.change_rate(Some(slower), now);
    }

    /// Answers a second, over the last while or as long as there are any.
    fn observed(&mut self, now: Instant) -> f64 {
        self.forget_before(now);
        self.answers_a_second(now, SHORTEST_LOOK).max(1.0)
    }

    fn answers_a_second(&self, now: Instant, shortest: Duration) -> f64 {
        let since = self.answered.front().map_or(Duration::ZERO, |at| now.duration_since(*at));
        let answers = u32::try_from(self.answered.len()).map_or(f64::MAX, f64::from);
        answers / since.max(shortest).as_secs_f64()
    }

    fn note_busiest(&mut self, now: Instant) {
        let rate = self.answers_a_second(now, Duration::from_secs(1));
        let stands = |(at, most): &(Instant, f64)| *most > rate && now.duration_since(*at) < MEMORY;
        if !self.busiest.as_ref().is_some_and(stands) {
            self.busiest = Some((now, rate));
        }
    }

    fn forget_before(&mut self, now: Instant) {
        let is_old = |at: &Instant| now.duration_since(*at) > LOOK;
        while self.answered.front().is_some_and(is_old) {
            self.answered.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A server's token bucket that is filled evenly.
    struct Bucket {
        rate: f64,
        level: f64,
        filled_at: Instant,
        refused: u32,
    }

    impl Bucket {
        fn take(&mut self) -> bool {
            let now = Instant::now();
            let gained = now.duration_since(self.filled_at).as_secs_f64() * self.rate;
            self.level = (self.level + gained).min(self.rate);
            self.filled_at = now;
            let granted = self.level >= 1.0;
            if granted {
                self.level -= 1.0;
            } else {
                self.refused += 1;
            }
            granted
        }
    }

    /// Waits also for what the service asks for.
    async fn admitted(pace: &Pace) -> Admission {
        loop {
            match pace.admit().await {
                Turn::Admitted(admission) => return admission,
                Turn::Paused(pause) => tokio::time::sleep(pause).await,
            }
        }
    }

    /// Calls with eight callers for a while; gives the answers a second and the refusals.
    async fn drive(pace: Pace, rate: f64, seconds: u64, headers: HeaderMap) -> (f64, u32) {
        let bucket = Bucket { rate, level: rate, filled_at: Instant::now(), refused: 0 };
        let bucket = Mutex::new(bucket);
        let granted = Mutex::new(0_u32);
        let end = Instant::now() + Duration::from_secs(seconds);
        let caller = async || {
            while Instant::now() < end {
                let admission = admitted(&pace).await;
                tokio::time::sleep(Duration::from_millis(30)).await;
                let taken = bucket.lock().unwrap().take();
                pace.learn(&headers);
                if taken {
                    pace.kept();
                    *granted.lock().unwrap() += 1;
                } else {
                    pace.on_throttled(admission, Some(StatedDuration::from_secs(1)));
                }
            }
        };
        futures::future::join_all((0..8).map(|_| caller())).await;
        let seconds = Duration::from_secs(seconds).as_secs_f64();
        (f64::from(granted.into_inner().unwrap()) / seconds, bucket.into_inner().unwrap().refused)
    }

    #[tokio::test(start_paused = true)]
    async fn the_allowance_is_used_and_hardly_exceeded() {
        let (rate, refused) = drive(Pace::starting_at(10.0), 10.0, 200, HeaderMap::new()).await;
        assert!(rate > 9.5, "{rate} a second");
        assert!(refused <= 10, "{refused} refusals");
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_of_the_allowance_is_kept_to() {
        let pace = Arc::new(Pace::starting_at(10.0));
        let calls = Arc::new(Mutex::new(0_u32));
        let (own, counted) = (pace.clone(), calls.clone());
        tokio::spawn(async move {
            loop {
                admitted(&own).await;
                *counted.lock().unwrap() += 1;
            }
        });
        let in_ten_seconds = async |share| {
            pace.set_share(share);
            let before = *calls.lock().unwrap();
            tokio::time::sleep(Duration::from_secs(10)).await;
            *calls.lock().unwrap() - before
        };
        for (share, expected) in [(1.0, 97), (0.5, 48), (0.0, 0), (0.1, 9), (1.0, 97)] {
            let counted = in_ten_seconds(share).await;
            assert!(counted.abs_diff(expected) <= 2, "{counted} with {share}");
        }
        assert!(pace.is_in_use(Duration::ZERO), "a call waits");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lower_allowance_is_found() {
        for allowed in [3.0, 4.0] {
            let (rate, refused) =
                drive(Pace::starting_at(10.0), allowed, 600, HeaderMap::new()).await;
            assert!(rate > 0.85 * allowed, "{rate} of {allowed} a second");
            assert!(refused <= 30, "{refused} refusals at {allowed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stated_allowance_is_kept_from_the_first_answer_on() {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-ratelimit-replenish-rate-clientidlimiter"),
            http::HeaderValue::from_static("4"),
        )]);
        let (rate, refused) = drive(Pace::starting_at(10.0), 4.0, 200, headers).await;
        assert!(rate > 3.8, "{rate} a second");
        assert!(refused <= 1, "{refused} refusals");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_limit_is_found_by_what_was_answered() {
        let (rate, refused) = drive(Pace::unlimited(), 20.0, 120, HeaderMap::new()).await;
        assert!(rate > 18.0, "{rate} a second");
        assert!(refused <= 80, "{refused} refusals");
    }

    #[tokio::test(start_paused = true)]
    async fn the_users_cap_holds() {
        let (rate, _) = drive(Pace::at_most(2.0), 10.0, 600, HeaderMap::new()).await;
        assert!((1.9..=2.1).contains(&rate), "{rate} a second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_gives_up_leaves_its_slot_to_the_next() {
        let pace = Pace::at_most(10.0);
        pace.admit().await;
        let began = Instant::now();
        let impatient = tokio::time::timeout(Duration::from_millis(50), pace.admit());
        assert!(impatient.await.is_err());
        pace.admit().await;
        assert!(began.elapsed() < Duration::from_millis(150));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody() {
        let pace = Pace::unlimited();
        let admission = admitted(&pace).await;
        pace.on_throttled(admission, Some(StatedDuration::from_secs(7)));
        let began = Instant::now();
        futures::future::join_all((0..3).map(|_| admitted(&pace))).await;
        assert!(began.elapsed() >= Duration::from_secs(7));
    }

    fn stating(rate: &str) -> HeaderMap {
        let name = http::HeaderName::from_static(REPLENISH_RATE);
        HeaderMap::from_iter([(name, rate.parse().unwrap())])
    }

    #[tokio::test(start_paused = true)]
    async fn an_allowance_that_cannot_be_meant_is_not_believed() {
        for slip in ["0.00001", "1e-19", "1e300", "NaN", "-1", "0"] {
            let (rate, _) = drive(Pace::starting_at(10.0), 10.0, 100, stating(slip)).await;
            assert!(rate > 9.5, "{rate} a second after {slip}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_users_cap_may_be_any_number() {
        for cap in [1e-300, f64::MIN_POSITIVE, 1e300, f64::INFINITY] {
            let pace = Pace::at_most(cap);
            let first = admitted(&pace).await;
            pace.on_throttled(first, Some(StatedDuration::from_secs(u64::MAX)));
            pace.learn(&stating("0.2"));
            assert!(pace.pause() <= StatedDuration::LONGEST, "{cap}");
        }
    }
}
