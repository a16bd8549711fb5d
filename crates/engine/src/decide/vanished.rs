//! Which of a mirror's items are to be archived, and whether that may be done.
//!
//! An item is archived only after a reading that was proven complete did not list it, only when it
//! was missed for long enough, and only when the origin, asked for the item itself, does not have
//! it. Where many are gone at once, or where the origin's answers contradict its list, nothing is
//! archived and a person decides.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use store::{Known, Ledger};

use crate::record::{Absence, Absences};
use crate::{Grace, Hint, MirrorRules, RunId, Share};

/// So many jobs may be archived in any case.
const ALWAYS_ALLOWED: u64 = 50;
/// So many answers that contradict the list are not taken for its failure: items come back.
const TOLERATED_REFUTATIONS: u64 = 3;
/// The same as a share of all that were asked for.
const TOLERATED_SHARE: Share = Share::percent(1);
/// An item that left the selection and still exists is asked for again after so long.
const ALIVE_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Why a mirror did not archive what it might have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Why, in a sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<Hint>,
}

/// The ids that a reading has shown.
#[derive(Debug, Default)]
pub(crate) struct SeenIds {
    /// All of them.
    pub(crate) listed: HashSet<Box<str>>,
    /// Those that the logics discarded: a job that this workflow made of one goes as if it were
    /// not listed.
    pub(crate) discarded: HashSet<Box<str>>,
}

impl SeenIds {
    fn wants(&self, id: &str) -> bool {
        self.listed.contains(id) && !self.discarded.contains(id)
    }
}

/// What a complete reading has missed of what was delivered.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    /// How often each was missed, this reading included.
    pub(crate) absences: Absences,
    /// What was missed for long enough.
    pub(crate) candidates: Candidates,
    /// What was missed, and not for long enough.
    pub(crate) pending: u64,
}

/// What is to be archived if it is confirmed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates {
    /// Delivered by this workflow.
    pub(crate) delivered: Vec<String>,
    /// The reading itself has shown that they are not wanted any more.
    pub(crate) filtered_out: Vec<String>,
    /// Found at the target.
    pub(crate) adopted: Vec<String>,
    /// They left the selection and existed a short time ago.
    pub(crate) left: Vec<String>,
}

/// What a complete reading has missed. `is_reset` says that another filter has delivered what the
/// ledger holds: then only this reading counts.
pub(crate) fn missed(
    ledger: &Ledger,
    seen: &SeenIds,
    before: &Absences,
    (rules, is_reset): (&MirrorRules, bool),
    (run_id, now): (&RunId, Timestamp),
) -> Missed {
    let mut missed = Missed::default();
    for (id, known) in ledger.entries().filter(|(id, _)| !seen.wants(id)) {
        let absence = one_more(before.get(id), run_id, now);
        if is_reset || is_over(rules.grace, &absence, now) {
            let is_alive = absence.alive_at.is_some_and(|at| now.duration_since(at) < ALIVE_FOR);
            let candidates = &mut missed.candidates;
            let list = match known {
                _ if is_reset || seen.discarded.contains(id) => &mut candidates.filtered_out,
                Known::Adopted => &mut candidates.adopted,
                Known::As(_) | Known::InDoubt if is_alive => &mut candidates.left,
                Known::As(_) | Known::InDoubt => &mut candidates.delivered,
            };
            list.push(id.to_owned());
        } else {
            missed.pending += 1;
        }
        missed.absences.insert(id.to_owned(), absence);
    }
    let Candidates { delivered, filtered_out, adopted, left } = &mut missed.candidates;
    for list in [delivered, filtered_out, adopted, left] {
        list.sort_unstable();
    }
    missed
}

/// One reading more that did not list an item, counted once a run: a resumed run reads again, and
/// that is no second witness.
fn one_more(before: Option<&Absence>, run_id: &RunId, now: Timestamp) -> Absence {
    match before {
        None => Absence { readings: 1, since: now, run: run_id.clone(), alive_at: None },
        Some(before) if before.run == *run_id => before.clone(),
        Some(before) => {
            Absence { readings: before.readings + 1, run: run_id.clone(), ..before.clone() }
        }
    }
}

fn is_over(grace: Grace, absence: &Absence, now: Timestamp) -> bool {
    match grace {
        Grace::Readings(readings) => absence.readings >= readings,
        Grace::Hours(hours) => {
            now.duration_since(absence.since) >= SignedDuration::from_hours(i64::from(hours))
        }
    }
}

