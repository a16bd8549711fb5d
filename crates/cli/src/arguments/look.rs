//! Commands for people who would rather look than read: `console` and `report`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args};
use hrflow_connectors::{Given, Place};

#[derive(Args, Debug)]
pub(crate) struct ConsoleArguments {
    /// Where state is kept [default: as for `run`].
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8091")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) access: AccessArguments,
}

/// Who may open the console, and which plans it shows.
#[derive(Args, Debug)]
pub(crate) struct AccessArguments {
    /// Folder of saved plans to show.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) plans: Option<PathBuf>,
    /// Trust the user that a reverse proxy names in this header. Without it, an address beyond this
    /// machine needs a token in `HRFLOW_CONNECTORS_CONSOLE_TOKEN`.
    #[arg(long, value_name = "HEADER")]
    pub(crate) user_header: Option<String>,
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("to").required(true))]
pub(crate) struct ReportArguments {
    /// A run id, `latest`, a workflow id, a folder of workflow files, a saved plan, or a file that
    /// `run --output json` printed.
    #[arg(value_name = "RUN|WORKFLOW|FOLDER|FILE")]
    pub(crate) subject: String,
    /// Write one HTML file that needs no other.
    #[arg(long, value_name = "FILE", group = "to")]
    pub(crate) html: Option<PathBuf>,
    /// Print the report in this format.
    #[arg(long, value_enum, group = "to")]
    pub(crate) format: Option<PrintedReport>,
    /// Language of the report: `en` or `fr` [default: that of `LANG`].
    #[arg(long, value_name = "LANGUAGE", value_parser = ["en", "fr"])]
    pub(crate) language: Option<String>,
    /// Where state is kept [default: as for `run`].
    #[arg(long, value_name = "URL")]
    store: Option<String>,
}

/// A report for a ticket or a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PrintedReport {
    Markdown,
}

impl ConsoleArguments {
    pub(crate) fn store(&self) -> Option<Given> {
        given(self.store.as_deref())
    }
}

impl ReportArguments {
    pub(crate) fn store(&self) -> Option<Given> {
        given(self.store.as_deref())
    }
}

fn given(store: Option<&str>) -> Option<Given> {
    store.map(|store| Given::text(store, Place::Flag("--store".to_owned())))
}
