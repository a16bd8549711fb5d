//! The rules between parameters: what requires, bounds, contradicts or repeats what.

use super::{Parameter, ParameterProblem, ParameterWarning, Rejection, SearchParameters};

/// What holds between some parameters.
struct Rule {
    /// Those that it concerns, the first of which it is about.
    parameters: &'static [Parameter],
    breach: Breach,
    severity: Severity,
    message: &'static str,
    hint: &'static str,
}

/// How a rule is broken.
#[derive(Clone, Copy)]
enum Breach {
    /// The first is given, and none of the others.
    Alone,
    /// The first is given, and another as well.
    Together,
    /// The values do not go together.
    Values(fn(&SearchParameters) -> bool),
}

/// What becomes of a search that breaks a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Severity {
    /// It is refused.
    Refused,
    /// It goes on, and a person is told what it reads.
    Warned,
}

impl SearchParameters {
    /// Every rule that the parameters break together.
    pub(super) fn broken_rules(&self) -> Vec<ParameterProblem> {
        let refused = self.broken(Severity::Refused);
        refused
            .map(|rule| {
                let name = rule.parameters.first().map(|first| first.name()).unwrap_or_default();
                let parameters = rule.parameters.iter().copied();
                Rejection::new(rule.message).with_hint(rule.hint).of(name, parameters)
            })
            .collect()
    }

    /// What is allowed, and may surprise.
    pub(super) fn surprises(&self) -> Vec<ParameterWarning> {
        let warned = self.broken(Severity::Warned);
        let warning = |rule: &Rule| ParameterWarning {
            parameters: rule.parameters,
            message: rule.message,
            hint: rule.hint,
        };
        warned.map(warning).collect()
    }

    fn broken(&self, severity: Severity) -> impl Iterator<Item = &'static Rule> {
        RULES.iter().filter(move |rule| rule.severity == severity && rule.is_broken_by(self))
    }
}

impl Rule {
    fn is_broken_by(&self, given: &SearchParameters) -> bool {
        let Some((first, others)) = self.parameters.split_first() else { return false };
        let has_other = || others.iter().any(|other| given.has(*other));
        match self.breach {
            Breach::Alone => given.has(*first) && !has_other(),
            Breach::Together => given.has(*first) && has_other(),
            Breach::Values(is_broken) => is_broken(given),
        }
    }
}

fn exceeds<T: PartialOrd>(low: Option<T>, high: Option<T>) -> bool {
    low.zip(high).is_some_and(|(low, high)| low > high)
}

const SWAP: &str = "swap the two values";
const ONE_OF_TWO: &str = "give one of the two";

