//! `console`: pages over a store, until stopped.

use std::net::SocketAddr;

use hrflow_connectors::{Environment, StoreUrl};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web_console::{Access, Console, Shelf, Sources};

use crate::arguments::{AccessArguments, ConsoleArguments, OutputFormat};
use crate::commands::refusal::Refusal;
use crate::commands::stored::{address, at, unreadable};
use crate::exit::Exit;
use crate::{output, signals, surroundings};

/// The token without which nobody beyond this machine is let in.
const TOKEN: &str = "HRFLOW_CONNECTORS_CONSOLE_TOKEN";

pub(crate) async fn console(arguments: ConsoleArguments) -> Exit {
    let shown = show(arguments).await;
    shown.map_or_else(|refusal| refusal.print(OutputFormat::Text), |()| Exit::Success)
}

async fn show(arguments: ConsoleArguments) -> Result<(), Refusal> {
    let environment = surroundings::environment();
    let access = access(&arguments.access, arguments.listen, &environment)?;
    let Some(access) = access else { return Err(unguarded(arguments.listen)) };
    let shelf = shelf(&arguments, &environment).await?;
    let plans = arguments.access.plans.clone();
    let console = Console::new(Sources { shelves: vec![shelf], plans, ..Sources::default() });
    console.refresh().await;
    let failed = |error: std::io::Error| {
        let hint =
            format!("end what listens on port {}, or give `--listen`", arguments.listen.port());
        Refusal::because(format!("could not listen on {}: {error}", arguments.listen))
            .with_hint(hint)
    };
    let listener = TcpListener::bind(arguments.listen).await.map_err(failed)?;
    let listening_on = listener.local_addr().map_err(failed)?;
    output::note(&format!("Console on http://{listening_on}"));
    let stop = CancellationToken::new();
    signals::cancel_by_signal(stop.clone());
    let served = web_console::serve(listener, console.router(access), stop.clone());
    tokio::select! {
        served = served => served.map_err(failed),
        () = console.keep_current() => Ok(()),
        // Pages that go on by themselves do not hold the end up.
        () = stop.cancelled_owned() => Ok(()),
    }
}

/// The store, which is not made where it is not there.
async fn shelf(arguments: &ConsoleArguments, environment: &Environment) -> Result<Shelf, Refusal> {
    let given = arguments.store();
    let url = address(given.as_ref(), environment)?;
    let missing = match &url {
        StoreUrl::Sqlite(path) | StoreUrl::File(path) => !path.exists(),
        StoreUrl::Memory => true,
        _ => false,
    };
    if missing {
        let why = format!("there is no store at `{url}`");
        return Err(Refusal::because(why).with_hint("name the one that your runs use: `--store`"));
    }
    let store = at(given.as_ref(), environment)?.open().await.map_err(unreadable)?;
    Ok(Shelf { url: url.to_string(), store })
}

/// Who may look; none where nobody may, because anybody could.
pub(crate) fn access(
    arguments: &AccessArguments,
    listen: SocketAddr,
    environment: &Environment,
) -> Result<Option<Access>, Refusal> {
    if let Some(header) = &arguments.user_header {
        let name = header.parse().map_err(|_| {
            Refusal::because(format!("`--user-header`: `{header}` is not the name of a header"))
        })?;
        return Ok(Some(Access::Proxy(name)));
    }
    let token = environment.get(TOKEN).filter(|token| !token.is_empty());
    Ok(match token {
        Some(token) => Some(Access::Token(token.to_owned().into())),
        None if listen.ip().is_loopback() => Some(Access::ThisMachine),
        None => None,
    })
}

fn unguarded(listen: SocketAddr) -> Refusal {
    let why = format!("anybody who reaches {listen} could read the jobs of the store");
    let hint = format!(
        "set `{TOKEN}`, name the header of your reverse proxy by `--user-header`, or listen on \
         127.0.0.1"
    );
    Refusal::because(why).with_hint(hint)
}
