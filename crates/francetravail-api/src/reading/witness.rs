//! Asking for a short list once more, in another way: an answer that is kept wrong somewhere is
//! not the one to that.

use super::look::Look;
use super::looks::{Chain, Looks};
use super::query::{Query, Window};
use super::{Answer, Ended, Reader};
use crate::Failure;
use crate::page::PAGE_SIZE;

/// What other queries say of a list.
pub(super) enum Witness {
    Agrees,
    Differs(String),
}

impl Reader<'_> {
    /// Whether other queries list just what was read of this one.
    pub(super) async fn ask_witness(&self, query: &Query, chain: &Chain) -> Result<Witness, Ended> {
        match self.ask_windows(query, chain).await {
            // Windows may not go together with what the user asks for.
            Err(Ended::Failed(error)) if matches!(error.failure, Failure::Refused { .. }) => {
                self.ask_counts(query, chain, std::slice::from_ref(query)).await
            }
            asked => asked,
        }
    }

    async fn ask_windows(&self, query: &Query, chain: &Chain) -> Result<Witness, Ended> {
        let whole = query.window().unwrap_or_else(Window::all_time);
        if chain.count() == 0 {
            return self.ask_for_nothing(query, whole).await;
        }
        let within = query.within(whole);
        let parted = whole.parted(&chain.seconds).filter(|_| query.window().is_some());
        let counted = match parted.map(|parts| parts.map(|part| query.within(part))) {
            Some(parts) => self.ask_counts(query, chain, &parts).await?,
            None => self.ask_counts(query, chain, std::slice::from_ref(&within)).await?,
        };
        match counted {
            Witness::Agrees if chain.count() <= PAGE_SIZE.into() => {
                self.ask_page(&within, chain).await
            }
            counted => Ok(counted),
        }
    }

    /// That nothing is listed, two pairs of windows have to say.
    async fn ask_for_nothing(&self, query: &Query, whole: Window) -> Result<Witness, Ended> {
        for part in whole.parted_twice() {
            match self.count(&query.within(part)).await? {
                Some(0) => {}
                found => return Ok(differs(query, 0, found)),
            }
        }
        Ok(Witness::Agrees)
    }

    /// The offers themselves, in another order.
    async fn ask_page(&self, query: &Query, chain: &Chain) -> Result<Witness, Ended> {
        let last = PAGE_SIZE - 1;
        let Answer { page, fault } =
            self.ask(query, query.pairs_without_order(), (0, last)).await?;
        let mut looks = Looks::new(None, None);
        looks.add(Look::at(&page, fault));
        self.deliver(page).await?;
        Ok(match looks.chain() {
            Ok(found) if found.keys == chain.keys && found.total == chain.total => Witness::Agrees,
            Ok(found) => differs(query, chain.count(), found.total),
            Err(_) => differs(query, chain.count(), None),
        })
    }

    /// How many offers they list together.
    async fn ask_counts(
        &self,
        query: &Query,
        chain: &Chain,
        parts: &[Query],
    ) -> Result<Witness, Ended> {
        let mut sum = Some(0_u64);
        for part in parts {
            let count = self.count(part).await?;
            sum = sum.zip(count).map(|(sum, count)| sum.saturating_add(count));
        }
        let agrees = sum.is_some() && sum == chain.total;
        Ok(if agrees { Witness::Agrees } else { differs(query, chain.count(), sum) })
    }
}

fn differs(query: &Query, read: u64, told: Option<u64>) -> Witness {
    Witness::Differs(match told {
        Some(told) => format!("{query}: {read} offers were read, and other queries list {told}"),
        None => format!("{query}: {read} offers were read, and no other query says how many"),
    })
}
