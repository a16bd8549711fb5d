//! `serve`: the workflows of a folder on their schedules, until stopped.

use std::net::SocketAddr;

use hrflow_connectors::{Selection, error_chain};
use serve::{Options, ServeError};
use tokio_util::sync::CancellationToken;

use crate::arguments::{OutputFormat, ServeArguments};
use crate::commands::refusal::Refusal;
use crate::commands::run::client_options;
use crate::exit::Exit;
use crate::{metrics_file, output, signals, surroundings};

pub(crate) async fn serve(arguments: ServeArguments) -> Exit {
    let options = match options(arguments) {
        Ok(options) => options,
        Err(refusal) => return refusal.print(OutputFormat::Text),
    };
    let stop = CancellationToken::new();
    signals::cancel_by_signal(stop.clone());
    match serve::serve(options, stop, ready).await {
        Ok(()) => Exit::Success,
        Err(error) => refusal(error).print(OutputFormat::Text),
    }
}

fn options(arguments: ServeArguments) -> Result<Options, Refusal> {
    let ServeArguments { folder, select, listen, drain, jobs, access, allow_actions } = arguments;
    let environment = surroundings::environment();
    Ok(Options {
        access: super::console::access(&access, listen, &environment)?,
        plans: access.plans,
        allow_actions,
        folder,
        selection: Selection::parse(&select)?,
        listen,
        drain: drain.unsigned_abs(),
        jobs: jobs.map(usize::from),
        environment,
        client_options: client_options()?,
        metrics: metrics_file::metrics()?,
    })
}

fn ready(address: SocketAddr) {
    output::note(&format!("Listening on http://{address}"));
}

fn refusal(error: ServeError) -> Refusal {
    match error {
        ServeError::Problems(problems) => problems.into(),
        ServeError::Listen { address, .. } => {
            let hint = format!("end what listens on port {}, or give `--listen`", address.port());
            Refusal::because(error_chain(&error)).with_hint(hint)
        }
        ServeError::Store(error) => super::stored::unreadable(error),
    }
}
