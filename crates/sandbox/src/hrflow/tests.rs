//! Each way in which HrFlow is not known to behave, as the settings choose it.

use axum::body::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::answer;
use crate::answer::Answer;
use crate::serve::Call;
use crate::settings::{
    ArchivedAgain, ArchivedEdited, ArchivedReference, Bodies, Edits, Hrflow, MediaType, Parsing,
    UpdatedAt,
};
use crate::{Settings, World};

const BOARD: &str = "0123456789012345678901234567890123456789";

/// A board of HrFlow that behaves as the settings say.
struct Service(World);

impl Service {
    fn of(hrflow: Hrflow) -> Self {
        Self(World::new(Settings { offers: 0, hrflow, ..Settings::default() }).unwrap())
    }

    fn answer(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let headers = [("x-api-key", key), ("x-user-email", "recruiting@example.org")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let call = Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            headers: HeaderMap::from_iter(headers),
            body: Bytes::from(body.to_string()),
        };
        answer(&self.0, &call)
    }

    /// The status and the body of an answer.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.answer("ask_0", method, path, body);
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    fn create(&self, job: &Value) -> (u16, Value) {
        self.ask("POST", "job/indexing", &json!({"board_key": BOARD, "job": job}))
    }

    fn edit(&self, job: &Value) -> (u16, Value) {
        self.ask("PUT", "job/indexing", &json!({"board_key": BOARD, "job": job}))
    }

    fn archive(&self, reference: &str) -> (u16, Value) {
        let body = json!({"board_key": BOARD, "reference": reference});
        self.ask("PATCH", "job/indexing/archive", &body)
    }

    fn list(&self, parameters: &str) -> Value {
        let path = format!("storing/jobs?board_keys=[\"{BOARD}\"]&{parameters}");
        self.ask("GET", &path, &Value::Null).1
    }

    fn parse(&self, texts: &[&str]) -> u16 {
        self.ask("POST", "text/parsing", &json!({"texts": texts})).0
    }
}

fn job(reference: &str) -> Value {
    json!({"reference": reference, "name": "A", "location": {"text": "Paris"}})
}

#[test]
fn archiving_again_is_taken_or_answered_as_unknown() {
    for (archived_again, status) in [(ArchivedAgain::Archived, 200), (ArchivedAgain::Unknown, 400)]
    {
        let service = Service::of(Hrflow { archived_again, ..Hrflow::default() });
        service.create(&job("1"));
        assert_eq!(service.archive("1").0, 200);
        assert_eq!(service.archive("1").0, status);
    }
}

#[test]
fn an_archived_job_is_edited_or_unknown() {
    for (archived_edited, status) in [(ArchivedEdited::Edited, 200), (ArchivedEdited::Unknown, 400)]
    {
        let service = Service::of(Hrflow { archived_edited, ..Hrflow::default() });
        service.create(&job("1"));
        service.archive("1");
        let (found, body) = service.edit(&job("1"));
        assert_eq!(found, status);
        assert_eq!(body["data"]["archived_at"].is_string(), status == 200);
    }
}

#[test]
fn the_reference_of_an_archived_job_is_in_use_or_free() {
    let in_use = Service::of(Hrflow::default());
    in_use.create(&job("1"));
    in_use.archive("1");
    assert_eq!(in_use.create(&job("1")).0, 400);

    let archived_reference = ArchivedReference::Free;
    let free = Service::of(Hrflow { archived_reference, ..Hrflow::default() });
    let first = free.create(&job("1")).1["data"]["key"].clone();
    assert_eq!(free.create(&job("1")).0, 400);
    free.archive("1");
    let (status, second) = free.create(&job("1"));
    assert_eq!(status, 201);
    assert_ne!(second["data"]["key"], first);
    assert_eq!(free.list("return_job=true")["meta"]["total"], 2);
    let path = format!("job/indexing?board_key={BOARD}&key={}", first.as_str().unwrap());
    assert!(free.ask("GET", &path, &Value::Null).1["data"]["archived_at"].is_string());
}

#[test]
fn a_list_shows_archived_jobs_or_hides_them() {
    for (lists_archived, total) in [(true, 2), (false, 1)] {
        let service = Service::of(Hrflow { lists_archived, ..Hrflow::default() });
        service.create(&job("1"));
        service.create(&job("2"));
        service.archive("1");
        assert_eq!(service.list("")["meta"]["total"], total);
    }
}

#[test]
fn a_page_is_as_long_as_the_limit_lets_it_be() {
    for (list_limit, count) in [(Some(30), 30), (Some(100), 100), (None, 120)] {
        let service = Service::of(Hrflow { list_limit, ..Hrflow::default() });
        for number in 0..120 {
            service.create(&job(&number.to_string()));
        }
        assert_eq!(service.list("limit=1000")["meta"]["count"], count);
        assert_eq!(
            service.list("")["meta"],
            json!({"page": 1, "maxPage": 4, "count": 30, "total": 120})
        );
    }
}

