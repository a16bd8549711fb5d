//! Which results of the ordered list are wanted.

use super::value::not_empty;
use super::{Form, ParameterValue, Rejection};

/// The first position that can be the first of a page (measured).
const LAST_FIRST: u32 = 3000;
/// The last position that can be reached at all (measured).
const LAST_LAST: u32 = 3149;

/// Positions `first-last`, counted from 0, both included.
///
/// The service answers at most 150 results at a time; a wider range is read page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultRange {
    first: u32,
    last: u32,
}

impl ResultRange {
    /// The range from one position to another.
    pub fn new(first: u32, last: u32) -> Result<Self, Rejection> {
        if first > last {
            return Err(Rejection::new(format!("`{first}-{last}` ends before it begins"))
                .with_hint(format!("write `{last}-{first}`")));
        }
        if first > LAST_FIRST {
            return Err(Rejection::new(format!(
                "begins at {first}; the last start is {LAST_FIRST}"
            )));
        }
        if last > LAST_LAST {
            return Err(Rejection::new(format!(
                "ends at {last}; the last position is {LAST_LAST}"
            ))
            .with_hint("leave `range` out to read every result"));
        }
        Ok(Self { first, last })
    }

    /// The first position.
    pub fn first(self) -> u32 {
        self.first
    }

    /// The last position, included.
    pub fn last(self) -> u32 {
        self.last
    }
}

impl ParameterValue for ResultRange {
    const FORM: Form = Form::Text;

    fn parse(text: &str) -> Result<Self, Rejection> {
        let (first, last) = not_empty(text)?.split_once('-').ok_or_else(malformed)?;
        Self::new(position(first)?, position(last)?)
    }

    fn wire(&self) -> String {
        format!("{}-{}", self.first, self.last)
    }
}

fn position(text: &str) -> Result<u32, Rejection> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    text.parse().map_err(|_| malformed())
}

fn malformed() -> Rejection {
    Rejection::new("expects two positions with a `-` between")
        .with_hint("the first page is `0-149`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(u32, u32)>) {
        let found = ResultRange::parse(text).ok().map(|range| (range.first(), range.last()));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_range_lies_within_what_the_service_reaches() {
        check("0-149", Some((0, 149)));
        check(" 0 - 0 ", Some((0, 0)));
        check("3000-3149", Some((3000, 3149)));
        check("0-3149", Some((0, 3149)));
        check("3001-3149", None);
        check("3000-3150", None);
        check("10-9", None);
        check("-1-9", None);
        check("+1-9", None);
        check("0", None);
        check("", None);
        check("0-99999999999999999999", None);
    }
}