/// That a date, a salary or a partner needs the other half is documented. Without the place that
/// they widen, `distance` and `inclureLimitrophes` are ignored, and a local search is one of the
/// whole country. All pairs are joined by AND, but for the two kinds of contract (documented).
const RULES: &[Rule] = &[
    Rule {
        parameters: &[Parameter::MinCreationDate, Parameter::MaxCreationDate],
        breach: Breach::Alone,
        severity: Severity::Refused,
        message: "requires `maxCreationDate`",
        hint: "add `maxCreationDate`",
    },
    Rule {
        parameters: &[Parameter::MaxCreationDate, Parameter::MinCreationDate],
        breach: Breach::Alone,
        severity: Severity::Refused,
        message: "requires `minCreationDate`",
        hint: "add `minCreationDate`",
    },
    Rule {
        parameters: &[Parameter::SalaireMin, Parameter::PeriodeSalaire],
        breach: Breach::Alone,
        severity: Severity::Refused,
        message: "requires `periodeSalaire`",
        hint: "add `periodeSalaire`",
    },
    Rule {
        parameters: &[Parameter::PeriodeSalaire, Parameter::SalaireMin],
        breach: Breach::Alone,
        severity: Severity::Refused,
        message: "requires `salaireMin`",
        hint: "add `salaireMin`",
    },
    Rule {
        parameters: &[Parameter::ModeSelectionPartenaires, Parameter::Partenaires],
        breach: Breach::Alone,
        severity: Severity::Refused,
        message: "requires `partenaires`",
        hint: "add `partenaires`",
    },
    Rule {
        parameters: &[Parameter::Distance, Parameter::Commune],
        breach: Breach::Alone,
        severity: Severity::Refused,
        message: "requires `commune`: without it all of France is searched",
        hint: "add `commune`, or leave `distance` out",
    },
    Rule {
        parameters: &[Parameter::InclureLimitrophes, Parameter::Departement],
        breach: Breach::Alone,
        severity: Severity::Refused,
        message: "requires `departement`: without it all of France is searched",
        hint: "add `departement`, or leave `inclureLimitrophes` out",
    },
    Rule {
        parameters: &[Parameter::MinCreationDate, Parameter::MaxCreationDate],
        breach: Breach::Values(|given| {
            let earliest = given.min_creation_date.map(|date| date.0);
            exceeds(earliest, given.max_creation_date.map(|date| date.0))
        }),
        severity: Severity::Refused,
        message: "is above `maxCreationDate`",
        hint: SWAP,
    },
    Rule {
        parameters: &[Parameter::DureeHebdoMin, Parameter::DureeHebdoMax],
        breach: Breach::Values(|given| exceeds(given.duree_hebdo_min, given.duree_hebdo_max)),
        severity: Severity::Refused,
        message: "is above `dureeHebdoMax`",
        hint: SWAP,
    },
    Rule {
        parameters: &[Parameter::DureeContratMin, Parameter::DureeContratMax],
        breach: Breach::Values(|given| exceeds(given.duree_contrat_min, given.duree_contrat_max)),
        severity: Severity::Refused,
        message: "is above `dureeContratMax`",
        hint: SWAP,
    },
    Rule {
        parameters: &[Parameter::ExperienceExige, Parameter::ExperienceExigence],
        breach: Breach::Values(|given| {
            let both = given.experience_exige.zip(given.experience_exigence);
            both.is_some_and(|(same, other)| same != other)
        }),
        severity: Severity::Refused,
        message: "differs from `experienceExigence`, which is the same filter",
        hint: ONE_OF_TWO,
    },
    Rule {
        parameters: &[Parameter::Partenaires, Parameter::ModeSelectionPartenaires],
        breach: Breach::Alone,
        severity: Severity::Warned,
        message: "without `modeSelectionPartenaires` it is not said whether these partners are \
                  read or left out: the offers of every partner may be read",
        hint: "add `modeSelectionPartenaires`: `INCLUS` or `EXCLU`",
    },
    Rule {
        parameters: &[Parameter::TempsPlein, Parameter::DureeHebdo],
        breach: Breach::Together,
        severity: Severity::Warned,
        message: "beside `dureeHebdo`, which is the same filter, only offers that match both are \
                  read",
        hint: "leave `tempsPlein` out: `dureeHebdo` is 1 for full time, 2 for part time",
    },
    Rule {
        parameters: &[
            Parameter::PublieeDepuis,
            Parameter::MinCreationDate,
            Parameter::MaxCreationDate,
        ],
        breach: Breach::Together,
        severity: Severity::Warned,
        message: "beside `minCreationDate` and `maxCreationDate`, only offers that match both are \
                  read: of these days, and created between the dates",
        hint: "give `publieeDepuis`, or the two dates",
    },
    Rule {
        parameters: &[Parameter::Departement, Parameter::Region],
        breach: Breach::Together,
        severity: Severity::Warned,
        message: "beside `region`, only offers that lie in both are read",
        hint: ONE_OF_TWO,
    },
    Rule {
        parameters: &[Parameter::Departement, Parameter::Commune],
        breach: Breach::Together,
        severity: Severity::Warned,
        message: "beside `commune`, only offers that lie in both are read",
        hint: ONE_OF_TWO,
    },
    Rule {
        parameters: &[Parameter::Commune, Parameter::Region],
        breach: Breach::Together,
        severity: Severity::Warned,
        message: "beside `region`, only offers that lie in both are read",
        hint: ONE_OF_TWO,
    },
    Rule {
        parameters: &[Parameter::TypeContrat, Parameter::NatureContrat],
        breach: Breach::Together,
        severity: Severity::Warned,
        message: "beside `natureContrat`, an offer has to match only one of the two, so that more \
                  is read than either says",
        hint: ONE_OF_TWO,
    },
];
