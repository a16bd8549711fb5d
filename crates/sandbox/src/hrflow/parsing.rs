//! Text parsing: finds the words of a short list.

use serde_json::{Map, Value, json};

use super::{JSON, error, over_quota, unauthorized};
use crate::World;
use crate::answer::Answer;
use crate::serve::Call;

const HARD_SKILLS: [&str; 5] = ["Python", "Java", "Excel", "soudure", "comptabilité"];
const SOFT_SKILLS: [&str; 3] = ["autonomie", "rigueur", "équipe"];
const LANGUAGES: [&str; 3] = ["Anglais", "Allemand", "Espagnol"];

pub(super) fn parse(world: &World, call: &Call, key: &str) -> Answer {
    let settings = &world.settings.hrflow.parsing;
    if !settings.key_is_good {
        return unauthorized(key, "write");
    }
    if !world.parsing_spent.take(settings.quota) {
        return over_quota();
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(&call.body) else {
        return error(400, "Bad request. Invalid JSON");
    };
    let Some(texts) = body.get("texts").and_then(Value::as_array) else {
        return error(400, "Bad request. Text cannot be null");
    };
    if texts.is_empty() || texts.len() > settings.most_texts || !texts.iter().all(Value::is_string)
    {
        return error(400, "Bad request. Text cannot be null");
    }
    let is_refused = |text: &Value| {
        let (text, refused) = (text.as_str(), settings.refused_word.as_deref());
        text.zip(refused).is_some_and(|(text, refused)| text.contains(refused))
    };
    if texts.iter().any(is_refused) {
        return error(422, "Validation error");
    }
    let data: Vec<_> = texts.iter().filter_map(Value::as_str).map(parsed).collect();
    let body = json!({"code": 200, "message": "Text parsing results", "data": data});
    Answer::json(200, JSON, &body)
}

fn parsed(text: &str) -> Value {
    let found = |words: &[&str]| -> Vec<String> {
        let text = text.to_lowercase();
        let is_there = |word: &&&str| text.contains(&word.to_lowercase());
        words.iter().filter(is_there).map(|word| (*word).to_owned()).collect()
    };
    let mut parsing: Map<String, Value> = [
        "certifications",
        "companies",
        "courses",
        "dates",
        "durations",
        "education_titles",
        "emails",
        "first_names",
        "interests",
        "job_titles",
        "last_names",
        "locations",
        "phones",
        "schools",
        "tasks",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), json!([])))
    .collect();
    parsing.insert("skills_hard".to_owned(), json!(found(&HARD_SKILLS)));
    parsing.insert("skills_soft".to_owned(), json!(found(&SOFT_SKILLS)));
    parsing.insert("languages".to_owned(), json!(found(&LANGUAGES)));
    json!({"text": text, "entities": [], "parsing": parsing})
}
