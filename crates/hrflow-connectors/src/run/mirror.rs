//! What follows a mirror's writes: the jobs of offers that have vanished are archived, with care.
//!
//! Only after a reading that was proven whole; only jobs that this workflow has delivered; only
//! after an offer was missed by several readings; only when the origin itself says that it is
//! gone; and never a great share at once, unless a person has confirmed it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::str::FromStr;

use futures::future::{BoxFuture, ready};
use futures::{FutureExt, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, Serializer};
use store::StoreError;
use tokio::sync::mpsc;

use crate::connector::{Concern, WriteFailure};
use crate::run::delivered::Delivered;
use crate::run::write::{self, Writer};
use crate::{Event, Item, Outcome, RunId, Share};

/// So many jobs are looked at, and archived, at a time.
const ARCHIVED_AT_A_TIME: usize = 200;
/// So many jobs may be archived in any case.
const ALWAYS_ALLOWED: u64 = 50;

/// How careful a mirror is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MirrorRules {
    /// The greatest share of its jobs that one run may archive.
    pub max_archive: Share,
    /// For how long an offer must be missed.
    pub grace: Grace,
    /// How a vanished offer is confirmed.
    pub confirm: Confirm,
    /// Whether a person has confirmed that many offers have vanished.
    pub allow_mass_archive: bool,
}

/// For how long an offer must be missed before its job is archived: some are gone for a day and
/// come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// By so many whole readings in a row.
    Readings(u32),
    /// By every whole reading of so many hours.
    Hours(u32),
}

impl Grace {
    fn is_over(self, missed: &Missed) -> bool {
        match self {
            Self::Readings(readings) => missed.readings >= readings,
            Self::Hours(hours) => {
                Timestamp::now().duration_since(missed.since)
                    >= SignedDuration::from_hours(i64::from(hours))
            }
        }
    }
}

/// `2` readings, or `36h`.
impl FromStr for Grace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse().ok().filter(|number| *number > 0);
        match text.trim().strip_suffix('h') {
            Some(hours) => number(hours).map(Self::Hours),
            None => number(text).map(Self::Readings),
        }
        .ok_or_else(|| {
            "must be a number of readings such as `2`, or of hours such as `36h`".to_owned()
        })
    }
}

impl fmt::Display for Grace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Readings(readings) => write!(formatter, "{readings}"),
            Self::Hours(hours) => write!(formatter, "{hours}h"),
        }
    }
}

impl Serialize for Grace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How often an offer was missed, and since when.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Missed {
    readings: u32,
    since: Timestamp,
    /// The run that missed it last.
    run: RunId,
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
        Self {
            max_archive: Share::percent(20),
            grace: Grace::Readings(2),
            confirm: Confirm::Detail,
            allow_mass_archive: false,
        }
    }
}

/// What a reading has shown, where a mirror needs to know.
#[derive(Default)]
pub(crate) struct Listed {
    /// Every reference that was read.
    pub(crate) all: HashSet<Box<str>>,
    /// Those that the logics discarded: a job that this workflow made of one goes as if it were
    /// listed no more.
    pub(crate) discarded: HashSet<Box<str>>,
}

impl Listed {
    fn has(&self, reference: &str) -> bool {
        self.all.contains(reference) && !self.discarded.contains(reference)
    }
}

/// What has vanished, by how that is to be confirmed.
#[derive(Default)]
struct Vanished<'a> {
    /// What the workflow has delivered: as the rules say.
    own: Vec<&'a str>,
    /// What the reading has shown not to be wanted any more: it is confirmed.
    unwanted: Vec<&'a str>,
    /// What was found at the target: by the origin, whatever the rules say.
    found: Vec<&'a str>,
}

/// A mirror about to archive.
pub(crate) struct Mirror<'a> {
    pub(crate) rules: &'a MirrorRules,
    pub(crate) delivered: &'a Delivered,
    pub(crate) writer: &'a Writer<'a>,
    pub(crate) run_id: &'a RunId,
    pub(crate) concurrency: usize,
}

