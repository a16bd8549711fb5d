//! Answers that arrive whole, say that all is well, and are wrong.

use api_client::{Answer, Request};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::parts::{MARK, Range, empty, with_body};

/// How an answer is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// 204 with `*/0`.
    Empty,
    /// 204 without a word on how many there are.
    BareEmpty,
    /// 204 as past the end, with the true total.
    PastTheEnd,
    /// No offers in a body under the right header.
    EmptyPage,
    /// Fewer offers, and positions that agree with them.
    Short,
    /// Fewer offers, and everything agrees with them: they are the end.
    ShortEnd,
    /// Fewer offers than the header says.
    Missing,
    /// Another total.
    OtherTotal,
    /// Other positions.
    OtherRange,
    /// The answer before.
    Repeated,
    /// The offers of the answer before under the right header.
    RepeatedHere,
    /// One offer stands twice, and another not at all.
    Twice,
    /// In another order.
    Shuffled,
    /// An offer, or a job of the board, that cannot be read.
    Unreadable,
    /// The offer that was asked for is gone.
    Gone,
    /// A page of the board's list shows the jobs of the page before.
    JobsRepeated,
    /// A page of the board's list shows nothing.
    JobsEmpty,
    /// The board's list has no end.
    JobsEndless,
    /// The board's list says another total.
    JobsTotal,
}

impl Wrong {
    const ALL: [Self; 19] = [
        Self::Empty,
        Self::BareEmpty,
        Self::PastTheEnd,
        Self::EmptyPage,
        Self::Short,
        Self::ShortEnd,
        Self::Missing,
        Self::OtherTotal,
        Self::OtherRange,
        Self::Repeated,
        Self::RepeatedHere,
        Self::Twice,
        Self::Shuffled,
        Self::Unreadable,
        Self::Gone,
        Self::JobsRepeated,
        Self::JobsEmpty,
        Self::JobsEndless,
        Self::JobsTotal,
    ];
}

/// Which answers are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// So many of a thousand.
    Share(u32),
    /// Just this one.
    Once(u64),
    /// Every first page.
    FirstPage,
    /// Every answer about no window.
    Unwindowed,
}

/// The wrong answers that one process is given.
#[derive(Clone, Debug)]
pub(crate) struct WrongAnswers {
    kinds: Vec<Wrong>,
    scope: Scope,
    /// Whether the user allows that much is archived at once: then nothing but the proof protects.
    pub(crate) allows_mass_archive: bool,
    chance: Chance,
    answers: u64,
    before: Option<Answer>,
}

/// What an answer is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Resource {
    Search,
    Offer,
    Jobs,
}

impl WrongAnswers {
    pub(crate) fn drawn(chance: &mut Chance) -> Self {
        let kinds =
            if chance.happens(300) { Wrong::ALL.to_vec() } else { vec![chance.among(&Wrong::ALL)] };
        let once = Scope::Once(chance.between(1..20));
        let scope = chance.among(&[
            Scope::Share(10),
            Scope::Share(50),
            Scope::Share(50),
            once,
            Scope::FirstPage,
            Scope::Unwindowed,
        ]);
        let allows_mass_archive = chance.happens(500);
        Self { kinds, scope, allows_mass_archive, chance: chance.fork(), answers: 0, before: None }
    }

    /// The answer that is given in place of the right one; with how it is wrong, where it is.
    pub(crate) fn given(&mut self, request: &Request, answer: Answer) -> (Answer, Option<Wrong>) {
        let Some(resource) = resource_of(request).filter(|_| answer.status.is_success()) else {
            return (answer, None);
        };
        self.answers += 1;
        let wrong = self.chance.among(&self.kinds);
        let before = self.before.replace(answer.clone()).filter(|_| resource == Resource::Search);
        if !self.strikes(request, resource) {
            return (answer, None);
        }
        match self.spoiled(wrong, resource, &answer, before) {
            Some(spoiled) => (spoiled, Some(wrong)),
            None => (answer, None),
        }
    }

    fn strikes(&mut self, request: &Request, resource: Resource) -> bool {
        let query = request.url.query().unwrap_or_default();
        match self.scope {
            Scope::Share(per_mille) => self.chance.happens(per_mille),
            Scope::Once(number) => self.answers == number,
            Scope::FirstPage => resource == Resource::Search && query.contains("range=0-"),
            Scope::Unwindowed => resource == Resource::Search && !query.contains("minCreationDate"),
        }
    }

