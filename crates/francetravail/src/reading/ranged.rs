//! Reading exactly the positions that the user asked for.

use futures::{StreamExt, stream};

use super::{Delivery, Ended, PAGES_AHEAD, Reader};
use crate::ResultRange;
use crate::page::PAGE_SIZE;

impl Reader<'_> {
    /// Reads a range page by page, in the order that the user asked for. It is the whole only if
    /// it covers the list and the list held still.
    pub(super) async fn read_range(
        &self,
        pairs: &[(&'static str, String)],
        range: ResultRange,
    ) -> Result<(), Ended> {
        let starts = (range.first()..=range.last()).step_by(PAGE_SIZE as usize);
        let read = |start: u32| {
            let end = range.last().min(start + PAGE_SIZE - 1);
            self.client.page(pairs, start, end)
        };
        let first = read(range.first()).await?;
        let total = first.total.unwrap_or_default();
        self.send(Delivery::Total(total)).await?;
        let mut is_over = first.reaches_end();
        self.note_contradiction(&first);
        self.deliver(first.offers).await?;
        let mut pages = stream::iter(starts.skip(1)).map(read).buffered(PAGES_AHEAD);
        while !is_over && let Some(page) = pages.next().await {
            let page = page?;
            self.note_contradiction(&page);
            if page.total != Some(total) {
                self.doubt("the list changed while it was read".to_owned());
            }
            is_over = page.reaches_end();
            self.deliver(page.offers).await?;
        }
        if range.first() > 0 || !is_over {
            let (first, last) = (range.first(), range.last());
            self.doubt(format!("`range` asks for {first}-{last} of {total} offers"));
        }
        Ok(())
    }

    fn note_contradiction(&self, page: &crate::Page) {
        if let Some(contradiction) = page.contradiction() {
            self.doubt(contradiction);
        }
    }
}
