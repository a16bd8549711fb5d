//! JSON taken apart without being understood, so that one bad item of a list fails alone.
//!
//! A body is read by a parser as long as the parser takes it. Where it does not, the list in it is
//! cut into its items here, by nothing but its quotes and brackets, and each item is tried alone.
//! Nesting costs no stack. A body that ends too early is not taken apart: it is asked for again.

#![allow(clippy::arithmetic_side_effects, reason = "positions in a text lie far below the maximum")]

use std::borrow::Cow;

/// The value of a field of an object that is all of the text, as it stands.
pub fn field<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let fields = fields(object)?;
    fields.into_iter().find_map(|(key, value)| (key == name.as_bytes()).then_some(value))
}

/// The fields of an object that is all of the text: what stands between the quotes of each key,
/// and its value.
pub fn fields(object: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut scanner = Scanner::over(object, b'{')?;
    let mut fields = Vec::new();
    while let Some(key) = scanner.next(b'}')? {
        let key = key.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        scanner.take(b':')?;
        fields.push((key, scanner.value()?));
    }
    Some(fields)
}

/// The items of a list that is all of the text, as they stand.
pub fn items(list: &[u8]) -> Option<Vec<&[u8]>> {
    let mut scanner = Scanner::over(list, b'[')?;
    let mut items = Vec::new();
    while let Some(item) = scanner.next(b']')? {
        items.push(item);
    }
    Some(items)
}

/// JSON in which what is no text was replaced, and how often: bytes that are not UTF-8 and halves
/// of a surrogate pair by U+FFFD, and control characters by their escapes.
pub fn mended(json: &[u8]) -> (Cow<'_, [u8]>, usize) {
    let mut mended = Mending { out: Vec::with_capacity(json.len()), count: 0 };
    let mut is_text = false;
    for chunk in json.utf8_chunks() {
        is_text = mended.add(chunk.valid().as_bytes(), is_text);
        if !chunk.invalid().is_empty() {
            mended.replace("\u{FFFD}");
        }
    }
    let Mending { out, count } = mended;
    if count == 0 { (Cow::Borrowed(json), 0) } else { (Cow::Owned(out), count) }
}

/// Goes through an object or a list, value by value.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    is_first: bool,
}

impl<'a> Scanner<'a> {
    /// Begins behind the opening bracket.
    fn over(text: &'a [u8], open: u8) -> Option<Self> {
        let mut scanner = Self { text, at: 0, is_first: true };
        scanner.take(open)?;
        Some(scanner)
    }

    /// The next value; none at the closing bracket, behind which nothing may stand.
    #[expect(clippy::option_option, reason = "the end is not the same as what cannot be read")]
    fn next(&mut self, close: u8) -> Option<Option<&'a [u8]>> {
        self.skip_space();
        if self.text.get(self.at) == Some(&close) {
            self.at += 1;
            self.skip_space();
            return (self.at == self.text.len()).then_some(None);
        }
        if !std::mem::take(&mut self.is_first) {
            self.take(b',')?;
        }
        self.value().map(Some)
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        (self.text.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// A value, whatever stands in it, as long as its quotes and brackets are closed.
    fn value(&mut self) -> Option<&'a [u8]> {
        self.skip_space();
        let start = self.at;
        let mut open = Vec::new();
        loop {
            match *self.text.get(self.at)? {
                b'"' => self.at += text_length(&self.text[self.at..])?,
                bracket @ (b'{' | b'[') => {
                    open.push(bracket);
                    self.at += 1;
                }
                b'}' if open.last() == Some(&b'{') => self.close(&mut open),
                b']' if open.last() == Some(&b'[') => self.close(&mut open),
                b',' | b':' if !open.is_empty() => self.at += 1,
                b'}' | b']' | b',' | b':' => return None,
                byte if byte.is_ascii_whitespace() => self.skip_space(),
                _ => self.skip_word(),
            }
            if open.is_empty() {
                return Some(&self.text[start..self.at]);
            }
        }
    }

    fn close(&mut self, open: &mut Vec<u8>) {
        open.pop();
        self.at += 1;
    }

    /// A number, `null` or any other run of characters that means nothing here.
    fn skip_word(&mut self) {
        let ends = |byte: &u8| b"\"{}[],:".contains(byte) || byte.is_ascii_whitespace();
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }
}

