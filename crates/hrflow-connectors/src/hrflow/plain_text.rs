//! The text of a description that may be written in HTML.

/// The elements that begin a line of their own.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
    "title",
];
/// The elements within a line.
const INLINES: [&str; 27] = [
    "a", "abbr", "b", "big", "center", "cite", "code", "em", "font", "i", "img", "ins", "del",
    "mark", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "html", "body",
    "head",
];
/// The elements that divide a line.
const CELLS: [&str; 4] = ["td", "th", "tbody", "thead"];
/// The elements whose content nobody reads.
const UNREAD: [&str; 2] = ["script", "style"];

/// The text without markup: elements that begin a line of their own become line breaks, and
/// entities the signs that they stand for. What only looks like a tag, as in `3 < 4`, stays.
pub(super) fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find('<') {
        let (before, from_sign) = rest.split_at(position);
        plain.push_str(before);
        if let Some(markup) = Markup::at_the_beginning_of(from_sign) {
            plain.push_str(markup.becomes);
            rest = markup.behind;
        } else {
            plain.push('<');
            rest = &from_sign[1..];
        }
    }
    plain.push_str(rest);
    // Only now, so that `&lt;p&gt;` is the text that its writer meant.
    tidy(&htmlize::unescape(&plain))
}

/// A tag or a comment.
struct Markup<'a> {
    becomes: &'static str,
    behind: &'a str,
}

impl<'a> Markup<'a> {
    fn at_the_beginning_of(text: &'a str) -> Option<Self> {
        if let Some(comment) = text.strip_prefix("<!--") {
            let behind = comment.split_once("-->").map_or("", |(_, behind)| behind);
            return Some(Self { becomes: "", behind });
        }
        let (tag, behind) = text.strip_prefix('<')?.split_once('>')?;
        let name = tag.strip_prefix('/').unwrap_or(tag);
        let end = name.find(|sign: char| sign.is_whitespace() || sign == '/');
        let name = name[..end.unwrap_or(name.len())].to_ascii_lowercase();
        let is_in = |names: &[&str]| names.contains(&name.as_str());
        if is_in(&UNREAD) {
            let behind = if tag.starts_with('/') { behind } else { after_end_of(&name, behind) };
            return Some(Self { becomes: "\n", behind });
        }
        // A word processor's own elements have a colon in their names.
        let becomes = match () {
            () if is_in(&BLOCKS) => "\n",
            () if is_in(&CELLS) => " ",
            () if is_in(&INLINES) || name.contains(':') || name.starts_with('!') => "",
            () => return None,
        };
        Some(Self { becomes, behind })
    }
}

/// What follows the end of an element; nothing, where it has none.
fn after_end_of<'a>(name: &str, text: &'a str) -> &'a str {
    let end = format!("</{name}");
    let position = text.to_ascii_lowercase().find(&end);
    position.and_then(|position| text[position..].split_once('>')).map_or("", |(_, behind)| behind)
}

/// One space between words, one empty line between lines at the most.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty_lines = 0;
    for line in text.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        if words.is_empty() {
            empty_lines += 1;
            continue;
        }
        if !tidy.is_empty() {
            tidy.push_str(if empty_lines > 0 { "\n\n" } else { "\n" });
        }
        tidy.push_str(&words.join(" "));
        empty_lines = 0;
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(plain_text(text), *expected, "{text}");
        }
    }

    #[test]
    fn text_without_markup_stays() {
        check(&[
            ("", ""),
            ("  ", ""),
            ("<", "<"),
            ("3 < 4 et 5 > 2", "3 < 4 et 5 > 2"),
            ("Salaire <Smic> possible", "Salaire <Smic> possible"),
            ("R&D chez AT&T", "R&D chez AT&T"),
            ("Une ligne\nune autre\n\n\n\nla fin", "Une ligne\nune autre\n\nla fin"),
        ]);
    }

    #[test]
    fn an_element_of_its_own_line_breaks_the_line() {
        check(&[
            ("<p>Bonjour</p><p>Monde</p>", "Bonjour\n\nMonde"),
            ("a<br>b<BR/>c<br />d", "a\nb\nc\nd"),
            ("<ul><li>un</li><li class=\"x\">deux</li></ul>", "un\n\ndeux"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ]);
    }

    #[test]
    fn an_element_within_a_line_leaves_no_gap() {
        check(&[
            ("déve<b>lopp</b>eur", "développeur"),
            ("un <a href=\"https://example.org\">lien</a>.", "un lien."),
            ("Mot<o:p></o:p> suivant", "Mot suivant"),
            ("<!DOCTYPE html>a<!-- <p>rien</p> -->b", "ab"),
        ]);
    }

    #[test]
    fn what_nobody_reads_is_dropped() {
        check(&[
            ("a<script>if (1 < 2) { p() }</script>b", "a\nb"),
            ("a<STYLE type=\"text/css\">p { color: red }</style >b", "a\nb"),
            ("a<script>sans fin", "a"),
        ]);
    }

    #[test]
    fn entities_become_the_signs_that_they_stand_for() {
        check(&[
            ("Bonjour&nbsp;!", "Bonjour !"),
            ("R&amp;D", "R&D"),
            ("&eacute;quipe &agrave; l&rsquo;&oelig;uvre", "équipe à l’œuvre"),
            ("&#233;t&#xE9; &#8364; &euro; &hellip;", "été € € …"),
            ("&lt;p&gt; est un tag", "<p> est un tag"),
            ("&amp;lt;", "&lt;"),
            ("&inconnu; et &", "&inconnu; et &"),
        ]);
    }
}
