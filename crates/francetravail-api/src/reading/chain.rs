//! One part, read as a chain of pages whose links prove that none of its offers was missed.
//!
//! Positions shift while one reads: an offer that leaves moves all that follow it up by one, so
//! that the next page begins one offer too late. Neighbouring pages therefore overlap. When some
//! offer is on both, whatever followed it on the first page is on the second or after it, because
//! the order itself (by creation time, which never changes) is stable. So a chain of linked pages
//! that begins at position 0 and reaches the end holds every offer that was listed all the time,
//! in whatever order the pages were asked for. Pages that do not fit ([`Looks`]) are asked for
//! again, or a page between them is.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};

use super::look::Look;
use super::looks::{Chain, Gap, Looks};
use super::query::{MOST, Query};
use super::ranged::LAST_START;
use super::{Answer, Ended, PAGES_AHEAD, Reader};
use crate::page::PAGE_SIZE;
use crate::paris::ParisSecond;

/// From the start of one page to the start of the next: they share one offer.
const STEP: u32 = PAGE_SIZE - 1;
/// How often pages that do not fit are asked for again; each third time, all of them are.
const ROUNDS: u32 = 6;
const ROUNDS_A_PASS: u32 = 3;

/// Offers that one query reaches.
pub(super) struct Part {
    pub(super) query: Query,
    /// How many there probably are.
    pub(super) expected: u64,
    /// The part ends before the offers of this second; without it, at the end of the list.
    pub(super) until: Option<ParisSecond>,
    /// The total of the query, as another answer told it.
    pub(super) told: Option<u64>,
}

/// Why a part was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It does not end where it can be reached.
    BeyondReach,
    /// The answers do not fit together.
    Unfit(String),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BeyondReach => write!(formatter, "more than the {MOST} offers in reach"),
            Self::Unfit(why) => formatter.write_str(why),
        }
    }
}

impl Part {
    /// All that a query lists.
    pub(super) fn whole(query: Query, expected: u64) -> Self {
        Self { query, expected, until: None, told: None }
    }
}

/// Where the last regular page of a query that reaches the limit starts.
pub(super) fn last_regular_start() -> u32 {
    LAST_START / STEP * STEP
}

impl Reader<'_> {
    /// Reads a part; or says why its answers do not hold together.
    pub(super) async fn read_part(
        &self,
        part: &Part,
        held: Option<Answer>,
    ) -> Result<Result<Chain, Broken>, Ended> {
        let mut looks = Looks::new(part.until, part.told);
        self.read_on(part, &mut looks, held, None).await?;
        let mut round = 0;
        loop {
            let Gap { after, between } = match looks.chain() {
                Ok(chain) => return Ok(Ok(chain)),
                Err(gap) => gap,
            };
            let next = starts().find(|start| after.is_none_or(|after| *start > after));
            match next {
                None => return Ok(Err(Broken::BeyondReach)),
                Some(next) if !looks.have(next) => {
                    self.read_on(part, &mut looks, None, after).await?;
                }
                Some(_) if round == ROUNDS || (round > 0 && self.has_doubts()) => break,
                Some(_) => {
                    round += 1;
                    // Now and then all that was seen is looked at anew.
                    let all = round % ROUNDS_A_PASS == 0;
                    let again = if all { looks.pages() } else { between };
                    self.look_again(part, &mut looks, again).await?;
                }
            }
        }
        let why = looks.fault().unwrap_or("the answers do not fit together");
        Ok(looks.exactly_counted().ok_or_else(|| Broken::Unfit(why.to_owned())))
    }

    /// Reads from a page on until the part ends. Pages that are there for sure are read ahead of
    /// those before them.
    async fn read_on(
        &self,
        part: &Part,
        looks: &mut Looks,
        mut held: Option<Answer>,
        after: Option<u32>,
    ) -> Result<(), Ended> {
        let (planned, further): (Vec<_>, Vec<_>) = starts()
            .filter(|start| after.is_none_or(|after| *start > after))
            .partition(|start| is_needed(*start, part.expected));
        let mut take = move |start| held.take_if(|answer| answer.page.first == start);
        let planned = planned.into_iter().map(|start| (start, take(start))).collect::<Vec<_>>();
        let read = |(start, held): (u32, Option<Answer>)| async move {
            let Some(answer) = held else {
                // The semaphore is never closed, so there is room in the end.
                let room = self.room.acquire().await.ok();
                return self.answer(&part.query, start).await.map(|answer| (answer, room));
            };
            Ok((answer, None))
        };
        let planned = stream::iter(planned).map(read).buffered(PAGES_AHEAD);
        let further = stream::iter(further).map(|start| (start, None)).then(read);
        let mut answers = Box::pin(planned.chain(further));
        while let Some(answer) = answers.next().await {
            let (answer, room) = answer?;
            let ends = self.take(answer, looks).await?;
            drop(room);
            if ends {
                break;
            }
        }
        Ok(())
    }

    /// Asks for pages again, at the same time, so that they show the same list.
    async fn look_again(
        &self,
        part: &Part,
        looks: &mut Looks,
        again: BTreeSet<u32>,
    ) -> Result<(), Ended> {
        let mut answers =
            stream::iter(again).map(|start| self.answer(&part.query, start)).buffered(PAGES_AHEAD);
        while let Some(answer) = answers.next().await {
            self.take(answer?, looks).await?;
        }
        Ok(())
    }

    async fn take(&self, answer: Answer, looks: &mut Looks) -> Result<bool, Ended> {
        let Answer { page, fault } = answer;
        let ends = looks.add(Look::at(&page, fault));
        self.deliver(page).await?;
        Ok(ends)
    }
}

/// Whether so many offers do not end on the page before the one that starts here.
fn is_needed(start: u32, expected: u64) -> bool {
    let Some(before) = start.checked_sub(1) else { return true };
    let last_before = before / STEP * STEP + PAGE_SIZE - 1;
    u64::from(last_before) + 1 < expected
}

/// Every position at which a page may start, each page sharing an offer with the next.
fn starts() -> impl Iterator<Item = u32> {
    (0..=LAST_START).step_by(STEP as usize).chain([LAST_START])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_read_that_is_not_needed() {
        let needed = |expected| starts().filter(|start| is_needed(*start, expected)).count();
        assert_eq!([needed(0), needed(1), needed(150), needed(151), needed(299)], [1, 1, 1, 2, 2]);
        assert_eq!([needed(2981), needed(3130), needed(3131), needed(3150)], [20, 21, 22, 22]);
    }

    #[test]
    fn pages_overlap_and_reach_the_last_position() {
        let starts: Vec<_> = starts().collect();
        assert!(starts.windows(2).all(|pair| pair[1] < pair[0] + PAGE_SIZE));
        assert_eq!(u64::from(starts.last().unwrap() + PAGE_SIZE), MOST);
        assert!(starts.contains(&last_regular_start()));
    }
}