/// Why a complete reading is not believed, compared with what was delivered.
pub(crate) fn doubt_of(listed: u64, delivered: u64, rules: &MirrorRules) -> Option<Withheld> {
    if rules.allow_mass_archive || delivered == 0 {
        return None;
    }
    let message = if listed == 0 {
        format!("nothing is listed any more, and {delivered} items were delivered")
    } else if delivered > ALWAYS_ALLOWED && listed * 2 < delivered {
        format!("only {listed} items are listed, and {delivered} were delivered")
    } else {
        return None;
    };
    Some(Withheld {
        message: format!("{message}; nothing was archived"),
        hint: Some(Hint::AllowMassArchive),
    })
}

/// What the origin said when it was asked for what its list does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Confirmed {
    /// It does not have them.
    pub(crate) gone: u64,
    /// It has them, and its list should have shown them.
    pub(crate) contradicted: u64,
}

/// Why the reading was wrong, where too many items exist that it should have listed.
pub(crate) fn refutation(confirmed: Confirmed) -> Option<Withheld> {
    let Confirmed { gone, contradicted } = confirmed;
    let is_tolerated = contradicted <= TOLERATED_REFUTATIONS
        || !TOLERATED_SHARE.is_exceeded_by(contradicted, gone + contradicted);
    (!is_tolerated).then(|| Withheld {
        message: format!(
            "{contradicted} items that the reading did not list still exist and should have been \
             listed: the reading was wrong, and nothing was archived"
        ),
        hint: None,
    })
}

/// Why so many of so many jobs are not archived without a person's word.
pub(crate) fn check_limit(gone: u64, owned: u64, rules: &MirrorRules) -> Option<Withheld> {
    let is_allowed = rules.allow_mass_archive
        || gone <= ALWAYS_ALLOWED
        || !rules.max_archive.is_exceeded_by(gone, owned);
    if is_allowed {
        return None;
    }
    let percent = (gone.saturating_mul(100) + owned / 2) / owned.max(1);
    Some(Withheld {
        message: format!(
            "{gone} of {owned} jobs would be archived ({percent} %), more than `max_archive` \
             ({}) allows; nothing was archived. A partner's feed that breaks looks like this",
            rules.max_archive
        ),
        hint: Some(Hint::AllowMassArchive),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_share(gone: u64, owned: u64, is_allowed: bool) {
        let found = check_limit(gone, owned, &MirrorRules::default());
        assert_eq!(found.is_none(), is_allowed, "{gone} of {owned}");
    }

    #[test]
    fn a_great_share_at_once_needs_a_word() {
        check_share(0, 0, true);
        check_share(50, 50, true);
        check_share(51, 100, false);
        check_share(200, 1_000, true);
        check_share(201, 1_000, false);
        let allowed = MirrorRules { allow_mass_archive: true, ..MirrorRules::default() };
        assert_eq!(check_limit(1_000, 1_000, &allowed), None);
        let whole = MirrorRules { max_archive: Share::percent(100), ..MirrorRules::default() };
        assert_eq!(check_limit(1_000, 1_000, &whole), None);
    }

    #[test]
    fn a_reading_that_shrinks_is_in_doubt() {
        let rules = MirrorRules::default();
        let is_doubted = |listed, delivered| doubt_of(listed, delivered, &rules).is_some();
        assert!(is_doubted(0, 1));
        assert!(!is_doubted(0, 0));
        assert!(is_doubted(9_388, 60_000));
        assert!(!is_doubted(30_000, 60_000));
        assert!(!is_doubted(20, 45));
    }

    #[test]
    fn answers_that_contradict_the_list_refute_it() {
        let is_refuted =
            |gone, contradicted| refutation(Confirmed { gone, contradicted }).is_some();
        assert!(!is_refuted(0, 0));
        assert!(!is_refuted(0, 3));
        assert!(is_refuted(0, 4));
        assert!(!is_refuted(990, 10));
        assert!(is_refuted(500, 100));
        assert!(is_refuted(0, 2_483));
    }

    #[test]
    fn an_item_is_missed_once_a_run_and_archived_after_its_grace() {
        let (first, second) = (RunId::from("1"), RunId::from("2"));
        let now = Timestamp::now();
        let once = one_more(None, &first, now);
        assert_eq!(one_more(Some(&once), &first, now), once);
        let twice = one_more(Some(&once), &second, now);
        assert_eq!(twice.readings, 2);
        assert!(!is_over(Grace::Readings(2), &once, now));
        assert!(is_over(Grace::Readings(2), &twice, now));
        let later = now + SignedDuration::from_hours(36);
        assert!(!is_over(Grace::Hours(36), &twice, now));
        assert!(is_over(Grace::Hours(36), &twice, later));
    }
}
