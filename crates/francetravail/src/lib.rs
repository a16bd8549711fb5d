//! A typed client of Offres d'emploi v2, the service in which France Travail lists job offers.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test ends at the first surprise"))]

mod parameters;
mod paris;

pub use parameters::{
    AppellationCodes, CommuneCodes, ContractKindCodes, ContractTypeCodes, CountryCodes,
    DepartementCodes, DomainCode, EarliestCreation, EducationCodes, Euros, ExperienceLevel,
    ExperienceRequirement, Form, GrandDomain, GrandDomains, HoursAndMinutes, Keywords, Kilometres,
    LatestCreation, LicenceCodes, Months, NafCodes, OfferOrigin, ParameterKind, ParameterProblem,
    ParameterSpecification, ParameterValue, PartnerNames, PartnerSelection, PublishedWithin,
    QualificationLevel, RegionCodes, Rejection, ResultRange, RomeCodes, SalaryPeriod, Search,
    SearchParameters, SectorCodes, SortOrder, ThemeCode, WeeklyTime,
};
