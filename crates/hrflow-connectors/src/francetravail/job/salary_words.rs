//! Reads what people write about a salary: every word must be understood, or none is.

use super::pieces::pieces;

/// What words such as `Mensuel de 1801.8 Euros à 1968.3 Euros sur 12.0 mois` say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Salary {
    pub(super) period: Option<Period>,
    pub(super) lowest: f64,
    pub(super) highest: f64,
    /// In how many months of a year it is paid.
    pub(super) months: Option<f64>,
    pub(super) currency: Currency,
    pub(super) bound: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    Hour,
    Day,
    Month,
    Year,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Currency {
    Euro,
    Franc,
}

/// Whether an amount is what is paid, or only the least or the most of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Both,
    From,
    UpTo,
}

/// One word, as far as it means something.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Number(f64),
    Thousand,
    Currency(Currency),
    Period(Period),
    Months(f64),
    Bound(Bound),
    /// It stands between two amounts.
    To,
    /// It changes nothing.
    Filler,
}

/// Words that change nothing of an amount, or of what is searched for by it.
const FILLERS: [&str; 44] = [
    "de",
    "du",
    "d",
    "la",
    "le",
    "l",
    "entre",
    "brut",
    "bruts",
    "brute",
    "net",
    "nets",
    "nette",
    "salaire",
    "rémunération",
    "remuneration",
    "fixe",
    "environ",
    "selon",
    "profil",
    "expérience",
    "experience",
    "compétences",
    "diplôme",
    "négociable",
    "negociable",
    "hors",
    "primes",
    "soit",
    "sur",
    "par",
    "base",
    "votre",
    "une",
    "un",
    "gross",
    "per",
    "minimum",
    "mini",
    "formation",
    "/",
    "nourri",
    "logé",
    "nourrie",
];

/// What words say beside the amounts.
#[derive(Default)]
struct Facts {
    period: Option<Period>,
    currency: Option<Currency>,
    months: Option<f64>,
    bound: Option<Bound>,
}

/// The salary that words say; none where a word is not understood, or two say different things.
pub(super) fn read_words(text: &str) -> Option<Salary> {
    let words = words(text)?;
    let amounts = amounts(&words)?;
    let (lowest, highest) = match *amounts {
        [one] => (one, one),
        [lowest, highest] => (lowest, highest),
        _ => return None,
    };
    let Facts { period, currency, months, bound } = facts(&words)?;
    // A bare number may be anything.
    let is_money = currency.is_some() || period.is_some();
    let is_sound = is_money && lowest > 0.0 && lowest <= highest;
    is_sound.then_some(Salary {
        period,
        lowest,
        highest,
        months: months.filter(|months| *months > 0.0),
        currency: currency.unwrap_or(Currency::Euro),
        bound: bound.filter(|_| amounts.len() == 1).unwrap_or(Bound::Both),
    })
}

/// What words say beside the amounts; none where two say different things.
fn facts(words: &[Word]) -> Option<Facts> {
    let mut facts = Facts::default();
    for word in words {
        match word {
            Word::Period(period) => set(&mut facts.period, *period)?,
            Word::Currency(currency) => set(&mut facts.currency, *currency)?,
            Word::Months(months) => set(&mut facts.months, *months)?,
            Word::Bound(bound) => set(&mut facts.bound, *bound)?,
            Word::Number(_) | Word::Thousand | Word::To | Word::Filler => {}
        }
    }
    Some(facts)
}

/// Sets what nobody has set to another value.
fn set<T: PartialEq>(known: &mut Option<T>, value: T) -> Option<()> {
    if known.as_ref().is_some_and(|known| *known != value) {
        return None;
    }
    *known = Some(value);
    Some(())
}

