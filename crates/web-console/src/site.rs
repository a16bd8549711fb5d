//! The console: its addresses, and where what it shows comes from.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};
use hrflow_connectors::FleetStatus;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::actions::Questions;
use crate::catalog::Catalog;
use crate::guard::guard;
use crate::{Access, Actions, Calls, Progress, Shelf, assets, live, pages};

/// A form is no larger than that, in bytes.
const LARGEST_FORM: usize = 16 << 10;

/// How the workflows of a fleet are, as the process that runs them knows it.
pub(crate) type StatusSource = Arc<dyn Fn() -> Option<FleetStatus> + Send + Sync>;
/// The calls a second that reading keeps to at present, one for each account.
pub(crate) type PaceSource = Arc<dyn Fn() -> Vec<f64> + Send + Sync>;

/// What a console shows.
#[derive(Default)]
pub struct Sources {
    /// The stores that it looks at.
    pub shelves: Vec<Shelf>,
    /// How the workflows of a fleet are. Without it, each is judged by the defaults.
    pub status: Option<Arc<dyn Fn() -> Option<FleetStatus> + Send + Sync>>,
    /// The calls of this process.
    pub calls: Option<Calls>,
    /// The pace of reading in this process.
    pub paces: Option<Arc<dyn Fn() -> Vec<f64> + Send + Sync>>,
    /// The folder of saved plans.
    pub plans: Option<PathBuf>,
    /// What may be asked for; without it, nothing.
    pub actions: Option<Actions>,
    /// How far the runs of this process are.
    pub progress: Progress,
    /// What people were told of a workflow, the newest first.
    pub notifications: Option<Notifications>,
}

/// A message that people were sent.
#[derive(Clone, Debug)]
pub struct Notified {
    /// When.
    pub at: Timestamp,
    /// Over which channel.
    pub channel: String,
    /// Of what: a health, or `recovered`.
    pub change: String,
}

/// What people were told of a workflow, the newest first.
pub type Notifications = Arc<dyn Fn(&str) -> Vec<Notified> + Send + Sync>;

/// Pages over stores. Clones are the same.
#[derive(Clone)]
pub struct Console {
    pub(crate) catalog: Catalog,
    pub(crate) status: Option<StatusSource>,
    pub(crate) calls: Option<Calls>,
    pub(crate) paces: Option<PaceSource>,
    pub(crate) plans: Option<Arc<PathBuf>>,
    pub(crate) actions: Option<Actions>,
    pub(crate) questions: Questions,
    pub(crate) progress: Progress,
    pub(crate) notifications: Option<Notifications>,
}

impl Console {
    /// A console that knows nothing yet: somebody must keep it current.
    pub fn new(sources: Sources) -> Self {
        Self {
            catalog: Catalog::of(sources.shelves),
            status: sources.status,
            calls: sources.calls,
            paces: sources.paces,
            plans: sources.plans.map(Arc::new),
            actions: sources.actions,
            questions: Questions::default(),
            progress: sources.progress,
            notifications: sources.notifications,
        }
    }

    /// Looks at other stores from now on.
    pub fn look_at(&self, shelves: Vec<Shelf>) {
        self.catalog.look_at(shelves);
    }

    /// Asks the stores as long as the task is not dropped.
    pub fn keep_current(&self) -> impl Future<Output = ()> + Send + use<> {
        self.catalog.clone().keep_current()
    }

    /// Asks the stores once.
    pub async fn refresh(&self) {
        self.catalog.refresh().await;
    }

    /// The pages, for whoever may look.
    pub fn router(&self, access: Access) -> Router {
        // A form has three short fields.
        let answer = post(pages::answer).layer(DefaultBodyLimit::max(LARGEST_FORM));
        Router::new()
            .route("/", get(pages::overview))
            .route("/workflows/{workflow_id}", get(pages::workflow))
            .route("/workflows/{workflow_id}/runs/{run_id}", get(pages::run))
            .route("/workflows/{workflow_id}/runs/{run_id}/items", get(pages::items))
            .route("/workflows/{workflow_id}/runs/{run_id}/live", get(live::progress))
            .route("/workflows/{workflow_id}/ask/{action}", get(pages::ask).merge(answer))
            .route("/audit", get(pages::audit))
            .route("/find", get(pages::find))
            .route("/plans", get(pages::plans))
            .route("/plans/{name}", get(pages::plan))
            .route("/calls", get(pages::calls))
            .merge(assets::router())
            .fallback(pages::not_found)
            .with_state(self.clone())
            .layer(middleware::from_fn_with_state(Arc::new(access), guard))
    }
}

/// Answers until the end is asked for.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}

impl std::fmt::Debug for Console {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Console")
    }
}
