//! A part of a whole, as people write one: `0.2` or `20%`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A share, from 0 to 1.
///
/// ```
/// use engine::Share;
///
/// let fifth: Share = "20%".parse()?;
/// assert_eq!(fifth, Share::new(0.2)?);
/// assert_eq!(fifth.to_string(), "20%");
/// # Ok::<(), engine::NotAShare>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

/// A value is no share.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NotAShare {
    /// It is no number at all.
    #[error("must be a share such as `0.2` or `20%`")]
    NotANumber,
    /// It is below 0, or above 1.
    #[error("must be a share from 0 to 1, and is {0}")]
    OutOfBounds(f64),
}

impl NotAShare {
    /// The share that was probably meant: who writes 20 thinks of percent.
    pub fn meant(self) -> Option<Share> {
        match self {
            Self::OutOfBounds(number) => {
                (1.0 < number && number <= 100.0).then(|| Share(number / 100.0))
            }
            Self::NotANumber => None,
        }
    }
}

impl Share {
    /// A share of so many percent, at most 100.
    pub const fn percent(percent: u8) -> Self {
        // A whole number of percent divides as the text of it does.
        Self(if percent > 100 { 1.0 } else { percent as f64 / 100.0 })
    }

    /// A share from 0 to 1.
    pub fn new(share: f64) -> Result<Self, NotAShare> {
        if share.is_nan() {
            return Err(NotAShare::NotANumber);
        }
        let is_share = (0.0..=1.0).contains(&share);
        if is_share { Ok(Self(share.abs())) } else { Err(NotAShare::OutOfBounds(share)) }
    }

    /// The share as a number from 0 to 1.
    pub fn as_f64(self) -> f64 {
        self.0
    }

    /// Whether so many of so many are more than this share.
    pub(crate) fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        /// Far below one item, and far above what a product of floats is off by.
        const ROUNDING: f64 = 1e-6;
        to_float(part) > to_float(whole) * self.0 + ROUNDING
    }
}

/// A count of items is far below what a float holds exactly.
fn to_float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

impl FromStr for Share {
    type Err = NotAShare;

    fn from_str(text: &str) -> Result<Self, NotAShare> {
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| NotAShare::NotANumber);
        match text.trim().strip_suffix('%') {
            Some(percent) => Self::new(number(percent)? / 100.0),
            None => Self::new(number(text)?),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 0.29 * 100.0 is not 29.0; what is beyond a millionth is noise.
        write!(formatter, "{}%", (self.0 * 100.0 * 1e6).round() / 1e6)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let found = text.parse::<Share>().map(|share| share.to_string());
        let found = found.map_err(|error| error.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
    }

    #[test]
    fn a_share_is_a_part_of_one_or_so_many_percent() {
        check("0.2", Ok("20%"));
        check(" 20 % ", Ok("20%"));
        check("0", Ok("0%"));
        check("-0", Ok("0%"));
        check("1", Ok("100%"));
        check("100%", Ok("100%"));
        check("0.29", Ok("29%"));
        check("2.5%", Ok("2.5%"));
        check("20", Err("must be a share from 0 to 1, and is 20"));
        check("-0.1", Err("must be a share from 0 to 1, and is -0.1"));
        check("101%", Err("must be a share from 0 to 1, and is 1.01"));
        check("inf", Err("must be a share from 0 to 1, and is inf"));
        for text in ["", "%", "NaN", "NaN%", "a fifth", "0,2", "20 percent"] {
            check(text, Err("must be a share such as `0.2` or `20%`"));
        }
    }

    #[test]
    fn a_number_of_percent_is_the_share_that_was_meant() {
        let meant = |text: &str| text.parse::<Share>().unwrap_err().meant();
        assert_eq!(meant("20"), Some(Share::percent(20)));
        assert_eq!(meant("100"), Some(Share::percent(100)));
        assert_eq!((meant("101"), meant("-1"), meant("inf"), meant("x")), (None, None, None, None));
    }

    #[test]
    fn a_share_is_exceeded_by_one_more() {
        for percent in 0..=100 {
            let share = Share::percent(percent);
            let part = u64::from(percent);
            assert!(!share.is_exceeded_by(part * 10, 1_000), "{percent}");
            assert!(share.is_exceeded_by(part * 10 + 1, 1_000), "{percent}");
        }
    }
}
