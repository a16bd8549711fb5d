//! Everything that a board's list shows, although it may change while it is read.

use std::collections::HashSet;

use engine::{EndError, Held};
use futures::{StreamExt, TryStreamExt, stream};
use hrflow_api::{Error, JobPage, ListedJob, UnreadableJob};
use tokio::sync::mpsc;

use super::board::Board;

/// How many pages are read at a time.
const PAGES_AT_A_TIME: usize = 8;
/// How often a list is read that changes each time.
const MAX_READINGS: u32 = 8;
/// A board of three million jobs; a list that goes on beyond that has no end.
const MAX_PAGES: u64 = 100_000;

/// Sends on each job that the list shows, once; of a job that cannot be read, what can be.
///
/// A job that leaves the list while it is read lets others slip to a page that has been read
/// already. So the list is read again until a reading was whole: every page told the same total,
/// and so many different jobs were seen, or the same ones as by the reading before, should the
/// total count jobs that the list does not show.
pub(super) async fn read(
    board: &Board,
    out: &mpsc::Sender<Vec<Held>>,
    observe: impl FnMut(&Held) + Send,
) -> Result<(), EndError> {
    read_up_to(MAX_PAGES, board, out, observe).await
}

async fn read_up_to(
    max_pages: u64,
    board: &Board,
    out: &mpsc::Sender<Vec<Held>>,
    mut observe: impl FnMut(&Held) + Send,
) -> Result<(), EndError> {
    let (mut sent, mut seen_before) = (HashSet::new(), None);
    for _ in 0..MAX_READINGS {
        let reading = Reading { max_pages, board, out };
        let read = reading.read(&mut sent, &mut observe).await;
        match read.map_err(|error| board.failure(&error))? {
            End::Whole | End::ReceiverDropped => return Ok(()),
            End::Steady(seen) if seen_before.as_ref() == Some(&seen) => return Ok(()),
            End::Steady(seen) => seen_before = Some(seen),
            End::Shifted => seen_before = None,
            End::Never(pages) => return Err(without_end(max_pages, pages)),
        }
    }
    Err(EndError::item("the board's list changed each time that it was read"))
}

fn without_end(read: u64, pages: u64) -> EndError {
    EndError::item(format!(
        "the board's list does not end: of its {pages} pages {read} were read, each with other jobs"
    ))
    .not_retryable()
}

/// One reading of the list.
struct Reading<'a> {
    max_pages: u64,
    board: &'a Board,
    out: &'a mpsc::Sender<Vec<Held>>,
}

/// How a reading ended.
enum End {
    Whole,
    /// The total stayed, and other than so many jobs were seen: these.
    Steady(HashSet<String>),
    Shifted,
    /// It says that it has so many pages, and as many as a board can have were read.
    Never(u64),
    ReceiverDropped,
}

impl Reading<'_> {
    /// Reads page by page. How many there are the list says, but it is believed only as long as
    /// each page shows a job that none before it did.
    async fn read(
        &self,
        sent: &mut HashSet<String>,
        observe: &mut (impl FnMut(&Held) + Send),
    ) -> Result<End, Error> {
        let first = self.page(1).await?;
        let (total, pages) = (first.total, first.pages);
        let rest = stream::iter(2..=pages.min(self.max_pages))
            .map(|page| self.page(page))
            .buffered(PAGES_AT_A_TIME);
        let mut all = stream::once(async { Ok(first) }).chain(rest).boxed();
        let (mut seen, mut read) = (HashSet::new(), 0);
        let mut is_steady = true;
        while let Some(page) = all.try_next().await? {
            read += 1;
            is_steady &= page.total == total;
            let seen_before = seen.len();
            let mut fresh = self.named(page, read);
            fresh.retain(|(name, _)| {
                seen.insert(name.clone());
                sent.insert(name.clone())
            });
            if seen.len() == seen_before {
                // An empty page, or one that shows again what others did: the end, whatever the
                // list says.
                break;
            }
            let fresh: Vec<_> = fresh.into_iter().map(|(_, held)| held).collect();
            fresh.iter().for_each(&mut *observe);
            if !fresh.is_empty() && self.out.send(fresh).await.is_err() {
                return Ok(End::ReceiverDropped);
            }
        }
        Ok(match is_steady {
            _ if read == self.max_pages && read < pages => End::Never(pages),
            true if seen.len() as u64 == total => End::Whole,
            true => End::Steady(seen),
            false => End::Shifted,
        })
    }

    /// The jobs of a page by their names; those that cannot be read as far as they can.
    fn named(&self, page: JobPage, number: u64) -> Vec<(String, Held)> {
        let JobPage { jobs, unreadable, .. } = page;
        let whole = jobs
            .into_iter()
            .map(|job| (name(&job).unwrap_or_default().to_owned(), self.board.held(job.0.into())));
        let in_part = unreadable.into_iter().enumerate().map(|(place, job)| {
            let UnreadableJob { known, why } = job;
            let reference = known.reference().unwrap_or_default();
            tracing::warn!(item.reference = reference, why, "a job of the board could not be read");
            let name = name(&known).map_or_else(|| format!("{number}/{place}"), str::to_owned);
            (name, self.board.held_in_part(known.0.into()))
        });
        whole.chain(in_part).collect()
    }

    async fn page(&self, page: u64) -> Result<JobPage, Error> {
        self.board.client.jobs(&self.board.key, page).await
    }
}