#[test]
fn a_page_past_the_last_is_empty() {
    let service = Service::of(Hrflow::default());
    service.create(&job("1"));
    let page = service.list("page=7");
    assert_eq!((&page["code"], &page["data"]), (&json!(200), &json!([])));
    assert_eq!(page["meta"]["maxPage"], 1);
}

#[test]
fn a_new_job_shows_up_after_a_number_of_listings() {
    let service = Service::of(Hrflow { list_lag: 2, ..Hrflow::default() });
    service.create(&job("1"));
    let totals = [0, 1, 2].map(|_| service.list("")["meta"]["total"].clone());
    assert_eq!(totals, [json!(0), json!(0), json!(1)]);
    let path = format!("job/indexing?board_key={BOARD}&reference=1");
    assert_eq!(service.ask("GET", &path, &Value::Null).0, 200);
}

#[test]
fn editing_empties_what_is_not_sent_or_leaves_it() {
    for (edits, summary) in [(Edits::Whole, Value::Null), (Edits::Partial, json!("old"))] {
        let service = Service::of(Hrflow { edits, ..Hrflow::default() });
        let mut first = job("1");
        first["summary"] = "old".into();
        service.create(&first);
        let (_, edited) = service.edit(&job("1"));
        assert_eq!(edited["data"]["summary"], summary, "{edits:?}");
    }
}

#[test]
fn the_time_of_the_update_is_that_of_the_clock_or_the_one_that_was_sent() {
    let sent = "2023-06-21T10:00:00+0000";
    let mut edited = job("1");
    edited["updated_at"] = sent.into();
    for (updated_at, is_sent) in [(UpdatedAt::Clock, false), (UpdatedAt::Sent, true)] {
        let service = Service::of(Hrflow { updated_at, ..Hrflow::default() });
        service.create(&job("1"));
        assert_eq!(service.edit(&edited).1["data"]["updated_at"] == sent, is_sent);
    }
}

#[test]
fn a_job_is_sent_flat_or_wrapped() {
    let wrapped = json!({"board_key": BOARD, "job": job("1")});
    let mut flat = job("2");
    flat["board_key"] = BOARD.into();
    for (bodies, statuses) in
        [(Bodies::Any, [201, 201]), (Bodies::Wrapped, [201, 422]), (Bodies::Flat, [422, 201])]
    {
        let service = Service::of(Hrflow { bodies, ..Hrflow::default() });
        let found = [&wrapped, &flat].map(|body| service.ask("POST", "job/indexing", body).0);
        assert_eq!(found, statuses, "{bodies:?}");
    }
}

#[test]
fn an_answer_says_of_what_kind_it_is_or_does_not() {
    for (media_type, expected) in [
        (MediaType::Plain, Some("application/json")),
        (MediaType::WithCharset, Some("application/json; charset=utf-8")),
        (MediaType::Absent, None),
    ] {
        let service = Service::of(Hrflow { media_type, ..Hrflow::default() });
        let answer = service.answer("ask_0", "GET", "auth", &Value::Null);
        let mut headers = answer.headers.iter();
        let found = headers.find(|(name, _)| *name == "content-type");
        assert_eq!(found.map(|(_, value)| value.as_str()), expected);
    }
}

#[test]
fn a_plan_has_an_end_for_jobs_and_for_parsing_apart() {
    let parsing = Parsing { quota: Some(1), ..Parsing::default() };
    let service = Service::of(Hrflow { quota: Some(2), parsing, ..Hrflow::default() });
    assert_eq!([service.parse(&["a"]), service.parse(&["a"])], [200, 402]);
    assert_eq!(["1", "2", "3"].map(|name| service.create(&job(name)).0), [201, 201, 402]);
}

#[test]
fn parsing_takes_so_many_texts_refuses_a_word_and_may_be_closed() {
    let refused_word = Some("poison".to_owned());
    let parsing = Parsing { most_texts: 2, refused_word, ..Parsing::default() };
    let service = Service::of(Hrflow { parsing, ..Hrflow::default() });
    assert_eq!([service.parse(&["a", "b"]), service.parse(&["a"; 3])], [200, 400]);
    assert_eq!(service.parse(&["a", "the poison"]), 422);
    let parsing = Parsing { key_is_good: false, ..Parsing::default() };
    let closed = Service::of(Hrflow { parsing, ..Hrflow::default() });
    assert_eq!((closed.parse(&["a"]), closed.create(&job("1")).0), (401, 201));
}

#[test]
fn a_key_without_the_permission_is_refused_and_repeated() {
    let service = Service::of(Hrflow::default());
    for (key, method, path, permission) in
        [("askr_1", "PUT", "job/indexing", "write"), ("askw_1", "GET", "storing/jobs", "read")]
    {
        let answer = service.answer(key, method, path, &Value::Null);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        let expected =
            format!("Unauthorized. Invalid secret key: {key} for permission: {permission}");
        assert_eq!((answer.status, &body["message"]), (401, &json!(expected)));
    }
}
