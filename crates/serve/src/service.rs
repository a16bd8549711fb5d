//! The service: one process of several runs the fleet, the others stand by.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hrflow_connectors::{
    ClientOptions, Environment, Fleet, Problem, Problems, Selection, SettingKey, Settings, Side,
    StoreUrl,
};
use sd_notify::NotifyState;
use store::{Lease, LeaseError, Owner, Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use web_console::{Access, Actions, Calls, Console, Progress, Shelf, Sources};

use crate::active::{Active, Ended};
use crate::asks::{self, Ask};
use crate::folder::blob_folder;
use crate::launch::Launcher;
use crate::metrics::Metrics;
use crate::notify::{Notifier, Sender};
use crate::shown::Shown;
use crate::web;

/// How often a standby looks whether it is needed.
const STANDBY: Duration = Duration::from_secs(1);
/// How long a store that fails is left alone.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// What a service is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of workflow files.
    pub folder: PathBuf,
    /// Which of them it runs.
    pub selection: Selection,
    /// Where it listens.
    pub listen: SocketAddr,
    /// How long runs may go on after the end was asked for.
    pub drain: Duration,
    /// How many runs go on at once, in place of what the fleet's file says.
    pub jobs: Option<usize>,
    /// The variables that it sees.
    pub environment: Environment,
    /// How calls are made.
    pub client_options: ClientOptions,
    /// The counters.
    pub metrics: Metrics,
    /// Who may open the console; none where nobody may.
    pub access: Option<Access>,
    /// The folder of saved plans that the console shows.
    pub plans: Option<PathBuf>,
    /// Whether the console may start and stop runs.
    pub allow_actions: bool,
}