fn name(job: &ListedJob) -> Option<&str> {
    job.key().or_else(|| job.reference())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use api_client::{Answer, Request, Transport, TransportError};
    use futures::FutureExt;
    use futures::future::BoxFuture;
    use serde_json::json;

    use super::*;
    use crate::hrflow::HrflowAuth;
    use crate::{ClientOptions, Environment};

    /// A list that says that it has more pages than there is time, and shows these jobs on one.
    struct Endless {
        jobs: fn(u64) -> Vec<u64>,
        total: u64,
        calls: AtomicU64,
    }

    impl Transport for Endless {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let number = |(name, value): (_, std::borrow::Cow<'_, str>)| {
                (name == "page").then(|| value.parse().ok()).flatten()
            };
            let page = request.url.query_pairs().find_map(number).unwrap();
            let jobs: Vec<_> =
                (self.jobs)(page).iter().map(|key| json!({"key": key.to_string()})).collect();
            let meta = json!({"maxPage": 1_000_000_000_000_000_u64, "total": self.total});
            let body = json!({"code": 200, "data": jobs, "meta": meta}).to_string();
            let status = http::StatusCode::OK;
            let answer = Answer { status, headers: http::HeaderMap::new(), body: body.into() };
            async { Ok(answer) }.boxed()
        }
    }

    /// How many jobs were found, or why none were; and with how many calls.
    async fn read(jobs: fn(u64) -> Vec<u64>, total: u64) -> (Result<usize, String>, u64) {
        let list = Arc::new(Endless { jobs, total, calls: AtomicU64::new(0) });
        let auth = HrflowAuth::new("ask_", "recruiting@example.org");
        let key = "0123456789012345678901234567890123456789".parse().unwrap();
        let environment =
            Environment::from_iter([("HRFLOW_API_URL", "https://in.process/v1".to_owned())]);
        let board =
            Board::connect("mirror", auth, key, &environment, &ClientOptions::over(list.clone()))
                .unwrap();
        let (sender, mut found) = mpsc::channel::<Vec<Held>>(1);
        let count = async {
            let mut count = 0;
            while let Some(batch) = found.recv().await {
                count += batch.len();
            }
            count
        };
        let read = async move { read_up_to(50, &board, &sender, |_| {}).await };
        let (read, count) = futures::join!(read, count);
        (
            read.map(|()| count).map_err(|failure| failure.message),
            list.calls.load(Ordering::Relaxed),
        )
    }

    #[tokio::test]
    async fn a_list_ends_where_its_pages_are_empty() {
        let (found, calls) = read(|page| if page < 3 { vec![page] } else { vec![] }, 2).await;
        assert_eq!(found, Ok(2));
        assert!(calls < 10, "{calls} calls");
    }

    #[tokio::test]
    async fn pages_that_show_the_same_again_end_a_list() {
        let (found, calls) = read(|_| vec![1, 2, 3], 1_000_000_000_000_000).await;
        assert_eq!(found, Ok(3));
        assert!(calls < 20, "{calls} calls");
    }

    #[tokio::test]
    async fn a_list_without_end_is_refused() {
        let (found, calls) = read(|page| vec![page], 1_000_000_000_000_000).await;
        assert!(found.unwrap_err().starts_with("the board's list does not end: of its 1000"));
        assert!(calls < 60, "{calls} calls");
    }
}
