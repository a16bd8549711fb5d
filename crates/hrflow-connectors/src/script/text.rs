//! Texts that a program makes, kept short.

use std::fmt::{self, Display, Write};

/// So many characters of what a program says about an item are kept.
const LONGEST: usize = 500;

/// A text's beginning. What follows is not even formatted: a value can be many times as large when
/// it is written out as it is in memory.
pub(crate) fn shortened(text: &dyn Display) -> String {
    let mut short = Short { text: String::new(), left: LONGEST };
    match write!(short, "{text}") {
        Ok(()) => short.text,
        Err(fmt::Error) => short.text + "…",
    }
}

struct Short {
    text: String,
    left: usize,
}

impl Write for Short {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let taken = more.char_indices().nth(self.left).map_or(more, |(end, _)| &more[..end]);
        self.text.push_str(taken);
        self.left -= taken.chars().count();
        if taken.len() == more.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened(&"short"), "short");
        assert_eq!(shortened(&"é".repeat(500)), "é".repeat(500));
        assert_eq!(shortened(&"é".repeat(501)), "é".repeat(500) + "…");
        assert_eq!(
            shortened(&format_args!("{}{}", "a".repeat(499), "bcd")),
            "a".repeat(499) + "b…"
        );
    }
}
