//! The salary, where the offer's sentence about it can be read with certainty.

use serde_json::{Value, json};

use super::fields::named;

/// The salary as a range of euros: one, or none.
///
/// A single amount is a range from itself to itself.
pub(super) fn ranges(salary: &Value) -> Vec<Value> {
    read(salary).map(|salary| salary.range()).into_iter().collect()
}

/// The tags that say for how long the range is paid: for one `hour`, `month` or `year`, and in how
/// many months of the year.
pub(super) fn period_tags(salary: &Value) -> Vec<Value> {
    read(salary).map(|salary| salary.tags()).unwrap_or_default()
}

/// What a sentence such as `Mensuel de 1801.8 Euros à 1968.3 Euros sur 12.0 mois` says.
#[derive(Debug, PartialEq)]
struct Salary {
    period: Period,
    lowest: f64,
    highest: f64,
    /// In how many months of a year it is paid; some sentences say zero, which tells nothing.
    months: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Period {
    Hour,
    Month,
    Year,
}

impl Salary {
    fn range(&self) -> Value {
        json!({
            "name": "salary",
            "value_min": self.lowest,
            "value_max": self.highest,
            "unit": "eur",
        })
    }

    fn tags(&self) -> Vec<Value> {
        let period = named("salary_period", self.period.name());
        let months = named("salary_months", self.months.to_string());
        if self.months > 0.0 { vec![period, months] } else { vec![period] }
    }
}

impl Period {
    fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

fn read(salary: &Value) -> Option<Salary> {
    parse(salary["libelle"].as_str()?)
}

/// Reads the whole sentence, or nothing of it.
fn parse(sentence: &str) -> Option<Salary> {
    let (period, rest) = period(sentence)?;
    let (lowest, rest) = euros(rest)?;
    let (highest, rest) = match rest.strip_prefix(" à ") {
        Some(second) => euros(second)?,
        None => (lowest, rest),
    };
    let months = months(rest)?;
    (lowest <= highest).then_some(Salary { period, lowest, highest, months })
}

fn period(sentence: &str) -> Option<(Period, &str)> {
    let (word, rest) = sentence.split_once(" de ")?;
    let period = match word {
        "Horaire" => Period::Hour,
        "Mensuel" => Period::Month,
        "Annuel" => Period::Year,
        _ => return None,
    };
    Some((period, rest))
}

/// The amount at the beginning of a text, and what follows the word `Euros`. Nothing is paid with
/// nothing, so zero is not an amount.
fn euros(text: &str) -> Option<(f64, &str)> {
    let (amount, rest) = text.split_once(" Euros")?;
    Some((number(amount).filter(|amount| *amount > 0.0)?, rest))
}

/// The months at the end of a sentence: zero, where it has ended already.
fn months(ending: &str) -> Option<f64> {
    if ending.is_empty() {
        return Some(0.0);
    }
    number(ending.strip_prefix(" sur ")?.strip_suffix(" mois")?)
}

/// A number in French or English writing, of digits and at most one sign between them.
fn number(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let number = format!("{}.{}", digits(whole)?, digits(fraction)?);
    number.parse().ok().filter(|number: &f64| number.is_finite())
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salary(period: Period, lowest: f64, highest: f64, months: f64) -> Salary {
        Salary { period, lowest, highest, months }
    }

    #[track_caller]
    fn check(cases: &[(&str, Option<Salary>)]) {
        for (sentence, expected) in cases {
            assert_eq!(parse(sentence), *expected, "{sentence}");
        }
    }

    #[test]
    fn a_range_is_read() {
        use Period::{Hour, Month, Year};
        check(&[
            (
                "Mensuel de 1801.8 Euros à 1968.3 Euros sur 12.0 mois",
                Some(salary(Month, 1801.8, 1968.3, 12.0)),
            ),
            (
                "Annuel de 20148,00 Euros à 25000,00 Euros sur 12 mois",
                Some(salary(Year, 20_148.0, 25_000.0, 12.0)),
            ),
            (
                "Mensuel de 2000.0 Euros à 2200.0 Euros sur 13.5 mois",
                Some(salary(Month, 2000.0, 2200.0, 13.5)),
            ),
            ("Horaire de 11,07 Euros à 12,50 Euros", Some(salary(Hour, 11.07, 12.5, 0.0))),
        ]);
    }

    #[test]
    fn a_single_amount_is_both_ends() {
        use Period::{Hour, Month, Year};
        check(&[
            ("Horaire de 12.0 Euros", Some(salary(Hour, 12.0, 12.0, 0.0))),
            ("Annuel de 42000,00 Euros", Some(salary(Year, 42_000.0, 42_000.0, 0.0))),
            ("Mensuel de 1810.00 Euros sur 12 mois", Some(salary(Month, 1810.0, 1810.0, 12.0))),
            ("Horaire de 12.0 Euros sur 0.0 mois", Some(salary(Hour, 12.0, 12.0, 0.0))),
        ]);
    }

    #[test]
    fn what_is_not_certain_is_not_read() {
        check(&[
            ("", None),
            ("Annuel de", None),
            ("Selon profil", None),
            ("De 1800,00 Euros à 2000,00 Euros", None),
            ("Autre de 1800,00 Euros", None),
            ("Mensuel de Euros", None),
            ("Mensuel de 0.0 Euros", None),
            ("Mensuel de -1800.0 Euros", None),
            ("Mensuel de 1 800,00 Euros", None),
            ("Mensuel de 1.800,00 Euros", None),
            ("Mensuel de 2000.0 Euros à 1800.0 Euros", None),
            ("Mensuel de 1800.0 Euros à négocier", None),
            ("Mensuel de 1800.0 Euros brut", None),
            ("Mensuel de 1800.0 Euros sur douze mois", None),
        ]);
    }

    #[test]
    fn a_salary_is_a_range_of_euros_with_its_period_beside_it() {
        let salary = json!({"libelle": "Mensuel de 1861.0 Euros sur 12.0 mois"});
        let range =
            json!({"name": "salary", "value_min": 1861.0, "value_max": 1861.0, "unit": "eur"});
        assert_eq!(ranges(&salary), [range]);
        let tags = [named("salary_period", "month"), named("salary_months", "12")];
        assert_eq!(period_tags(&salary), tags);
    }

    #[test]
    fn no_sentence_is_no_salary() {
        for salary in [json!(null), json!({}), json!({"libelle": 12}), json!({"commentaire": "?"})]
        {
            assert!(ranges(&salary).is_empty(), "{salary}");
            assert!(period_tags(&salary).is_empty(), "{salary}");
        }
    }
}
