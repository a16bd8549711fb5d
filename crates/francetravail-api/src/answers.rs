//! What each answer of France Travail means, in one table.

use api_client::{Answer, Disposition, NotJson, Secret, StatedDuration, Token};
use serde::Deserialize;

use crate::body::{SearchBody, read_offer};
use crate::page::ContentRange;
use crate::{Failure, Offer, Page, ReferentialEntry};

/// Where a token's answer does not say, it lives as long as is documented.
const TOKEN_LIFETIME_S: u64 = 1499;

/// A page of which so many offers were asked for, from a position on.
pub(crate) fn page(answer: &Answer, first: u32, width: u32) -> Disposition<Page, Failure> {
    let range = answer.header("content-range").and_then(ContentRange::parse);
    let body = match answer.status.as_u16() {
        // An empty answer, either because nothing matches or because the page lies past the end.
        204 => SearchBody::default(),
        200 | 206 => match SearchBody::read(&answer.body) {
            Some(body) => body,
            None => return Disposition::TryAgain(unintelligible(answer)),
        },
        _ => return other(answer),
    };
    let SearchBody { offers, unreadable, counts, mended } = body;
    let total = range.map(|range| range.total).or_else(|| Some(counts.first()?.sum()));
    let stated = range.and_then(|range| range.positions);
    Disposition::Done(Page { first, total, offers, unreadable, mended, counts, width, stated })
}

/// One offer; none where it is gone.
pub(crate) fn offer(answer: &Answer) -> Disposition<Option<Offer>, Failure> {
    match answer.status.as_u16() {
        204 => Disposition::Done(None),
        200 | 206 => match read_offer(&answer.body) {
            Some(Ok(offer)) => Disposition::Done(Some(offer)),
            // It is all there: to ask again would not help.
            Some(Err(unreadable)) => Disposition::Fail(Failure::Unreadable(unreadable.why)),
            None => Disposition::TryAgain(unintelligible(answer)),
        },
        _ => other(answer),
    }
}

/// The entries of a referential.
pub(crate) fn referential(answer: &Answer) -> Disposition<Vec<ReferentialEntry>, Failure> {
    match answer.status.as_u16() {
        200 | 206 => match answer.json() {
            Ok(entries) => Disposition::Done(entries),
            Err(why) => Disposition::TryAgain(unreadable(answer, &why)),
        },
        _ => other(answer),
    }
}

/// A token, from the token endpoint.
pub(crate) fn token(answer: &Answer) -> Disposition<Token, Failure> {
    match answer.status.as_u16() {
        200..=299 => match answer.json::<TokenBody>() {
            Ok(body) => Disposition::Done(body.into()),
            Err(why) => Disposition::TryAgain(unreadable(answer, &why)),
        },
        status @ 400..=499 if !matches!(status, 404 | 408 | 429) => {
            let body = serde_json::from_slice::<TokenRefusal>(&answer.body).unwrap_or_default();
            Disposition::Fail(Failure::Credentials {
                code: body.error.unwrap_or_else(|| status.to_string()),
                message: body.error_description.unwrap_or_else(|| answer.excerpt()),
            })
        }
        _ => other(answer),
    }
}

/// What is the same for every call.
fn other<T>(answer: &Answer) -> Disposition<T, Failure> {
    let status = answer.status.as_u16();
    match status {
        401 => Disposition::RefreshToken(Failure::Unauthorized),
        403 => Disposition::Fail(Failure::Forbidden(message(answer))),
        429 => Disposition::SlowDown {
            after: answer.retry_after(),
            error: Failure::TooManyCalls(message(answer)),
        },
        408 | 500..=599 => {
            Disposition::TryAgain(Failure::Unavailable { status, message: message(answer) })
        }
        300..=399 | 404 | 405 => {
            Disposition::Fail(Failure::WrongAddress { status, excerpt: answer.excerpt() })
        }
        400..=499 => Disposition::Fail(Failure::Refused { status, message: message(answer) }),
        _ => Disposition::TryAgain(unintelligible(answer)),
    }
}

/// The service's own words, or the beginning of whatever it sent.
fn message(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Body {
        message: String,
    }
    match serde_json::from_slice::<Body>(&answer.body) {
        Ok(body) => body.message,
        Err(_) => answer.excerpt(),
    }
}

/// An answer that should be JSON of some shape.
pub(crate) fn unreadable(answer: &Answer, why: &NotJson) -> Failure {
    let excerpt = format!("{why}: {}", answer.excerpt());
    Failure::Unintelligible { status: answer.status.as_u16(), excerpt }
}

fn unintelligible(answer: &Answer) -> Failure {
    Failure::Unintelligible { status: answer.status.as_u16(), excerpt: answer.excerpt() }
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: String,
    expires_in: Option<u64>,
}

impl From<TokenBody> for Token {
    fn from(body: TokenBody) -> Self {
        Self {
            secret: Secret::new(body.access_token),
            lifetime: StatedDuration::from_secs(body.expires_in.unwrap_or(TOKEN_LIFETIME_S)),
        }
    }
}

