//! What each answer of HrFlow means, in one table.
//!
//! HTTP status and body agree as a rule. Where they do not, both must say that all is well for an
//! answer to be good; else the worse of the two counts. A body without a `code` proves nothing, be
//! it good news or bad, so it is asked for again.

use api_client::{Answer, Disposition, NotJson, raw};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::listing::Meta;
use crate::{Failure, JobPage, UnreadableJob};

/// The body around every answer.
#[derive(Deserialize)]
struct Envelope<'a> {
    code: Option<u16>,
    message: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
}

/// `data` of a good answer, read as a `T`.
pub(crate) fn data<T: DeserializeOwned>(answer: &Answer) -> Disposition<T, Failure> {
    parts(answer, |data, _| serde_json::from_str(data?.get()).ok())
}

/// A page of jobs, of which each that cannot be read fails alone.
pub(crate) fn jobs(answer: &Answer) -> Disposition<JobPage, Failure> {
    let read = parts(answer, |data, meta| {
        let jobs = serde_json::from_str(data?.get()).ok()?;
        let meta: Meta = serde_json::from_str(meta?.get()).ok()?;
        Some(meta.page(jobs, Vec::new()))
    });
    match read {
        Disposition::TryAgain(failure @ Failure::Unintelligible { .. }) => {
            jobs_one_by_one(answer).map_or(Disposition::TryAgain(failure), Disposition::Done)
        }
        read => read,
    }
}

fn jobs_one_by_one(answer: &Answer) -> Option<JobPage> {
    let code: u16 = parsed(raw::field(&answer.body, "code")?)?;
    if ![answer.status.as_u16(), code].into_iter().all(is_good) {
        return None;
    }
    let meta: Meta = parsed(raw::field(&answer.body, "meta")?)?;
    let (mut jobs, mut unreadable) = (Vec::new(), Vec::new());
    for item in raw::items(raw::field(&answer.body, "data")?)? {
        match serde_json::from_slice(&raw::mended(item).0) {
            Ok(job) => jobs.push(job),
            Err(error) => unreadable.push(UnreadableJob::of(item, &error)),
        }
    }
    Some(meta.page(jobs, unreadable))
}

pub(crate) fn parsed<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(&raw::mended(json).0).ok()
}

/// A good answer whose `data`, where it can be read, is worth a look.
pub(crate) fn done_with<T: DeserializeOwned>(answer: &Answer) -> Disposition<Option<T>, Failure> {
    parts(answer, |data, _| Some(data.and_then(|data| serde_json::from_str(data.get()).ok())))
}

/// Halves of surrogate pairs and the like must not make an answer unreadable: where it cannot be
/// read as it is, they are replaced.
fn parts<T>(
    answer: &Answer,
    read: impl Fn(Option<&RawValue>, Option<&RawValue>) -> Option<T>,
) -> Disposition<T, Failure> {
    let verdict = parts_of(answer, &answer.body, &read);
    if !matches!(verdict, Disposition::TryAgain(Failure::Unintelligible { .. })) {
        return verdict;
    }
    match raw::mended(&answer.body) {
        (_, 0) => verdict,
        (body, _) => parts_of(answer, &body, &read),
    }
}

fn parts_of<T>(
    answer: &Answer,
    body: &[u8],
    read: impl Fn(Option<&RawValue>, Option<&RawValue>) -> Option<T>,
) -> Disposition<T, Failure> {
    let status = answer.status.as_u16();
    let envelope = match serde_json::from_slice::<Envelope<'_>>(body).map_err(NotJson::from) {
        Ok(envelope) => envelope,
        Err(why) => return without_envelope(answer, &why.to_string()),
    };
    let message = envelope.message.unwrap_or_else(|| answer.excerpt());
    let Some(code) = envelope.code else {
        return without_envelope(answer, "it has no `code`");
    };
    match [status, code].map(is_good) {
        [true, true] => match read(envelope.data, envelope.meta) {
            Some(value) => Disposition::Done(value),
            None => Disposition::TryAgain(unintelligible(answer)),
        },
        [true, false] => by_code(answer, code, message),
        [false, true] => by_code(answer, status, message),
        [false, false] => by_code(answer, status.max(code), message),
    }
}

fn is_good(code: u16) -> bool {
    (200..=299).contains(&code)
}

