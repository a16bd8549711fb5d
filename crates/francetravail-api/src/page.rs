//! One page of a search: its offers, and what it says of the whole.

use serde::Deserialize;

use crate::Offer;
use crate::paris::ParisSecond;

/// One in so many may be counted twice, or not at all.
const COUNTED_TO: u64 = 10_000;
/// The most offers on a page.
pub(crate) const PAGE_SIZE: u32 = 150;

/// Some of the offers that match a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The position of the first offer, counted from 0.
    pub first: u32,
    /// How many offers match in all; none where the answer does not say.
    pub total: Option<u64>,
    /// The offers that could be read.
    pub offers: Vec<Offer>,
    /// Those that could not.
    pub unreadable: Vec<UnreadableOffer>,
    /// In how many of the offers something was replaced that is no text: half of a surrogate pair
    /// by U+FFFD, a control character by its escape.
    pub mended: u32,
    /// How many offers there are of each value, for four of the parameters.
    pub counts: Vec<FilterCounts>,
    /// How many offers were asked for.
    pub(crate) width: u32,
    /// Where it begins and ends, by the answer's own account.
    pub(crate) stated: Option<(u32, u32)>,
}

/// An offer that a page holds and that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableOffer {
    /// Its id, where that can be made out.
    pub id: Option<String>,
    /// Why it could not be read.
    pub why: String,
    /// Its place on the page, counted from 0.
    pub place: u32,
    pub(crate) created: Option<ParisSecond>,
    /// What tells its content.
    pub(crate) content: u64,
}

/// How many of the matching offers have each value of one parameter.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct FilterCounts {
    /// The parameter, such as `typeContrat`.
    #[serde(rename = "filtre")]
    pub parameter: String,
    /// Each value that occurs.
    #[serde(rename = "agregation", default)]
    pub values: Vec<ValueCount>,
}

/// How many of the matching offers have one value.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ValueCount {
    /// The value, as a search takes it.
    #[serde(rename = "valeurPossible")]
    pub value: String,
    /// The number of offers.
    #[serde(rename = "nbResultats")]
    pub offers: u64,
}

impl UnreadableOffer {
    /// What tells its content from another's.
    pub fn content(&self) -> u64 {
        self.content
    }
}

impl FilterCounts {
    /// The sum over all values.
    pub fn sum(&self) -> u64 {
        self.values.iter().fold(0, |sum, value| sum.saturating_add(value.offers))
    }
}

impl Page {
    /// How many offers it holds, readable or not.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.offers.len() + self.unreadable.len()).unwrap_or(u32::MAX)
    }

    /// The position after the last offer.
    pub(crate) fn end(&self) -> u32 {
        self.first.saturating_add(self.len())
    }

    /// What contradicts itself in the answer, if anything.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let given = self.len();
        if given == 0 && self.total.is_none() {
            return Some("an empty answer does not say how many offers there are".to_owned());
        }
        if let Some((first, last)) = self.stated
            && (first, last.checked_add(1)) != (self.first, Some(self.end()))
        {
            return Some(format!("a page holds {given} offers and claims to be {first}-{last}"));
        }
        let total = self.total?;
        let expected = total.saturating_sub(self.first.into()).min(self.width.into());
        (u64::from(given) != expected)
            .then(|| format!("{given} offers from position {} on, of {total}", self.first))
    }

    /// Counts of a parameter's values that do not add up to the whole, if there are any. A long
    /// list moves while it is counted: of 667,443 offers one was counted twice (recorded).
    pub(crate) fn miscount(&self) -> Option<String> {
        let total = self.total?;
        let wrong =
            self.counts.iter().find(|counts| counts.sum().abs_diff(total) > total / COUNTED_TO)?;
        Some(format!("the counts by `{}` sum up to {}, of {total}", wrong.parameter, wrong.sum()))
    }

    /// Whether the offers come newest first.
    pub(crate) fn is_newest_first(&self) -> bool {
        self.offers.is_sorted_by(|newer, older| match (newer.created(), older.created()) {
            (Some(newer), Some(older)) => newer >= older,
            _ => false,
        })
    }
}

/// `Content-Range`, in each form that the service gives it: `offres 0-149/66932`, `*/0`,
/// `offres */0 communes`, `offres -1--1/353`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// First and last position.
    pub(crate) positions: Option<(u32, u32)>,
    /// How many there are.
    pub(crate) total: u64,
}

impl ContentRange {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once('/')?;
        let total = after.split_whitespace().next()?.parse().ok()?;
        let positions = before.split_whitespace().last().and_then(|positions| {
            let (first, last) = positions.split_once('-')?;
            Some((first.parse().ok()?, last.parse().ok()?))
        });
        Some(Self { positions, total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, positions: Option<(u32, u32)>, total: Option<u64>) {
        let found = ContentRange::parse(text);
        assert_eq!(found.map(|range| range.total), total, "{text}");
        assert_eq!(found.and_then(|range| range.positions), positions, "{text}");
    }

    #[test]
    fn content_range_is_read_in_every_form() {
        check("offres 0-149/66932", Some((0, 149)), Some(66932));
        check("offres 300-352/353", Some((300, 352)), Some(353));
        check("offres 0-0/1", Some((0, 0)), Some(1));
        check("offres -1--1/353", None, Some(353));
        check("*/0", None, Some(0));
        check("offres */0 communes", None, Some(0));
        check("offres 0-149", None, None);
        check("offres 0-149/many", None, None);
        check("", None, None);
    }
}
