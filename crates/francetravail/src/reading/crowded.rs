//! One second in which more offers were created than a query reaches: a partner's feed.
//!
//! It is divided by what every offer has: the type of its contract, where it comes from, its
//! area of work. (Not by département: 4 to 11 % of the offers have none.)

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::query::{MOST, Query};
use super::{Ended, Reader};
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
    pub(super) async fn read_crowded(&self, query: Query) -> Result<(), Ended> {
        self.read_divided(query, &KEYS).await.map(drop)
    }

    /// Reads a query by dividing it until each part fits; gives what it lists.
    fn read_divided<'a>(
        &'a self,
        query: Query,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<u64, Ended>> {
        async move {
            let page = self.page(&query, 0).await?;
            let total = page.total.unwrap_or_default();
            if total <= MOST {
                self.read_whole(query, total, page).await?;
                return Ok(total);
            }
            let Some((key, keys)) = keys.split_first() else {
                self.doubt(format!("{query}: {MOST} of {total} offers can be reached"));
                self.read_whole(query, MOST, page).await?;
                return Ok(total);
            };
            let narrowed = |values: Vec<String>| query.narrowed_to(key.name(), &values);
            let parts: Vec<u64> = stream::iter(key.groups(&query, &page).into_iter().map(narrowed))
                .map(|part| self.read_divided(part, keys))
                .buffer_unordered(GROUPS_AT_A_TIME)
                .try_collect()
                .await?;
            let parts = parts.into_iter().sum();
            if parts == 0 {
                // The user's own filters leave nothing to divide by here.
                return self.read_divided(query, keys).await;
            }
            self.check_sum(&query, *key, parts, total).await?;
            Ok(total)
        }
        .boxed()
    }

    /// Whether the parts add up to their whole, counted again where they do not.
    async fn check_sum(
        &self,
        query: &Query,
        key: Key,
        parts: u64,
        total: u64,
    ) -> Result<(), Ended> {
        if parts >= total {
            return Ok(());
        }
        let again = self.page(query, 0).await?.total.unwrap_or(total);
        if parts < again {
            let name = key.name();
            self.doubt(format!("{query}: the parts by {name} list {parts} of {again} offers"));
        }
        Ok(())
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

    /// Groups of values; together they list all that the query lists. None where the user's own
    /// filters do not let this key divide.
    fn groups(self, query: &Query, page: &Page) -> Vec<Vec<String>> {
        let given = query.values(self.name());
        let single = |values: Vec<String>| values.into_iter().map(|value| vec![value]).collect();
        match self {
            // The service lists what has one of the types or one of the kinds.
            Self::ContractType if query.values("natureContrat").is_some() => Vec::new(),
            Self::ContractType => match counted(self.name(), page) {
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

/// The page's counts of a parameter, where they add up to the whole.
fn counted<'a>(name: &str, page: &'a Page) -> Option<&'a FilterCounts> {
    let counts = page.counts.iter().find(|counts| counts.parameter == name)?;
    (Some(counts.sum()) == page.total).then_some(counts)
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