impl Mirror<'_> {
    /// Finds, in the target's own list, the items that the origin has made: they are the
    /// workflow's, although it does not remember them.
    pub(crate) async fn adopt_held(&self) -> Result<(), String> {
        let Writer { origin, target, .. } = self.writer;
        let (sender, mut held) = mpsc::channel::<Vec<Item>>(1);
        let adopt = async {
            while let Some(batch) = held.recv().await {
                let own = batch
                    .iter()
                    .filter(|held: &&Item| origin.has_made(held) && !target.is_retired(held));
                self.delivered.adopt(own.filter_map(|held| held.text("reference"))).await;
            }
        };
        let (read, ()) = futures::join!(target.holdings(sender), adopt);
        read.map_err(|failure| failure.why)?;
        self.delivered.target_was_read().await.map_err(|error| api_client::chain(&error))
    }

    /// Archives what has vanished. `listed` is what the reading saw, all of it.
    pub(crate) async fn archive_vanished(&self, listed: &Listed) -> Result<(), StoreError> {
        // Offers that the filter of before listed are still there: only this one's list counts.
        let is_anew = self.delivered.filter_before().is_some();
        let owned = self.delivered.references().await;
        let missed_before = self.delivered.vanishing().await?;
        let missed: BTreeMap<String, Missed> = owned
            .iter()
            .filter(|reference| !listed.has(reference))
            .map(|reference| (reference.clone(), self.missed(missed_before.get(reference))))
            .collect();
        self.delivered.set_vanishing(&missed).await?;
        let vanished: Vec<&str> = missed
            .iter()
            .filter(|(_, missed)| is_anew || self.rules.grace.is_over(missed))
            .map(|(reference, _)| reference.as_str())
            .filter(|reference| !self.writer.books.has_retired(reference))
            .collect();
        let Vanished { own, unwanted, found } = self
            .sorted(&vanished, |reference| is_anew || listed.discarded.contains(reference))
            .await;
        // What was only found at the target may be another workflow's: the origin tells.
        let found = self.confirmed(&found, Confirm::Detail).await;
        let count = (own.len() + unwanted.len() + found.len()) as u64;
        let objection = self.rules.objection(count, owned.len() as u64);
        let nothing_listed = || (listed.all.is_empty() && count > 0).then(empty_listing);
        let allowed = self.rules.allow_mass_archive;
        if let Some(why) = objection.or_else(nothing_listed).filter(|_| !allowed) {
            self.writer.recorder.record(&Event::Withheld { why });
            return Ok(());
        }
        self.archive(&own, self.rules.confirm).await?;
        // The reading itself has shown them.
        self.archive_confirmed(&unwanted).await?;
        self.archive_confirmed(&found).await?;
        if self.writer.stop.reason().is_none() {
            self.delivered.filter_is_settled();
        }
        Ok(())
    }

    /// Sorts what has vanished by how it is to be confirmed.
    async fn sorted<'a>(
        &self,
        vanished: &[&'a str],
        is_unwanted: impl Fn(&str) -> bool,
    ) -> Vanished<'a> {
        let mut sorted = Vanished::default();
        for reference in vanished {
            if is_unwanted(reference) {
                sorted.unwanted.push(reference);
            } else if self.delivered.is_adopted(reference).await {
                sorted.found.push(reference);
            } else {
                sorted.own.push(reference);
            }
        }
        sorted
    }

    /// Archives each that the origin, asked once more, does not list.
    pub(crate) async fn archive(
        &self,
        references: &[&str],
        confirm: Confirm,
    ) -> Result<(), StoreError> {
        for some in references.chunks(ARCHIVED_AT_A_TIME) {
            let gone = self.confirmed(some, confirm).await;
            self.archive_confirmed(&gone).await?;
        }
        Ok(())
    }

    /// Those that the origin, asked once more, does not list.
    async fn confirmed<'a>(&self, references: &[&'a str], confirm: Confirm) -> Vec<&'a str> {
        let asked: Vec<BoxFuture<'_, Option<&'a str>>> =
            references.iter().map(|reference| self.gone(reference, confirm).boxed()).collect();
        stream::iter(asked).buffer_unordered(self.concurrency).filter_map(ready).collect().await
    }

    async fn archive_confirmed(&self, references: &[&str]) -> Result<(), StoreError> {
        for gone in references.chunks(ARCHIVED_AT_A_TIME) {
            // Should an offer come back whose job was archived although nobody could note it, its
            // job is written anew.
            self.delivered.open_up(gone).await?;
            let archived: Vec<BoxFuture<'_, ()>> =
                gone.iter().map(|reference| self.archive_one(reference).boxed()).collect();
            stream::iter(archived).buffer_unordered(self.concurrency).for_each(ready).await;
        }
        Ok(())
    }

    /// One reading more that did not list an offer, counted once a run: a run that is gone on
    /// with after a crash reads again, and that is no second witness.
    fn missed(&self, before: Option<&Missed>) -> Missed {
        match before {
            None => Missed { readings: 1, since: Timestamp::now(), run: self.run_id.clone() },
            Some(before) if before.run == *self.run_id => before.clone(),
            Some(before) => {
                Missed { readings: before.readings + 1, run: self.run_id.clone(), ..before.clone() }
            }
        }
    }

    /// The reference, if the origin does not list it, asked once more.
    async fn gone<'a>(&self, reference: &'a str, confirm: Confirm) -> Option<&'a str> {
        if self.writer.stop.reason().is_some() {
            return None;
        }
        match self.is_gone(reference, confirm).await {
            Ok(true) => Some(reference),
            Ok(false) => {
                if self.delivered.is_adopted(reference).await {
                    // It was found at the target, and is another workflow's: this one does not
                    // list it.
                    self.delivered.forget(reference).await;
                }
                None
            }
            Err(why) => {
                let concerns = Concern::Item;
                let failure = WriteFailure { why, can_be_retried: true, concerns };
                self.retired(reference, Err(failure)).await;
                None
            }
        }
    }

    async fn archive_one(&self, reference: &str) {
        if self.writer.stop.reason().is_none() {
            let retired = self.writer.retire(reference).await;
            self.retired(reference, retired).await;
        }
    }

    /// Records how it ended that a job was to be archived.
    async fn retired(&self, reference: &str, retired: Result<Outcome, WriteFailure>) {
        let Writer { recorder, books, .. } = self.writer;
        let named = Some(reference.to_owned());
        let (event, is_open) = match retired {
            Ok(outcome) => (Event::Written { reference: named, outcome }, false),
            Err(failure) => {
                let is_open = self.writer.leaves_open(&failure);
                (write::failed(named, failure), is_open)
            }
        };
        recorder.record(&event);
        if !is_open {
            self.writer.noted(books.item_retired(reference, &event).await);
        }
        self.writer.check_failures(&event);
    }

    async fn is_gone(&self, reference: &str, confirm: Confirm) -> Result<bool, String> {
        match confirm {
            Confirm::Listing => Ok(true),
            Confirm::Detail => self.writer.origin.find(reference).await.map(|item| item.is_none()),
        }
    }
}

