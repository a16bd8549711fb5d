//! Everything that a board's list shows, although it may change while it is read.

use std::collections::HashSet;

use ::hrflow::{Error, JobPage, ListedJob};
use engine::{EndError, Held, Item};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use super::board::Board;

/// How many pages are read at a time.
const PAGES_AT_A_TIME: usize = 8;
/// How often a list is read that changes each time.
const MAX_READINGS: u32 = 8;

/// Sends on each job that the list shows, once.
///
/// A job that leaves the list while it is read lets others slip to a page that has been read
/// already. So the list is read again until a reading was whole: every page told the same total,
/// and so many different jobs were seen, or the same ones as by the reading before, should the
/// total count jobs that the list does not show.
pub(super) async fn read(
    board: &Board,
    out: &mpsc::Sender<Vec<Held>>,
    mut observe: impl FnMut(&Held) + Send,
) -> Result<(), EndError> {
    let (mut sent, mut seen_before) = (HashSet::new(), None);
    for _ in 0..MAX_READINGS {
        let reading = Reading { board, out };
        let read = reading.read(&mut sent, &mut observe).await;
        match read.map_err(|error| board.failure(&error))? {
            End::Whole | End::ReceiverDropped => return Ok(()),
            End::Steady(seen) if seen_before.as_ref() == Some(&seen) => return Ok(()),
            End::Steady(seen) => seen_before = Some(seen),
            End::Shifted => seen_before = None,
        }
    }
    Err(EndError::item("the board's list changed each time that it was read"))
}

/// One reading of the list.
struct Reading<'a> {
    board: &'a Board,
    out: &'a mpsc::Sender<Vec<Held>>,
}

/// How a reading ended.
enum End {
    Whole,
    /// The total stayed, and other than so many jobs were seen: these.
    Steady(HashSet<String>),
    Shifted,
    ReceiverDropped,
}

impl Reading<'_> {
    async fn read(
        &self,
        sent: &mut HashSet<String>,
        observe: &mut (impl FnMut(&Held) + Send),
    ) -> Result<End, Error> {
        let first = self.page(1).await?;
        let (total, pages) = (first.total, first.pages);
        let rest = stream::iter(2..=pages).map(|page| self.page(page)).buffered(PAGES_AT_A_TIME);
        let mut all = stream::once(async { Ok(first) }).chain(rest).boxed();
        let mut seen = HashSet::new();
        let mut is_steady = true;
        while let Some(page) = all.try_next().await? {
            is_steady &= page.total == total;
            let fresh = page.jobs.into_iter().filter_map(|job| fresh(job, &mut seen, sent));
            let fresh: Vec<Held> = fresh.map(|job| self.board.held(job)).collect();
            fresh.iter().for_each(&mut *observe);
            if !fresh.is_empty() && self.out.send(fresh).await.is_err() {
                return Ok(End::ReceiverDropped);
            }
        }
        Ok(match is_steady {
            true if seen.len() as u64 == total => End::Whole,
            true => End::Steady(seen),
            false => End::Shifted,
        })
    }

    async fn page(&self, page: u64) -> Result<JobPage, Error> {
        self.board.client.jobs(&self.board.key, page).await
    }
}

/// The job, where no reading has sent it yet.
fn fresh(job: ListedJob, seen: &mut HashSet<String>, sent: &mut HashSet<String>) -> Option<Item> {
    let name = job.key().or_else(|| job.reference()).unwrap_or_default().to_owned();
    seen.insert(name.clone());
    sent.insert(name).then(|| job.0.into())
}
