//! What to search for: 42 typed parameters, their specification, and the rules between them.

mod code_lists;
mod creation_date;
mod keywords;
mod literals;
mod numbers;
mod places;
mod problem;
mod range;
mod reading;
mod rules;
mod search;
mod specification;
mod table;
mod value;

pub(crate) use code_lists::shape_hint;
pub use code_lists::{
    AppellationCodes, CommuneCodes, ContractKindCodes, ContractTypeCodes, CountryCodes,
    DepartementCodes, DomainCode, EducationCodes, LicenceCodes, NafCodes, PartnerNames,
    RegionCodes, RomeCodes, SectorCodes, ThemeCode,
};
pub use creation_date::{EarliestCreation, LatestCreation};
pub use keywords::Keywords;
pub use literals::{
    ExperienceLevel, ExperienceRequirement, GrandDomain, GrandDomains, OfferOrigin,
    PartnerSelection, PublishedWithin, QualificationLevel, SalaryPeriod, SortOrder, WeeklyTime,
};
pub use numbers::{Euros, HoursAndMinutes, Kilometres, Months};
pub use problem::{ParameterProblem, ParameterWarning, Rejection};
pub use range::ResultRange;
pub use search::Search;
pub use specification::{ParameterKind, ParameterSpecification};
pub use table::{Parameter, SearchParameters};
pub use value::{Form, ParameterValue};
