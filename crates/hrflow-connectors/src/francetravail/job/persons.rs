//! Mail addresses and phone numbers within texts.

/// How people write the sign in a mail address so that machines do not find it.
const AT: [&str; 6] = ["@", "(at)", "[at]", "{at}", "(arobase)", "[arobase]"];
const FEWEST_DIGITS: usize = 8;
const MOST_DIGITS: usize = 15;
/// A French number, with the zero at its beginning.
const FRENCH_DIGITS: usize = 10;

/// The text with one replacement for each mail address, and the other for each phone number.
pub(super) fn redacted(text: &str, [mail, phone]: [&str; 2]) -> String {
    let text = without_mail(text, mail);
    // Digits of an address on the web are no phone number.
    let mut result = String::with_capacity(text.len());
    for word in split_links(&text) {
        if is_link(word) {
            result.push_str(word);
        } else {
            result.push_str(&without_phones(word, phone));
        }
    }
    result
}

/// A text in parts, of which each is a link or has none.
fn split_links(text: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) =
        ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min()
    {
        let end =
            rest[start..].find(char::is_whitespace).map_or(rest.len(), |length| start + length);
        parts.extend([&rest[..start], &rest[start..end]]);
        rest = &rest[end..];
    }
    parts.push(rest);
    parts
}

fn is_link(part: &str) -> bool {
    part.starts_with("https://") || part.starts_with("http://")
}

fn without_mail(text: &str, replacement: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, end)) = mail(rest) {
        result.push_str(&rest[..start]);
        result.push_str(replacement);
        rest = &rest[end..];
    }
    result + rest
}

/// Where the first mail address stands.
fn mail(text: &str) -> Option<(usize, usize)> {
    let mut signs: Vec<_> = AT
        .iter()
        .flat_map(|at| text.match_indices(at))
        .map(|(start, at)| (start, start + at.len()))
        .collect();
    signs.sort_unstable();
    signs.into_iter().find_map(|(start, end)| {
        let before = text[..start].trim_end_matches(' ');
        let name = before.trim_end_matches(|sign: char| {
            sign.is_alphanumeric() || matches!(sign, '.' | '_' | '%' | '+' | '-')
        });
        let after = text[end..].trim_start_matches(' ');
        let domain: &str = after
            .split(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '.' | '-')))
            .next()
            .unwrap_or_default()
            .trim_end_matches(['.', '-']);
        let has_name = name.len() < before.len();
        let is_domain = domain.rsplit_once('.').is_some_and(|(host, top)| {
            !host.is_empty() && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic)
        });
        (has_name && is_domain).then(|| (name.len(), text.len() - after.len() + domain.len()))
    })
}

fn without_phones(text: &str, replacement: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let (mut rest, mut before) = (text, None);
    while let Some(sign) = rest.chars().next() {
        let is_start = !before.is_some_and(char::is_alphanumeric);
        if let Some(length) = phone(rest).filter(|_| is_start) {
            result.push_str(replacement);
            rest = &rest[length..];
            before = None;
        } else {
            result.push(sign);
            rest = &rest[sign.len_utf8()..];
            before = Some(sign);
        }
    }
    result
}

/// The length of the phone number at the beginning of a text.
fn phone(text: &str) -> Option<usize> {
    let international = ["+", "00", "(+"].iter().find_map(|start| text.strip_prefix(start));
    let (rest, is_french) = match international {
        Some(rest) if rest.starts_with(|sign: char| ('1'..='9').contains(&sign)) => (rest, false),
        _ if text.starts_with('0') || text.starts_with("(0") => (text, true),
        _ => return None,
    };
    let (digits, end) = digits(rest, if is_french { FRENCH_DIGITS } else { MOST_DIGITS });
    let is_ended = !rest[end..].starts_with(|sign: char| sign.is_ascii_digit());
    let is_phone = if is_french {
        digits.len() == FRENCH_DIGITS && !digits.starts_with("00") && is_ended
    } else {
        digits.len() >= FEWEST_DIGITS && is_ended
    };
    is_phone.then(|| text.len() - rest.len() + end)
}

/// The digits at the beginning of a text, at most so many, with what separates them; and where they
/// end.
fn digits(text: &str, most: usize) -> (String, usize) {
    const WIDEST_GAP: usize = 2;
    let (mut digits, mut end, mut gap) = (String::new(), 0, 0);
    for (at, sign) in text.char_indices() {
        if digits.len() == most {
            break;
        }
        match sign {
            '0'..='9' => {
                digits.push(sign);
                (end, gap) = (at + 1, 0);
            }
            ' ' | '.' | '-' | '/' | '(' | ')' | '\u{a0}' | '\u{202f}' | '\u{2011}'
                if gap < WIDEST_GAP =>
            {
                gap += 1;
            }
            _ => break,
        }
    }
    (digits, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn left(text: &str) -> String {
        redacted(text, ["[mail]", "[phone]"])
    }

    #[test]
    fn mail_addresses_are_found_as_people_write_them() {
        for mail in [
            "x@y.fr",
            "jean.dupont+rh@mairie-de-paris.fr",
            "rené@société.fr",
            "x (at) y.fr",
            "x[at]y.fr",
            "x @ y.fr",
            "x(arobase)y.co.uk",
        ] {
            assert_eq!(left(mail), "[mail]", "{mail}");
            assert_eq!(left(&format!("Écrire à {mail}.")), "Écrire à [mail].");
        }
        for text in ["@mairie", "12 @ 15 €", "x@y", "a@b.c", "H/F @ Paris"] {
            assert_eq!(left(text), text);
        }
        assert_eq!(left("mailto:x@y.fr, z@y.fr"), "mailto:[mail], [mail]");
    }

    #[test]
    fn phone_numbers_are_found_as_people_write_them() {
        for phone in [
            "0612345678",
            "06 12 34 56 78",
            "06.12.34.56.78",
            "06-12-34-56-78",
            "06/12/34/56/78",
            "06\u{a0}12\u{a0}34\u{a0}56\u{a0}78",
            "+33 6 12 34 56 78",
            "+33612345678",
            "+33 (0)6 12 34 56 78",
            "0033 6 12 34 56 78",
            "+41 22 123 45 67",
            "0262 12 34 56",
        ] {
            assert_eq!(left(phone), "[phone]", "{phone}");
            let text = format!("Tel:{phone}, Mme X");
            assert_eq!(left(&text), "Tel:[phone], Mme X");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "2025-08-05",
            "05/08/2025",
            "35 000 €",
            "1 234 567 890 €",
            "00 00",
            "0612",
            "A0612345678",
            "de 08h00 à 12h00",
            "SIRET 81234567800012",
            "+ 10 ans",
            "01234567890123",
            "https://example.org/0612345678?x=0612345678",
        ] {
            assert_eq!(left(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_looked_through_and_nothing_is_found_twice(text in "(?s).{0,60}") {
            let once = left(&text);
            prop_assert_eq!(left(&once), once);
        }
    }
}
