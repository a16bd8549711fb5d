//! The embedded sandbox of `--sandbox`: where it is, and what stands in for credentials.

use hrflow_connectors::{Environment, Given, Place, SettingKey, Settings};
use sandbox::{Sandbox, Share};

use crate::surroundings;

/// How many offers it makes up.
const OFFERS: usize = 3_000;
/// The board lacks some of them, so that one sees what becomes of those.
const HELD: f64 = 0.97;
/// The board that a run writes to when it names none.
const BOARD_KEY: &str = "5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db";

/// The environment in which a run finds this sandbox in place of the real services.
pub(crate) fn environment(sandbox: &Sandbox) -> [(&'static str, String); 7] {
    [
        ("FRANCETRAVAIL_API_URL", sandbox.francetravail_api_url()),
        ("FRANCETRAVAIL_TOKEN_URL", sandbox.francetravail_token_url()),
        ("HRFLOW_API_URL", sandbox.hrflow_api_url()),
        ("FRANCETRAVAIL_CLIENT_ID", "sandbox".to_owned()),
        ("FRANCETRAVAIL_CLIENT_SECRET", "sandbox".to_owned()),
        ("HRFLOW_API_SECRET", "ask_00000000000000000000000000000000".to_owned()),
        ("HRFLOW_API_USER", "sandbox@example.org".to_owned()),
    ]
}

/// The same as lines for a shell.
pub(crate) fn exports(sandbox: &Sandbox) -> String {
    environment(sandbox).iter().map(|(name, value)| format!("export {name}={value}\n")).collect()
}

/// The environment of a command, turned to a sandbox of its own where that was asked for.
pub(crate) async fn place(is_asked_for: bool) -> Result<(Environment, Option<Sandbox>), String> {
    let mut environment = surroundings::environment();
    if !is_asked_for {
        return Ok((environment, None));
    }
    let sandbox = start().await?;
    turn_to(&sandbox, &mut environment);
    Ok((environment, Some(sandbox)))
}

/// Turns a run to the sandbox, whatever the environment says.
fn turn_to(sandbox: &Sandbox, environment: &mut Environment) {
    for (name, value) in self::environment(sandbox) {
        environment.set(name, value);
    }
}

/// Starts the sandbox of one run.
async fn start() -> Result<Sandbox, String> {
    let settings = sandbox::Settings {
        offers: OFFERS,
        board_holds: Share(HELD),
        ..sandbox::Settings::default()
    };
    Sandbox::start(settings).await.map_err(|error| format!("could not start the sandbox: {error}"))
}

/// The lowest layer of such a run's settings: a board, and a state that ends with the run unless
/// the environment names a store.
pub(crate) fn settings(environment: &Environment) -> Settings {
    let place = || Place::Argument("--sandbox".to_owned());
    let mut settings = Settings::default();
    if environment.get("HRFLOW_CONNECTORS_STORE_URL").is_none() {
        settings.set(SettingKey::Store, Given::text("memory:", place()));
    }
    settings.sections.push_parameters.push("board_key", Given::text(BOARD_KEY, place()));
    settings
}
