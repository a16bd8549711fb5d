//! A typed client of Offres d'emploi v2, the service in which France Travail lists job offers.
//!
//! ```
//! use francetravail_api::{Addresses, Client, Credentials, ReadEvent, Search};
//! use tokio::sync::mpsc;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let addresses = Addresses {
//!     api: "https://api.francetravail.io/partenaire/offresdemploi".parse()?,
//!     token: "https://entreprise.francetravail.fr/connexion/oauth2/access_token".parse()?,
//! };
//! let caller = api_client::Caller::over_https("France Travail")?;
//! let client = Client::new(Credentials::new("id", "secret"), caller, addresses);
//!
//! let (sender, mut deliveries) = mpsc::channel(2);
//! let reading = tokio::spawn(async move { client.read(&Search::everything(), sender).await });
//! while let Some(delivery) = deliveries.recv().await {
//!     if let ReadEvent::Offers(offers) = delivery {
//!         println!("{} more offers", offers.len());
//!     }
//! }
//! println!("{} doubts", reading.await??.doubts.len());
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test ends at the first surprise"))]

mod answers;
mod body;
mod client;
mod codes;
mod error;
mod offer;
mod page;
mod parameters;
mod paris;
mod reading;
mod referential;

pub use client::{Addresses, Client, Credentials};
pub use codes::{look_up, referentials_of};
pub use error::{Error, Failure, Operation};
pub use offer::Offer;
pub use page::{FilterCounts, Page, UnreadableOffer, ValueCount};
pub use parameters::{
    AppellationCodes, CommuneCodes, ContractKindCodes, ContractTypeCodes, CountryCodes,
    DepartementCodes, DomainCode, EarliestCreation, EducationCodes, Euros, ExperienceLevel,
    ExperienceRequirement, Form, GrandDomain, GrandDomains, HoursAndMinutes, Keywords, Kilometres,
    LatestCreation, LicenceCodes, Months, NafCodes, OfferOrigin, Parameter, ParameterKind,
    ParameterProblem, ParameterSpecification, ParameterValue, ParameterWarning, PartnerNames,
    PartnerSelection, PublishedWithin, QualificationLevel, RegionCodes, Rejection, ResultRange,
    RomeCodes, SalaryPeriod, Search, SearchParameters, SectorCodes, SortOrder, ThemeCode,
    WeeklyTime,
};
pub use reading::{ReadEvent, Reading};
pub use referential::{REFERENTIALS, ReferentialEntry};
