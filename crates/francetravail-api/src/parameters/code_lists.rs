//! Parameters that are codes from the service's referentials, one or several.

use super::places::{departement_named, region_named};
use super::value::not_empty;
use super::{Form, ParameterValue, Rejection};

/// What a code looks like. Where the referential is short and stable its codes are checked one
/// by one; elsewhere only the shape is, and the service refuses a code that does not exist.
struct Shape {
    matches: fn(&str) -> bool,
    in_words: &'static str,
    hint: fn(&str) -> Option<String>,
}

/// Declares a type that holds one to `most` codes of a shape, separated by commas.
macro_rules! code_lists {
    ($($(#[$about:meta])+ $name:ident {
        most: $most:expr, matches: $matches:expr, in_words: $in_words:literal, hint: $hint:expr,
    })+) => {$(
        $(#[$about])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Vec<String>);

        impl $name {
            /// The codes, in the order in which they were given.
            pub fn codes(&self) -> &[String] {
                &self.0
            }
        }

        impl ParameterValue for $name {
            const FORM: Form = Form::Text;

            fn parse(text: &str) -> Result<Self, Rejection> {
                let shape = Shape { matches: $matches, in_words: $in_words, hint: $hint };
                codes(text, $most, &shape).map(Self)
            }

            fn wire(&self) -> String {
                self.0.join(",")
            }
        }
    )+};
}

const UNBOUNDED: usize = usize::MAX;

code_lists! {
    /// One area of work of 110: a letter and two digits. The service refuses two (measured).
    DomainCode {
        most: 1, matches: |code| is_rome(code, 3),
        in_words: "a letter from A to N and two digits, such as `M18`", hint: upper_case_rome,
    }
    /// Up to 200 ROME codes: a letter and four digits.
    RomeCodes {
        most: 200, matches: |code| is_rome(code, 5),
        in_words: "a letter from A to N and four digits, such as `M1805`", hint: upper_case_rome,
    }
    /// One theme of 17. The service refuses two (measured).
    ThemeCode {
        most: 1, matches: |code| is_digits(code, 2..=2) && ("01"..="17").contains(&code),
        in_words: "a number from `01` to `17`", hint: two_digits,
    }
    /// ROME designations: numbers of the referential `appellations`.
    AppellationCodes {
        most: UNBOUNDED, matches: |code| is_digits(code, 1..=6),
        in_words: "a number of at most six digits, such as `38444`", hint: no_hint,
    }
    /// Up to two NAF codes.
    NafCodes {
        most: 2, matches: is_naf,
        in_words: "two digits, a point, two digits and a letter, such as `62.01Z`", hint: naf,
    }
    /// Up to two divisions of the NAF: two digits each.
    SectorCodes {
        most: 2, matches: |code| is_digits(code, 2..=2),
        in_words: "two digits, such as `01`", hint: two_digits,
    }
    /// Types of contract: three letters.
    ContractTypeCodes {
        most: UNBOUNDED, matches: |code| code.len() == 3 && all(code, u8::is_ascii_uppercase),
        in_words: "three capital letters, such as `CDI`", hint: upper_case,
    }
    /// Kinds of contract: two letters or digits.
    ContractKindCodes {
        most: UNBOUNDED, matches: |code| code.len() == 2 && is_capital_code(code),
        in_words: "a capital letter and a letter or digit, such as `E1`", hint: upper_case,
    }
    /// Up to five communes by their INSEE code, which is not the postcode.
    CommuneCodes {
        most: 5, matches: is_commune,
        in_words: "an INSEE code of five characters, such as `75056`", hint: commune,
    }
    /// Up to five départements of 101.
    DepartementCodes {
        most: 5, matches: is_departement,
        in_words: "a département: `01` to `95`, `2A`, `2B`, `971` to `974` or `976`",
        hint: departement,
    }
    /// Regions by their INSEE code: two digits.
    RegionCodes {
        most: UNBOUNDED, matches: |code| is_digits(code, 2..=2),
        in_words: "two digits, such as `11`", hint: region,
    }
    /// Countries (five digits) or continents (three).
    CountryCodes {
        most: UNBOUNDED, matches: is_country,
        in_words: "a country such as `99100` or a continent from `991` to `995`",
        hint: country,
    }
    /// Levels of education: three or four characters.
    EducationCodes {
        most: UNBOUNDED,
        matches: |code| (3..=4).contains(&code.len()) && all(code, u8::is_ascii_alphanumeric)
            && code.bytes().take(2).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        in_words: "a level of three or four characters, such as `NV4`", hint: upper_case,
    }
    /// Driving licences: one to three characters.
    LicenceCodes {
        most: UNBOUNDED,
        matches: |code| (1..=3).contains(&code.len()) && is_capital_code(code),
        in_words: "a licence of one to three characters, such as `B`", hint: upper_case,
    }
    /// Partners by the name that their offers carry.
    PartnerNames {
        most: UNBOUNDED, matches: |name| !name.chars().any(char::is_control),
        in_words: "a partner's name, such as `METEOJOB`", hint: no_hint,
    }
}

fn codes(text: &str, most: usize, shape: &Shape) -> Result<Vec<String>, Rejection> {
    let found: Vec<String> = not_empty(text)?.split(',').map(|code| code.trim().into()).collect();
    if found.iter().any(String::is_empty) {
        return Err(stray_comma(&found));
    }
    if let Some(code) = found.iter().find(|code| !(shape.matches)(code)) {
        return Err(Rejection::new(format!("`{code}` is not {}", shape.in_words))
            .with_hint_from((shape.hint)(code)));
    }
    if found.len() > most {
        return Err(too_many(&found, most));
    }
    Ok(found)
}

fn stray_comma(found: &[String]) -> Rejection {
    let kept: Vec<&str> =
        found.iter().map(String::as_str).filter(|code| !code.is_empty()).collect();
    let rejection = Rejection::new("has a comma with nothing before or after it");
    rejection.with_hint_from((!kept.is_empty()).then(|| format!("write `{}`", kept.join(","))))
}

fn too_many(found: &[String], most: usize) -> Rejection {
    Rejection::new(format!("has {} values; the service takes at most {most}", found.len()))
}

fn all(code: &str, is: fn(&u8) -> bool) -> bool {
    code.bytes().all(|byte| is(&byte))
}

fn is_digits(code: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&code.len()) && all(code, u8::is_ascii_digit)
}

