//! A search narrowed to a window of creation time, and perhaps further.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use crate::paris::{AHEAD_S, ParisSecond};
use crate::{Offer, Page, Search};

/// The most offers of one query that can be reached (measured).
pub(super) const MOST: u64 = 3150;

/// Older than any offer.
const FIRST_YEAR: i16 = 2000;

/// What is asked for, newest offers first.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// The user's filters, without what follows.
    filters: Vec<(&'static str, String)>,
    window: Option<Window>,
    /// The user's own window, which is sent as it was given.
    outer: Option<Window>,
    /// By how much bounds of our own are sent wider than they are meant.
    margin_s: i64,
    narrowed: Vec<(&'static str, String)>,
}

/// Creation times from one second to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) earliest: ParisSecond,
    pub(super) latest: ParisSecond,
}

impl Query {
    /// What a search asks for.
    pub(super) fn of(search: &Search) -> Self {
        let parameters = search.parameters();
        let mut filters = search.canonical_pairs();
        filters.retain(|(name, _)| !matches!(*name, "minCreationDate" | "maxCreationDate"));
        let window = match (parameters.min_creation_date, parameters.max_creation_date) {
            (Some(min), Some(max)) => Some(Window { earliest: min.0, latest: max.0 }),
            _ => None,
        };
        Self { filters, window, outer: window, margin_s: 0, narrowed: Vec::new() }
    }

    pub(super) fn window(&self) -> Option<Window> {
        self.window
    }

    /// The same query with windows sent wider by some seconds on both sides, within the user's own.
    pub(super) fn with_margin(self, margin_s: i64) -> Self {
        Self { margin_s, ..self }
    }

    /// The same query within a window.
    pub(super) fn within(&self, window: Window) -> Self {
        Self { window: Some(window), ..self.clone() }
    }

    /// The same query with one parameter narrowed to some of its values.
    pub(super) fn narrowed_to(&self, name: &'static str, values: &[String]) -> Self {
        let mut query = self.clone();
        query.narrowed.retain(|(narrowed, _)| *narrowed != name);
        query.narrowed.push((name, values.join(",")));
        query
    }

    /// The values that the user gave for a parameter.
    pub(super) fn values(&self, name: &str) -> Option<Vec<String>> {
        let (_, values) = self.filters.iter().find(|(known, _)| *known == name)?;
        Some(values.split(',').map(str::to_owned).collect())
    }

    /// The names and values to send.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs_without_order();
        pairs.push(("sort", "1".to_owned()));
        pairs
    }

    /// The same without the order.
    pub(super) fn pairs_without_order(&self) -> Vec<(&'static str, String)> {
        let is_free = |name: &str| self.narrowed.iter().all(|(narrowed, _)| *narrowed != name);
        let mut pairs: Vec<_> =
            self.filters.iter().filter(|(name, _)| is_free(name)).cloned().collect();
        pairs.extend(self.narrowed.iter().cloned());
        if let Some(Window { earliest, latest }) = self.sent_window() {
            pairs.push(("minCreationDate", earliest.to_string()));
            pairs.push(("maxCreationDate", latest.to_string()));
        }
        pairs
    }

    /// An offer on a page that the query cannot list, if there is one.
    pub(super) fn outsider(&self, page: &Page) -> Option<String> {
        let outsider = page.offers.iter().find(|offer| !self.admits(offer))?;
        Some(format!("offer {} does not belong here", outsider.id().unwrap_or("without an id")))
    }

    /// Whether the query can list an offer, as far as its window and what it is narrowed to tell.
    pub(super) fn admits(&self, offer: &Offer) -> bool {
        let is_within = self
            .sent_window()
            .zip(offer.created())
            .is_none_or(|(window, created)| (window.earliest..=window.latest).contains(&created));
        is_within
            && self.narrowed.iter().all(|(name, values)| {
                value_of(offer, name).is_none_or(|own| values.split(',').any(|value| value == own))
            })
    }

    /// The window as it is sent.
    pub(super) fn sent_window(&self) -> Option<Window> {
        let Window { earliest, latest } = self.window?;
        let wide =
            Window { earliest: earliest.plus(-self.margin_s), latest: latest.plus(self.margin_s) };
        Some(self.outer.map_or(wide, |outer| Window {
            earliest: wide.earliest.max(outer.earliest),
            latest: wide.latest.min(outer.latest),
        }))
    }
}

