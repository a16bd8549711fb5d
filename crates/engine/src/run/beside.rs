//! What goes on beside a run.

use std::fmt;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use store::Store;

type Begin = dyn Fn(Arc<dyn Store>) -> BoxFuture<'static, ()> + Send + Sync;
type End = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

/// What goes on beside a run that has opened its store: it begins before anything is read, and ends
/// once nothing more is.
#[derive(Clone)]
pub struct Beside {
    begin: Arc<Begin>,
    end: Arc<End>,
}

impl Beside {
    /// Of what begins it, and what ends it.
    pub fn new<B, E>(
        begin: impl Fn(Arc<dyn Store>) -> B + Send + Sync + 'static,
        end: impl Fn() -> E + Send + Sync + 'static,
    ) -> Self
    where
        B: Future<Output = ()> + Send + 'static,
        E: Future<Output = ()> + Send + 'static,
    {
        Self {
            begin: Arc::new(move |store| begin(store).boxed()),
            end: Arc::new(move || end().boxed()),
        }
    }

    pub(crate) async fn begin(&self, store: Arc<dyn Store>) {
        (self.begin)(store).await;
    }

    pub(crate) async fn end(&self) {
        (self.end)().await;
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Beside")
    }
}
