//! What an offer pays, and how that is put into words.

use fastrand::Rng;

/// What an amount of pay is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Period {
    Hour,
    Month,
    Year,
}

impl Period {
    /// The hours of a month of full-time work in France.
    const HOURS_A_MONTH: f64 = 151.67;

    /// The first word of a salary's text tells the period.
    pub(super) fn named(word: &str) -> Option<Self> {
        match word {
            "Horaire" => Some(Self::Hour),
            "Mensuel" => Some(Self::Month),
            "Annuel" => Some(Self::Year),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hour => "Horaire",
            Self::Month => "Mensuel",
            Self::Year => "Annuel",
        }
    }

    /// An amount for this period, as euros a month.
    pub(super) fn monthly(self, amount: f64) -> f64 {
        match self {
            Self::Hour => amount * Self::HOURS_A_MONTH,
            Self::Month => amount,
            Self::Year => amount / 12.0,
        }
    }
}

/// A made-up salary.
pub(super) struct Salary {
    period: Period,
    low: f64,
    high: Option<f64>,
}

impl Salary {
    /// The salary that belongs to a body: always the same for one seed.
    pub(super) fn of_body(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x005A_1A27);
        let period = match rng.u8(..100) {
            0..35 => Period::Hour,
            35..70 => Period::Month,
            _ => Period::Year,
        };
        let steps = rng.u32(..40) * rng.u32(..40) / 40;
        let (least, step) = match period {
            Period::Hour => (12.0, 0.25),
            Period::Month => (1801.8, 50.0),
            Period::Year => (22_000.0, 1_000.0),
        };
        let low = least + step * f64::from(steps);
        let high = (rng.u8(..100) < 60).then(|| low + step * f64::from(rng.u32(1..12)));
        Self { period, low, high }
    }

    /// The lower bound as euros a month.
    pub(super) fn monthly(&self) -> f64 {
        self.period.monthly(self.low_as_written())
    }

    /// The text; the two origins write numbers differently.
    pub(super) fn text(&self, by_partner: bool, rng: &mut Rng) -> String {
        let name = self.period.name();
        let low = amount(self.low, by_partner);
        let mut text = format!("{name} de {low} Euros");
        if let Some(high) = self.high {
            text.push_str(" à ");
            text.push_str(&amount(high, by_partner));
            text.push_str(" Euros");
        }
        text.push_str(months(by_partner, rng));
        text
    }

    /// Texts carry one or two decimals; the sums of steps here have no more than two.
    fn low_as_written(&self) -> f64 {
        (self.low * 100.0).round() / 100.0
    }
}

fn amount(euros: f64, by_partner: bool) -> String {
    if by_partner {
        return format!("{euros:.2}").replace('.', ",");
    }
    let cents = format!("{euros:.2}");
    cents.strip_suffix('0').map_or(cents.clone(), ToOwned::to_owned)
}

fn months(by_partner: bool, rng: &mut Rng) -> &'static str {
    match (by_partner, rng.u8(..10)) {
        (true, 0..5) => "",
        (true, _) => " sur 12 mois",
        (false, 0) => " sur 0.0 mois",
        (false, 1) => " sur 13.0 mois",
        (false, 2..8) => " sur 12.0 mois",
        (false, _) => "",
    }
}
