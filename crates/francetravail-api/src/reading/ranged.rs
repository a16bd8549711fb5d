//! Reading exactly the positions that the user asked for.

use futures::{StreamExt, stream};

use super::look::Look;
use super::looks::Looks;
use super::witness::Witness;
use super::{Answer, Ended, PAGES_AHEAD, Reader};
use crate::ResultRange;
use crate::page::PAGE_SIZE;

/// The last position at which a page may start (measured).
pub(super) const LAST_START: u32 = 3000;

impl Reader<'_> {
    /// Reads a range page by page, in the order that the user asked for. It is the whole only if
    /// it covers the list, its pages fit together, and other queries list the same.
    pub(super) async fn read_range(
        &self,
        pairs: &[(&'static str, String)],
        range: ResultRange,
    ) -> Result<(), Ended> {
        let read = |(first, last)| self.ask(&self.outer, pairs.to_vec(), (first, last));
        let mut answers = stream::iter(pages(range)).map(read).buffered(PAGES_AHEAD);
        let mut looks = Looks::new(None, None);
        let (mut total, mut ends) = (None, false);
        while !ends && let Some(answer) = answers.next().await {
            let Answer { page, fault } = answer?;
            if total.is_none() {
                total = Some(page.total.unwrap_or_default());
                self.tell_total(page.total.unwrap_or_default()).await?;
            }
            ends = looks.add(Look::at(&page, fault));
            self.deliver(page).await?;
        }
        if range.first() > 0 || !ends {
            let (first, last) = (range.first(), range.last());
            let total = total.unwrap_or_default();
            self.doubt(format!("`range` asks for {first}-{last} of {total} offers"));
            return Ok(());
        }
        self.check_range(&looks).await
    }

    async fn check_range(&self, looks: &Looks) -> Result<(), Ended> {
        let Ok(chain) = looks.chain() else {
            let fault = looks.fault().unwrap_or("the list changed while it was read");
            self.doubt(fault.to_owned());
            return Ok(());
        };
        if let Witness::Differs(how) = self.ask_witness(&self.outer, &chain).await? {
            self.doubt(how);
        }
        Ok(())
    }
}

/// The first and last positions of the pages of a range: each shares an offer with the next.
fn pages(range: ResultRange) -> impl Iterator<Item = (u32, u32)> {
    let page_at = move |first: u32| (first, range.last().min(first + PAGE_SIZE - 1));
    std::iter::successors(Some(page_at(range.first())), move |(first, last)| {
        (*last < range.last()).then(|| page_at((first + PAGE_SIZE - 1).min(LAST_START)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: u32, last: u32, expected: &[(u32, u32)]) {
        let range = ResultRange::new(first, last).unwrap();
        let pages: Vec<_> = pages(range).collect();
        assert!(pages.ends_with(expected), "{pages:?}");
    }

    #[test]
    fn pages_cover_a_range_and_nothing_else() {
        check(0, 0, &[(0, 0)]);
        check(0, 149, &[(0, 149)]);
        check(0, 150, &[(0, 149), (149, 150)]);
        check(100, 400, &[(100, 249), (249, 398), (398, 400)]);
        check(0, 3149, &[(2831, 2980), (2980, 3129), (3000, 3149)]);
        check(3000, 3149, &[(3000, 3149)]);
    }
}