/// The length of a text in quotes, with both of them.
fn text_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

struct Mending {
    out: Vec<u8>,
    count: usize,
}

impl Mending {
    fn replace(&mut self, by: &str) {
        self.out.extend_from_slice(by.as_bytes());
        self.count += 1;
    }

    /// Adds JSON that may begin and end within a text; says whether it ends so.
    fn add(&mut self, mut json: &[u8], mut is_text: bool) -> bool {
        while let Some(&byte) = json.first() {
            let (length, replaced) = match byte {
                b'\\' if is_text => escape(json),
                0..0x20 if is_text => (1, Some(format!("\\u{byte:04x}"))),
                _ => (1, None),
            };
            is_text ^= byte == b'"';
            let (kept, rest) = json.split_at(length.min(json.len()));
            match replaced {
                Some(by) => self.replace(&by),
                None => self.out.extend_from_slice(kept),
            }
            json = rest;
        }
        is_text
    }
}

/// How long an escape is, and what stands in its place where it is half a pair.
fn escape(json: &[u8]) -> (usize, Option<String>) {
    match unit(json) {
        Some(0xD800..=0xDBFF) if matches!(unit(&json[6..]), Some(0xDC00..=0xDFFF)) => (12, None),
        Some(0xD800..=0xDFFF) => (6, Some("\\ufffd".to_owned())),
        Some(_) => (6, None),
        None => (2, None),
    }
}

/// The number of an escape such as `\ud83d` at the beginning of a text.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_items(list: &str, expected: &[&str]) {
        let found = items(list.as_bytes()).unwrap();
        let found: Vec<_> = found.into_iter().map(String::from_utf8_lossy).collect();
        assert_eq!(found, expected, "{list}");
    }

    #[test]
    fn a_list_is_cut_into_its_items_whatever_they_are() {
        check_items("[]", &[]);
        check_items(
            r#" [1, null ,"a,]\"b\\" , {"x":[{}, "}"]}] "#,
            &["1", "null", r#""a,]\"b\\""#, r#"{"x":[{}, "}"]}"#],
        );
        check_items(
            r#"[NaN,1e400,{"x":NaN},"\ud83d"]"#,
            &["NaN", "1e400", r#"{"x":NaN}"#, r#""\ud83d""#],
        );
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        check_items(&format!("[0,{deep},1]"), &["0", &deep, "1"]);
    }

    #[test]
    fn what_is_not_closed_is_not_a_list() {
        for text in ["", "[", "[1", "[1,", r#"["a]"#, "[{]}", "[1]x", "[1 2]", "[,]", "[1,]", "{}"]
        {
            assert_eq!(items(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_object_is_cut_into_its_fields() {
        let body = br#"{"code":200,"data":[{"a":"\ud83d"}], "message" : "ok"}"#;
        assert_eq!(field(body, "data").unwrap(), br#"[{"a":"\ud83d"}]"#);
        assert_eq!(field(body, "message").unwrap(), br#""ok""#);
        assert_eq!(field(body, "none"), None);
        assert_eq!(fields(br#"{"code":200"#), None);
        assert_eq!(fields(b"{code:200}"), None);
    }

    #[track_caller]
    fn check_mended(json: &[u8], expected: &str, count: usize) {
        let (found, times) = mended(json);
        assert_eq!((&*String::from_utf8_lossy(&found), times), (expected, count));
    }

    #[test]
    fn what_is_no_text_is_replaced() {
        check_mended(br#"{"a":"b"}"#, r#"{"a":"b"}"#, 0);
        check_mended(br#""cut \ud83d""#, r#""cut \ufffd""#, 1);
        check_mended(br#""\ud83d\ud83d\ude00\ude00""#, r#""\ufffd\ud83d\ude00\ufffd""#, 2);
        check_mended(br#""\\ud83d \"\ud83d\n""#, r#""\\ud83d \"\ufffd\n""#, 1);
        check_mended(b"{\n\"a\":\"b\x01\tc\"\n}", "{\n\"a\":\"b\\u0001\\u0009c\"\n}", 2);
        check_mended(b"\"\xC3\xA9 \xC3\"", "\"\u{e9} \u{FFFD}\"", 1);
        check_mended(b"\"\\u12\"", "\"\\u12\"", 0);
        check_mended(b"\"\\", "\"\\", 0);
    }
}
