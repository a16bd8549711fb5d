//! The store of one process: another process finds what it left, and it fails as stores do.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use store::{Blob, Condition, PutError, Store, StoreError, Version};

use crate::process::{Moment, Process, Side};

/// What a process sees of the store that all processes share.
pub(crate) struct FaultyStore {
    shared: Arc<dyn Store>,
    process: Arc<Process>,
}

/// Whether something changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Reads,
    Writes,
}

impl FaultyStore {
    pub(crate) fn over(shared: Arc<dyn Store>, process: Arc<Process>) -> Arc<Self> {
        Arc::new(Self { shared, process })
    }

    async fn step<T, E: From<StoreError>>(
        &self,
        step: Step,
        (operation, name): (&'static str, &str),
        effect: BoxFuture<'_, Result<T, E>>,
    ) -> Result<T, E> {
        let process = &self.process;
        let fault_plan = &process.fault_plan.store;
        let number = process.asks_store().await;
        if fault_plan.longest_ms > 0 {
            let wait = process.draw(|chance| chance.between(0..fault_plan.longest_ms));
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        let is_full = fault_plan.full_from.is_some_and(|from| {
            step == Step::Writes
                && (from..from.saturating_add(fault_plan.full_for)).contains(&number)
        });
        if is_full || process.draw(|chance| chance.happens(fault_plan.fail)) {
            return Err(self.fails(operation, name, "was not done").into());
        }
        let done = effect.await;
        process.reaches(Moment::Store(number), Side::After).await;
        if step == Step::Writes && process.draw(|chance| chance.happens(fault_plan.done_and_fail)) {
            return Err(self.fails(operation, name, "was done").into());
        }
        process.trace.note(&format!("store {number}: {operation} {name}"));
        done
    }

    fn fails(&self, operation: &'static str, name: &str, how: &str) -> StoreError {
        self.process.trace.note(&format!("store: {operation} {name} fails and {how}"));
        self.process.saw(|seen| {
            if name.ends_with("/lease") {
                seen.lease_failures += 1;
            } else {
                seen.store_failures += 1;
            }
        });
        StoreError::new(operation, name, "the schedule wants it so")
    }
}

impl Store for FaultyStore {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Blob>, StoreError>> {
        let get = async move { self.shared.get(name).await };
        self.step(Step::Reads, ("read", name), get.boxed()).boxed()
    }

    fn put<'a>(
        &'a self,
        name: &'a str,
        bytes: Bytes,
        condition: Condition,
    ) -> BoxFuture<'a, Result<Version, PutError>> {
        // Not before its time: a store in memory writes when it is called.
        let put = async move { self.shared.put(name, bytes, condition).await };
        self.step(Step::Writes, ("write", name), put.boxed()).boxed()
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        let delete = async move { self.shared.delete(name).await };
        self.step(Step::Writes, ("delete", name), delete.boxed()).boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let list = async move { self.shared.list(prefix).await };
        self.step(Step::Reads, ("list", prefix), list.boxed()).boxed()
    }
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FaultyStore")
    }
}
