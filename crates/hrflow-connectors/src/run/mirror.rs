//! What follows a mirror's writes: the jobs of offers that have vanished are archived, with care.
//!
//! Only after a reading that was proven whole; only jobs that this workflow has delivered; only
//! after an offer was missed by several readings; only when the origin itself says that it is
//! gone; and never a great share at once, unless a person has confirmed it.

use std::collections::{BTreeMap, HashSet};

use futures::future::{BoxFuture, ready};
use futures::{FutureExt, StreamExt, stream};
use serde::Serialize;
use store::StoreError;

use crate::connector::{Origin, Target};
use crate::run::delivered::Delivered;
use crate::run::{Recorder, Stop};
use crate::{Event, Stage};

/// So many jobs may be archived in any case.
const ALWAYS_ALLOWED: u64 = 50;

/// How careful a mirror is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MirrorRules {
    /// The greatest share of its jobs that one run may archive, from 0 to 1.
    pub max_archive: f64,
    /// By how many readings in a row an offer must be missed.
    pub grace: u32,
    /// How a vanished offer is confirmed.
    pub confirm: Confirm,
    /// Whether a person has confirmed that many offers have vanished.
    pub allow_mass_archive: bool,
}

/// How a vanished offer is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// The origin is asked for the offer itself.
    #[default]
    Detail,
    /// That a whole reading did not list it is enough.
    Listing,
}

impl Default for MirrorRules {
    fn default() -> Self {
        Self { max_archive: 0.2, grace: 2, confirm: Confirm::Detail, allow_mass_archive: false }
    }
}

/// A mirror about to archive.
pub(crate) struct Mirror<'a> {
    pub(crate) rules: &'a MirrorRules,
    pub(crate) origin: &'a dyn Origin,
    pub(crate) target: &'a dyn Target,
    pub(crate) delivered: &'a Delivered,
    pub(crate) recorder: &'a Recorder,
    pub(crate) stop: &'a Stop,
    pub(crate) concurrency: usize,
}

impl Mirror<'_> {
    /// Archives what has vanished. `listed` is what the reading saw, all of it.
    pub(crate) async fn archive_vanished(
        &self,
        listed: &HashSet<Box<str>>,
    ) -> Result<(), StoreError> {
        let owned = self.delivered.references().await;
        let missed_before = self.delivered.vanishing().await?;
        let missed: BTreeMap<String, u32> = owned
            .iter()
            .filter(|reference| !listed.contains(reference.as_str()))
            .map(|reference| {
                (reference.clone(), missed_before.get(reference).copied().unwrap_or(0) + 1)
            })
            .collect();
        self.delivered.set_vanishing(&missed).await?;
        let vanished: Vec<&str> = missed
            .iter()
            .filter(|(_, readings)| **readings >= self.rules.grace)
            .map(|(reference, _)| reference.as_str())
            .collect();
        let objection = self.rules.objection(vanished.len() as u64, owned.len() as u64);
        let nothing_listed = || (listed.is_empty() && !vanished.is_empty()).then(empty_listing);
        let allowed = self.rules.allow_mass_archive;
        if let Some(why) = objection.or_else(nothing_listed).filter(|_| !allowed) {
            self.recorder.record(&Event::Withheld { why });
            return Ok(());
        }
        let archived: Vec<BoxFuture<'_, ()>> =
            vanished.into_iter().map(|reference| self.archive_one(reference).boxed()).collect();
        stream::iter(archived).buffer_unordered(self.concurrency).for_each(ready).await;
        Ok(())
    }

    async fn archive_one(&self, reference: &str) {
        if self.stop.reason().is_some() {
            return;
        }
        match self.is_gone(reference).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(why) => return self.failed(reference, why, true),
        }
        match self.target.retire(reference).await {
            Ok(outcome) => {
                self.delivered.forget(reference).await;
                let reference = Some(reference.to_owned());
                self.recorder.record(&Event::Written { reference, outcome });
            }
            Err(failure) => self.failed(reference, failure.why, failure.can_be_retried),
        }
    }

    async fn is_gone(&self, reference: &str) -> Result<bool, String> {
        match self.rules.confirm {
            Confirm::Listing => Ok(true),
            Confirm::Detail => self.origin.is_listed(reference).await.map(|listed| !listed),
        }
    }

    fn failed(&self, reference: &str, why: String, can_be_retried: bool) {
        let reference = Some(reference.to_owned());
        self.recorder.record(&Event::ItemFailed {
            reference,
            stage: Stage::Write,
            why,
            can_be_retried,
        });
    }
}

impl MirrorRules {
    /// Why so many of so many jobs are not archived without a person's word.
    fn objection(&self, vanished: u64, owned: u64) -> Option<String> {
        let share = |count: u64| -> f64 {
            // A count of jobs is far below what a float holds exactly.
            u32::try_from(count).map_or(f64::MAX, f64::from)
        };
        let is_few =
            vanished <= ALWAYS_ALLOWED || share(vanished) <= share(owned) * self.max_archive;
        if is_few {
            return None;
        }
        let percent = share(vanished) * 100.0 / share(owned.max(1));
        Some(format!(
            "{vanished} of {owned} offers have vanished ({percent:.0} %), more than `max_archive` \
             lets go at once; nothing was archived\n  hint: a partner's feed can end so. If it is \
             true, run again with `--allow-mass-archive`"
        ))
    }
}

fn empty_listing() -> String {
    "nothing at all is listed any more; nothing was archived\n  hint: if that is true, run again \
     with `--allow-mass-archive`"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(vanished: u64, owned: u64, allowed: bool) {
        let found = MirrorRules::default().objection(vanished, owned);
        assert_eq!(found.is_none(), allowed, "{vanished} of {owned}");
    }

    #[test]
    fn a_great_share_at_once_needs_a_word() {
        check(0, 0, true);
        check(50, 50, true);
        check(51, 100, false);
        check(200, 1_000, true);
        check(201, 1_000, false);
    }
}
