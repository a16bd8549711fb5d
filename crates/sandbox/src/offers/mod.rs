//! The offers of the sandbox: made up from a seed, or read from a file.

mod generated;
mod recorded;

use std::borrow::Cow;

use jiff::civil::DateTime;
use serde_json::{Map, Value};

pub(crate) use generated::{gather, generate, list};

/// Text that is either part of a table here or was read from a file.
pub(crate) type Text = Cow<'static, str>;

/// One offer: what the filters look at, and the rest of it.
///
/// A made-up offer keeps only what the filters need; its body is written anew, and always the
/// same, each time it is asked for. So half a million of them fit in little memory.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// Seven characters.
    pub(crate) id: Box<str>,
    /// When it was published, by the wall clock of Paris, with milliseconds.
    pub(crate) created: DateTime,
    /// When it was last changed; some partner offers lack it.
    pub(crate) updated: Option<DateTime>,
    /// `intitule`.
    pub(crate) title: Text,
    /// The ROME code: a letter and four digits.
    pub(crate) rome: Text,
    /// `typeContrat`, such as `CDI`.
    pub(crate) contract: Text,
    /// The code of `natureContrat`, such as `E1`; an offer itself carries only the label.
    pub(crate) contract_kind: Text,
    /// Who lists it: `false` is France Travail itself (origin 1), `true` a partner (origin 2).
    pub(crate) by_partner: bool,
    /// The partner's name.
    pub(crate) partner: Option<Text>,
    /// Where it is.
    pub(crate) place: Place,
    /// The class of experience that a search filters by: 0 not stated, 1 less than a year, 2 one
    /// to three years, 3 more.
    pub(crate) experience: u8,
    /// `experienceExige`: D (beginners), S (wished) or E (required).
    pub(crate) experience_required: char,
    /// `qualificationCode`, 1 to 9.
    pub(crate) qualification: Option<u8>,
    /// `secteurActivite`: two digits.
    pub(crate) sector: Option<Text>,
    /// `codeNAF`: `99.99X`.
    pub(crate) naf: Option<Text>,
    /// Whether the work is full time, where that is stated.
    pub(crate) full_time: Option<bool>,
    /// The salary's lower bound in euros a month, where one is stated.
    pub(crate) monthly_salary: Option<f64>,
    /// `accessibleTH`.
    pub(crate) accessible: bool,
    /// `offresManqueCandidats`.
    pub(crate) hard_to_fill: bool,
    /// Everything else.
    pub(crate) body: Body,
}

/// Where an offer's work is done. A place may be known only roughly, or not at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The INSEE code.
    pub(crate) commune: Option<Text>,
    /// Such as `75`, `2A` or `974`.
    pub(crate) departement: Option<Text>,
    /// The INSEE code of the region, such as `11`.
    pub(crate) region: Option<Text>,
    /// Latitude and longitude in degrees.
    pub(crate) position: Option<(f64, f64)>,
}

/// How the whole offer is written out.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// From this number, by the rules of [`generate`].
    Made(u64),
    /// As it was read.
    Read(Box<Map<String, Value>>),
}

impl Offer {
    /// The offer as the service answers it.
    pub(crate) fn to_json(&self) -> Value {
        match &self.body {
            Body::Made(seed) => generated::body(self, *seed),
            Body::Read(offer) => Value::Object((**offer).clone()),
        }
    }

    /// An offer as it was recorded; an error says what it lacks.
    pub(crate) fn from_recorded(offer: Map<String, Value>) -> Result<Self, String> {
        recorded::read(offer)
    }
}
