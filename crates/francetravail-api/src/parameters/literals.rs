//! Parameters with a short, closed list of values.

use super::value::not_empty;
use super::{Form, ParameterValue, Rejection};

/// Declares an enum whose variants are the accepted values.
macro_rules! literals {
    ($($(#[$about:meta])+ $name:ident: $form:ident {
        $($(#[$meaning:meta])+ $variant:ident = $text:literal,)+
    })+) => {$(
        $(#[$about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$meaning])+ $variant,)+
        }

        impl $name {
            /// Every value, in the order of the service's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code that the service knows it by.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl ParameterValue for $name {
            const FORM: Form = Form::$form;
            const ACCEPTED: &'static [&'static str] = &[$($text,)+];

            fn parse(text: &str) -> Result<Self, Rejection> {
                let text = not_empty(text)?;
                Self::ALL
                    .iter()
                    .find(|value| value.code() == text)
                    .copied()
                    .ok_or_else(|| not_accepted(text, Self::ACCEPTED))
            }

            fn wire(&self) -> String {
                self.code().to_owned()
            }
        }
    )+};
}

literals! {
    /// The order of the results (documented).
    SortOrder: Integer {
        /// Relevance, then distance, then newest first; the service's own choice.
        Relevance = "0",
        /// Newest first, then relevance, then distance.
        Newest = "1",
        /// Nearest first, then relevance, then newest first.
        Nearest = "2",
    }
    /// How much experience is asked for (documented).
    ExperienceLevel: Digits {
        /// Less than a year.
        UnderOneYear = "1",
        /// One to three years.
        OneToThreeYears = "2",
        /// More than three years.
        OverThreeYears = "3",
    }
    /// Whether experience is asked for at all (documented).
    ExperienceRequirement: Text {
        /// A beginner is welcome.
        BeginnerAccepted = "D",
        /// Experience is required.
        Required = "E",
        /// Experience is wished for.
        Desired = "S",
    }
    /// Who published the offer (documented).
    OfferOrigin: Digits {
        /// France Travail itself.
        FranceTravail = "1",
        /// One of its partners.
        Partner = "2",
    }
    /// The level of the post (documented).
    QualificationLevel: Digits {
        /// Not a manager.
        NotExecutive = "0",
        /// A manager.
        Executive = "9",
    }
    /// What a salary is reckoned by (documented).
    SalaryPeriod: Text {
        /// A year.
        Year = "A",
        /// A fee.
        Fee = "C",
        /// An hour.
        Hour = "H",
        /// A month.
        Month = "M",
    }
    /// For how many days at most an offer has been out. Other numbers are refused (measured).
    PublishedWithin: Digits {
        /// One day.
        OneDay = "1",
        /// Three days.
        ThreeDays = "3",
        /// A week.
        OneWeek = "7",
        /// Two weeks.
        TwoWeeks = "14",
        /// A month.
        OneMonth = "31",
    }
    /// What happens to the partners named beside it (documented).
    PartnerSelection: Text {
        /// Their offers are left out.
        Excluded = "EXCLU",
        /// Of the partners' offers, only theirs are kept.
        Included = "INCLUS",
    }
    /// The weekly time (documented).
    WeeklyTime: Digits {
        /// Not said.
        NotStated = "0",
        /// Full time.
        FullTime = "1",
        /// Part time.
        PartTime = "2",
    }
    /// One of the 22 large areas of work. They are disjoint: `C` has no offer of `C15`
    /// (measured).
    GrandDomain: Text {
        /// Farming, fishing, green spaces, animal care.
        A = "A",
        /// Arts and crafts.
        B = "B",
        /// Banking and insurance.
        C = "C",
        /// Property.
        C15 = "C15",
        /// Trade and sales.
        D = "D",
        /// Communication and media.
        E = "E",
        /// Building and public works.
        F = "F",
        /// Hotels, restaurants, tourism, leisure.
        G = "G",
        /// Industry.
        H = "H",
        /// Installation and maintenance.
        I = "I",
        /// Health.
        J = "J",
        /// Services to persons and communities.
        K = "K",
        /// Performing arts.
        L = "L",
        /// Sport.
        L14 = "L14",
        /// Support to business: buying, accounts, management.
        M = "M",
        /// General management.
        M13 = "M13",
        /// Consulting and studies.
        M14 = "M14",
        /// Human resources.
        M15 = "M15",
        /// Secretaries and assistants.
        M16 = "M16",
        /// Marketing and sales strategy.
        M17 = "M17",
        /// Computing and telecommunications.
        M18 = "M18",
        /// Transport and logistics.
        N = "N",
    }
}

/// One or several large areas; an offer lies in one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrandDomains(Vec<GrandDomain>);

impl GrandDomains {
    /// The areas.
    pub fn domains(&self) -> &[GrandDomain] {
        &self.0
    }
}

impl From<GrandDomain> for GrandDomains {
    fn from(domain: GrandDomain) -> Self {
        Self(vec![domain])
    }
}

impl ParameterValue for GrandDomains {
    const FORM: Form = Form::Text;
    const ACCEPTED: &'static [&'static str] = GrandDomain::ACCEPTED;

    fn parse(text: &str) -> Result<Self, Rejection> {
        not_empty(text)?.split(',').map(GrandDomain::parse).collect::<Result<_, _>>().map(Self)
    }

    fn wire(&self) -> String {
        self.0.iter().map(|domain| domain.code()).collect::<Vec<_>>().join(",")
    }
}

fn not_accepted(text: &str, accepted: &[&str]) -> Rejection {
    let list = accepted.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let meant = accepted.iter().find(|value| value.eq_ignore_ascii_case(text));
    Rejection::new(format!("`{text}` is not one of {list}"))
        .with_hint_from(meant.map(|value| format!("write `{value}`")))
}
