//! `sandbox`: both APIs on one port, until interrupted.

use std::time::Duration;

use sandbox::{Churn, Faults, FranceTravail, Hrflow, Sandbox, Settings, Share};

use crate::arguments::SandboxArguments;
use crate::commands::embedded;
use crate::exit::Exit;
use crate::output;

/// After so many searches the list changes, where `--churn` asks for it.
const SEARCHES_A_TURN: u64 = 10;

pub(crate) async fn sandbox(arguments: SandboxArguments) -> Exit {
    match Sandbox::start(arguments.settings()).await {
        Ok(sandbox) => serve(sandbox).await,
        Err(error) => {
            output::error(&format!("could not start the sandbox: {error}"));
            Exit::Refused
        }
    }
}

/// Says how to use it, in a form that a shell can read, and waits for the end.
async fn serve(sandbox: Sandbox) -> Exit {
    output::text(&format!(
        "# Both APIs are served at {}. In another shell:\n{}# Press Ctrl-C to stop.",
        sandbox.url(),
        embedded::exports(&sandbox),
    ));
    let interrupted = tokio::signal::ctrl_c().await;
    sandbox.stop().await;
    match interrupted {
        Ok(()) => Exit::Success,
        Err(_) => Exit::Fatal,
    }
}

impl SandboxArguments {
    fn settings(&self) -> Settings {
        let any_or = |rate: f64| (rate > 0.0).then_some(rate);
        Settings {
            port: self.port,
            offers: self.offers,
            burst: self.burst,
            offers_file: self.offers_file.clone(),
            seed: self.seed,
            board_holds: Share(self.board_holds.as_f64()),
            francetravail: FranceTravail {
                rate: any_or(self.francetravail_rate),
                latency: Duration::from_millis(self.francetravail_latency),
                churn: (self.churn > 0).then_some(Churn {
                    every: SEARCHES_A_TURN,
                    leave: self.churn,
                    come: self.churn,
                }),
                ..FranceTravail::default()
            },
            hrflow: Hrflow {
                rate: any_or(self.hrflow_rate),
                latency: Duration::from_millis(self.hrflow_latency),
                ..Hrflow::default()
            },
            faults: any_or(self.faults.as_f64()).map(|share| Faults::all(self.seed, share)),
            ..Settings::default()
        }
    }
}
