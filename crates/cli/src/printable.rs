//! Text from outside, made fit for a terminal: titles, references, messages of services.
//!
//! Nothing of it moves the cursor, ends a line that is not its own, sends the terminal a command or
//! turns the direction of what follows; and it is never longer than a person reads.

use std::fmt::{self, Write};

/// How much of a text is shown on one line.
const LINE: usize = 200;
/// How much of a text is shown that may have several lines.
const PARAGRAPH: usize = 2_000;

/// A text as it is shown.
pub(crate) struct Printable<'a> {
    text: &'a str,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Line,
    Paragraph,
}

/// One line.
pub(crate) fn line(text: &str) -> Printable<'_> {
    Printable { text, form: Form::Line }
}

/// Lines, of which those after the first are set in.
pub(crate) fn paragraph(text: &str) -> Printable<'_> {
    Printable { text, form: Form::Paragraph }
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = match self.form {
            Form::Line => LINE,
            Form::Paragraph => PARAGRAPH,
        };
        let text = self.text.trim_end();
        let (shown, is_cut) = match text.char_indices().nth(most) {
            Some((end, _)) => (&text[..end], true),
            None => (text, false),
        };
        let mut out = String::with_capacity(shown.len());
        let mut signs = shown.chars().peekable();
        while let Some(sign) = signs.next() {
            match (self.form, sign) {
                (Form::Paragraph, '\n') => {
                    let is_set_in = signs.peek().is_none_or(|next| next.is_whitespace());
                    out.push_str(if is_set_in { "\n" } else { "\n  " });
                }
                (Form::Line, '\n' | '\t') => out.push(' '),
                _ => push(&mut out, sign),
            }
        }
        if is_cut {
            out.push('…');
        }
        // Widths and fills of the format apply.
        formatter.pad(&out)
    }
}

/// The last gate of a whole text, of which the lines are ours.
pub(crate) fn gate(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|sign| push(&mut out, sign));
    out
}

/// The last gate of JSON: what a terminal could take for a command stands within a text, and is
/// written there as JSON writes it.
pub(crate) fn gate_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if sign != '\n' && is_command(sign) {
            // Writing to text cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(sign));
        } else {
            out.push(sign);
        }
    }
    out
}

/// The last gate of a line of the log, which may be in colour.
pub(crate) fn gate_log(text: &str, colours: Colours) -> String {
    const MOST: usize = 4_000;
    let mut rest = text.trim_end_matches('\n');
    let mut out = String::with_capacity(rest.len().min(MOST) + 1);
    for _ in 0..MOST {
        if let Some(colour) = colour_at(rest).filter(|_| colours == Colours::Shown) {
            out.push_str(colour);
            rest = &rest[colour.len()..];
            continue;
        }
        let Some(sign) = rest.chars().next() else { break };
        rest = &rest[sign.len_utf8()..];
        push(&mut out, sign);
        if sign == '\n' {
            out.push_str("  ");
        }
    }
    if !rest.is_empty() {
        out.push('…');
    }
    out.push('\n');
    out
}

/// Whether a log is in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    Shown,
    None,
}

/// The change of colour that a text begins with: `ESC [`, digits and semicolons, `m`.
fn colour_at(text: &str) -> Option<&str> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|sign: char| !sign.is_ascii_digit() && sign != ';')?;
    let length = "\u{1b}[".len() + end + "m".len();
    parameters[end..].starts_with('m').then(|| &text[..length])
}

fn push(out: &mut String, sign: char) {
    if is_command(sign) && !matches!(sign, '\n' | '\t') {
        out.extend(sign.escape_default());
    } else {
        out.push(sign);
    }
}

/// Whether a sign is for the terminal and not for the reader: controls, separators of lines, and
/// what turns the direction of the text.
fn is_command(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_and_does_nothing() {
        for (text, expected) in [
            ("Chargé d'accueil (H/F) 👩‍💻", "Chargé d'accueil (H/F) 👩‍💻"),
            ("a\nb\tc", "a b c"),
            ("a\r- 1 Fake", "a\\r- 1 Fake"),
            ("\u{1b}[2J\u{1b}]8;;http://x\u{7}", "\\u{1b}[2J\\u{1b}]8;;http://x\\u{7}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("\u{202e}drowssap\u{2066}", "\\u{202e}drowssap\\u{2066}"),
            ("a\u{2028}b", "a\\u{2028}b"),
        ] {
            assert_eq!(line(text).to_string(), expected);
        }
        let long = line(&"é".repeat(1_000_000)).to_string();
        assert_eq!(long.chars().count(), LINE + 1);
        assert!(long.ends_with('…'));
        assert_eq!(format!("{:<6}|", line("abc")), "abc   |");
    }

    #[test]
    fn the_lines_of_a_paragraph_are_set_in() {
        let text = "could not\nerror: fake\n  hint: true\n\nmore\u{1b}\n";
        let expected = "could not\n  error: fake\n  hint: true\n\n  more\\u{1b}";
        assert_eq!(paragraph(text).to_string(), expected);
    }

    #[test]
    fn json_is_the_same_json() {
        let text = serde_json::to_string("\u{1b}[1m \u{9b}1m \u{202e} é \u{7f} \\").unwrap();
        let gated = gate_json(&text);
        assert!(!gated.chars().any(is_command), "{gated}");
        let (before, after): (String, String) =
            (serde_json::from_str(&text).unwrap(), serde_json::from_str(&gated).unwrap());
        assert_eq!(before, after);
    }

    #[test]
    fn a_log_keeps_its_colours_and_nothing_else() {
        let text = "\u{1b}[32m INFO\u{1b}[0m it\nerror: fake\u{1b}[2J\u{202e}\n";
        assert_eq!(
            gate_log(text, Colours::Shown),
            "\u{1b}[32m INFO\u{1b}[0m it\n  error: fake\\u{1b}[2J\\u{202e}\n"
        );
        assert!(gate_log(text, Colours::None).starts_with("\\u{1b}[32m INFO"));
        assert!(gate_log(&"x".repeat(1_000_000), Colours::None).len() < 5_000);
    }
}
