//! HrFlow.ai as the sandbox plays it.

mod board;
mod parsing;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::World;
use crate::answer::Answer;
use crate::serve::Call;
use crate::settings::{Bodies, MediaType, RetryAfter};
pub(crate) use board::{Archiving, Board, Named};

pub(crate) const API_PATH: &str = "/v1";

const JSON: &str = "application/json";
const NO_JOB: &str = "Invalid parameters. Unable to find object: job";
const NO_BOARD: &str = "Invalid parameters. Unable to find object: board";

/// Answers one call of the API.
pub(crate) fn answer(world: &World, call: &Call) -> Answer {
    let answer = plain_answer(world, call);
    match world.settings.hrflow.media_type {
        MediaType::Plain => answer,
        MediaType::WithCharset => answer.of_type(Some("application/json; charset=utf-8")),
        MediaType::Absent => answer.of_type(None),
    }
}

fn plain_answer(world: &World, call: &Call) -> Answer {
    let caller = match authorize(world, call) {
        Ok(caller) => caller,
        Err(answer) => return answer,
    };
    if let Some(allowance) = &world.hrflow_allowance
        && allowance.take(&caller.key).is_none()
    {
        return too_many_calls(world);
    }
    if call.path != "text/parsing" && !world.hrflow_spent.take(world.settings.hrflow.quota) {
        return over_quota();
    }
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "auth") => auth(caller.permission),
        ("GET", "board") => board_info(world, call),
        ("PATCH", "job/indexing/archive") => archive(world, call),
        ("GET", "job/indexing") => job(world, call),
        ("POST", "job/indexing") => create(world, call),
        ("PUT", "job/indexing") => edit(world, call),
        ("GET", "storing/jobs") => list(world, call),
        ("POST", "text/parsing") => parsing::parse(world, call, &caller.key),
        (
            _,
            "auth"
            | "board"
            | "job/indexing"
            | "job/indexing/archive"
            | "storing/jobs"
            | "text/parsing",
        ) => error(405, "Method not allowed"),
        _ => Answer::page(404),
    }
}

/// The envelope of a failure.
pub(crate) fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, JSON, &json!({"code": status, "message": message}))
}

fn success(status: u16, message: &str, data: &Value) -> Answer {
    Answer::json(status, JSON, &json!({"code": status, "message": message, "data": data}))
}

struct Caller {
    key: String,
    permission: &'static str,
}

/// The key, which a refusal repeats as the real service does, and what it allows.
fn authorize(world: &World, call: &Call) -> Result<Caller, Answer> {
    let key = call.header("x-api-key").unwrap_or_default();
    let user = call.header("x-user-email").unwrap_or_default();
    let is_known = match &world.settings.credentials {
        Some(known) => known.api_secret == key && known.api_user == user,
        None => !key.is_empty() && !user.is_empty(),
    };
    let permission = match key {
        _ if key.starts_with("askr_") => "read",
        _ if key.starts_with("askw_") => "write",
        _ => "all",
    };
    let needed = if call.method == "GET" { "read" } else { "write" };
    let is_allowed = permission == "all" || permission == needed || call.path == "auth";
    if is_known && is_allowed {
        return Ok(Caller { key: key.to_owned(), permission });
    }
    Err(unauthorized(key, needed))
}

fn unauthorized(key: &str, needed: &str) -> Answer {
    error(401, &format!("Unauthorized. Invalid secret key: {key} for permission: {needed}"))
}

fn over_quota() -> Answer {
    error(402, "Over plan quota on this endpoint")
}

fn too_many_calls(world: &World) -> Answer {
    let answer = error(429, "Too many requests");
    match world.settings.hrflow.retry_after {
        RetryAfter::Seconds | RetryAfter::Date => answer.with("retry-after", "1"),
        RetryAfter::Absent => answer,
    }
}

fn auth(permission: &str) -> Answer {
    let data = json!({
        "team_name": "Sandbox",
        "team_subdomain": "sandbox",
        "request_origin": "api",
        "api_key_permission": permission,
    });
    success(200, "API Access Success", &data)
}

fn board_info(world: &World, call: &Call) -> Answer {
    let key = call.parameter("key").unwrap_or_default();
    if !is_key(key) {
        return error(400, "Invalid board fields");
    }
    let jobs = world.with_board(key, |board| board.len());
    let data = json!({"key": key, "name": "Sandbox", "type": "api", "stats": {"size": jobs}});
    success(200, "Board info", &data)
}

fn archive(world: &World, call: &Call) -> Answer {
    let Ok(Value::Object(body)) = serde_json::from_slice(&call.body) else {
        return error(400, "Bad request. Invalid JSON");
    };
    let (board_key, named) = match addressed(&body) {
        Ok(addressed) => addressed,
        Err(message) => return error(400, message),
    };
    let archiving = match body.get("is_archive") {
        None | Some(Value::Bool(true)) => Archiving::In,
        Some(Value::Bool(false)) => Archiving::Out,
        Some(value) if *value == json!(1) => Archiving::In,
        Some(value) if *value == json!(0) => Archiving::Out,
        Some(_) => return error(422, "Validation error"),
    };
    let now = world.clock.now();
    let again = world.settings.hrflow.archived_again;
    let key = world.with_board(board_key, |board| board.archive(&named, archiving, again, now));
    match key {
        Some(key) => success(200, "Job archived", &json!({"key": key})),
        None => error(400, NO_JOB),
    }
}

