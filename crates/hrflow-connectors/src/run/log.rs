//! What the log says of a run: its beginning, each failure once, its end.

use crate::{Event, RunResult};

/// Logs what is worth a line.
pub(crate) fn log(event: &Event) {
    match event {
        Event::ReadFailed { why } => tracing::error!(why, "the reading broke off"),
        Event::ItemFailed { reference, stage, why, .. } => {
            let item = reference.as_deref().unwrap_or_default();
            tracing::warn!(item.reference = item, %stage, why, "an item failed");
        }
        Event::StateNotSaved { why } => tracing::error!(why, "the state was not saved"),
        Event::Withheld { why } => tracing::warn!(why, "nothing was archived"),
        Event::CallbackFailed { why } => tracing::error!(why, "the callback failed"),
        Event::Waiting(wait) => tracing::debug!(
            service = wait.service,
            duration_ms = u64::try_from(wait.duration.as_millis()).unwrap_or(u64::MAX),
            "waits"
        ),
        Event::Listed { total } => tracing::info!(total, "the origin lists so many items"),
        Event::Read { .. }
        | Event::Discarded { .. }
        | Event::Written { .. }
        | Event::CallbackExecuted => {}
    }
}

/// Logs how a run ended.
pub(crate) fn log_end(result: &RunResult) {
    tracing::info!(
        run.id = %result.run_id,
        workflow.id = result.workflow_id,
        status = ?result.status,
        read = result.events.read_success,
        complete = result.complete,
        duration_ms = result.duration_ms,
        "the run has ended"
    );
}