fn by_code<T>(answer: &Answer, code: u16, message: String) -> Disposition<T, Failure> {
    match code {
        401 => Disposition::Fail(Failure::Unauthorized(message)),
        402 => Disposition::Fail(Failure::OverQuota(message)),
        403 => Disposition::Fail(Failure::Forbidden(message)),
        408 | 500..=599 => Disposition::TryAgain(Failure::Unavailable { code, message }),
        429 => Disposition::SlowDown {
            after: answer.retry_after(),
            error: Failure::TooManyCalls(message),
        },
        400..=499 => Disposition::Fail(by_message(code, message)),
        300..=399 => {
            let (status, excerpt) = (answer.status.as_u16(), answer.excerpt());
            Disposition::Fail(Failure::WrongAddress { status, excerpt })
        }
        // A code that means nothing does not say that nothing was done.
        _ => Disposition::TryAgain(unintelligible(answer)),
    }
}

/// 400 says only in words what it is about.
fn by_message(code: u16, message: String) -> Failure {
    let words = message.to_ascii_lowercase();
    if words.contains("unable to find object: job") {
        Failure::UnknownJob(message)
    } else if ["object: board", "object: source", "invalid board fields", "invalid source"]
        .iter()
        .any(|sign| words.contains(sign))
    {
        Failure::UnknownBoard(message)
    } else if words.contains("already used") {
        Failure::ReferenceInUse(message)
    } else {
        Failure::Refused { code, message }
    }
}

/// A gateway's page or a broken body: only the HTTP status speaks.
fn without_envelope<T>(answer: &Answer, why: &str) -> Disposition<T, Failure> {
    let (code, message) = (answer.status.as_u16(), answer.excerpt());
    match code {
        200..=299 | 400 | 422 => {
            let excerpt = format!("{why}: {message}");
            Disposition::TryAgain(Failure::Unintelligible { status: code, excerpt })
        }
        300..=399 | 404 | 405 => {
            Disposition::Fail(Failure::WrongAddress { status: code, excerpt: message })
        }
        _ => by_code(answer, code, message),
    }
}

