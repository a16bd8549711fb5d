//! What goes wrong, on a schedule that a number repeats.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// The two services, and the endpoint that gives tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// France Travail's token endpoint.
    Token,
    /// France Travail's search and its neighbours.
    FranceTravail,
    /// HrFlow.
    Hrflow,
}

/// One thing that can go wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 429 with `Retry-After: 0`: the way the service would answer a moment's excess.
    TooManyCalls,
    /// 429 that says nothing about when to come back.
    TooManyCallsBare,
    /// 429 as a page with `Retry-After: 0` (HrFlow).
    TooManyCallsPage,
    /// 500 in JSON.
    ServerErrorJson,
    /// 500 as a page.
    ServerErrorPage,
    /// 502 as a page, as a gateway gives it.
    BadGateway,
    /// 503 in JSON.
    Unavailable,
    /// 504 with an empty body.
    GatewayTimeout,
    /// The answer takes a while.
    Slow,
    /// The answer never comes.
    Hung,
    /// The connection ends in the middle of the answer; the call was carried out.
    Cut,
    /// The connection ends without an answer; the call was not carried out.
    Reset,
    /// The connection ends without an answer; the call was carried out.
    AppliedThenReset,
    /// 502, and the call was carried out.
    AppliedThenBadGateway,
    /// 200 with half of the JSON.
    Malformed,
    /// 200 with a page.
    PageInstead,
    /// 200 with nothing.
    Empty,
    /// 401, and the token is good no more (France Travail).
    ExpiredToken,
    /// HTTP 200 around a body with `code` 500 (HrFlow).
    WrongCode,
    /// HTTP 200 around a body without `code` (HrFlow).
    NoCode,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 20] = [
        Self::TooManyCalls,
        Self::TooManyCallsBare,
        Self::TooManyCallsPage,
        Self::ServerErrorJson,
        Self::ServerErrorPage,
        Self::BadGateway,
        Self::Unavailable,
        Self::GatewayTimeout,
        Self::Slow,
        Self::Hung,
        Self::Cut,
        Self::Reset,
        Self::AppliedThenReset,
        Self::AppliedThenBadGateway,
        Self::Malformed,
        Self::PageInstead,
        Self::Empty,
        Self::ExpiredToken,
        Self::WrongCode,
        Self::NoCode,
    ];

    /// Whether this can happen at a service.
    pub fn happens_at(self, api: Api) -> bool {
        match self {
            Self::ExpiredToken => api == Api::FranceTravail,
            Self::TooManyCallsPage | Self::WrongCode | Self::NoCode => api == Api::Hrflow,
            _ => true,
        }
    }
}

/// A share of all calls goes wrong. Which, and how, follows from the seed, the call, and how often
/// the same call came before; so it does not matter in which order different calls arrive.
#[derive(Clone, Debug)]
pub struct Faults {
    /// The number that repeats the schedule.
    pub seed: u64,
    /// How many of the calls go wrong, from 0 to 1.
    pub share: f64,
    /// What can go wrong.
    pub kinds: Vec<Fault>,
    /// Only here; everywhere without it.
    pub only_at: Option<Api>,
}

impl Faults {
    /// Every fault but the one that takes half a minute, in a share of all calls.
    pub fn all(seed: u64, share: f64) -> Self {
        let kinds = Fault::ALL.into_iter().filter(|fault| *fault != Fault::Hung).collect();
        Self { seed, share, kinds, only_at: None }
    }

    /// One fault, in a share of all calls.
    pub fn only(kind: Fault, seed: u64, share: f64) -> Self {
        Self { seed, share, kinds: vec![kind], only_at: None }
    }

    /// The same at one service only.
    #[must_use]
    pub fn at(self, api: Api) -> Self {
        Self { only_at: Some(api), ..self }
    }
}

/// A schedule under way.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    faults: Mutex<Option<Faults>>,
    seen: Mutex<HashMap<u64, u32>>,
}

impl Schedule {
    pub(crate) fn set(&self, faults: Option<Faults>) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// What goes wrong with this call, if anything.
    pub(crate) fn draw(&self, api: Api, call: impl Hash) -> Option<Fault> {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let faults = faults.as_ref()?;
        if faults.only_at.is_some_and(|only| only != api) {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (api, call).hash(&mut hasher);
        let call = hasher.finish();
        let time = self.times(call);
        let mut random = fastrand::Rng::with_seed(
            faults.seed
                ^ call.rotate_left(17)
                ^ u64::from(time).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        );
        if random.f64() >= faults.share {
            return None;
        }
        let possible: Vec<_> =
            faults.kinds.iter().copied().filter(|fault| fault.happens_at(api)).collect();
        random.choice(possible)
    }

    /// How often the call came before.
    fn times(&self, call: u64) -> u32 {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let times = seen.entry(call).or_default();
        *times += 1;
        *times - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> Vec<Option<Fault>> {
        let schedule = Schedule::default();
        schedule.set(Some(Faults::all(seed, 0.3)));
        (0..1000).map(|call| schedule.draw(Api::Hrflow, call % 300)).collect()
    }

    #[test]
    fn a_seed_repeats_its_schedule() {
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        let share = drawn(7).iter().flatten().count();
        assert!((200..400).contains(&share), "{share} of 1000 calls go wrong");
    }
}
