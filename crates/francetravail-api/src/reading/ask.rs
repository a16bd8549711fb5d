//! Asking for a page, and again where the answer contradicts itself.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use super::query::Query;
use super::{ATTEMPTS, Answer, Reader, task};
use crate::page::PAGE_SIZE;
use crate::{Error, Offer, Page};

/// What is wrong with a page by itself.
struct Flaws {
    fault: Option<String>,
    /// Counts by value that do not sum up to the total.
    miscount: Option<String>,
    /// Whether its offers do not come newest first.
    disorder: bool,
}

impl Reader<'_> {
    /// A page of 150, newest offers first.
    pub(super) async fn answer(&self, query: &Query, first: u32) -> Result<Answer, Error> {
        self.ask(query, query.pairs(), (first, first + PAGE_SIZE - 1)).await
    }

    /// How many offers a query lists, asked for in another form than that of a page: without an
    /// order, from the second offer on. None where no answer makes sense.
    pub(super) async fn count(&self, query: &Query) -> Result<Option<u64>, Error> {
        let answer = self.ask(query, query.pairs_without_order(), (1, 1)).await?;
        Ok(answer.page.total.filter(|_| answer.fault.is_none()))
    }

    /// Some of the offers of a query, asked for by these pairs, from one position to another. What
    /// is wrong with them although they were asked for several times, the answer carries.
    pub(super) async fn ask(
        &self,
        query: &Query,
        pairs: Vec<(&'static str, String)>,
        (first, last): (u32, u32),
    ) -> Result<Answer, Error> {
        // What insists on being wrong is found once; asking on would change nothing.
        let minds_counts = !self.miscounts.load(Ordering::Relaxed);
        let is_ordered = pairs.iter().any(|(name, value)| *name == "sort" && value == "1");
        let minds_order = is_ordered && !self.disorder.load(Ordering::Relaxed);
        let (client, query) = (self.client.clone(), query.clone());
        let read = task::spawned(async move {
            let (mut asked, mut refused) = (0, 0);
            loop {
                let page = client.page(&pairs, first, last).await?;
                let flaws = Flaws::of(&query, &page);
                let is_sound = flaws.fault.is_none()
                    && !(minds_counts && flaws.miscount.is_some())
                    && !(minds_order && flaws.disorder);
                asked += 1;
                refused += u64::from(!is_sound);
                if (is_sound && (page.unreadable.is_empty() || asked > 1)) || asked == ATTEMPTS {
                    return Ok::<_, Error>((page, flaws, asked, refused));
                }
            }
        });
        let (page, Flaws { fault, miscount, disorder }, asked, refused) = read.await?;
        self.asked.fetch_add(asked.into(), Ordering::Relaxed);
        self.refused.fetch_add(refused, Ordering::Relaxed);
        if let Some(miscount) = miscount
            && !self.miscounts.swap(true, Ordering::Relaxed)
        {
            self.doubt(miscount);
        }
        if minds_order && disorder {
            self.disorder.store(true, Ordering::Relaxed);
        }
        Ok(Answer { page, fault })
    }
}

/// So many answers that contradict themselves, and one in so many, are too many.
const TOO_MANY: u64 = 4;
const TOO_OFTEN: u64 = 10;

impl Reader<'_> {
    /// A service of whose answers many contradict themselves may be wrong in the others, too.
    pub(super) fn check_service(&self) {
        let (asked, refused) =
            (self.asked.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed));
        if refused >= TOO_MANY && refused * TOO_OFTEN > asked {
            self.doubt(format!("{refused} of {asked} answers contradict themselves"));
        }
    }
}

impl Flaws {
    fn of(query: &Query, page: &Page) -> Self {
        let fault = page
            .contradiction()
            .or_else(|| twice(page))
            .or_else(|| query.outsider(page))
            .map(|fault| format!("{query}: {fault}"));
        let miscount = page.miscount().map(|miscount| format!("{query}: {miscount}"));
        Self { fault, miscount, disorder: !page.is_newest_first() }
    }
}

/// An offer that stands on a page twice.
fn twice(page: &Page) -> Option<String> {
    let mut ids = HashSet::new();
    let twice = page.offers.iter().filter_map(Offer::id).find(|id| !ids.insert(*id))?;
    Some(format!("offer {twice} is listed twice on a page"))
}