fn unintelligible(answer: &Answer) -> Failure {
    Failure::Unintelligible { status: answer.status.as_u16(), excerpt: answer.excerpt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    /// The verdict's name, and its failure's.
    #[track_caller]
    fn check(status: u16, body: &str, expected: &str) {
        let name = |failure: Failure| {
            let text = format!("{failure:?}");
            text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        };
        let found = match done_with::<serde_json::Value>(&answer(status, body)) {
            Disposition::Done(_) => "done".to_owned(),
            Disposition::TryAgain(failure) => format!("again {}", name(failure)),
            Disposition::SlowDown { error, .. } => format!("slow down {}", name(error)),
            Disposition::RefreshToken(failure) => format!("token {}", name(failure)),
            Disposition::Fail(failure) => format!("fail {}", name(failure)),
        };
        assert_eq!(found, expected, "{status} {body}");
    }

    #[test]
    fn status_and_code_are_both_read_and_the_worse_counts() {
        check(200, r#"{"code": 200, "message": "Job archived", "data": {}}"#, "done");
        check(201, r#"{"code": 200, "message": "Job created"}"#, "done");
        check(200, r#"{"code": 401, "message": "Unauthorized."}"#, "fail Unauthorized");
        check(500, r#"{"code": 200, "message": "Job archived"}"#, "again Unavailable");
        check(200, r#"{"code": 500, "message": "Oops"}"#, "again Unavailable");
        check(200, r#"{"message": "Job archived"}"#, "again Unintelligible");
        check(302, r#"{"code": 200, "message": "Job archived"}"#, "fail WrongAddress");
        check(200, r#"{"code": 302, "message": "Job archived"}"#, "fail WrongAddress");
        for code in [0, 1, 99, 100, 199, 600, 999, 65535] {
            let body = format!(r#"{{"code": {code}, "message": "Job archived"}}"#);
            check(200, &body, "again Unintelligible");
            check(
                503,
                &body,
                if code > 599 { "again Unintelligible" } else { "again Unavailable" },
            );
        }
        for code in ["-200", "200.5", "\"200\"", "70000", "[200]", "null", "1e400"] {
            let body = format!(r#"{{"code": {code}, "message": "Job archived"}}"#);
            check(200, &body, "again Unintelligible");
        }
        check(400, r#"{"message": "Unable to find object: job"}"#, "again Unintelligible");
    }

    #[test]
    fn every_refusal_has_its_name() {
        let body = |code: u16, message: &str| format!(r#"{{"code":{code},"message":"{message}"}}"#);
        let job = "Invalid parameters. Unable to find object: job";
        let board = "Invalid parameters. Unable to find object: board";
        let taken = "Cannot create job with this reference: X. Already used!";
        check(400, &body(400, job), "fail UnknownJob");
        check(404, &body(404, job), "fail UnknownJob");
        check(400, &body(400, board), "fail UnknownBoard");
        check(400, &body(400, "Invalid board fields"), "fail UnknownBoard");
        check(400, &body(400, taken), "fail ReferenceInUse");
        check(400, &body(400, "Bad request"), "fail Refused");
        check(422, &body(422, "Validation error"), "fail Refused");
        check(402, &body(402, "Over plan quota"), "fail OverQuota");
        check(403, &body(403, "Forbidden"), "fail Forbidden");
        check(429, &body(429, "Too many"), "slow down TooManyCalls");
        check(408, &body(408, "Timeout"), "again Unavailable");
        check(503, &body(503, "Down"), "again Unavailable");
    }

    #[test]
    fn what_is_not_an_envelope_is_judged_by_its_status() {
        let page = "<html>Bad gateway</html>";
        check(502, page, "again Unavailable");
        check(200, page, "again Unintelligible");
        check(200, "", "again Unintelligible");
        check(200, r#"{"code": 200, "mess"#, "again Unintelligible");
        check(401, "", "fail Unauthorized");
        check(429, page, "slow down TooManyCalls");
        check(302, page, "fail WrongAddress");
        check(404, page, "fail WrongAddress");
        check(400, r#"{"code": 400, "mess"#, "again Unintelligible");
        check(418, page, "fail Refused");
    }

    #[track_caller]
    fn list(data: &str) -> JobPage {
        let body = format!(r#"{{"code":200,"data":[{data}],"meta":{{"maxPage":1,"total":2}}}}"#);
        let Disposition::Done(page) = jobs(&answer(200, &body)) else { panic!("{data}") };
        page
    }

    #[test]
    fn a_job_that_cannot_be_read_fails_alone() {
        let good = r#"{"key":"b","reference":"B"}"#;
        for poison in ["1e400", "NaN", &format!("{}{}", "[".repeat(200), "]".repeat(200))] {
            let bad = format!(r#"{{"key":"a","reference":"A","x":{poison},"url":"u"}}"#);
            let page = list(&format!("{bad},{good}"));
            assert_eq!((page.jobs.len(), page.unreadable.len()), (1, 1), "{poison}");
            let known = &page.unreadable[0].known;
            assert_eq!((known.key(), known.reference()), (Some("a"), Some("A")));
            assert_eq!((known.0.len(), known.0["url"].as_str()), (3, Some("u")));
        }
        for bad in ["null", "17", "NaN"] {
            let page = list(&format!("{bad},{good}"));
            assert_eq!((page.jobs.len(), page.unreadable[0].known.key()), (1, None), "{bad}");
        }
    }

    #[test]
    fn what_is_no_text_is_replaced() {
        let page = list("{\"reference\":\"A\\ud83d\"},{\"reference\":\"B\u{1}\"}");
        let references: Vec<_> = page.jobs.iter().filter_map(|job| job.reference()).collect();
        assert_eq!(references, ["A\u{FFFD}", "B\u{1}"]);
        let one = answer(200, r#"{"code":200,"data":{"name":"cut \ud83d"}}"#);
        let Disposition::Done(job) = data::<serde_json::Value>(&one) else { panic!() };
        assert_eq!(job["name"], "cut \u{FFFD}");
    }

    #[test]
    fn a_list_that_is_cut_off_or_refused_is_none() {
        for body in [
            r#"{"code":200,"data":[{"x":NaN}],"meta":{"maxPage":1,"total":1}"#,
            r#"{"code":200,"data":[{"x":NaN}]}"#,
            r#"{"code":200,"data":{"x":NaN},"meta":{"maxPage":1,"total":1}}"#,
            r#"{"code":500,"data":[{"x":NaN}],"meta":{"maxPage":1,"total":1}}"#,
            r#"{"code":200,"data":[{"x":NaN}],"meta":{"maxPage":1e15,"total":1}}"#,
        ] {
            assert!(matches!(jobs(&answer(200, body)), Disposition::TryAgain(_)), "{body}");
        }
    }

    #[test]
    fn recorded_answers_are_good_news() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/hrflow/");
        for (status, name) in [
            (201, "recorded_post_job_indexing_201.json"),
            (200, "recorded_put_job_indexing_200.json"),
            (200, "recorded_patch_archive_200.json"),
        ] {
            match std::fs::read_to_string(format!("{folder}{name}")) {
                Ok(body) => check(status, &body, "done"),
                Err(_) => println!("skipped: {name} is not there"),
            }
        }
    }
}
