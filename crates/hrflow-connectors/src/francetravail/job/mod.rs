//! What a France Travail offer becomes on an HrFlow board.

mod attribution;
mod dates;
mod fields;
mod mapping;
mod place;
mod salary;
mod skills;
mod tags;
mod texts;

pub use mapping::job_of_offer;
