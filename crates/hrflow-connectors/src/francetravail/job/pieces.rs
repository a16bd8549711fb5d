//! Words and numbers of a text, as people write them.

/// A text in pieces: numbers as Rust writes them, runs of letters, and single signs. Spaces within
/// a number are those of thousands, and the last sign of a number is that of its fraction.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().collect();
    let (mut pieces, mut at) = (Vec::new(), 0);
    while let Some(sign) = signs.get(at).copied() {
        if sign.is_ascii_digit() {
            let (number, length) = number(&signs[at..]);
            pieces.push(number);
            at += length;
        } else if sign.is_alphabetic() {
            let length = signs[at..].iter().take_while(|sign| sign.is_alphabetic()).count();
            pieces.push(signs[at..at + length].iter().collect());
            at += length;
        } else {
            if !sign.is_whitespace() && !matches!(sign, '\'' | '’' | '.' | ',' | '(' | ')' | ':')
            {
                pieces.push(sign.to_string());
            }
            at += 1;
        }
    }
    pieces
}

/// The number at the beginning, and its length in the text.
fn number(signs: &[char]) -> (String, usize) {
    let digits = |at: usize| signs[at..].iter().take_while(|sign| sign.is_ascii_digit()).count();
    let mut length = digits(0);
    let mut number: String = signs[..length].iter().collect();
    let is_gap = |sign: Option<&char>| {
        sign.is_some_and(|sign| matches!(sign, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\''))
    };
    while (1..=3).contains(&number.len()) || length > number.len() {
        if !is_gap(signs.get(length)) || digits(length + 1) != 3 {
            break;
        }
        number.extend(&signs[length + 1..length + 4]);
        length += 4;
    }
    // `1.800,00`: a sign before three digits is that of thousands where a fraction follows.
    if signs.get(length) == Some(&'.')
        && number.len() <= 3
        && digits(length + 1) == 3
        && signs.get(length + 4) == Some(&',')
    {
        number.extend(&signs[length + 1..length + 4]);
        length += 4;
    }
    if signs.get(length).is_some_and(|sign| matches!(sign, '.' | ',')) && digits(length + 1) > 0 {
        let fraction = digits(length + 1);
        number.push('.');
        number.extend(&signs[length + 1..=length + fraction]);
        length += 1 + fraction;
    }
    (number, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(pieces(text), expected, "{text}");
    }

    #[test]
    fn numbers_are_read_in_french_and_english_writing() {
        check("1 800,00 €", &["1800.00", "€"]);
        check("1.800,50", &["1800.50"]);
        check("12.50-13,75", &["12.50", "-", "13.75"]);
        check("5'500 chf", &["5500", "chf"]);
        check("1800 2000", &["1800", "2000"]);
        check("12 34", &["12", "34"]);
    }

    #[test]
    fn words_end_where_their_letters_end() {
        check("45k€/an, l'heure.", &["45", "k", "€", "/", "an", "l", "heure"]);
    }
}