/// The amounts among words: one, or two with a word between them that makes them a range.
fn amounts(words: &[Word]) -> Option<Vec<f64>> {
    let mut amounts: Vec<(f64, bool)> = Vec::new();
    let (mut is_range, mut may_grow) = (false, false);
    for word in words {
        match word {
            Word::Number(_) if !amounts.is_empty() && !is_range => return None,
            Word::Number(number) => {
                amounts.push((*number, false));
                (is_range, may_grow) = (false, true);
            }
            Word::Thousand => {
                let last = amounts.last_mut().filter(|_| may_grow)?;
                *last = (last.0 * 1000.0, true);
                may_grow = false;
            }
            Word::To => is_range = true,
            Word::Currency(_)
            | Word::Period(_)
            | Word::Months(_)
            | Word::Bound(_)
            | Word::Filler => may_grow = false,
        }
    }
    // `35-40 k€`: what is said of the second amount is said of both.
    if let [(first, false), (_, true)] = &mut amounts[..]
        && *first < 1000.0
    {
        *first *= 1000.0;
    }
    Some(amounts.into_iter().map(|(amount, _)| amount).collect())
}

/// The words of a text; none where one is not understood.
fn words(text: &str) -> Option<Vec<Word>> {
    let pieces = pieces(&text.to_lowercase());
    let mut words = Vec::new();
    let mut rest = &pieces[..];
    while !rest.is_empty() {
        let (word, length) = next(rest)?;
        words.push(word);
        rest = rest.get(length..)?;
    }
    Some(words)
}

/// The first word, and of how many pieces it is made.
fn next(pieces: &[String]) -> Option<(Word, usize)> {
    let pieces: Vec<_> = pieces.iter().take(5).map(String::as_str).collect();
    let phrase = match *pieces {
        ["sur" | "x", number, "mois", ..] => Some((Word::Months(number.parse().ok()?), 3)),
        ["à" | "a", "partir", "de" | "d", ..] => Some((Word::Bound(Bound::From), 3)),
        ["au", "moins", ..] => Some((Word::Bound(Bound::From), 2)),
        ["jusqu", "à" | "a", ..] => Some((Word::Bound(Bound::UpTo), 2)),
        ["à" | "a", "négocier" | "negocier" | "définir" | "definir", ..] => {
            Some((Word::Filler, 2))
        }
        ["francs", "suisses", ..] => Some((Word::Currency(Currency::Franc), 2)),
        [number, ..] if is_number(number) => Some((Word::Number(number.parse().ok()?), 1)),
        _ => None,
    };
    phrase.or_else(|| Some((word(pieces.first()?)?, 1)))
}

fn word(piece: &str) -> Option<Word> {
    Some(match piece {
        "€" | "euro" | "euros" | "eur" => Word::Currency(Currency::Euro),
        "chf" => Word::Currency(Currency::Franc),
        "k" => Word::Thousand,
        "horaire" | "heure" | "heures" | "h" | "hour" => Word::Period(Period::Hour),
        "journalier" | "jour" | "day" => Word::Period(Period::Day),
        "mensuel" | "mensuels" | "mensuelle" | "mois" | "month" => Word::Period(Period::Month),
        "annuel" | "annuels" | "annuelle" | "an" | "année" | "ans" | "year" => {
            Word::Period(Period::Year)
        }
        "à" | "a" | "-" | "–" | "et" | "to" => Word::To,
        filler if FILLERS.contains(&filler) => Word::Filler,
        _ => return None,
    })
}

