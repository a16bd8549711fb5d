//! A right that several processes divide among themselves, such as the calls that an account may
//! make.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{Condition, Liveness, Owner, PutError, Store, StoreError};

/// Who has not renewed its part for so long has lost it.
const TERM: Duration = Duration::from_secs(6);
/// A holder stops using its part so long before others may take it.
const MARGIN: Duration = Duration::from_secs(1);

/// The part of a right that one process holds.
///
/// Parts never add up to more than the whole: whoever gets less uses less before it says so, and a
/// part that is not renewed is no longer used when others may take it. No clock is compared with
/// that of another machine.
#[derive(Debug)]
pub struct Shares {
    store: Arc<dyn Store>,
    name: String,
    owner: Owner,
    turn: u64,
    part: f64,
    used_until: Instant,
    /// When each other holder was first seen with what it says now.
    seen: HashMap<String, (u64, Instant)>,
}

/// Who holds which part.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Table {
    holders: BTreeMap<String, Held>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Held {
    owner: Owner,
    part: f64,
    /// Counts the renewals of this holder, which others see it live by.
    turn: u64,
}

impl Shares {
    /// A holder without a part, told from others by its owner's run.
    pub fn new(store: Arc<dyn Store>, name: impl Into<String>, owner: Owner) -> Self {
        Self {
            store,
            name: name.into(),
            owner,
            turn: 0,
            part: 0.0,
            used_until: Instant::now(),
            seen: HashMap::new(),
        }
    }

    /// The part that may be used now, from 0 to 1.
    pub fn part(&self) -> f64 {
        if Instant::now() < self.used_until { self.part } else { 0.0 }
    }

    /// Asks for an equal part, and gives what there is. `use_less` is told of a smaller part before
    /// others can take the rest.
    pub async fn renew(&mut self, use_less: impl Fn(f64)) -> Result<f64, StoreError> {
        loop {
            let began = Instant::now();
            let (mut table, condition) = self.load().await?;
            self.forget_dead(&mut table, began);
            let others = table.holders.iter().filter(|(holder, _)| **holder != self.owner.run);
            let (count, taken) =
                others.fold((0_u32, 0.0), |(count, sum), (_, held)| (count + 1, sum + held.part));
            let part = (1.0 / f64::from(count + 1)).min(1.0 - taken).max(0.0);
            if part < self.part() {
                use_less(part);
                self.part = part;
            }
            self.turn += 1;
            let held = Held { owner: self.owner.clone(), part, turn: self.turn };
            table.holders.insert(self.owner.run.clone(), held);
            if self.put(&table, condition).await? {
                self.part = part;
                self.used_until = began + TERM.saturating_sub(MARGIN);
                return Ok(self.part());
            }
        }
    }

    /// Gives the part back. It must not be used any more.
    pub async fn release(&mut self) -> Result<(), StoreError> {
        self.part = 0.0;
        loop {
            let (mut table, condition) = self.load().await?;
            if table.holders.remove(&self.owner.run).is_none()
                || self.put(&table, condition).await?
            {
                return Ok(());
            }
        }
    }

    async fn load(&self) -> Result<(Table, Condition), StoreError> {
        match self.store.get(&self.name).await? {
            // What cannot be read says nothing of who holds what; it was written by something else.
            Some(blob) => serde_json::from_slice(&blob.bytes)
                .map(|table| (table, Condition::Unchanged(blob.version)))
                .map_err(|error| StoreError::new("understand", &self.name, error)),
            None => Ok((Table::default(), Condition::Absent)),
        }
    }

    /// Whether it was put; not where another has changed it meanwhile.
    async fn put(&self, table: &Table, condition: Condition) -> Result<bool, StoreError> {
        let bytes = serde_json::to_vec(table)
            .map_err(|error| StoreError::new("write", &self.name, error))?;
        match self.store.put(&self.name, bytes.into(), condition).await {
            Ok(_) => Ok(true),
            Err(PutError::Changed(_)) => Ok(false),
            Err(PutError::Store(error)) => Err(error),
        }
    }

