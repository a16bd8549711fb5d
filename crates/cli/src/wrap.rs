//! Text in lines that fit.

use console::Term;

use crate::surroundings;

/// The widest lines that are pleasant to read.
const MOST: usize = 100;
/// How wide a page is where nothing says.
const USUAL: usize = 80;
/// A page is never narrower, whatever somebody says.
const LEAST: usize = 40;

/// How wide what goes to stdout may be: as the terminal, or as `COLUMNS` says.
pub(crate) fn page_width() -> usize {
    let terminal = Term::stdout();
    let columns = if terminal.is_term() {
        Some(usize::from(terminal.size().1))
    } else {
        surroundings::columns()
    };
    columns.unwrap_or(USUAL).clamp(LEAST, MOST)
}

/// A paragraph in lines of at most `width` signs, each set in by `indent`. A word is never broken.
pub(crate) fn paragraph(text: &str, indent: usize, width: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let length = line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && indent + length > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.iter().map(|line| format!("{margin}{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::paragraph;

    #[test]
    fn lines_fit_and_words_stay_whole() {
        let text = "a été publiée `2025-01-31T08:00:00Z` now";
        assert_eq!(paragraph(text, 2, 16), "  a été publiée\n  `2025-01-31T08:00:00Z`\n  now\n");
        assert_eq!(paragraph("", 2, 16), "  \n");
    }
}