/// The board and the fields of a job, sent flat or under `job`.
fn sent_job(world: &World, call: &Call) -> Result<(String, Map<String, Value>), Answer> {
    let Ok(Value::Object(mut body)) = serde_json::from_slice(&call.body) else {
        return Err(error(400, "Bad request. Invalid JSON"));
    };
    let board = body.remove("board_key");
    let board = board.as_ref().and_then(Value::as_str).filter(|key| is_key(key));
    let board = board.ok_or_else(|| error(400, NO_BOARD))?.to_owned();
    let job = match (body.remove("job"), world.settings.hrflow.bodies) {
        (Some(Value::Object(job)), Bodies::Any | Bodies::Wrapped) => job,
        (None, Bodies::Any | Bodies::Flat) => body,
        _ => return Err(error(422, "Validation error")),
    };
    let is_text = |value: Option<&Value>| value.is_some_and(Value::is_string);
    let location = job.get("location").and_then(Value::as_object);
    if !is_text(job.get("name")) || !is_text(location.and_then(|place| place.get("text"))) {
        return Err(error(422, "Validation error"));
    }
    Ok((board, job))
}

fn create(world: &World, call: &Call) -> Answer {
    let (board_key, job) = match sent_job(world, call) {
        Ok(sent) => sent,
        Err(answer) => return answer,
    };
    let now = world.clock.now();
    match world.with_board(&board_key, |board| board.create(job, now, &world.settings.hrflow)) {
        Ok(job) => success(201, "Job created", &job),
        Err(reference) => {
            let message =
                format!("Cannot create job with this reference: {reference}. Already used!");
            error(400, &message)
        }
    }
}

fn edit(world: &World, call: &Call) -> Answer {
    let (board_key, job) = match sent_job(world, call) {
        Ok(sent) => sent,
        Err(answer) => return answer,
    };
    let now = world.clock.now();
    match world.with_board(&board_key, |board| board.edit(job, now, &world.settings.hrflow)) {
        Some(job) => success(200, "Job edited", &job),
        None => error(400, NO_JOB),
    }
}

fn list(world: &World, call: &Call) -> Answer {
    let keys = call.parameter("board_keys").unwrap_or_default();
    let keys: Vec<String> = serde_json::from_str(keys).unwrap_or_default();
    let [key] = keys.as_slice() else { return error(400, NO_BOARD) };
    if !is_key(key) {
        return error(400, NO_BOARD);
    }
    let number = |name: &str, default: usize| {
        call.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default).max(1)
    };
    let most = world.settings.hrflow.list_limit.unwrap_or(usize::MAX);
    let (page, limit) = (number("page", 1), number("limit", 30).min(most));
    let shows_archived = world.settings.hrflow.lists_archived;
    let whole = matches!(call.parameter("return_job"), Some("true" | "True" | "1"));
    let (jobs, total) = world.with_board(key, |board| {
        board.page(shows_archived, (page - 1).saturating_mul(limit), limit)
    });
    let jobs: Vec<_> =
        jobs.into_iter().map(|job| if whole { job } else { outline(&job) }).collect();
    let count = jobs.len();
    let meta = json!({
        "page": page, "maxPage": total.div_ceil(limit), "count": count, "total": total,
    });
    let body = json!({"code": 200, "message": "List of jobs", "meta": meta, "data": jobs});
    Answer::json(200, JSON, &body)
}

fn outline(job: &Value) -> Value {
    let kept = ["key", "reference", "created_at", "updated_at", "archived_at"];
    kept.into_iter().map(|name| (name.to_owned(), job[name].clone())).collect::<Map<_, _>>().into()
}

fn job(world: &World, call: &Call) -> Answer {
    let board_key = call.parameter("board_key").unwrap_or_default();
    let named = call.parameter("key").map(|key| Named::Key(key.to_owned())).or_else(|| {
        call.parameter("reference").map(|reference| Named::Reference(reference.to_owned()))
    });
    if !is_key(board_key) {
        return error(400, NO_BOARD);
    }
    let Some(named) = named else { return error(400, NO_JOB) };
    match world.with_board(board_key, |board| board.job(&named)) {
        Some(job) => success(200, "Job details", &job),
        None => error(400, NO_JOB),
    }
}

/// The board and the job that a body names.
fn addressed(body: &Map<String, Value>) -> Result<(&str, Named), &'static str> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let board = text("board_key").filter(|key| is_key(key)).ok_or(NO_BOARD)?;
    let named = text("key")
        .map(|key| Named::Key(key.to_owned()))
        .or_else(|| text("reference").map(|reference| Named::Reference(reference.to_owned())))
        .ok_or(NO_JOB)?;
    Ok((board, named))
}

fn is_key(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
