//! Answers that are wrong: which, and how.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::{Answered, Asked, CONTRACTS, Service, Shown, State, created, empty, ranged};

/// How an answer is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// 204 with `*/0`.
    Empty,
    /// 204 without a word on how many there are.
    BareEmpty,
    /// 204 as past the end, with the true total.
    PastTheEnd,
    /// 204 as past the end, with the position asked for as the total.
    EndsHere,
    /// Offers, of none.
    ZeroTotal,
    /// Fewer offers, and positions that agree with them.
    Short,
    /// Fewer offers, and everything agrees with them: they are the end.
    ShortEnd,
    /// Fewer offers than the header says.
    Truncated,
    /// The answer before.
    Repeated,
    /// The offers of the answer before under the right header.
    RepeatedHere,
    /// The total of another window.
    StaleTotal,
    /// The total and the counts of another window.
    StaleWhole,
    /// In another order.
    Shuffled,
    /// The answer to the same question about another window.
    OtherWindow,
    /// Counts that do not add up.
    OtherCounts,
    /// Counts that add up, of other values.
    OtherShares,
    /// Some offers are left out, and those behind them move up.
    Skipping,
    /// One offer stands twice, and another not at all.
    Twice,
    /// 200 in place of 206, and the other way round.
    OtherStatus,
}

impl Wrong {
    pub(crate) const ALL: [Self; 19] = [
        Self::Empty,
        Self::BareEmpty,
        Self::PastTheEnd,
        Self::EndsHere,
        Self::ZeroTotal,
        Self::Short,
        Self::ShortEnd,
        Self::Truncated,
        Self::Repeated,
        Self::RepeatedHere,
        Self::StaleTotal,
        Self::StaleWhole,
        Self::Shuffled,
        Self::OtherWindow,
        Self::OtherCounts,
        Self::OtherShares,
        Self::Skipping,
        Self::Twice,
        Self::OtherStatus,
    ];
}

/// Which answers are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// So many of a thousand.
    Share(u32),
    /// Every first page.
    FirstPage,
    /// So many of a thousand first pages.
    SomeFirstPages(u32),
    /// Every answer about one in eight windows.
    OneWindow(u64),
    /// Every answer of full width.
    Wide,
    /// Every other answer.
    Narrow,
    /// Every answer about a window.
    Windowed,
    /// Every answer about no window.
    Unwindowed,
    /// Every answer from far down the list.
    Deep,
    /// Just this one.
    Once(u32),
}

impl Scope {
    pub(crate) const STANDING: [Self; 10] = [
        Self::FirstPage,
        Self::SomeFirstPages(500),
        Self::OneWindow(0),
        Self::OneWindow(1),
        Self::OneWindow(2),
        Self::Wide,
        Self::Narrow,
        Self::Windowed,
        Self::Unwindowed,
        Self::Deep,
    ];
}

/// The wrong answers of one service.
#[derive(Clone, Debug)]
pub(crate) struct WrongAnswers {
    pub(crate) kinds: Vec<Wrong>,
    pub(crate) scope: Scope,
    /// The other window, in seconds.
    pub(crate) window: (u32, u32),
    pub(crate) random: fastrand::Rng,
}

impl WrongAnswers {
    /// How the answer to this question is wrong, if it is.
    pub(super) fn strikes(&mut self, asked: &Asked, number: u32) -> Option<Wrong> {
        let window = || {
            let bound = |name: &str| asked.filters.get(name).cloned();
            Some((bound("minCreationDate")?, bound("maxCreationDate")?))
        };
        let is_wide = asked.last - asked.first == 149;
        let strikes = match self.scope {
            Scope::Share(per_mille) => self.random.u32(..1_000) < per_mille,
            Scope::FirstPage => asked.first == 0,
            Scope::SomeFirstPages(per_mille) => {
                asked.first == 0 && self.random.u32(..1_000) < per_mille
            }
            Scope::OneWindow(which) => {
                let mut hasher = DefaultHasher::new();
                window().hash(&mut hasher);
                hasher.finish() % 8 == which
            }
            Scope::Wide => is_wide,
            Scope::Narrow => !is_wide,
            Scope::Windowed => window().is_some(),
            Scope::Unwindowed => window().is_none(),
            Scope::Deep => asked.first >= 2_900,
            Scope::Once(which) => number == which,
        };
        strikes.then(|| self.kinds[self.random.usize(..self.kinds.len())])
    }
}

