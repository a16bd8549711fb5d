//! The title, the description and the dates.

use std::fmt::Write;

use jiff::civil::DateTime;

use super::page::Page;
use crate::offers::phrases::PHRASES;

impl Page<'_> {
    pub(super) fn heading(&mut self) {
        self.put("id", &*self.offer.id);
        self.put("intitule", &*self.offer.title);
        let description = self.description();
        self.put("description", description);
        self.put("dateCreation", written(self.offer.created));
        self.put_if_any("dateActualisation", self.offer.updated.map(written));
    }

    /// Sentences until the text is long enough, with the tasks of the trade among them.
    fn description(&mut self) -> String {
        let least = 300 + self.rng.usize(..1000) + self.rng.usize(..1300);
        let mut text = String::with_capacity(least + 600);
        text.push_str(self.phrase(&PHRASES.openings));
        text.push_str("\n\nVos missions\u{a0}:\n");
        for task in &self.trade.tasks {
            text.push_str("- ");
            text.push_str(task);
            text.push_str(" ;\n");
        }
        let first = self.rng.usize(..PHRASES.sentences.len());
        let sentences = PHRASES.sentences.iter().cycle().skip(first);
        for sentence in sentences.take(PHRASES.sentences.len()) {
            if text.len() > least {
                break;
            }
            text.push('\n');
            text.push_str(sentence);
        }
        text.push('\n');
        text.push_str(self.phrase(&PHRASES.closings));
        // Entities make a text longer, and none is to have more than 3,000 characters.
        if self.happens(0, 25) && text.len() < 2_200 { with_entities(&text) } else { text }
    }
}

/// `2026-10-08T07:05:02.010Z`: the hour of Paris, though the letter says otherwise.
fn written(moment: DateTime) -> String {
    let mut text = String::with_capacity(24);
    let (date, time) = (moment.date(), moment.time());
    let _ = write!(text, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
    let _ = write!(text, "T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    let _ = write!(text, ".{:03}Z", time.millisecond());
    text
}

/// Some partners send text as it stands in a page of the web.
pub(super) fn with_entities(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 4);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            'é' => escaped.push_str("&eacute;"),
            'è' => escaped.push_str("&egrave;"),
            'à' => escaped.push_str("&agrave;"),
            'ç' => escaped.push_str("&ccedil;"),
            '\u{a0}' => escaped.push_str("&nbsp;"),
            other => escaped.push(other),
        }
    }
    escaped
}
