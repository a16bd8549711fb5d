//! The engine: moves items from an origin to a target, records what it does, and resumes where it
//! was interrupted.
//!
//! It knows no connector: an [`Origin`] and a [`Target`] are all that a run has. Decisions are pure
//! functions (`decide`), state is kept in one place (`record`), effects are in one pipeline
//! (`run`).

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")
)]

mod connector;
mod counts;
mod decide;
mod diff;
mod event;
mod functions;
mod health;
mod item;
mod observer;
mod options;
mod position;
mod programs;
mod record;
mod result;
mod run;
mod spent;
mod step;
mod stop;
mod workflow;

pub use connector::{
    Applied, Arrival, Claims, Coverage, Ends, Held, Origin, OriginInfo, Prediction, Select,
    Selects, Target, TargetInfo, Warning,
};
pub use counts::{Counts, Events, Outcomes, Reason, Status};
pub use decide::{Drifted, Withheld};
pub use diff::{Change, ChangeKind, Difference, Exceptions};
pub use event::{Event, Outcome, Phase, Stage, Wait, WaitCause};
pub use functions::{
    ActionFormat, Around, Callback, CallbackOutput, Completion, Finished, Format, FormatOutput,
    Functions, Logic, LogicOutput, Persist, guarded, kind_of,
};
pub use health::{
    Assessment, Health, HealthReason, Hours, RunBrief, RunDigest, Thresholds, assess, assess_while,
};
pub use item::Item;
pub use observer::{Observer, Watcher};
pub use options::{
    Confirm, DEFAULT_FUNCTION_TIMEOUT, DEFAULT_KEEP_RUNS, FailureLimit, Grace, Incremental,
    LeftSearch, MirrorRules, NotAFailureLimit, NotAShare, OnDrift, Reset, Share, Since, Staleness,
    Verify,
};
pub use position::Position;
pub use programs::{Code, Evaluated, Hear, Pass, ProgramHost, Role};
pub use record::{
    DeadLetter, ForgetError, IncrementalToken, ItemReport, ListedRun, ListedWorkflow, PlannedStep,
    RunKind, RunList, RunRecord, RunState, Runs, SavedPlan, StateReport, StateStore, WorkflowState,
    blob_name,
};
pub use result::{Hint, RunId, RunResult};
pub use run::{Beside, Blocking, Checked, OnOutdated, Options, Run, SharedReading, State};
pub use spent::{CallTotal, Spent, WaitTotal};
pub use step::{Attempt, EndError, Ending, Key, Op, OpKind, Requires, Scope, Step, StepError};
pub use stop::{Stop, StopCause, StopReason};
pub use workflow::{Identity, Part, Program, Programs};

/// An error with its causes, in one line: `could not write: disk full`.
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !chain.ends_with(&cause_text) {
            chain = format!("{chain}: {cause_text}");
        }
        source = cause.source();
    }
    chain
}
