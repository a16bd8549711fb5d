//! Numbers, durations and times as people write them in their language.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::words::Words;

impl Words {
    /// A number with its thousands apart.
    pub(crate) fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(self.group);
            }
            text.push(digit);
        }
        text
    }

    /// A duration, no more exact than anybody needs.
    pub(crate) fn duration(&self, milliseconds: u64) -> String {
        let (seconds, day) = (milliseconds / 1_000, self.day);
        match seconds {
            0 => format!("{milliseconds} ms"),
            1..60 => format!("{seconds}.{} s", milliseconds % 1_000 / 100),
            60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
            3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
            _ => format!("{} {day} {} h", seconds / 86_400, seconds % 86_400 / 3_600),
        }
    }

    /// How long ago something was.
    pub(crate) fn since(&self, then: Timestamp, now: Timestamp) -> String {
        let age = now.duration_since(then).max(SignedDuration::ZERO);
        let minutes = age.as_mins();
        let text = match minutes {
            0 => "< 1 min".to_owned(),
            1..60 => format!("{minutes} min"),
            60..2_880 => format!("{} h", minutes / 60),
            _ => format!("{} {}", minutes / 1_440, self.day),
        };
        format!("{}{text}{}", self.ago.0, self.ago.1)
    }

    /// A point in time on the clocks of this machine.
    pub(crate) fn time(&self, time: Timestamp) -> String {
        time.to_zoned(TimeZone::system()).strftime(self.time_format).to_string()
    }

    /// A share in percent.
    pub(crate) fn percent(&self, part: u64, whole: u64) -> String {
        format!(
            "{}{}",
            part.saturating_mul(100).checked_div(whole).unwrap_or_default(),
            self.percent_sign
        )
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::words::{ENGLISH, FRENCH};

    #[test]
    fn figures_are_written_as_the_language_does() {
        assert_eq!(ENGLISH.number(1_234_567), "1,234,567");
        assert_eq!(FRENCH.number(1_234), "1\u{202f}234");
        assert_eq!(FRENCH.duration(180_000_000), "2 j 2 h");
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let then = Timestamp::from_second(1_800_000_000 - 7_200).unwrap();
        assert_eq!(ENGLISH.since(then, now), "2 h ago");
        assert_eq!(FRENCH.since(then, now), "il y a 2 h");
        assert_eq!(ENGLISH.since(now, then), "< 1 min ago");
        assert_eq!(ENGLISH.percent(1, 0), "0%");
    }
}
