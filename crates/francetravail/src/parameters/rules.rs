//! The rules between parameters: what needs, bounds or contradicts what.

use super::{ParameterProblem, Rejection, SearchParameters};

impl SearchParameters {
    /// Every rule that the parameters break together.
    pub(super) fn broken_rules(&self) -> Vec<ParameterProblem> {
        let mut broken = self.lonely();
        broken.extend(self.out_of_order());
        broken.extend(self.contradicting());
        broken
    }

    /// Parameters that say nothing without another one. The service refuses each (documented).
    fn lonely(&self) -> Vec<ParameterProblem> {
        let earliest = self.min_creation_date.is_some();
        let latest = self.max_creation_date.is_some();
        let salary = self.salaire_min.is_some();
        let period = self.periode_salaire.is_some();
        let mode = self.mode_selection_partenaires.is_some();
        let partners = self.partenaires.is_some();
        [
            needs(("minCreationDate", earliest), ("maxCreationDate", latest)),
            needs(("maxCreationDate", latest), ("minCreationDate", earliest)),
            needs(("salaireMin", salary), ("periodeSalaire", period)),
            needs(("periodeSalaire", period), ("salaireMin", salary)),
            needs(("modeSelectionPartenaires", mode), ("partenaires", partners)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Bounds of which the lower one is above the upper one.
    fn out_of_order(&self) -> Vec<ParameterProblem> {
        let earliest = self.min_creation_date.map(|date| date.0);
        let latest = self.max_creation_date.map(|date| date.0);
        [
            in_order(("minCreationDate", earliest), ("maxCreationDate", latest)),
            in_order(
                ("dureeHebdoMin", self.duree_hebdo_min),
                ("dureeHebdoMax", self.duree_hebdo_max),
            ),
            in_order(
                ("dureeContratMin", self.duree_contrat_min),
                ("dureeContratMax", self.duree_contrat_max),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn contradicting(&self) -> Option<ParameterProblem> {
        let (same, other) = (self.experience_exige?, self.experience_exigence?);
        (same != other).then(|| {
            let message = "differs from `experienceExigence`, which is the same filter";
            Rejection::new(message).with_hint("give one of the two").of("experienceExige")
        })
    }
}

fn needs(
    (name, given): (&'static str, bool),
    (other, present): (&'static str, bool),
) -> Option<ParameterProblem> {
    (given && !present).then(|| {
        Rejection::new(format!("needs `{other}` beside it"))
            .with_hint(format!("add `{other}`"))
            .of(name)
    })
}

fn in_order<T: PartialOrd>(
    (low_name, low): (&'static str, Option<T>),
    (high_name, high): (&'static str, Option<T>),
) -> Option<ParameterProblem> {
    (low? > high?).then(|| {
        Rejection::new(format!("is above `{high_name}`"))
            .with_hint("exchange the two values")
            .of(low_name)
    })
}