fn is_capital_code(code: &str) -> bool {
    code.starts_with(|first: char| first.is_ascii_uppercase())
        && all(code, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_rome(code: &str, length: usize) -> bool {
    code.len() == length
        && code.starts_with(|first| ('A'..='N').contains(&first))
        && all(&code[1..], u8::is_ascii_digit)
}

fn is_naf(code: &str) -> bool {
    let shape = code.bytes().map(|byte| match byte {
        b'0'..=b'9' => b'9',
        b'A'..=b'Z' => b'X',
        other => other,
    });
    shape.eq(*b"99.99X")
}

fn is_commune(code: &str) -> bool {
    let corsican = code.strip_prefix("2A").or_else(|| code.strip_prefix("2B"));
    match corsican {
        Some(rest) => is_digits(rest, 3..=3),
        None => is_digits(code, 5..=5),
    }
}

fn is_departement(code: &str) -> bool {
    match code {
        "20" => false,
        "2A" | "2B" | "971" | "972" | "973" | "974" | "976" => true,
        _ => is_digits(code, 2..=2) && ("01"..="95").contains(&code),
    }
}

fn is_country(code: &str) -> bool {
    match code.len() {
        3 => ("991"..="995").contains(&code) && all(code, u8::is_ascii_digit),
        5 => code.starts_with("99") && all(code, u8::is_ascii_digit),
        _ => false,
    }
}

fn no_hint(_: &str) -> Option<String> {
    None
}

fn upper_case(code: &str) -> Option<String> {
    let upper = code.to_ascii_uppercase();
    let is_code = code.is_ascii() && code.len() <= 5;
    (is_code && upper != code).then(|| format!("write `{upper}`"))
}

fn upper_case_rome(code: &str) -> Option<String> {
    let upper = code.to_ascii_uppercase();
    (upper != code && is_rome(&upper, code.len())).then(|| format!("write `{upper}`"))
}

fn two_digits(code: &str) -> Option<String> {
    (is_digits(code, 1..=1) && code != "0").then(|| format!("write `0{code}`"))
}

fn naf(code: &str) -> Option<String> {
    let upper = code.to_ascii_uppercase();
    if is_naf(&upper) {
        return Some(format!("write `{upper}`"));
    }
    let (head, tail) = upper.split_at_checked(2)?;
    let dotted = format!("{head}.{tail}");
    is_naf(&dotted).then(|| format!("write `{dotted}`"))
}

fn commune(code: &str) -> Option<String> {
    if is_departement(code) {
        return Some(format!("`{code}` is a département; use `departement={code}`"));
    }
    upper_case(code).filter(|_| is_commune(&code.to_ascii_uppercase()))
}

fn departement(code: &str) -> Option<String> {
    if is_commune(code) {
        let length = if code.starts_with("97") { 3 } else { 2 };
        return Some(format!(
            "`{code}` is a commune; use `commune={code}` or `departement={}`",
            &code[..length]
        ));
    }
    match code {
        "20" => Some("Corsica is `2A` and `2B`".to_owned()),
        "2a" | "2b" => upper_case(code),
        _ => two_digits(code).or_else(|| named(code, departement_named)),
    }
}

fn region(code: &str) -> Option<String> {
    two_digits(code).or_else(|| named(code, region_named))
}

fn named(name: &str, code_of: fn(&str) -> Option<&'static str>) -> Option<String> {
    code_of(name).map(|code| format!("`{name}` is a name; use `{code}`"))
}

/// What the shape of a place's code tells of one that was probably meant.
pub(crate) fn shape_hint(parameter: &str, code: &str) -> Option<String> {
    match parameter {
        "departement" => departement(code),
        "commune" => commune(code),
        "paysContinent" => country(code),
        _ => None,
    }
}

fn country(code: &str) -> Option<String> {
    (code.len() == 2).then(|| "the two-character codes are gone; France is `99100`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<V: ParameterValue>(text: &str, expected: Result<&str, Option<&str>>) {
        let found = V::parse(text).map(|value| value.wire()).map_err(|rejection| rejection.hint);
        let expected = expected.map(str::to_owned).map_err(|hint| hint.map(str::to_owned));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn codes_have_the_shape_of_their_referential() {
        check::<RomeCodes>("M1805", Ok("M1805"));
        check::<RomeCodes>(" M1805 , A1201 ", Ok("M1805,A1201"));
        check::<RomeCodes>("O1805", Err(None));
        check::<RomeCodes>("M180", Err(None));
        check::<RomeCodes>("élan1", Err(None));
        check::<DomainCode>("M18", Ok("M18"));
        check::<DomainCode>("M18,C15", Err(None));
        check::<ThemeCode>("17", Ok("17"));
        check::<ThemeCode>("18", Err(None));
        check::<ThemeCode>("00", Err(None));
        check::<NafCodes>("62.01Z,01.11Z", Ok("62.01Z,01.11Z"));
        check::<NafCodes>("62.01Z,01.11Z,01.12Z", Err(None));
        check::<SectorCodes>("01,02", Ok("01,02"));
        check::<SectorCodes>("01,02,03", Err(None));
        check::<AppellationCodes>("38444", Ok("38444"));
        check::<ContractTypeCodes>("CDI,DDT", Ok("CDI,DDT"));
        check::<ContractKindCodes>("E1,FS", Ok("E1,FS"));
        check::<EducationCodes>("NV4b", Ok("NV4b"));
        check::<LicenceCodes>("B,C1E,B79", Ok("B,C1E,B79"));
        check::<CountryCodes>("99100,991", Ok("99100,991"));
        check::<PartnerNames>("DIGITAL RECRUITERS, INDEED", Ok("DIGITAL RECRUITERS,INDEED"));
    }

    #[test]
    fn places_are_communes_or_departements() {
        check::<CommuneCodes>("2A004,75056", Ok("2A004,75056"));
        check::<CommuneCodes>("01,02", Err(Some("`01` is a département; use `departement=01`")));
        check::<CommuneCodes>("2a004", Err(Some("write `2A004`")));
        check::<CommuneCodes>("1,2,3,4,5,6", Err(None));
        check::<DepartementCodes>("75,2A,976", Ok("75,2A,976"));
        check::<DepartementCodes>("75,77,78,91,92,93", Err(None));
        check::<DepartementCodes>("96", Err(None));
        check::<DepartementCodes>("975", Err(None));
        check::<RegionCodes>("11", Ok("11"));
    }

    #[test]
    fn a_near_miss_is_told_what_was_meant() {
        check::<RomeCodes>("m1805", Err(Some("write `M1805`")));
        check::<RomeCodes>("M1805,", Err(Some("write `M1805`")));
        check::<RomeCodes>(",", Err(None));
        check::<RomeCodes>("", Err(Some("leave it out to search without it")));
        check::<NafCodes>("6201z", Err(Some("write `62.01Z`")));
        check::<NafCodes>("62.01z", Err(Some("write `62.01Z`")));
        check::<ThemeCode>("3", Err(Some("write `03`")));
        check::<DepartementCodes>("1", Err(Some("write `01`")));
        check::<DepartementCodes>("Paris", Err(Some("`Paris` is a name; use `75`")));
        check::<RegionCodes>("bretagne", Err(Some("`bretagne` is a name; use `53`")));
        check::<DepartementCodes>("20", Err(Some("Corsica is `2A` and `2B`")));
        check::<CountryCodes>(
            "FR",
            Err(Some("the two-character codes are gone; France is `99100`")),
        );
        let hint = "`75056` is a commune; use `commune=75056` or `departement=75`";
        check::<DepartementCodes>("75056", Err(Some(hint)));
        let hint = "`97411` is a commune; use `commune=97411` or `departement=974`";
        check::<DepartementCodes>("97411", Err(Some(hint)));
    }
}
