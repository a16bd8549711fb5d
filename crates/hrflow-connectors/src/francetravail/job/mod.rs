//! What a France Travail offer becomes on an HrFlow board.

mod attribution;
mod contact;
mod dates;
mod fields;
mod lists;
mod mapping;
mod method;
mod persons;
mod pieces;
mod place;
mod rebuilt;
mod rest;
mod salary;
mod salary_words;
mod skills;
mod tags;
mod texts;
mod words;

pub use attribution::LICENCE_URL;
pub(crate) use attribution::{attributed, source_of};
pub(crate) use contact::without_contact;
pub use mapping::job_of_offer;
pub(crate) use mapping::job_with;
pub use method::method;
pub use rebuilt::offer_of_job;
pub(crate) use salary::SALARY_UNREAD;