impl MirrorRules {
    /// Why so many of so many jobs are not archived without a person's word.
    fn objection(&self, vanished: u64, owned: u64) -> Option<String> {
        if vanished <= ALWAYS_ALLOWED || !self.max_archive.is_exceeded_by(vanished, owned) {
            return None;
        }
        let percent = (vanished.saturating_mul(100) + owned / 2) / owned.max(1);
        Some(format!(
            "{vanished} of {owned} offers have vanished ({percent} %), more than `max_archive` \
             lets go at once; nothing was archived\n  hint: a partner's feed can end so. If it is \
             true, run again with `--allow-mass-archive`"
        ))
    }
}

/// So old a mirror may be, by the terms of the offers.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// How long ago a mirror's target was last equal to its origin.
pub(crate) fn age(last: Option<Timestamp>, now: Timestamp) -> Result<String, String> {
    let Some(last) = last else {
        return Ok("it has not been equal to what is listed yet".to_owned());
    };
    let age = now.duration_since(last);
    let told = format!("it was last equal to what is listed {} hours ago", age.as_hours());
    if age <= FRESH { Ok(told) } else { Err(format!("{told}; the terms ask for at most 24")) }
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
    fn a_mirror_is_fresh_for_a_day() {
        let now = Timestamp::now();
        let ago = |hours| Some(now - SignedDuration::from_hours(hours));
        assert!(age(None, now).unwrap().contains("not been equal"));
        assert!(age(ago(24), now).unwrap().contains("24 hours ago"));
        assert!(age(ago(31), now).unwrap_err().contains("31 hours ago; the terms ask"));
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