fn is_number(piece: &str) -> bool {
    piece.bytes().next().is_some_and(|sign| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salary(period: Option<Period>, lowest: f64, highest: f64, months: f64) -> Salary {
        Salary {
            period,
            lowest,
            highest,
            months: (months > 0.0).then_some(months),
            currency: Currency::Euro,
            bound: Bound::Both,
        }
    }

    #[track_caller]
    fn check(cases: &[(&str, Option<Salary>)]) {
        for (sentence, expected) in cases {
            assert_eq!(read_words(sentence), *expected, "{sentence}");
        }
    }

    const HOUR: Option<Period> = Some(Period::Hour);
    const MONTH: Option<Period> = Some(Period::Month);
    const YEAR: Option<Period> = Some(Period::Year);

    #[test]
    fn a_range_is_read() {
        let sentences = [
            ("Mensuel de 1801.8 Euros à 1968.3 Euros sur 12.0 mois", MONTH, 1801.8, 1968.3, 12.0),
            (
                "Annuel de 20148,00 Euros à 25000,00 Euros sur 12 mois",
                YEAR,
                20_148.0,
                25_000.0,
                12.0,
            ),
            ("Mensuel de 2000.0 Euros à 2200.0 Euros sur 13.5 mois", MONTH, 2000.0, 2200.0, 13.5),
            ("Horaire de 11,07 Euros à 12,50 Euros", HOUR, 11.07, 12.5, 0.0),
            ("De 1800,00 Euros à 2000,00 Euros", None, 1800.0, 2000.0, 0.0),
            ("2 800 € - 3 400 € par mois", MONTH, 2800.0, 3400.0, 0.0),
            ("de 15,76 € à 24,16 € brut/h", HOUR, 15.76, 24.16, 0.0),
            ("Entre 12 et 14€ brut", None, 12.0, 14.0, 0.0),
            ("35-40 K€ brut annuel", YEAR, 35_000.0, 40_000.0, 0.0),
            ("35K€ à 40K€ selon profil", None, 35_000.0, 40_000.0, 0.0),
        ];
        check(&sentences.map(|(text, period, lowest, highest, months)| {
            (text, Some(salary(period, lowest, highest, months)))
        }));
    }

    #[test]
    fn a_single_amount_is_both_ends() {
        let sentences = [
            ("Horaire de 12.0 Euros", HOUR, 12.0, 0.0),
            ("Annuel de 42000,00 Euros", YEAR, 42_000.0, 0.0),
            ("Mensuel de 1810.00 Euros sur 12 mois", MONTH, 1810.0, 12.0),
            ("Horaire de 12.0 Euros sur 0.0 mois", HOUR, 12.0, 0.0),
            ("Mensuel de 1 800,00 Euros", MONTH, 1800.0, 0.0),
            ("Mensuel de 1\u{202f}800 €", MONTH, 1800.0, 0.0),
            ("Mensuel de 1.800,00 Euros", MONTH, 1800.0, 0.0),
            ("Mensuel de 1800.0 Euros brut", MONTH, 1800.0, 0.0),
            ("Mensuel de 1800.0 Euros à négocier", MONTH, 1800.0, 0.0),
            ("3002.90€ brut mensuel", MONTH, 3002.9, 0.0),
            ("11.88 brut de l'heure", HOUR, 11.88, 0.0),
            ("12€/heure net", HOUR, 12.0, 0.0),
            ("12,18 €", None, 12.18, 0.0),
            ("45 k€ / an", YEAR, 45_000.0, 0.0),
        ];
        check(&sentences.map(|(text, period, amount, months)| {
            (text, Some(salary(period, amount, amount, months)))
        }));
    }

    #[test]
    fn a_bound_and_another_currency_are_read_as_such() {
        let from = Salary { bound: Bound::From, ..salary(MONTH, 2336.0, 2336.0, 0.0) };
        let up_to = Salary { bound: Bound::UpTo, ..salary(YEAR, 50_000.0, 50_000.0, 0.0) };
        let francs = Salary { currency: Currency::Franc, ..salary(MONTH, 5500.0, 5500.0, 0.0) };
        check(&[
            ("A partir de 2336 euros brut mensuel", Some(from)),
            ("À partir de 2336 € Brut / mois", Some(from)),
            ("jusqu'à 50 000 € par an", Some(up_to)),
            ("5'500 CHF par mois", Some(francs)),
        ]);
    }

    #[test]
    fn what_is_not_certain_is_not_read() {
        for sentence in [
            "",
            "Annuel de",
            "Selon profil",
            "Autre de 1800,00 Euros",
            "Mensuel de Euros",
            "Mensuel de 0.0 Euros",
            "Mensuel de 2000.0 Euros à 1800.0 Euros",
            "Mensuel de 1800.0 Euros sur douze mois",
            "Mensuel de 1800 Euros 2000 Euros",
            "Mensuel de 1800 Euros à 2000 Euros annuel",
            "2500€ net pour 169 heures",
            "1700€ net pour 39h/semaine",
            "2200€ net pour 16",
            "Salaire de base entre 2450 et 2550",
            "Prime de 200 €",
            "Primes + 13e mois",
            "selon profil sur 13.5",
            "12 € à 14 CHF",
            "Minimum Indice 500 CCN ECLAT",
        ] {
            check(&[(sentence, None)]);
        }
    }
}