    /// Takes out who has said nothing new for a term, as far as this process has seen, and whose
    /// process on this machine has ended.
    fn forget_dead(&mut self, table: &mut Table, now: Instant) {
        self.seen.retain(|holder, _| table.holders.contains_key(holder));
        table.holders.retain(|holder, held| {
            if *holder == self.owner.run {
                return true;
            }
            let (turn, since) = self.seen.entry(holder.clone()).or_insert((held.turn, now));
            if *turn != held.turn {
                (*turn, *since) = (held.turn, now);
            }
            now.duration_since(*since) < TERM && held.owner.liveness(&self.owner) != Liveness::Dead
        });
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "halves and wholes are exact")]
mod tests {
    use std::sync::Mutex;

    use super::*;

    async fn store() -> Arc<dyn Store> {
        crate::open(&"memory:".parse().unwrap(), &[]).await.unwrap()
    }

    fn holder(store: &Arc<dyn Store>, name: &str) -> Shares {
        Shares::new(store.clone(), "allowances/account", Owner::here(name))
    }

    #[tokio::test(start_paused = true)]
    async fn one_has_all_and_two_have_half() {
        let store = store().await;
        let (mut one, mut two) = (holder(&store, "one"), holder(&store, "two"));
        assert_eq!(one.renew(|_| {}).await.unwrap(), 1.0);
        // What another uses cannot be had before it gives it up.
        assert_eq!(two.renew(|_| {}).await.unwrap(), 0.0);
        let told = Mutex::new(None);
        assert_eq!(one.renew(|less| *told.lock().unwrap() = Some(less)).await.unwrap(), 0.5);
        assert_eq!(*told.lock().unwrap(), Some(0.5));
        assert_eq!(two.renew(|_| {}).await.unwrap(), 0.5);
        one.release().await.unwrap();
        assert_eq!(two.renew(|_| {}).await.unwrap(), 1.0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_part_of_the_dead_is_taken_once_it_is_no_longer_used() {
        let store = store().await;
        let (mut one, mut two) = (holder(&store, "one"), holder(&store, "two"));
        one.renew(|_| {}).await.unwrap();
        assert_eq!(two.renew(|_| {}).await.unwrap(), 0.0);
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(two.renew(|_| {}).await.unwrap(), 0.0);
        }
        assert_eq!(one.part(), 0.0, "it is not used any more");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(two.renew(|_| {}).await.unwrap(), 1.0);
        // Who was only suspended gets its part as anybody does.
        assert_eq!(one.renew(|_| {}).await.unwrap(), 0.0);
        assert_eq!(two.renew(|_| {}).await.unwrap(), 0.5);
        assert_eq!(one.renew(|_| {}).await.unwrap(), 0.5);
    }

    #[tokio::test(start_paused = true)]
    async fn parts_never_add_up_to_more_than_the_whole() {
        for seed in 0..60 {
            let mut random = fastrand::Rng::with_seed(seed);
            let store = store().await;
            let mut holders: Vec<_> =
                (0..4).map(|number| holder(&store, &format!("h{number}"))).collect();
            let mut lives = 4;
            for step in 0..200 {
                tokio::time::advance(Duration::from_millis(random.u64(1..2_500))).await;
                let place = random.usize(..holders.len());
                match random.u8(..20) {
                    0 => holders[place].release().await.unwrap(),
                    // It dies, and another process comes in its place.
                    1 => {
                        lives += 1;
                        holders[place] = holder(&store, &format!("h{lives}"));
                    }
                    _ => {
                        holders[place].renew(|_| {}).await.unwrap();
                    }
                }
                let sum: f64 = holders.iter().map(Shares::part).sum();
                assert!(sum <= 1.0 + 1e-9, "{sum} with seed {seed} at step {step}");
            }
            // Those that go on get equal parts.
            for _ in 0..12 {
                tokio::time::advance(Duration::from_secs(1)).await;
                for holder in &mut holders {
                    holder.renew(|_| {}).await.unwrap();
                }
            }
            for holder in &holders {
                assert!((holder.part() - 0.25).abs() < 1e-9, "{holder:?}");
            }
        }
    }
}
