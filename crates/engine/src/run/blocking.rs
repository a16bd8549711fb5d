//! Where functions of users are called: they may take their time, and the runtime has other work.

/// Where functions of users are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocking {
    /// On a thread of the runtime's pool for blocking work.
    #[default]
    Pool,
    /// On the thread of the run, so that a run can be repeated exactly.
    Inline,
}

impl Blocking {
    /// Whether what happens may depend on how long something takes.
    pub(crate) fn has_clock(self) -> bool {
        match self {
            Self::Pool => true,
            Self::Inline => false,
        }
    }

    /// What the function gives; none where it panicked.
    pub(crate) async fn call<T: Send + 'static>(
        self,
        function: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        match self {
            Self::Pool => {
                let span = tracing::Span::current();
                tokio::task::spawn_blocking(move || span.in_scope(function)).await.ok()
            }
            Self::Inline => Some(function()),
        }
    }
}