impl Service {
    /// A wrong answer in place of the one that should be shown.
    pub(super) fn wrong_answer(
        &self,
        state: &mut State,
        asked: &Asked,
        wrong: Wrong,
        before: Option<&Shown>,
        shown: Shown,
    ) -> Answered {
        let fewer = shown.offers.len() * 2 / 3;
        let (first, total) = (shown.first, shown.total);
        match wrong {
            Wrong::Empty => empty("*/0"),
            Wrong::BareEmpty => Answered { headers: Vec::new(), ..empty("") },
            Wrong::PastTheEnd => empty(&format!("offres -1--1/{total}")),
            Wrong::EndsHere => empty(&format!("offres -1--1/{first}")),
            Wrong::ZeroTotal => self.under(&format!("offres {first}-{}/0", asked.last), &shown),
            Wrong::Short => self.told(&cut(shown, fewer)),
            Wrong::ShortEnd => {
                let total = first + fewer;
                let counts = vec![("CDI", total)];
                self.told(&Shown { total, counts, ..cut(shown, fewer) })
            }
            Wrong::Truncated => {
                let end = (first + shown.offers.len()).saturating_sub(1);
                self.under(&format!("offres {first}-{end}/{total}"), &cut(shown, fewer))
            }
            Wrong::Repeated => self.told(before.unwrap_or(&shown)),
            Wrong::RepeatedHere => match before {
                Some(before) if !before.offers.is_empty() => {
                    let mut offers = before.offers.clone();
                    offers.truncate(shown.offers.len());
                    self.told(&Shown { offers, ..shown })
                }
                _ => self.told(&shown),
            },
            Wrong::StaleTotal => {
                let total = self.other(state, asked).total;
                let end = (first + shown.offers.len()).saturating_sub(1);
                self.under(&format!("offres {first}-{end}/{total}"), &shown)
            }
            Wrong::StaleWhole => {
                let Shown { total, counts, .. } = self.other(state, asked);
                self.told(&Shown { total, counts, ..shown })
            }
            Wrong::OtherWindow => self.told(&self.other(state, asked)),
            Wrong::OtherStatus => {
                let answered = self.told(&shown);
                let status = if answered.status == 200 { 206 } else { 200 };
                Answered { status, ..answered }
            }
            Wrong::Shuffled
            | Wrong::OtherCounts
            | Wrong::OtherShares
            | Wrong::Skipping
            | Wrong::Twice => self.told(&self.rearranged(state, asked, wrong, shown)),
        }
    }

    /// The same with its offers or counts in disorder.
    fn rearranged(&self, state: &mut State, asked: &Asked, wrong: Wrong, shown: Shown) -> Shown {
        let mut shown = shown;
        let count = shown.offers.len();
        match wrong {
            Wrong::Shuffled => state.random.shuffle(&mut shown.offers),
            Wrong::OtherCounts => shown.counts[0].1 += 1 + shown.total / 50,
            Wrong::OtherShares => {
                let all = shown.counts.iter().map(|(_, count)| count).sum();
                shown.counts = vec![(CONTRACTS[shown.total % 4], all)];
            }
            Wrong::Skipping => {
                let further = Asked { last: asked.last + 7, ..asked.clone() };
                shown.offers = self.show(state, &further).offers;
                let skipped = count / 3;
                shown.offers.drain(skipped..shown.offers.len().min(skipped + 7));
                shown.offers.truncate(count);
            }
            _ if count > 1 => shown.offers[count / 2] = shown.offers[count / 2 - 1].clone(),
            _ => {}
        }
        shown
    }

    /// What is asked for in the other window.
    fn other(&self, state: &mut State, asked: &Asked) -> Shown {
        let (min, max) = state.wrong.as_ref().map(|wrong| wrong.window).unwrap_or_default();
        let mut other = asked.clone();
        let bound = |second| format!("{}Z", created(second));
        other.filters.insert("minCreationDate".to_owned(), bound(min));
        other.filters.insert("maxCreationDate".to_owned(), bound(max));
        self.show(state, &other)
    }

    fn under(&self, range: &str, shown: &Shown) -> Answered {
        if shown.offers.is_empty() {
            return Answered { headers: ranged(range), ..empty("") };
        }
        self.page(range, shown)
    }
}

fn cut(mut shown: Shown, count: usize) -> Shown {
    shown.offers.truncate(count);
    shown
}
