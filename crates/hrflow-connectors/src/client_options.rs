//! What both ends of a run are connected with: transport, bounds, and the way to the watchers.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_client::{
    AnswerHook, Answered, Caller, Concurrency, HttpTransport, Pace, Patience, SharedToken,
    Transport, TransportError, Wait, WaitCause, WaitHook,
};

use engine::{Blocking, DEFAULT_FUNCTION_TIMEOUT, Event, Observer, Pass, ProgramHost, Stop};

use crate::JqHost;
use crate::allowance::Division;
use crate::script::{Bounds, Host, NoHost, Script};

/// How calls are made. One value can serve many runs: they share connections.
#[derive(Clone)]
pub struct ClientOptions {
    /// The way to both services.
    pub transport: Arc<dyn Transport>,
    /// The most writes in flight.
    pub write_concurrency: u32,
    /// The most writes a minute; none for as many as the service takes.
    pub write_rate: Option<u32>,
    /// The most calls a second to the service that is read; none for as many as it allows.
    pub read_rate: Option<f64>,
    /// How long one answer may take.
    pub answer_timeout: Duration,
    /// How long a service is waited for that gives no good answer.
    pub patience: Patience,
    /// Makes runs repeatable: the random part of every wait follows from this number, and what
    /// users wrote is called on the run's own thread, so that nothing depends on what is quicker.
    pub seed: Option<u64>,
    /// Where jq programs are evaluated.
    pub jq: JqHost,
    /// How long a logic or a format may take for one item.
    pub function_timeout: Duration,
    /// How much memory a jq program may use, in bytes, where it is evaluated in a process of its
    /// own and the platform limits that.
    pub function_memory: u64,
    /// Called after every request to either service.
    pub on_answer: Option<AnswerHook>,
    /// How every allowance is divided with other processes.
    pub(crate) division: Arc<Division>,
    pub(crate) paces: Arc<Mutex<HashMap<String, Arc<Pace>>>>,
    /// The token of each account, by a hash of it.
    pub(crate) tokens: Arc<Mutex<HashMap<u64, Arc<SharedToken>>>>,
    pub(crate) write_limits: Arc<Mutex<HashMap<WriteBounds, WriteLimits>>>,
    /// Sees the waits of the run that is connected with this.
    pub(crate) observer: Observer,
    /// Ends what waits for a service.
    pub(crate) stop: Stop,
}

/// A hash of the account, the most writes a minute, and the most in flight.
type WriteBounds = (u64, Option<u32>, u32);

/// What all writers with one account share.
#[derive(Clone)]
pub(crate) struct WriteLimits {
    pace: Arc<Pace>,
    concurrency: Arc<Concurrency>,
}

/// The most writes in flight where the user does not say.
pub const DEFAULT_WRITE_CONCURRENCY: u32 = 32;
/// The most that a user may ask for: no service takes more at once, and each holds a connection.
pub const MAX_WRITE_CONCURRENCY: u32 = 1_024;
/// How much memory a jq program may use where the user does not say, in bytes.
const DEFAULT_FUNCTION_MEMORY: u64 = 512 << 20;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// What France Travail allows each application, in calls a second (measured in its headers).
/// Answers that state another allowance are believed.
const READ_ALLOWANCE: f64 = 10.0;

impl ClientOptions {
    /// Over HTTP, with its own connections.
    pub fn over_https() -> Result<Self, TransportError> {
        Ok(Self::over(Arc::new(HttpTransport::new()?)))
    }

