//! When offers are published: mostly of late, by day, and some feeds all in one second.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

/// How far back offers go.
const DAYS: usize = 45;
/// One partner offer in five comes with a burst.
const SHARE_IN_BURSTS: f64 = 0.2;
/// How likely each hour is; people lunch between twelve and two.
const HOURS: [u8; 24] =
    [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 12, 6, 7, 12, 13, 12, 10, 6, 3, 2, 2, 1, 1];

pub(super) struct Calendar {
    now: DateTime,
    /// From today backwards.
    dates: Vec<Date>,
    /// Every hour as often as it is likely.
    hours: Vec<i8>,
    /// Each burst's second as often as it is large.
    bursts: Vec<DateTime>,
}

impl Calendar {
    pub(super) fn new(now: DateTime, partner_share: f64, rng: &mut Rng) -> Self {
        let dates = (0_i64..).take(DAYS).map(|age| now.date().saturating_sub(age.days())).collect();
        let mut calendar = Self { now, dates, hours: hours(), bursts: Vec::new() };
        calendar.bursts = calendar.draw_bursts(SHARE_IN_BURSTS * partner_share, rng);
        calendar
    }

    /// Draws bursts of one to three per cent of all offers until they make up the share.
    fn draw_bursts(&self, share: f64, rng: &mut Rng) -> Vec<DateTime> {
        let mut bursts = Vec::new();
        let mut thousandths = 0;
        while f64::from(thousandths) < share * 1000.0 {
            let size = rng.u16(10..=30);
            let second = whole_second(self.any_moment(rng));
            bursts.extend(std::iter::repeat_n(second, usize::from(size)));
            thousandths += size;
        }
        bursts
    }

    /// When an own offer was published.
    pub(super) fn own(&self, rng: &mut Rng) -> DateTime {
        self.any_moment(rng)
    }

    /// When a partner's offer was published, perhaps together with many others.
    pub(super) fn of_partner(&self, rng: &mut Rng) -> DateTime {
        let in_burst = rng.f64() < SHARE_IN_BURSTS;
        match rng.choice(&self.bursts) {
            Some(second) if in_burst => *second,
            _ => whole_second(self.any_moment(rng)),
        }
    }

    /// A moment between the publication and now.
    pub(super) fn later(&self, created: DateTime, rng: &mut Rng) -> DateTime {
        let days = rng.usize(..DAYS);
        let moment = self.moment(days, rng);
        if moment > created { moment } else { created }
    }

    fn any_moment(&self, rng: &mut Rng) -> DateTime {
        let (one, other) = (rng.usize(..DAYS), rng.usize(..DAYS));
        self.moment(one * other / DAYS, rng)
    }

    /// Some moment of a day; what would lie in the future is put a day earlier.
    fn moment(&self, age: usize, rng: &mut Rng) -> DateTime {
        let hour = rng.choice(&self.hours).copied().unwrap_or_default();
        let (minute, second) = (rng.i8(0..60), rng.i8(0..60));
        let nanosecond = rng.i32(0..1000) * 1_000_000;
        let on = |age: usize| {
            let date = self.dates.get(age).copied().unwrap_or(self.now.date());
            date.at(hour, minute, second, nanosecond)
        };
        let moment = on(age);
        if moment > self.now { on(1) } else { moment }
    }
}

fn hours() -> Vec<i8> {
    (0..).zip(HOURS).flat_map(|(hour, weight)| std::iter::repeat_n(hour, weight.into())).collect()
}

/// The moment without its milliseconds.
pub(super) fn whole_second(moment: DateTime) -> DateTime {
    moment.date().at(moment.hour(), moment.minute(), moment.second(), 0)
}