/// What an offer has of a parameter, where it shows that.
fn value_of<'a>(offer: &'a Offer, parameter: &str) -> Option<&'a str> {
    match parameter {
        "typeContrat" => offer.text("typeContrat"),
        "origineOffre" => offer.origin(),
        _ => None,
    }
}

/// The part as a person would name it.
impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.window {
            Some(Window { earliest, latest }) => {
                write!(formatter, "created from {earliest} to {latest}")?;
            }
            None => formatter.write_str("all offers")?,
        }
        for (name, values) in &self.narrowed {
            write!(formatter, ", {name} {values}")?;
        }
        Ok(())
    }
}

impl Window {
    /// Its older and its newer half; none where it is a single second.
    pub(super) fn halves(self) -> Option<(Self, Self)> {
        let seconds = self.latest.seconds_since(self.earliest);
        if seconds < 1 {
            return None;
        }
        let middle = self.earliest.plus((seconds - 1) / 2);
        let older = Self { latest: middle, ..self };
        let newer = Self { earliest: middle.plus(1), ..self };
        Some((older, newer))
    }

    /// Two windows that list what this one lists, each offer once, whether bounds belong to their
    /// window or not: they share a second in which none of the offers was created, which lie in
    /// these seconds. None where there is no such second.
    pub(super) fn parted(self, seconds: &BTreeSet<ParisSecond>) -> Option<[Self; 2]> {
        let is_free = |second: &ParisSecond| {
            *second > self.earliest && *second < self.latest && !seconds.contains(second)
        };
        let before: Vec<_> = seconds.iter().map(|second| second.plus(-1)).collect();
        let (older, newer) = before.split_at(before.len() / 2);
        let second = newer.iter().chain(older.iter().rev()).copied().find(is_free)?;
        Some(self.parted_at(second))
    }

    /// Two pairs of windows, each of which covers this one.
    pub(super) fn parted_twice(self) -> [Self; 4] {
        let third = self.latest.seconds_since(self.earliest) / 3;
        let [a, b] = self.parted_at(self.earliest.plus(third));
        let [c, d] = self.parted_at(self.earliest.plus(2 * third));
        [a, b, c, d]
    }

    fn parted_at(self, second: ParisSecond) -> [Self; 2] {
        [Self { latest: second, ..self }, Self { earliest: second, ..self }]
    }

    /// Every second in which an offer may have been created: the same window all day long.
    pub(super) fn all_time() -> Self {
        Self {
            earliest: ParisSecond::new_year(FIRST_YEAR),
            latest: ParisSecond::at(Timestamp::now()).plus(AHEAD_S).end_of_day(),
        }
    }

    /// Only its last second.
    pub(super) fn last_second(self) -> Self {
        Self { earliest: self.latest, ..self }
    }

    /// What lies before a second; none where nothing does.
    pub(super) fn before(self, second: ParisSecond) -> Option<Self> {
        (second > self.earliest).then(|| Self { latest: second.plus(-1), ..self })
    }

    /// What lies before a second, with the second itself.
    pub(super) fn up_to(self, second: ParisSecond) -> Self {
        Self { latest: second, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_disjoint_and_complete() {
        let start = ParisSecond::new_year(2026);
        for length in 1..50 {
            let whole = Window { earliest: start, latest: start.plus(length) };
            let (older, newer) = whole.halves().unwrap();
            assert_eq!((older.earliest, newer.latest), (whole.earliest, whole.latest));
            assert_eq!(older.latest.plus(1), newer.earliest);
            assert!(older.latest >= older.earliest && newer.latest >= newer.earliest);
        }
        assert_eq!(Window { earliest: start, latest: start }.halves(), None);
    }
}
