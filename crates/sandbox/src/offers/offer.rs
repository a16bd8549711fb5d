//! What the filters look at in an offer, and where the rest of it comes from.

use std::borrow::Cow;

use jiff::civil::DateTime;
use serde_json::{Map, Value};

/// Text that is either part of a table or was read from a file.
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
    /// From this number, by the rules of made-up offers.
    Made(u64),
    /// As it was read.
    Read(Box<Map<String, Value>>),
}

impl Place {
    /// Whether it is so near to one of the places.
    pub(crate) fn is_within(&self, kilometres: f64, centres: &[(f64, f64)]) -> bool {
        centres.iter().any(|centre| {
            self.kilometres_from(*centre).is_some_and(|distance| distance <= kilometres)
        })
    }

    /// As the crow flies, which for the size of a country is near enough on a flat map.
    pub(crate) fn kilometres_from(&self, centre: (f64, f64)) -> Option<f64> {
        const KM_PER_DEGREE: f64 = 111.2;
        let (latitude, longitude) = self.position?;
        let north = (latitude - centre.0) * KM_PER_DEGREE;
        let east = (longitude - centre.1) * KM_PER_DEGREE * centre.0.to_radians().cos();
        Some(north.hypot(east))
    }
}
