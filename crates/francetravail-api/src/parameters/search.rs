//! A search whose parameters have been checked against each other.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::table::ENTRIES;
use super::{
    EarliestCreation, LatestCreation, ParameterProblem, ParameterWarning, SearchParameters,
};
use crate::paris::{AHEAD_S, ParisSecond};

/// The proof that parameters go together; what the client takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    parameters: SearchParameters,
}

impl SearchParameters {
    /// Checks the rules between parameters and reports every one that is broken.
    ///
    /// ```
    /// use francetravail_api::SearchParameters;
    ///
    /// let parameters = SearchParameters::from_pairs([("salaireMin", "2000")]).unwrap();
    /// let problems = parameters.validate().unwrap_err();
    /// assert_eq!(problems[0].message, "requires `periodeSalaire`");
    /// ```
    pub fn validate(self) -> Result<Search, Vec<ParameterProblem>> {
        let problems = self.broken_rules();
        if problems.is_empty() { Ok(Search { parameters: self }) } else { Err(problems) }
    }
}

impl Search {
    /// A search without any filter: every offer that the service lists.
    pub fn everything() -> Self {
        Self { parameters: SearchParameters::default() }
    }

    /// The same search for offers created at an instant or later, within its own window where it
    /// has one. `range` is left out: positions mean something else in another list.
    #[must_use]
    pub fn created_since(&self, instant: Timestamp) -> Self {
        let since = ParisSecond::at(instant);
        let own = &self.parameters;
        let earliest = own.min_creation_date.map_or(since, |own| own.0.max(since));
        let latest = own
            .max_creation_date
            .map_or_else(|| ParisSecond::at(Timestamp::now()).plus(AHEAD_S), |own| own.0);
        let parameters = SearchParameters {
            min_creation_date: Some(EarliestCreation(earliest)),
            // A window that ends before it begins would be refused; one second lists little.
            max_creation_date: Some(LatestCreation(latest.max(earliest))),
            range: None,
            ..own.clone()
        };
        Self { parameters }
    }

    /// What the parameters say that may surprise whoever has written them.
    ///
    /// ```
    /// use francetravail_api::{Parameter, SearchParameters};
    ///
    /// let pairs = [("departement", "75"), ("region", "84")];
    /// let search = SearchParameters::from_pairs(pairs).unwrap().validate().unwrap();
    /// assert_eq!(search.warnings()[0].parameters, [Parameter::Departement, Parameter::Region]);
    /// ```
    pub fn warnings(&self) -> Vec<ParameterWarning> {
        self.parameters.surprises()
    }

    /// Whether nothing says which offers match, nor which of the results are read: then every offer
    /// of the service is.
    pub fn is_everything(&self) -> bool {
        self.parameters.range.is_none() && self.canonical_pairs().is_empty()
    }

    /// The parameters, as they were set.
    pub fn parameters(&self) -> &SearchParameters {
        &self.parameters
    }

    /// The names and values that are sent: only what was set.
    ///
    /// `experienceExige` is a name that the service is not known to accept; its filter is
    /// `experienceExigence`, and an unknown name is ignored without a word. So a search with the
    /// first alone is sent with both: it then filters whichever name the service reads.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<_> = ENTRIES
            .iter()
            .filter_map(|entry| Some((entry.specification.name, (entry.wire)(&self.parameters)?)))
            .collect();
        if let (Some(same), None) =
            (self.parameters.experience_exige, self.parameters.experience_exigence)
        {
            pairs.push(("experienceExigence", same.code().to_owned()));
        }
        pairs
    }

    /// The pairs that say which offers match, sorted by name: neither `range` nor `sort`. Two
    /// searches with equal canonical pairs list the same offers.
    pub fn canonical_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs();
        pairs.retain(|(name, _)| !matches!(*name, "range" | "sort"));
        pairs.sort_unstable();
        pairs
    }
}

/// An object with the parameters that are set.
impl Serialize for Search {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parameters.serialize(serializer)
    }
}
