//! Whether an item that the origin lists is to be written.

use store::{Fingerprint, Known};

use super::Drift;
use crate::OnDrift;

/// What is to become of an item that the origin lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The target is not known to have it.
    New,
    /// The target is known to have it with another content.
    Modified,
    /// The target has it as it is.
    Unchanged,
}

/// What is to become of an item, given what was delivered of it, its content now, and what the
/// target's list has shown.
pub(crate) fn change(
    known: Option<Known>,
    now: Fingerprint,
    drift: Option<Drift>,
    on_drift: OnDrift,
) -> Change {
    let by_ledger = match known {
        // What may have been archived is not replaced as if it were known to be live.
        None | Some(Known::InDoubt) => Change::New,
        Some(Known::As(delivered)) if delivered == now => Change::Unchanged,
        Some(Known::As(_) | Known::Adopted) => Change::Modified,
    };
    match (by_ledger, drift) {
        (Change::Unchanged, Some(_)) if on_drift == OnDrift::Report => Change::Unchanged,
        (_, Some(Drift::Archived | Drift::Deleted)) => Change::New,
        (Change::Unchanged, Some(Drift::Edited | Drift::Unclaimed)) => Change::Modified,
        (change, _) => change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_follows_from_the_ledger_and_the_targets_list() {
        let [old, new] = [Fingerprint::of(b"old"), Fingerprint::of(b"new")];
        let (repair, report) = (OnDrift::Repair, OnDrift::Report);
        let (same, other) = (Some(Known::As(new)), Some(Known::As(old)));
        for (known, drift, on_drift, expected) in [
            (None, None, repair, Change::New),
            (Some(Known::InDoubt), None, repair, Change::New),
            (Some(Known::Adopted), None, repair, Change::Modified),
            (same, None, repair, Change::Unchanged),
            (other, None, repair, Change::Modified),
            (same, Some(Drift::Edited), repair, Change::Modified),
            (same, Some(Drift::Unclaimed), repair, Change::Modified),
            (same, Some(Drift::Archived), repair, Change::New),
            (same, Some(Drift::Deleted), repair, Change::New),
            (other, Some(Drift::Deleted), repair, Change::New),
            (same, Some(Drift::Edited), report, Change::Unchanged),
            (same, Some(Drift::Deleted), report, Change::Unchanged),
            (other, Some(Drift::Edited), report, Change::Modified),
            (other, Some(Drift::Archived), report, Change::New),
        ] {
            assert_eq!(change(known, new, drift, on_drift), expected, "{known:?} {drift:?}");
        }
    }
}