    /// Over a given transport.
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            write_concurrency: DEFAULT_WRITE_CONCURRENCY,
            write_rate: None,
            read_rate: None,
            answer_timeout: ANSWER_TIMEOUT,
            patience: Patience::default(),
            seed: None,
            jq: JqHost::default(),
            function_timeout: DEFAULT_FUNCTION_TIMEOUT,
            function_memory: DEFAULT_FUNCTION_MEMORY,
            on_answer: None,
            division: Arc::default(),
            paces: Arc::default(),
            tokens: Arc::default(),
            write_limits: Arc::default(),
            observer: Observer::new(),
            stop: Stop::new(),
        }
    }

    /// The same for one more run, with a patience and a stop of its own, whose waits are
    /// told to its own watchers.
    pub(crate) fn for_one_run(&self) -> Self {
        let patience = self.patience.renewed();
        Self { observer: Observer::new(), stop: Stop::new(), patience, ..self.clone() }
    }

    /// A caller of a service that is read. All that share an account share its allowance.
    pub(crate) fn reader(&self, service: &'static str, account: &str) -> Caller {
        self.caller(service).with_pace(self.pace_of(account))
    }

    /// A caller of a service that is written to, within the bounds on writes. All that share an
    /// account and have the same bounds share them.
    pub(crate) fn writer(&self, service: &'static str, account: impl Hash) -> Caller {
        let WriteLimits { pace, concurrency } = self.write_limits_of(account);
        self.caller(service).with_pace(pace).with_concurrency(concurrency)
    }

    /// The token of an account, for all that share it.
    pub(crate) fn token_of(&self, account: impl Hash) -> Arc<SharedToken> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.entry(hash(account)).or_default().clone()
    }

    fn write_limits_of(&self, account: impl Hash) -> WriteLimits {
        let key = (hash(account), self.write_rate, self.write_concurrency);
        let mut limits = self.write_limits.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || WriteLimits {
            pace: Arc::new(match self.write_rate {
                Some(calls_a_minute) => {
                    self.divided(Pace::at_most(f64::from(calls_a_minute) / 60.0))
                }
                None => Pace::unlimited(),
            }),
            concurrency: Arc::new(Concurrency::up_to(
                usize::try_from(self.write_concurrency).unwrap_or(usize::MAX),
            )),
        };
        limits.entry(key).or_insert_with(new).clone()
    }

    /// Where the functions of users are called.
    pub(crate) fn blocking(&self) -> Blocking {
        if self.seed.is_some() { Blocking::Inline } else { Blocking::Pool }
    }

    /// Who evaluates the jq programs of a run.
    pub(crate) fn start_programs(
        &self,
        passes: Vec<Pass<Script>>,
    ) -> Result<Box<dyn ProgramHost>, NoHost> {
        let bounds = Bounds { time: self.function_timeout, memory: self.function_memory };
        Ok(Box::new(match self.blocking() {
            Blocking::Pool => Host::start(&self.jq, passes, bounds, &self.stop)?,
            Blocking::Inline => Host::here(passes),
        }))
    }

    fn caller(&self, service: &'static str) -> Caller {
        let caller = Caller::new(service, self.transport.clone())
            .with_answer_timeout(self.answer_timeout)
            .with_patience(&self.patience)
            .with_stop(self.stop.token())
            .with_wait_hook(self.wait_hook());
        let caller = caller.with_answer_hook(self.answer_hook());
        match self.seed {
            Some(seed) => caller.with_seed(seed),
            None => caller,
        }
    }

    pub(crate) fn pace_of(&self, account: &str) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            self.divided(match self.read_rate {
                Some(rate) => Pace::at_most(rate),
                None => Pace::starting_at(READ_ALLOWANCE),
            })
        };
        paces.entry(account.to_owned()).or_insert_with(|| Arc::new(new())).clone()
    }

    /// A pace that begins with a part of its own, or without one.
    fn divided(&self, pace: Pace) -> Pace {
        if self.division.is_on() {
            pace.set_share(0.0);
        }
        pace
    }

    /// The paces of what is bounded, each with its name.
    pub(crate) fn bounded_paces(&self) -> Vec<(String, Arc<Pace>)> {
        let reads = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let reads = reads.iter().map(|(account, pace)| (format!("reads {account}"), pace.clone()));
        let writes = self.write_limits.lock().unwrap_or_else(PoisonError::into_inner);
        let is_bounded = |((_, rate, _), _): &(&WriteBounds, &WriteLimits)| rate.is_some();
        let writes = writes.iter().filter(is_bounded);
        let writes = writes.map(|((account, ..), limits)| (account, limits.pace.clone()));
        reads.chain(writes.map(|(account, pace)| (format!("writes {account}"), pace))).collect()
    }

    /// The calls a second that reading keeps to at present, one for each account that has a limit.
    /// An account is told by a number from 0, in no particular order.
    pub fn read_paces(&self) -> Vec<f64> {
        let paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.values().filter_map(|pace| pace.rate()).collect()
    }

    fn answer_hook(&self) -> AnswerHook {
        let (observer, also) = (self.observer.clone(), self.on_answer.clone());
        Arc::new(move |answered: Answered| {
            observer.called(answered.service, answered.duration);
            if let Some(also) = &also {
                also(answered);
            }
        })
    }

    fn wait_hook(&self) -> WaitHook {
        let observer = self.observer.clone();
        Arc::new(move |wait: Wait| observer.record(&Event::Waiting(in_engines_words(wait))))
    }
}

/// Tells an account from others. It may be a secret, of which a hash is enough.
fn hash(account: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    account.hash(&mut hasher);
    hasher.finish()
}

fn in_engines_words(wait: Wait) -> engine::Wait {
    let Wait { service, cause, duration, asked } = wait;
    let cause = match cause {
        WaitCause::Allowance => engine::WaitCause::RateLimit,
        WaitCause::Failure => engine::WaitCause::Retry,
        WaitCause::Pace => engine::WaitCause::Pace,
    };
    engine::Wait { service, cause, duration, asked }
}

impl std::fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ClientOptions({} writes in flight at most)", self.write_concurrency)
    }
}
