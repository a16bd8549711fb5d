//! Offres d'emploi v2 as the sandbox plays it.

mod filter;
mod found;
mod referential;
mod search;
mod tokens;

use serde_json::{Value, json};

use crate::World;
use crate::answer::Answer;
use crate::serve::Call;
use crate::settings::RetryAfter;
pub(crate) use found::Found;
pub(crate) use tokens::{Tokens, token};

pub(crate) const API_PATH: &str = "/partenaire/offresdemploi";
pub(crate) const TOKEN_PATH: &str = "/connexion/oauth2/access_token";

/// Calls a second that the service allows all applications together; it is stated, and not played.
const API_ALLOWANCE: u32 = 100;
const JSON: &str = "application/json;charset=UTF-8";

/// Answers one call of the API.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    let Some(application) = world.tokens.owner(call.bearer()) else {
        return unauthorized();
    };
    let left = match &world.search_allowance {
        None => None,
        Some(allowance) => match allowance.take(&application) {
            Some(left) => Some((allowance.rate(), left)),
            None => return too_many_calls(world, allowance.rate()),
        },
    };
    let answer = addressed(world, call);
    match left {
        Some((rate, left)) if world.settings.francetravail.states_rate => {
            with_allowance(answer, rate, left)
        }
        _ => answer,
    }
}

fn addressed(world: &World, call: &Call) -> Answer {
    let path: Vec<_> = call.path.split('/').collect();
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["v2", "offres", "search"]) => {
            let answer = search::search(world, call);
            world.turn_over();
            answer
        }
        ("GET", ["v2", "offres", id]) => search::detail(world, id),
        ("GET", ["v2", "referentiel", name]) => referential::referential(world, name),
        _ => Answer::page(404),
    }
}

/// 401: an empty body.
pub(crate) fn unauthorized() -> Answer {
    Answer::empty(401)
        .with("www-authenticate", "Bearer")
        .with("content-type", "application/json")
        .with("cache-control", "no-store")
        .with("pragma", "no-cache")
}

/// What the gateway says when something is broken behind it.
pub(crate) fn technical_error(world: &World, status: u16) -> Answer {
    let message = "Erreur technique. Veuillez contacter le support de francetravail.io.";
    Answer::json(status, JSON, &error_body(world, status, message))
}

/// 400, with the service's own kind of code: the millisecond in which it happened.
fn bad_request(world: &World, message: &str) -> Answer {
    Answer::json(400, JSON, &error_body(world, 400, message)).with("accept-range", "150")
}

fn error_body(world: &World, status: u16, message: &str) -> Value {
    let millisecond = world.clock.now().as_millisecond().to_string();
    json!({"message": message, "codeHttp": status, "codeErreur": millisecond})
}

fn too_many_calls(world: &World, rate: f64) -> Answer {
    let answer = Answer::empty(429).with("content-type", "text/plain");
    let answer = match world.settings.francetravail.retry_after {
        RetryAfter::Seconds => answer.with("retry-after", "1"),
        RetryAfter::Date => {
            let now = world.clock.now();
            let date = |instant: jiff::Timestamp| {
                instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
            };
            let later = now.saturating_add(jiff::SignedDuration::from_secs(1)).unwrap_or(now);
            answer.with("date", date(now)).with("retry-after", date(later))
        }
        RetryAfter::Absent => answer,
    };
    if world.settings.francetravail.states_rate {
        with_allowance(answer, rate, 0.0)
    } else {
        answer
    }
}

fn with_allowance(answer: Answer, rate: f64, left: f64) -> Answer {
    answer
        .with("x-ratelimit-burst-capacity-clientidlimiter", rate.max(1.0).to_string())
        .with("x-ratelimit-replenish-rate-clientidlimiter", rate.to_string())
        .with("x-ratelimit-remaining-clientidlimiter", left.floor().to_string())
        .with("x-ratelimit-requested-tokens-clientidlimiter", "1")
        .with("x-ratelimit-burst-capacity-defaultlimiter", API_ALLOWANCE.to_string())
        .with("x-ratelimit-replenish-rate-defaultlimiter", API_ALLOWANCE.to_string())
        .with("x-ratelimit-remaining-defaultlimiter", (API_ALLOWANCE - 1).to_string())
        .with("x-ratelimit-requested-tokens-defaultlimiter", "1")
}
