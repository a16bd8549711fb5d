//! The token endpoint, and the tokens it gave.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use tokio::time::Instant;

use super::JSON;
use crate::World;
use crate::answer::Answer;
use crate::serve::Call;

const SCOPES: [&str; 2] = ["api_offresdemploiv2", "o2dsoffre"];

#[derive(Debug)]
struct Owner {
    application: String,
    until: Instant,
    is_used: bool,
}

/// The tokens that are good now, with their owners.
#[derive(Debug)]
pub(crate) struct Tokens {
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    random: fastrand::Rng,
    owners: HashMap<String, Owner>,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { held: Mutex::new(Held { random, owners: HashMap::new() }) }
    }

    /// The application that a token was given to, while it is good.
    pub(crate) fn owner(&self, token: &str) -> Option<String> {
        let mut held = self.held();
        let owner = held.owners.get_mut(token)?;
        owner.is_used = true;
        (Instant::now() < owner.until).then(|| owner.application.clone())
    }

    /// A token comes to its end, if it was used before; says whether it did.
    pub(crate) fn end(&self, token: &str) -> bool {
        let mut held = self.held();
        let is_used = held.owners.get(token).is_none_or(|owner| owner.is_used);
        if is_used {
            held.owners.remove(token);
        }
        is_used
    }

    fn give(&self, owner: &str, until: Instant) -> String {
        let mut held = self.held();
        let token: String = (0..27).map(|_| held.random.alphanumeric()).collect();
        let application = owner.to_owned();
        held.owners.insert(token.clone(), Owner { application, until, is_used: false });
        token
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives a token for credentials.
pub(crate) fn token(world: &World, call: &Call) -> Answer {
    if call.method != "POST" {
        return Answer::page(405);
    }
    let form = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&form_as_uri(call));
    let form: HashMap<String, String> =
        form.map(|axum::extract::Query(fields)| fields.into_iter().collect()).unwrap_or_default();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if !matches!(call.parameter("realm"), Some("/partenaire" | "partenaire")) {
        return refused("invalid_request", "Invalid realm");
    }
    match field("grant_type") {
        "client_credentials" => {}
        // Also where the request has no body at all.
        "" => return refused("invalid_request", "Grant type is not set"),
        other => {
            let message = format!("Grant type is not supported: {other}");
            return refused("unsupported_grant_type", &message);
        }
    }
    let (id, secret) = (field("client_id"), field("client_secret"));
    let is_known = match &world.settings.credentials {
        Some(known) => known.client_id == id && known.client_secret == secret,
        None => !id.is_empty() && !secret.is_empty(),
    };
    if !is_known {
        return refused("invalid_client", "Client authentication failed");
    }
    let own = format!("application_{id}");
    let unknown = field("scope").split(' ').find(|scope| !SCOPES.contains(scope) && *scope != own);
    if let Some(unknown) = unknown {
        return refused("invalid_scope", &format!("Unknown/invalid scope(s): [{unknown}]"));
    }
    let lifetime = world.settings.francetravail.token_lifetime;
    let token = world.tokens.give(id, Instant::now() + lifetime);
    let body = json!({
        "scope": SCOPES.join(" "),
        "expires_in": lifetime.as_secs(),
        "token_type": "Bearer",
        "access_token": token,
    });
    not_stored(Answer::json(200, JSON, &body))
}

fn refused(error: &str, description: &str) -> Answer {
    let body = json!({"error": error, "error_description": description});
    not_stored(Answer::json(400, "application/json", &body))
}

fn not_stored(answer: Answer) -> Answer {
    answer.with("cache-control", "no-store").with("pragma", "no-cache")
}

fn form_as_uri(call: &Call) -> http::Uri {
    let form = String::from_utf8_lossy(&call.body);
    format!("/?{form}").parse().unwrap_or_default()
}
