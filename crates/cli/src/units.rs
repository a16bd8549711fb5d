//! Numbers, durations, sizes and times as people write them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration, no more exact than anybody needs: `340 ms`, `4.2 s`, `2 min 5 s`, `3 h 20 min`.
pub(crate) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds}.{} s", milliseconds % 1_000 / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A size in decimal units: `640 B`, `1.2 kB`, `42 kB`, `3.1 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} B");
    };
    match bytes / unit {
        whole @ 0..10 => format!("{whole}.{} {name}", bytes % unit / (unit / 10)),
        whole => format!("{} {name}", grouped(whole)),
    }
}

/// A point in time on the clocks of this machine: `2026-11-25 06:30:12 CET`.
pub(crate) fn time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// A point in time in the space of a table: `2026-11-25 06:30`.
pub(crate) fn short_time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A count with its noun: `1 run`, `2 runs`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::{counted, duration, grouped, size};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, expected) in cases {
            assert_eq!(grouped(number), expected);
        }
        assert_eq!(
            (counted(1, "run").as_str(), counted(2_000, "run").as_str()),
            ("1 run", "2,000 runs")
        );
    }

    #[test]
    fn durations_and_sizes_have_the_units_that_people_use() {
        let durations = [
            (0, "0 ms"),
            (999, "999 ms"),
            (4_250, "4.2 s"),
            (59_999, "59.9 s"),
            (125_000, "2 min 5 s"),
            (12_000_000, "3 h 20 min"),
            (180_000_000, "2 d 2 h"),
        ];
        for (milliseconds, expected) in durations {
            assert_eq!(duration(milliseconds), expected);
        }
        let sizes = [
            (0, "0 B"),
            (999, "999 B"),
            (1_200, "1.2 kB"),
            (9_999, "9.9 kB"),
            (42_100, "42 kB"),
            (3_140_000, "3.1 MB"),
            (2_000_000_000_000, "2,000 GB"),
        ];
        for (bytes, expected) in sizes {
            assert_eq!(size(bytes), expected);
        }
    }
}
