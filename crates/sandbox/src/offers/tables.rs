//! The codes and names that offers carry, read once from the tables in `data/`.
//!
//! A table has one entry a line with a tab between its cells; its first line names the columns.

use std::collections::HashMap;
use std::str::Split;
use std::sync::LazyLock;

/// Professions: every first letter of the ROME, and the codes that make domains of their own.
/// Those with many offers come first.
pub(super) static JOBS: LazyLock<Vec<Job>> =
    LazyLock::new(|| rows(JOBS_TABLE).filter_map(Job::read).collect());

/// Communes; those with many offers come first.
pub(super) static COMMUNES: LazyLock<Vec<Commune>> =
    LazyLock::new(|| rows(COMMUNES_TABLE).filter_map(Commune::read).collect());

static CODES: LazyLock<HashMap<&str, Vec<CodeEntry>>> = LazyLock::new(|| {
    let mut lists = HashMap::<_, Vec<_>>::new();
    for (list, code) in rows(CODES_TABLE).filter_map(CodeEntry::read) {
        lists.entry(list).or_default().push(code);
    }
    lists
});

const JOBS_TABLE: &str = include_str!("../../data/jobs.tsv");
const COMMUNES_TABLE: &str = include_str!("../../data/communes.tsv");
const CODES_TABLE: &str = include_str!("../../data/codes.tsv");

pub(super) const ACTIVITIES: &str = "nafs";
pub(super) const CONTRACT_KINDS: &str = "naturesContrats";
pub(super) const DEPARTEMENTS: &str = "departements";
pub(super) const REGIONS: &str = "regions";

/// A profession of the ROME, with the titles under which it is advertised.
pub(super) struct Job {
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    /// The NAF code of those who employ it most.
    pub(super) activity: &'static str,
    pub(super) titles: Vec<Title>,
}

/// One name of a profession, and the offer's title that each origin makes of it.
pub(super) struct Title {
    pub(super) appellation: &'static str,
    pub(super) own: String,
    pub(super) partner: String,
}

/// A commune as the service names it.
pub(super) struct Commune {
    pub(super) code: &'static str,
    pub(super) post_code: &'static str,
    pub(super) name: &'static str,
    pub(super) departement: &'static str,
    /// Latitude and longitude in degrees.
    pub(super) position: (f64, f64),
}

/// A code of one of the service's lists.
pub(super) struct CodeEntry {
    /// Empty in a list of labels.
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    /// The region that a département lies in.
    pub(super) region: Option<&'static str>,
}

type Cells = Split<'static, char>;

fn rows(table: &'static str) -> impl Iterator<Item = Cells> {
    table.lines().skip(1).map(|line| line.split('\t'))
}

impl Job {
    fn read(mut cells: Cells) -> Option<Self> {
        let (code, label, activity) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Self { code, label, activity, titles: cells.map(Title::of).collect() })
    }
}

impl Title {
    /// The service names both genders; partners name the first.
    fn of(appellation: &'static str) -> Self {
        let (first, _) = appellation.split_once(" / ").unwrap_or((appellation, ""));
        Self { appellation, own: format!("{appellation} (H/F)"), partner: format!("{first} H/F") }
    }
}

impl Commune {
    fn read(mut cells: Cells) -> Option<Self> {
        Some(Self {
            code: cells.next()?,
            post_code: cells.next()?,
            name: cells.next()?,
            departement: cells.next()?,
            position: (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?),
        })
    }
}

impl CodeEntry {
    fn read(mut cells: Cells) -> Option<(&'static str, Self)> {
        let list = cells.next()?;
        let (code, label) = (cells.next()?, cells.next()?);
        Some((list, Self { code, label, region: cells.next() }))
    }
}

/// A list by the service's name for it; empty where there is none.
pub(super) fn codes(list: &str) -> &'static [CodeEntry] {
    CODES.get(list).map(Vec::as_slice).unwrap_or_default()
}

/// The label of a code in a list.
pub(super) fn label_of(list: &str, code: &str) -> Option<&'static str> {
    codes(list).iter().find(|known| known.code == code).map(|known| known.label)
}

/// The region that a département lies in.
pub(super) fn region_of(departement: &str) -> Option<&'static str> {
    codes(DEPARTEMENTS).iter().find(|known| known.code == departement)?.region
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_line_of_every_table_is_read() {
        let lines = |table: &str| table.lines().count() - 1;
        assert_eq!(JOBS.len(), lines(JOBS_TABLE));
        assert_eq!(COMMUNES.len(), lines(COMMUNES_TABLE));
        assert_eq!(CODES.values().map(Vec::len).sum::<usize>(), lines(CODES_TABLE));
        let cells = |table| rows(table).flatten().map(str::trim).map(str::len);
        assert!(cells(JOBS_TABLE).chain(cells(COMMUNES_TABLE)).all(|length| length > 0));
    }

    #[test]
    fn no_code_occurs_twice() {
        let is_unique = |codes: &[&str]| codes.iter().collect::<HashSet<_>>().len() == codes.len();
        assert!(is_unique(&JOBS.iter().map(|job| job.code).collect::<Vec<_>>()));
        assert!(is_unique(&COMMUNES.iter().map(|town| town.code).collect::<Vec<_>>()));
        for (name, list) in CODES.iter().filter(|(name, _)| **name != "langues") {
            assert!(is_unique(&list.iter().map(|code| code.code).collect::<Vec<_>>()), "{name}");
        }
    }

    #[test]
    fn tables_refer_to_codes_that_exist() {
        for job in JOBS.iter() {
            assert!(label_of(ACTIVITIES, job.activity).is_some(), "{}", job.code);
            assert!(!job.titles.is_empty(), "{}", job.code);
        }
        for town in COMMUNES.iter() {
            assert!(region_of(town.departement).is_some(), "{}", town.name);
        }
        for departement in codes(DEPARTEMENTS) {
            let region = departement.region.unwrap_or_default();
            assert!(label_of(REGIONS, region).is_some(), "{}", departement.label);
        }
    }
}
