//! The search, and the detail of one offer.

use super::filter::Filter;
use super::{JSON, bad_request};
use crate::World;
use crate::answer::Answer;
use crate::serve::Call;

/// The most results in one answer.
const WIDEST: usize = 150;
/// The last position at which an answer may begin.
const LAST_START: usize = 3000;

pub(super) fn search(world: &World, call: &Call) -> Answer {
    let range = match call.parameter("range").map(read_range) {
        None => None,
        Some(Ok(range)) => Some(range),
        Some(Err(message)) => return bad_request(world, message),
    };
    let query = first_values(&call.query);
    let filter = match Filter::read(world, &query) {
        Ok(filter) => filter,
        Err(message) => return bad_request(world, &message),
    };
    let offers = world.offers();
    let matches = world.found.matches(key(&query), &offers, &filter);
    let total = matches.places.len();
    let (first, last) = range.unwrap_or((0, WIDEST - 1));
    if total == 0 {
        return empty("*/0".to_owned());
    }
    if first >= total {
        return empty(format!("offres -1--1/{total}"));
    }
    let end = total.min(last + 1);
    let bodies: Vec<_> = matches.places[first..end]
        .iter()
        .map(|place| offers.list[*place as usize].to_json().to_string())
        .collect();
    let body =
        format!(r#"{{"resultats":[{}],"filtresPossibles":{}}}"#, bodies.join(","), matches.counts);
    // With a range every answer is called partial, also when it is whole.
    let status = if range.is_none() && end == total { 200 } else { 206 };
    Answer::empty(status)
        .with("content-type", JSON)
        .with("content-range", format!("offres {first}-{}/{total}", end - 1))
        .with("accept-range", "150")
        .with("cache-control", "no-store")
        .with("pragma", "no-cache")
        .with_body(body)
}

pub(super) fn detail(world: &World, id: &str) -> Answer {
    if id.len() != 7 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return bad_request(world, "Le format de l'id de l'offre recherchée est incorrect.");
    }
    match world.offer(id) {
        Some(offer) => Answer::json(200, JSON, &offer),
        None => Answer::empty(204),
    }
}

fn empty(content_range: String) -> Answer {
    Answer::empty(204).with("content-range", content_range).with("accept-range", "150")
}

fn read_range(text: &str) -> Result<(usize, usize), &'static str> {
    let malformed = "Format du paramètre « range » incorrect. <entier>-<entier> attendu.";
    let (first, last) = text.split_once('-').ok_or(malformed)?;
    let read = |text: &str| text.parse::<usize>().map_err(|_| malformed);
    let (first, last) = (read(first)?, read(last)?);
    if last < first {
        return Err(malformed);
    }
    if first > LAST_START {
        return Err("La position de début doit être inférieure ou égale à 3000.");
    }
    if last - first >= WIDEST {
        return Err("La plage de résultats demandée est trop importante.");
    }
    Ok((first, last))
}

/// The first value of each key: the service passes over the others without a word.
fn first_values(query: &[(String, String)]) -> Vec<(String, String)> {
    let is_first = |(at, (name, _)): &(usize, &(String, String))| {
        query[..*at].iter().all(|(known, _)| known != name)
    };
    query.iter().enumerate().filter(is_first).map(|(_, pair)| pair.clone()).collect()
}

/// What names a search, whatever page of it is asked for.
fn key(query: &[(String, String)]) -> String {
    let mut pairs: Vec<_> = query.iter().filter(|(name, _)| name != "range").collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}&")).collect()
}