/// Why a service does not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The files are wrong.
    #[error("{0}")]
    Problems(#[from] Problems),
    /// The address cannot be had.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The fleet's store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A fleet whose files are right.
pub(crate) struct Loaded {
    pub(crate) fleet: Fleet,
    pub(crate) workflows: Vec<hrflow_connectors::CheckedWorkflow>,
}

/// What all parts of a service know.
pub(crate) struct Service {
    pub(crate) options: Options,
    pub(crate) launcher: Launcher,
    pub(crate) shown: Shown,
    pub(crate) console: Console,
    pub(crate) stop: CancellationToken,
}

/// Runs a fleet until the end is asked for. `ready` is told where it listens, once it does.
pub async fn serve(
    options: Options,
    stop: CancellationToken,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let metrics = options.metrics.clone();
    let (calls, shown, progress) = (Calls::new(), Shown::default(), Progress::default());
    let launcher =
        Launcher::new(options.environment.clone(), options.client_options.clone(), metrics.clone())
            .also_telling(calls.hook())
            .showing(progress.clone());
    let (actions, asks) = asks::channel(shown.clone());
    let actions = options.allow_actions.then_some(actions);
    let parts = (calls, progress, actions);
    let console = console(&options, &launcher, shown.clone(), parts);
    let service = Service { options, launcher, shown, console, stop };
    let loaded = service.load()?;
    service.refuse_forgetful(&loaded)?;
    let url = service.launcher.stores().url(loaded.fleet.store.as_ref()).map_err(Problems::from)?;
    let store = service.launcher.stores().open(&url).await?;
    service.show_stores(&loaded).await?;
    let pages = service.console.router(service.options.access.clone().unwrap_or(Access::Nobody));
    let web = service.listen(web::router(service.shown.clone(), metrics).merge(pages)).await?;
    let keeping_current = tokio::spawn(service.console.keep_current());
    ready(web.address);
    tell_system(&[NotifyState::Ready]);
    let watchdog = tokio::spawn(watchdog());
    service.work(loaded, store, asks).await;
    tell_system(&[NotifyState::Stopping]);
    watchdog.abort();
    keeping_current.abort();
    web.close().await;
    Ok(())
}

/// Pages over the stores of a fleet.
fn console(
    options: &Options,
    launcher: &Launcher,
    shown: Shown,
    (calls, progress, actions): (Calls, Progress, Option<Actions>),
) -> Console {
    let client_options = launcher.client_options().clone();
    let told = shown.clone();
    Console::new(Sources {
        shelves: Vec::new(),
        status: Some(Arc::new(move || shown.status())),
        calls: Some(calls),
        paces: Some(Arc::new(move || client_options.read_paces())),
        plans: options.plans.clone(),
        actions,
        progress,
        notifications: Some(Arc::new(move |workflow_id| told.told(workflow_id))),
    })
}

impl Service {
    /// Shows the stores of the fleet in the console.
    pub(crate) async fn show_stores(&self, loaded: &Loaded) -> Result<(), StoreError> {
        let stores = self.launcher.stores();
        let mut shelves: Vec<Shelf> = Vec::new();
        for workflow in &loaded.fleet.workflows {
            // A name that is wrong was found by the check.
            let Ok(url) = stores.url(workflow.settings.get(SettingKey::Store)) else { continue };
            let address = url.to_string();
            if shelves.iter().all(|shelf| shelf.url != address) {
                shelves.push(Shelf { url: address, store: stores.open(&url).await? });
            }
        }
        self.console.look_at(shelves);
        Ok(())
    }

    /// Reads and checks the files.
    pub(crate) fn load(&self) -> Result<Loaded, Problems> {
        let Options { folder, selection, environment, .. } = &self.options;
        let mut fleet = Fleet::read(folder, environment)?;
        fleet.select(selection);
        let options = self.launcher.client_options();
        let workflows = fleet.check(&Settings::default(), environment, options)?;
        Ok(Loaded { fleet, workflows })
    }

    /// Refuses stores that forget: neither a schedule nor a standby can go by them.
    fn refuse_forgetful(&self, loaded: &Loaded) -> Result<(), Problems> {
        let stores = self.launcher.stores();
        let given = loaded.fleet.workflows.iter().map(|it| it.settings.get(SettingKey::Store));
        let mut problems: Vec<Problem> = Vec::new();
        for given in given.chain([loaded.fleet.store.as_ref()]) {
            if !matches!(stores.url(given), Ok(StoreUrl::Memory)) {
                continue;
            }
            let place = given.map_or_else(|| "`store`".to_owned(), |given| given.place.to_string());
            let message = "`memory:` forgets everything when the service ends";
            let problem = Problem::new(Side::Workflow, place, message)
                .with_hint("use `sqlite:PATH` or a bucket");
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        Problems::check(problems)
    }

    async fn listen(&self, router: axum::Router) -> Result<Web, ServeError> {
        let address = self.options.listen;
        let failed = |error| ServeError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let closing = CancellationToken::new();
        let closed = closing.clone();
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, router)
                .with_graceful_shutdown(async move { closed.cancelled().await });
            if let Err(error) = served.await {
                tracing::error!(%error, "no longer listening");
            }
        });
        Ok(Web { address, closing, task })
    }

    /// Takes the lease of the fleet, runs the fleet, and stands by again where the lease was lost.
    async fn work(&self, loaded: Loaded, store: Arc<dyn Store>, mut asks: mpsc::Receiver<Ask>) {
        let name = loaded.fleet.name.clone();
        let mut loaded = Some(loaded);
        while let Some(lease) = self.lease(&store, &name).await {
            // What was read while it stood by is read again: the files may have changed since.
            let fleet = match loaded.take().map_or_else(|| self.load(), Ok) {
                Ok(loaded) => loaded,
                Err(problems) => {
                    self.config(Some(problems.to_string()));
                    self.pause(lease).await;
                    continue;
                }
            };
            self.config(None);
            let sender = Sender::new(self.launcher.client_options().transport.clone());
            let metrics = self.launcher.metrics().clone();
            let notifier = Notifier::load(sender, metrics, Some(store.clone()), &name).await;
            self.become_active(true);
            let ended = Active::new(self, fleet, notifier).await.run(&lease, &mut asks).await;
            self.become_active(false);
            release(lease).await;
            match ended {
                Ended::Stopped => return,
                Ended::LeaseLost => tracing::warn!("the lease of the fleet was lost; standing by"),
            }
        }
    }

    /// Waits for the lease; none where the end was asked for before.
    async fn lease(&self, store: &Arc<dyn Store>, fleet: &str) -> Option<Lease> {
        let name = format!("{}/lease", blob_folder(fleet));
        let mut is_told = false;
        loop {
            if self.stop.is_cancelled() {
                return None;
            }
            let wait = match Lease::take(store.clone(), &name, Owner::here("serve")).await {
                Ok(lease) => {
                    self.shown.set_store(None);
                    return Some(lease);
                }
                Err(LeaseError::Held(holder)) => {
                    self.shown.set_store(None);
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::info!(%holder, "standing by: another process runs the fleet");
                    }
                    STANDBY
                }
                Err(LeaseError::Store(error)) => {
                    tracing::warn!(%error, "could not ask the store for the lease");
                    self.shown.set_store(Some(error.to_string()));
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => return None,
            }
        }
    }

    async fn pause(&self, lease: Lease) {
        release(lease).await;
        tokio::select! {
            () = tokio::time::sleep(STORE_PAUSE) => {}
            () = self.stop.cancelled() => {}
        }
    }

    fn become_active(&self, is_active: bool) {
        self.shown.set_active(is_active);
        self.launcher.metrics().active(is_active);
        let status = if is_active { "active" } else { "standby" };
        tell_system(&[NotifyState::Status(status)]);
    }

    /// Shows whether the files can be used.
    pub(crate) fn config(&self, problem: Option<String>) {
        self.launcher.metrics().config(problem.is_none());
        if let Some(problem) = &problem {
            tracing::error!(problem, "the files are wrong; what was read before stays");
        }
        self.shown.set_config(problem);
    }
}

/// A server that answers, and how it is ended.
struct Web {
    address: SocketAddr,
    closing: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Web {
    async fn close(self) {
        self.closing.cancel();
        // Who holds a connection open does not hold the service.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.task).await;
    }
}

async fn release(lease: Lease) {
    if let Err(error) = lease.release().await {
        tracing::warn!(%error, "could not give the lease of the fleet back");
    }
}

/// Tells the service manager, where there is one.
fn tell_system(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "could not tell the service manager");
    }
}

/// Tells the service manager that this process lives, as often as it asked for.
async fn watchdog() {
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    let mut interval = tokio::time::interval(within / 2);
    loop {
        interval.tick().await;
        tell_system(&[NotifyState::Watchdog]);
    }
}