    fn spoiled(
        &mut self,
        wrong: Wrong,
        resource: Resource,
        answer: &Answer,
        before: Option<Answer>,
    ) -> Option<Answer> {
        match (resource, wrong) {
            (Resource::Offer, Wrong::Gone) => Some(empty(None)),
            (Resource::Offer, _) => None,
            (Resource::Search, _) => self.search(wrong, answer, before),
            (Resource::Jobs, _) => self.jobs(wrong, answer),
        }
    }

    fn search(&mut self, wrong: Wrong, answer: &Answer, before: Option<Answer>) -> Option<Answer> {
        let range = Range::of(answer);
        match wrong {
            Wrong::Empty => return Some(empty(Some("*/0"))),
            Wrong::BareEmpty => return Some(empty(None)),
            Wrong::PastTheEnd => {
                return Some(empty(Some(&format!("offres -1--1/{}", range?.total))));
            }
            Wrong::Repeated => return before,
            _ => {}
        }
        let mut body: Value = serde_json::from_slice(&answer.body).ok()?;
        let offers = body["resultats"].as_array_mut()?;
        self.rearrange(wrong, offers, before)?;
        let range = self.range(wrong, range?, offers.len())?;
        if matches!(wrong, Wrong::ShortEnd | Wrong::OtherTotal) {
            body.as_object_mut()?.remove("filtresPossibles");
        }
        Some(with_body(answer, &body, Some(&range.text())))
    }

    /// The offers of a page as they are not; none where there are too few.
    fn rearrange(
        &mut self,
        wrong: Wrong,
        offers: &mut Vec<Value>,
        before: Option<Answer>,
    ) -> Option<()> {
        let count = offers.len();
        match wrong {
            Wrong::Short | Wrong::ShortEnd | Wrong::Missing if count > 1 => {
                offers.truncate(count * 2 / 3);
            }
            Wrong::EmptyPage => offers.clear(),
            Wrong::OtherTotal | Wrong::OtherRange => {}
            Wrong::RepeatedHere => {
                let before: Value = serde_json::from_slice(&before?.body).ok()?;
                offers.clone_from(before["resultats"].as_array()?);
                offers.truncate(count);
            }
            Wrong::Twice if count > 1 => offers[count / 2] = offers[count / 2 - 1].clone(),
            Wrong::Shuffled => offers.rotate_left(self.chance.size(0..count)),
            Wrong::Unreadable => offers[self.chance.size(0..count)]["x"] = json!(MARK),
            _ => return None,
        }
        Some(())
    }

    /// What the header says of a page of so many offers.
    fn range(&mut self, wrong: Wrong, right: Range, count: usize) -> Option<Range> {
        let Range { first, last, total } = right;
        let end = first + count;
        Some(match wrong {
            Wrong::Short => Range { first, last: end.checked_sub(1)?, total },
            Wrong::ShortEnd => Range { first, last: end.checked_sub(1)?, total: end },
            Wrong::OtherTotal => Range { first, last, total: self.other(total) },
            Wrong::OtherRange => Range { first: first + 7, last: last + 7, total },
            _ => Range { first, last, total },
        })
    }

    fn jobs(&mut self, wrong: Wrong, answer: &Answer) -> Option<Answer> {
        let mut body: Value = serde_json::from_slice(&answer.body).ok()?;
        let jobs = body["data"].as_array_mut()?;
        match wrong {
            Wrong::JobsRepeated => {
                let first = jobs.first()?.clone();
                jobs.fill(first);
            }
            Wrong::JobsEmpty => jobs.clear(),
            Wrong::Unreadable if !jobs.is_empty() => {
                let which = self.chance.size(0..jobs.len());
                jobs[which]["x"] = json!(MARK);
            }
            Wrong::JobsEndless => body["meta"]["maxPage"] = json!(1_000_000_000_000_000_u64),
            Wrong::JobsTotal => {
                let total = body["meta"]["total"].as_u64()?;
                body["meta"]["total"] = json!(self.other(usize::try_from(total).ok()?));
            }
            _ => return None,
        }
        Some(with_body(answer, &body, None))
    }

    fn other(&mut self, total: usize) -> usize {
        let by = self.chance.size(1..total / 2 + 2);
        if self.chance.happens(500) { total + by } else { total.saturating_sub(by) }
    }
}

fn resource_of(request: &Request) -> Option<Resource> {
    let path = request.url.path();
    let is_get = request.method == http::Method::GET;
    match path.rsplit_once('/') {
        _ if !is_get => None,
        _ if path.ends_with("/storing/jobs") => Some(Resource::Jobs),
        _ if path.ends_with("/offres/search") => Some(Resource::Search),
        Some((before, _)) if before.ends_with("/offres") => Some(Resource::Offer),
        _ => None,
    }
}
