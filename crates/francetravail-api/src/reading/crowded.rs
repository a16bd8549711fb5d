//! One second in which more offers were created than a query reaches: a partner's feed.
//!
//! It is divided by what every offer has: the type of its contract, where it comes from, its
//! area of work. (Not by département: 4 to 11 % of the offers have none.)

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::chain::{Broken, Part};
use super::partition::Counted;
use super::query::{MOST, Query};
use super::{ATTEMPTS, Answer, Ended, Reader, Tally};
use crate::{FilterCounts, Page};

const GRAND_DOMAINES: [&str; 22] = [
    "A", "B", "C", "C15", "D", "E", "F", "G", "H", "I", "J", "K", "L", "L14", "M", "M13", "M14",
    "M15", "M16", "M17", "M18", "N",
];
const CONTRACT_TYPES: [&str; 12] =
    ["CDI", "CDD", "MIS", "SAI", "CCE", "FRA", "LIB", "REP", "TTI", "DDI", "DIN", "DDT"];

/// Small groups take a call each; one after the other they would leave the allowance idle.
const GROUPS_AT_A_TIME: usize = 3;

/// What a crowded second is divided by, in this order.
#[derive(Clone, Copy)]
enum Key {
    ContractType,
    Origin,
    GrandDomaine,
}

const KEYS: [Key; 3] = [Key::ContractType, Key::Origin, Key::GrandDomaine];

impl Reader<'_> {
    /// Reads a query that lists more than can be reached, and says how many offers that were.
    pub(super) async fn read_crowded(&self, query: &Query) -> Result<Tally, Ended> {
        self.read_divided(query.clone(), &KEYS).await
    }

    /// Reads a query by dividing it until each part fits, and until the parts add up.
    fn read_divided<'a>(
        &'a self,
        query: Query,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Tally, Ended>> {
        async move {
            let mut why = String::new();
            for attempt in 0..ATTEMPTS {
                let answer = self.answer(&query, 0).await?;
                let total = answer.page.total.unwrap_or_default();
                let mut whole = Counted { query: query.clone(), total };
                let read = match keys.split_first() {
                    _ if total <= MOST => self.read_fitting(&query, answer).await?,
                    Some((key, keys)) => {
                        let groups = key.groups(&query, key.counts(&answer.page, attempt));
                        Ok(self.read_groups(&query, key.name(), groups, keys).await?)
                    }
                    None => return self.read_in_reach(&query, total, answer).await,
                };
                why = match read {
                    Ok(tally) if self.adds_up(tally, &mut whole, None).await? => return Ok(tally),
                    Ok(tally) => {
                        format!("{query}: {} of {} offers were read", tally.offers, whole.total)
                    }
                    Err(broken) => format!("{query}: {broken}"),
                };
                if self.has_doubts() {
                    break;
                }
            }
            self.doubt(why);
            Ok(Tally::default())
        }
        .boxed()
    }

    async fn read_fitting(
        &self,
        query: &Query,
        answer: Answer,
    ) -> Result<Result<Tally, Broken>, Ended> {
        let part = Part::whole(query.clone(), answer.page.total.unwrap_or_default());
        Ok(self.read_part(&part, Some(answer)).await?.map(|chain| chain.tally()))
    }

    /// Reads what is within reach of a query that nothing divides any more.
    async fn read_in_reach(
        &self,
        query: &Query,
        total: u64,
        answer: Answer,
    ) -> Result<Tally, Ended> {
        self.doubt(format!("{query}: {MOST} of {total} offers can be reached"));
        let part = Part::whole(query.clone(), MOST);
        self.read_part(&part, Some(answer)).await?.ok();
        Ok(Tally { offers: total, room: 0 })
    }

    /// Reads the groups, which together list all that the query lists. Where the user's own
    /// filters leave none, the query is divided by the keys that are left.
    async fn read_groups(
        &self,
        query: &Query,
        name: &'static str,
        groups: Vec<Vec<String>>,
        keys: &[Key],
    ) -> Result<Tally, Ended> {
        if groups.is_empty() {
            return self.read_divided(query.clone(), keys).await;
        }
        stream::iter(groups.into_iter().map(|values| query.narrowed_to(name, &values)))
            .map(|part| self.read_divided(part, keys))
            .buffer_unordered(GROUPS_AT_A_TIME)
            .try_fold(Tally::default(), async |sum, tally| Ok(sum.and(tally)))
            .await
    }
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::ContractType => "typeContrat",
            Self::Origin => "origineOffre",
            Self::GrandDomaine => "grandDomaine",
        }
    }

    /// The counts of its values, where they add up to the whole. They are believed at the first
    /// attempt only.
    fn counts(self, page: &Page, attempt: u32) -> Option<&FilterCounts> {
        let counts = page.counts.iter().find(|counts| counts.parameter == self.name())?;
        (attempt == 0 && Some(counts.sum()) == page.total).then_some(counts)
    }

    /// Groups of values; together they list all that the query lists. None where the user's own
    /// filters do not let this key divide.
    fn groups(self, query: &Query, counts: Option<&FilterCounts>) -> Vec<Vec<String>> {
        let given = query.values(self.name());
        let single = |values: Vec<String>| values.into_iter().map(|value| vec![value]).collect();
        match self {
            // The service lists what has one of the types or one of the kinds.
            Self::ContractType if query.values("natureContrat").is_some() => Vec::new(),
            Self::ContractType => match counts {
                Some(counts) => packed(counts),
                None => single(given.unwrap_or_else(|| owned(&CONTRACT_TYPES))),
            },
            Self::Origin if given.is_some() => Vec::new(),
            Self::Origin => single(owned(&["1", "2"])),
            Self::GrandDomaine => single(given.unwrap_or_else(|| owned(&GRAND_DOMAINES))),
        }
    }
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// Values packed into groups that fit, as few as a simple rule finds.
fn packed(counts: &FilterCounts) -> Vec<Vec<String>> {
    let mut values: Vec<_> = counts.values.iter().filter(|value| value.offers > 0).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.offers));
    let mut groups: Vec<(u64, Vec<String>)> = Vec::new();
    for value in values {
        let roomy = groups.iter_mut().find(|(offers, _)| offers + value.offers <= MOST);
        match roomy {
            Some((offers, group)) => {
                *offers += value.offers;
                group.push(value.value.clone());
            }
            None => groups.push((value.offers, vec![value.value.clone()])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ValueCount;

    #[test]
    fn values_are_packed_into_groups_that_fit() {
        let value = |value: &str, offers| ValueCount { value: value.to_owned(), offers };
        let counts = FilterCounts {
            parameter: "typeContrat".to_owned(),
            values: vec![
                value("CDI", 5000),
                value("CDD", 2000),
                value("MIS", 1500),
                value("SAI", 1100),
                value("LIB", 50),
                value("DIN", 0),
            ],
        };
        let groups = packed(&counts);
        assert_eq!(groups, [vec!["CDI"], vec!["CDD", "SAI", "LIB"], vec!["MIS"]]);
    }
}
