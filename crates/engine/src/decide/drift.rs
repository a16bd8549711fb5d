//! Where a target's items are not as a workflow has left them.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use store::{Known, Ledger};

use crate::{Claims, Held};

/// In what way an item is not as the workflow has left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drift {
    /// It is archived.
    Archived,
    /// The target has it no more.
    Deleted,
    /// Its content is another.
    Edited,
    /// It does not say that this workflow delivers it.
    Unclaimed,
}

/// How many items are not as the workflow has left them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Drifted {
    /// Archived by somebody else.
    pub archived: u64,
    /// Changed by somebody else.
    pub edited: u64,
    /// Deleted.
    pub deleted: u64,
}

/// What a target's list has shown, against a ledger.
#[derive(Debug, Default)]
pub(crate) struct BoardState {
    drifts: HashMap<Box<str>, Drift>,
    seen: HashSet<Box<str>>,
    /// Whether the list has shown an item that could not be read and has no reference.
    has_nameless: bool,
}

/// What one item of the list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// The workflow has delivered it, and it is as it was left.
    AsDelivered,
    /// The workflow has delivered it, and its content is seen for the first time, or is another
    /// workflow's too.
    Learn,
    /// The workflow has delivered it, and it drifted.
    Drifted(Drift),
    /// The workflow does not know it.
    Foreign,
}

/// What an item of a list means, given what is known of it.
fn row(known: Option<Known>, version: Option<u64>, held: &Held) -> Row {
    let Some(known) = known else { return Row::Foreign };
    if known == Known::InDoubt {
        // Whatever it is, it is written again.
        return Row::AsDelivered;
    }
    if held.is_retired {
        return Row::Drifted(Drift::Archived);
    }
    if !held.is_whole {
        return Row::AsDelivered;
    }
    let Claims { ours, others } = held.claims;
    let is_other = version.is_some_and(|version| version != held.version.short());
    match (ours, others) {
        // Nobody says so: it was delivered by an earlier version, or somebody has edited it.
        (false, _) if known != Known::Adopted => {
            Row::Drifted(if is_other && !others { Drift::Edited } else { Drift::Unclaimed })
        }
        // The content of an item that several workflows deliver is that of the last one.
        (_, true) => Row::Learn,
        (_, false) if is_other => Row::Drifted(Drift::Edited),
        (_, false) if version.is_none() => Row::Learn,
        (_, false) => Row::AsDelivered,
    }
}

impl BoardState {
    /// Takes in an item of the list.
    pub(crate) fn observe(&mut self, ledger: &Ledger, reference: &str, held: &Held) -> Row {
        let row = row(ledger.get(reference), ledger.version(reference), held);
        if row != Row::Foreign {
            self.seen.insert(reference.into());
        }
        if let Row::Drifted(drift) = row {
            self.drifts.insert(reference.into(), drift);
        }
        row
    }

    /// An item of the list is the workflow's from now on.
    pub(crate) fn note_seen(&mut self, reference: &str) {
        self.seen.insert(reference.into());
    }

    /// The list has shown an item that could not be read and has no reference: it may be any.
    pub(crate) fn note_nameless(&mut self) {
        self.has_nameless = true;
    }

    /// The list was read whole: what the workflow has delivered and the list does not show is
    /// deleted, or archived where the target does not list what is.
    pub(crate) fn finish(&mut self, ledger: &Ledger) {
        if self.has_nameless {
            return;
        }
        let delivered = ledger.entries().filter(|(_, known)| *known != Known::InDoubt);
        let unseen = delivered.filter(|(id, _)| !self.seen.contains(*id));
        self.drifts.extend(unseen.map(|(id, _)| (id.into(), Drift::Deleted)));
        self.seen = HashSet::new();
    }

    /// How an item drifted, if it did.
    pub(crate) fn drift(&self, id: &str) -> Option<Drift> {
        if self.drifts.is_empty() { None } else { self.drifts.get(id).copied() }
    }

    /// How many items somebody else has changed. What only lacks the workflow's claim is not
    /// somebody's doing.
    pub(crate) fn counts(&self) -> Drifted {
        let mut counts = Drifted::default();
        for drift in self.drifts.values() {
            match drift {
                Drift::Archived => counts.archived += 1,
                Drift::Deleted => counts.deleted += 1,
                Drift::Edited => counts.edited += 1,
                Drift::Unclaimed => {}
            }
        }
        counts
    }
}

impl Drifted {
    /// Whether nothing drifted.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use store::Fingerprint;

    use super::*;
    use crate::Item;

    fn held(is_retired: bool, ours: bool, others: bool, content: &str) -> Held {
        Held {
            reference: Some("048KLTP".to_owned()),
            label: None,
            is_retired,
            claims: Claims { ours, others },
            version: Fingerprint::of(content.as_bytes()),
            is_whole: true,
            item: Item::default(),
        }
    }

    #[test]
    fn an_item_of_the_list_is_compared_with_what_was_left() {
        let delivered = Some(Known::As(Fingerprint::of(b"offer")));
        let left = Some(Fingerprint::of(b"job").short());
        let ours = |content: &str| held(false, true, false, content);
        for (known, version, held, expected) in [
            (None, None, ours("job"), Row::Foreign),
            (Some(Known::InDoubt), None, held(true, true, false, "x"), Row::AsDelivered),
            (delivered, left, ours("job"), Row::AsDelivered),
            (delivered, None, ours("job"), Row::Learn),
            (delivered, left, ours("edited"), Row::Drifted(Drift::Edited)),
            (delivered, left, held(true, true, false, "job"), Row::Drifted(Drift::Archived)),
            (delivered, left, held(false, true, true, "theirs"), Row::Learn),
            (delivered, left, held(false, false, true, "theirs"), Row::Drifted(Drift::Unclaimed)),
            (delivered, None, held(false, false, false, "job"), Row::Drifted(Drift::Unclaimed)),
            (delivered, left, held(false, false, false, "x"), Row::Drifted(Drift::Edited)),
            (Some(Known::Adopted), None, held(false, false, false, "job"), Row::Learn),
        ] {
            assert_eq!(row(known, version, &held), expected, "{known:?} {held:?}");
        }
    }

    #[test]
    fn an_item_that_cannot_be_read_is_there_and_has_not_changed() {
        let delivered = Some(Known::As(Fingerprint::of(b"offer")));
        let left = Some(Fingerprint::of(b"job").short());
        let in_part = |is_retired| Held { is_whole: false, ..held(is_retired, false, true, "?") };
        assert_eq!(row(delivered, left, &in_part(false)), Row::AsDelivered);
        assert_eq!(row(delivered, left, &in_part(true)), Row::Drifted(Drift::Archived));
        assert_eq!(row(None, None, &in_part(false)), Row::Foreign);
    }
}