#[derive(Default, Deserialize)]
struct TokenRefusal {
    error: Option<String>,
    error_description: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_range: &str, body: &str) -> Answer {
        let mut headers = http::HeaderMap::new();
        headers.insert("content-range", content_range.parse().unwrap());
        Answer {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers,
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    fn name<T>(verdict: Disposition<T, Failure>) -> String {
        let (prefix, failure) = match verdict {
            Disposition::Done(_) => return "done".to_owned(),
            Disposition::TryAgain(failure) => ("again", failure),
            Disposition::SlowDown { error, .. } => ("slow down", error),
            Disposition::RefreshToken(failure) => ("token", failure),
            Disposition::Fail(failure) => ("fail", failure),
        };
        let failure = format!("{failure:?}");
        let failure = failure.split([' ', '(', '{']).next().unwrap_or_default();
        format!("{prefix} {failure}")
    }

    #[track_caller]
    fn check(status: u16, body: &str, expected: &str) {
        let found = name(page(&answer(status, "offres 0-0/1", body), 0, 150));
        assert_eq!(found, expected, "{status} {body}");
    }

    #[test]
    fn every_answer_of_a_search_has_its_meaning() {
        let offers = r#"{"resultats":[{"id":"048KLTP"}]}"#;
        let html = "<html>Sorry</html>";
        check(200, offers, "done");
        check(206, offers, "done");
        check(204, "", "done");
        check(206, "", "again Unintelligible");
        check(206, r#"{"resultats":[{"id":"04"#, "again Unintelligible");
        check(200, html, "again Unintelligible");
        check(400, r#"{"message":"Valeur incorrecte.","codeHttp":400}"#, "fail Refused");
        check(401, "", "token Unauthorized");
        check(403, "", "fail Forbidden");
        check(404, html, "fail WrongAddress");
        check(302, html, "fail WrongAddress");
        check(408, "", "again Unavailable");
        check(429, "", "slow down TooManyCalls");
        check(500, r#"{"message":"Erreur technique."}"#, "again Unavailable");
        check(502, html, "again Unavailable");
        check(504, "", "again Unavailable");
    }

    #[test]
    fn every_answer_of_the_token_endpoint_has_its_meaning() {
        let token = |status, body: &str| name(super::token(&answer(status, "*/0", body)));
        assert_eq!(token(200, r#"{"access_token":"x","expires_in":1499}"#), "done");
        assert_eq!(token(200, "<html>"), "again Unintelligible");
        assert_eq!(token(400, r#"{"error":"invalid_client"}"#), "fail Credentials");
        let empty = r#"{"error":"invalid_request","error_description":"Grant type is not set"}"#;
        assert_eq!(token(400, empty), "fail Credentials");
        assert_eq!(token(401, ""), "fail Credentials");
        assert_eq!(token(404, ""), "fail WrongAddress");
        assert_eq!(token(429, ""), "slow down TooManyCalls");
        assert_eq!(token(503, ""), "again Unavailable");
    }

    #[track_caller]
    fn read(status: u16, content_range: &str, body: &str, first: u32) -> Page {
        let read = page(&answer(status, content_range, body), first, 150);
        let Disposition::Done(page) = read else { panic!("{content_range}: {body}") };
        page
    }

    #[track_caller]
    fn check_contradiction(page: &Page, expected: &str) {
        assert_eq!(page.contradiction().unwrap_or_default(), expected);
    }

    #[test]
    fn a_page_knows_its_place_and_the_whole() {
        let past_the_end = read(204, "offres -1--1/353", "", 450);
        assert_eq!(past_the_end.total, Some(353));
        check_contradiction(&past_the_end, "");
        check_contradiction(&read(204, "*/0", "", 450), "");
        let one = r#"{"resultats":[{"id":"048KLTP"}]}"#;
        check_contradiction(&read(206, "offres 352-352/353", one, 352), "");
    }

    #[test]
    fn a_page_that_contradicts_itself_is_found() {
        let one = r#"{"resultats":[{"id":"048KLTP"}]}"#;
        check_contradiction(
            &read(206, "offres 0-1/2", one, 0),
            "a page holds 1 offers and claims to be 0-1",
        );
        check_contradiction(
            &read(206, "offres 0-0/1", one, 149),
            "a page holds 1 offers and claims to be 0-0",
        );
        check_contradiction(
            &read(206, "offres 0-0/2", one, 0),
            "1 offers from position 0 on, of 2",
        );
        check_contradiction(
            &read(206, "offres 0-0/0", one, 0),
            "1 offers from position 0 on, of 0",
        );
        check_contradiction(
            &read(204, "offres -1--1/353", "", 300),
            "0 offers from position 300 on, of 353",
        );
        check_contradiction(
            &read(204, "", "", 0),
            "an empty answer does not say how many offers there are",
        );
    }

    #[test]
    fn counts_that_do_not_add_up_are_found() {
        let miscounted = r#"{"resultats":[{"id":"048KLTP"}],"filtresPossibles":[
            {"filtre":"typeContrat","agregation":[{"valeurPossible":"CDI","nbResultats":2}]}]}"#;
        let page = read(206, "offres 0-0/1", miscounted, 0);
        assert_eq!(page.contradiction(), None);
        assert_eq!(page.miscount().unwrap(), "the counts by `typeContrat` sum up to 2, of 1");
    }

    #[test]
    fn a_recorded_body_is_read_and_its_counts_agree_with_each_other() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/francetravail/");
        let Ok(body) = std::fs::read_to_string(format!("{folder}search_body_2024.json")) else {
            println!("skipped: the recorded body is not there");
            return;
        };
        let page = read(206, "offres 0-3/667443", &body, 0);
        assert_eq!(page.miscount(), None);
        assert!(page.offers.iter().all(|offer| offer.id().is_some()));
        assert_eq!(page.counts.len(), 4);
    }
}
