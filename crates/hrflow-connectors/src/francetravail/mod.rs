//! France Travail as an origin, and what can be done with its offers.

mod actions;
mod archive;
mod codes;
mod create;
mod duties;
mod job;
mod origin;
mod parameters;
mod referential;
mod selection;
mod sync;
mod terms;
mod update;

pub use archive::{ArchiveJobs, archive_jobs_in_hrflow};
pub use codes::check_codes;
pub use create::{CreateJobs, create_jobs_in_hrflow};
pub use francetravail_api::{
    AppellationCodes, CommuneCodes, ContractKindCodes, ContractTypeCodes, CountryCodes,
    DepartementCodes, DomainCode, EarliestCreation, EducationCodes, Euros, ExperienceLevel,
    ExperienceRequirement, GrandDomain, GrandDomains, HoursAndMinutes, Keywords, Kilometres,
    LatestCreation, LicenceCodes, Months, NafCodes, OfferOrigin, ParameterValue, PartnerNames,
    PartnerSelection, PublishedWithin, QualificationLevel, REFERENTIALS, ReferentialEntry,
    RegionCodes, ResultRange, RomeCodes, SalaryPeriod, SearchParameters, SectorCodes, SortOrder,
    ThemeCode, WeeklyTime,
};
pub(crate) use origin::{API_URL, TOKEN_URL};
pub use referential::{Referential, referential};
pub use sync::{SyncJobs, sync_jobs_in_hrflow};
pub use update::{UpdateJobs, update_jobs_in_hrflow};

pub(crate) use actions::ACTIONS;
pub use duties::{Duty, DutyState, duties};
pub use job::{LICENCE_URL, job_of_offer, method, offer_of_job};
pub use parameters::ConnectorAuth;
pub use terms::{Contact, Content, LicenceLanguage, Terms};
