//! What a journal says of one operation on one item, from its first line to its last.

use std::collections::HashMap;

use store::Fingerprint;

use crate::{Key, OpKind};

/// What is known of one operation on one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ItemState {
    /// Nothing.
    #[default]
    Unknown,
    /// It was announced, and may have been done.
    InDoubt,
    /// It came to its end: this tells how.
    Settled(Fingerprint),
}

/// One line of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is about to be done.
    Intent,
    /// It ended so.
    Outcome(Fingerprint),
}

/// A journal says two things of an item that cannot both be true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("item `{key}` has two different outcomes")]
pub struct Contradiction {
    key: Key,
}

impl ItemState {
    /// The state after one line more. A page that was written twice, because nobody knew whether
    /// it had been, repeats its lines; a page of intents that was not deleted in time says what
    /// the outcomes have settled.
    fn next(self, line: Line) -> Option<Self> {
        match (self, line) {
            (Self::Unknown, Line::Intent) => Some(Self::InDoubt),
            (Self::Unknown | Self::InDoubt, Line::Outcome(how)) => Some(Self::Settled(how)),
            (Self::InDoubt | Self::Settled(_), Line::Intent) => Some(self),
            (Self::Settled(before), Line::Outcome(now)) => (before == now).then_some(self),
        }
    }
}

/// The states of all items of a journal.
#[derive(Debug, Default)]
pub(crate) struct ItemStates(HashMap<Fingerprint, ItemState>);

impl ItemStates {
    /// Takes in a line, and says whether it says something new.
    pub(crate) fn observe(
        &mut self,
        key: &Key,
        op: OpKind,
        line: Line,
    ) -> Result<bool, Contradiction> {
        let state = self.0.entry(key.hash_with(op)).or_default();
        match state.next(line) {
            Some(next) => Ok(std::mem::replace(state, next) != next),
            None => Err(Contradiction { key: key.clone() }),
        }
    }

    /// Whether an operation was announced or has ended.
    pub(crate) fn is_known(&self, key: &Key, op: OpKind) -> bool {
        !self.0.is_empty() && self.0.contains_key(&key.hash_with(op))
    }

    /// Whether an operation has ended.
    pub(crate) fn is_settled(&self, key: &Key, op: OpKind) -> bool {
        matches!(self.0.get(&key.hash_with(op)), Some(ItemState::Settled(_)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[Line], expected: Option<ItemState>) {
        let all = lines.iter().try_fold(ItemState::Unknown, |state, line| state.next(*line));
        assert_eq!(all, expected, "{lines:?}");
    }

    #[test]
    fn an_item_is_announced_and_ends_once() {
        let [archived, missing] =
            ["archived", "missing"].map(|how| Fingerprint::of(how.as_bytes()));
        let (intent, outcome) = (Line::Intent, Line::Outcome);
        check(&[], Some(ItemState::Unknown));
        check(&[intent], Some(ItemState::InDoubt));
        check(&[intent, intent], Some(ItemState::InDoubt));
        check(&[intent, outcome(archived)], Some(ItemState::Settled(archived)));
        check(&[outcome(missing)], Some(ItemState::Settled(missing)));
        check(&[outcome(missing), intent], Some(ItemState::Settled(missing)));
        check(&[outcome(missing), outcome(missing)], Some(ItemState::Settled(missing)));
        check(&[outcome(missing), outcome(archived)], None);
    }

    #[test]
    fn writing_and_archiving_one_item_are_two_lives() {
        let mut states = ItemStates::default();
        let key = Key::Id("048KLTP".into());
        let how = Line::Outcome(Fingerprint::of(b"archived"));
        assert_eq!(states.observe(&key, OpKind::Write, how), Ok(true));
        assert_eq!(states.observe(&key, OpKind::Write, how), Ok(false));
        assert!(states.is_known(&key, OpKind::Write));
        assert!(!states.is_known(&key, OpKind::Retire));
        assert_eq!(states.observe(&key, OpKind::Retire, Line::Intent), Ok(true));
        let other = Line::Outcome(Fingerprint::of(b"missing"));
        assert!(states.observe(&key, OpKind::Write, other).is_err());
    }
}
