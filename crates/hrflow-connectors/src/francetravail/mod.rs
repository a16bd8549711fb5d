//! France Travail as an origin, and what can be done with its offers.

mod archive;
mod origin;
mod parameters;

pub use ::francetravail::{
    AppellationCodes, CommuneCodes, ContractKindCodes, ContractTypeCodes, CountryCodes,
    DepartementCodes, DomainCode, EarliestCreation, EducationCodes, Euros, ExperienceLevel,
    ExperienceRequirement, GrandDomain, GrandDomains, HoursAndMinutes, Keywords, Kilometres,
    LatestCreation, LicenceCodes, Months, NafCodes, OfferOrigin, ParameterValue, PartnerNames,
    PartnerSelection, PublishedWithin, QualificationLevel, RegionCodes, ResultRange, RomeCodes,
    SalaryPeriod, SearchParameters, SectorCodes, SortOrder, ThemeCode, WeeklyTime,
};
pub use archive::{ArchiveJobs, ArchiveJobsInHrflow, archive_jobs_in_hrflow};
pub use parameters::ConnectorAuth;
