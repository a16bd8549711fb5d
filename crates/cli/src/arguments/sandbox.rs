//! The flags of the mock server.

use std::path::PathBuf;

use clap::Args;
use hrflow_connectors::{NotAShare, Share};

#[derive(Args, Debug)]
pub(crate) struct SandboxArguments {
    /// The port; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Number of generated offers.
    #[arg(
        long,
        default_value_t = 3_000,
        conflicts_with = "offers_file",
        allow_negative_numbers = true
    )]
    pub(crate) offers: usize,
    /// Maximum offers created by one partner in the same second.
    #[arg(
        long,
        default_value_t = 0,
        value_name = "N",
        conflicts_with = "offers_file",
        allow_negative_numbers = true
    )]
    pub(crate) burst: usize,
    /// Serve the offers of this file instead: a JSON array, or a recorded answer with
    /// `resultats`.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) offers_file: Option<PathBuf>,
    /// Random seed of offers, boards and faults.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Share of the offers that a board holds as jobs, such as `0.5` or `50%`.
    #[arg(long, default_value = "1", value_name = "SHARE", value_parser = share,
        allow_negative_numbers = true)]
    pub(crate) board_holds: Share,
    /// Requests per second that France Travail allows; 0 = unlimited.
    #[arg(long, default_value_t = 10.0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) francetravail_rate: f64,
    /// Requests per second that HrFlow allows; 0 = unlimited.
    #[arg(long, default_value_t = 0.0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) hrflow_rate: f64,
    /// Response time of France Travail, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) francetravail_latency: u64,
    /// Response time of HrFlow, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS", allow_negative_numbers = true)]
    pub(crate) hrflow_latency: u64,
    /// Share of requests that fail, such as `0.05` or `5%`, with every kind of fault.
    #[arg(long, default_value = "0", value_name = "SHARE", value_parser = share,
        allow_negative_numbers = true)]
    pub(crate) faults: Share,
    /// Number of offers replaced after every tenth search.
    #[arg(long, default_value_t = 0, value_name = "N", allow_negative_numbers = true)]
    pub(crate) churn: usize,
}

/// A share, or what is wrong with it and what was probably meant.
fn share(text: &str) -> Result<Share, String> {
    text.parse().map_err(|error: NotAShare| match error.meant() {
        Some(meant) => format!("{error}; did you mean `{}` or `{meant}`?", meant.as_f64()),
        None => error.to_string(),
    })
}
