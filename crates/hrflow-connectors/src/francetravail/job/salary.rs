//! The salary, where the offer's words about it can be read with certainty.

use serde_json::{Value, json};

use super::fields::{named, said};
use super::salary_words::{Bound, Currency, Period, Salary, read_words};

/// The tag of a job whose salary could not be read.
pub(crate) const SALARY_UNREAD: &str = "salary_unread";

/// The salary as ranges that can be searched, or none: the amount, the amount under the name of its
/// period, and the months of a year in which it is paid.
///
/// A single amount is a range from itself to itself.
pub(super) fn ranges(salary: &Value) -> Vec<Value> {
    let Some(read) = read(salary) else { return Vec::new() };
    let range = |name: &str, low: f64, high: f64, unit: &str| json!({"name": name, "value_min": low, "value_max": high, "unit": unit});
    let amount = |name: &str| range(name, read.lowest, read.highest, currency_name(read.currency));
    let by_period = read.period.map(|period| amount(&format!("salary_per_{}", name_of(period))));
    let months = read.months.map(|months| range("salary_months", months, months, "month"));
    [Some(amount("salary")), by_period, months].into_iter().flatten().collect()
}

/// The tags that say for how long the range is paid: for one `hour`, `month` or `year`, in how many
/// months of the year, in which currency, and whether it is only a bound. Where an offer says
/// something of a salary that cannot be read, a tag says so, by which such offers are counted.
pub(super) fn tags(salary: &Value) -> Vec<Value> {
    let Some(read) = read(salary) else {
        let is_unread = texts(salary).next().is_some();
        return is_unread.then(|| named(SALARY_UNREAD, true)).into_iter().collect();
    };
    let period = read.period.map(|period| named("salary_period", name_of(period)));
    let months = read.months.map(|months| named("salary_months", months.to_string()));
    let currency = Some(named("salary_currency", currency_name(read.currency)));
    let bound = match read.bound {
        Bound::Both => None,
        Bound::From => Some(named("salary_bound", "from")),
        Bound::UpTo => Some(named("salary_bound", "up_to")),
    };
    [period, months, currency, bound].into_iter().flatten().collect()
}

fn read(salary: &Value) -> Option<Salary> {
    texts(salary).find_map(read_words)
}

/// The words about the salary: the sentence of the service first, then what the employer adds.
fn texts(salary: &Value) -> impl Iterator<Item = &str> {
    [&salary["libelle"], &salary["commentaire"]].into_iter().filter_map(said)
}

fn name_of(period: Period) -> &'static str {
    match period {
        Period::Hour => "hour",
        Period::Day => "day",
        Period::Month => "month",
        Period::Year => "year",
    }
}

fn currency_name(currency: Currency) -> &'static str {
    match currency {
        Currency::Euro => "eur",
        Currency::Franc => "chf",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(salary: &Value) -> Vec<(String, Value)> {
        let tag = |tag: Value| (tag["name"].as_str().unwrap().to_owned(), tag["value"].clone());
        tags(salary).into_iter().map(tag).collect()
    }

    #[test]
    fn a_salary_is_ranges_with_its_period_and_months() {
        let salary = json!({"libelle": "Mensuel de 1861.0 Euros sur 12.0 mois"});
        let range = |name: &str, value: f64, unit: &str| json!({"name": name, "value_min": value, "value_max": value, "unit": unit});
        let expected = [
            range("salary", 1861.0, "eur"),
            range("salary_per_month", 1861.0, "eur"),
            range("salary_months", 12.0, "month"),
        ];
        assert_eq!(ranges(&salary), expected);
        let expected = [
            named("salary_period", "month"),
            named("salary_months", "12"),
            named("salary_currency", "eur"),
        ];
        assert_eq!(tags(&salary), expected);
    }

    #[test]
    fn what_the_employer_adds_counts_where_the_sentence_says_nothing() {
        let salary =
            json!({"libelle": "Annuel de", "commentaire": "A partir de 3 254 euros brut/mois"});
        assert_eq!(ranges(&salary)[0]["value_min"], 3254.0);
        assert!(names(&salary).contains(&("salary_bound".to_owned(), json!("from"))));
        let salary = json!({"libelle": "Horaire de 12.0 Euros", "commentaire": "2000 € par mois"});
        assert_eq!(ranges(&salary)[0]["value_min"], 12.0);
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        for salary in [json!({"libelle": "Annuel de"}), json!({"commentaire": "Selon profil"})] {
            assert!(ranges(&salary).is_empty(), "{salary}");
            assert_eq!(names(&salary), [("salary_unread".to_owned(), json!(true))], "{salary}");
        }
    }

    #[test]
    fn no_words_are_no_salary() {
        for salary in [json!(null), json!({}), json!({"libelle": 12}), json!({"libelle": " "})] {
            assert!(ranges(&salary).is_empty(), "{salary}");
            assert!(tags(&salary).is_empty(), "{salary}");
        }
    }
}
