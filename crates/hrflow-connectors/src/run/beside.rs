//! Where what users wrote is called: it may take its time, and the runtime has other work.

/// Where functions of users are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// On a thread beside the runtime.
    Runtime,
    /// Nowhere beside: on the thread of the run, so that a run can be repeated exactly.
    Nothing,
}

impl Beside {
    /// What the function gives; none where it panicked.
    pub(crate) async fn call<T: Send + 'static>(
        self,
        function: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        match self {
            Self::Runtime => tokio::task::spawn_blocking(function).await.ok(),
            Self::Nothing => Some(function()),
        }
    }
}
