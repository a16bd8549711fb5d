//! What goes on beside a run.

use std::fmt;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use store::Store;

/// Begins something, and gives what ends it.
type Begin = dyn Fn(Arc<dyn Store>) -> BoxFuture<'static, BoxFuture<'static, ()>> + Send + Sync;

/// What goes on beside a run that has opened its store: it begins before anything is read, and ends
/// once nothing more is.
#[derive(Clone)]
pub struct Beside(Arc<Begin>);

impl Beside {
    /// Of a function that begins it, and gives what ends it.
    pub fn new<B, E>(begin: impl Fn(Arc<dyn Store>) -> B + Send + Sync + 'static) -> Self
    where
        B: Future<Output = E> + Send + 'static,
        E: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move |store| begin(store).map(FutureExt::boxed).boxed()))
    }

    /// Begins it.
    pub(crate) async fn begin(&self, store: Arc<dyn Store>) -> BoxFuture<'static, ()> {
        (self.0)(store).await
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Beside")
    }
}
