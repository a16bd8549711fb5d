//! Who holds a lease, and whether that process still lives.

use std::fmt;

use gethostname::gethostname;
use serde::{Deserialize, Serialize};

use crate::process::{self, Sighting};

/// Who holds a lease. What a system does not tell, and what older versions did not write, is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The machine's name.
    pub host: String,
    /// The process on it.
    pub process: u32,
    /// The run.
    pub run: String,
    /// Tells one machine from others of its name. It is a hash: the id itself is confidential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Tells one boot of the machine from its others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The namespace in which the process has its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// When the process started, in clock ticks since boot: its number may be used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
}

/// What is known of the process that holds a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It has ended, whether or not anybody has waited for it.
    Dead,
    /// It cannot be seen from here.
    Unknown,
}

impl Owner {
    /// This process, for a run.
    pub fn here(run: impl Into<String>) -> Self {
        let process = std::process::id();
        Self {
            host: gethostname().to_string_lossy().into_owned(),
            process,
            run: run.into(),
            machine: process::machine(),
            boot: process::boot(),
            namespace: process::namespace(),
            started: match process::sight(process) {
                Sighting::Process { started, .. } => Some(started),
                Sighting::Nothing | Sighting::Hidden => None,
            },
        }
    }

    /// Whether its process lives, as far as another process can tell.
    pub fn liveness(&self, observer: &Self) -> Liveness {
        liveness(self, observer, process::sight(self.process))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pid {}", self.process)?;
        match self.host.as_str() {
            "" => Ok(()),
            host => write!(formatter, " on {host}"),
        }
    }
}

/// Decides by what an observer saw where it has a process of the owner's number.
fn liveness(owner: &Owner, observer: &Owner, seen: Sighting) -> Liveness {
    // Machines without a name are not one machine.
    if owner.host.is_empty() || owner.host != observer.host {
        return Liveness::Unknown;
    }
    if !is_known_equal(owner.boot.as_ref(), observer.boot.as_ref()) {
        // Two machines may have one name; only one that is known to be the same has restarted.
        let is_restarted = owner.boot.is_some()
            && observer.boot.is_some()
            && is_known_equal(owner.machine.as_ref(), observer.machine.as_ref());
        return if is_restarted { Liveness::Dead } else { Liveness::Unknown };
    }
    // A number means nothing outside its namespace.
    if !is_known_equal(owner.namespace.as_ref(), observer.namespace.as_ref()) {
        return Liveness::Unknown;
    }
    match seen {
        Sighting::Hidden => Liveness::Unknown,
        Sighting::Nothing | Sighting::Process { state: 'Z' | 'X' | 'x', .. } => Liveness::Dead,
        // Its number may have been given to another one.
        Sighting::Process { started, .. } => match owner.started {
            Some(known) if known == started => Liveness::Alive,
            Some(_) => Liveness::Dead,
            None => Liveness::Unknown,
        },
    }
}

fn is_known_equal(left: Option<&String>, right: Option<&String>) -> bool {
    left.is_some() && left == right
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: Sighting = Sighting::Process { state: 'S', started: 100 };

    fn observer() -> Owner {
        let text = |text: &str| Some(text.to_owned());
        Owner {
            host: "here".to_owned(),
            process: 1,
            run: "2".to_owned(),
            machine: text("m"),
            boot: text("b"),
            namespace: text("n"),
            started: Some(1),
        }
    }

    /// Another process beside the observer, but for one thing.
    fn but(change: impl FnOnce(&mut Owner)) -> Owner {
        let mut owner = Owner { process: 7, run: "1".to_owned(), started: Some(100), ..observer() };
        change(&mut owner);
        owner
    }

    #[track_caller]
    fn check(owner: &Owner, seen: Sighting, expected: Liveness) {
        assert_eq!(liveness(owner, &observer(), seen), expected, "{owner:?}, {seen:?}");
    }

    #[test]
    fn a_process_beside_this_one_is_seen() {
        check(&but(|_| ()), RUNS, Liveness::Alive);
        check(&but(|_| ()), Sighting::Process { state: 'T', started: 100 }, Liveness::Alive);
        check(&but(|_| ()), Sighting::Nothing, Liveness::Dead);
        for state in ['Z', 'X', 'x'] {
            check(&but(|_| ()), Sighting::Process { state, started: 100 }, Liveness::Dead);
        }
        // Its number was given to another one.
        check(&but(|_| ()), Sighting::Process { state: 'R', started: 101 }, Liveness::Dead);
        check(&but(|_| ()), Sighting::Hidden, Liveness::Unknown);
    }

    #[test]
    fn a_machine_that_has_restarted_has_ended_its_processes() {
        let boot = |owner: &mut Owner| owner.boot = Some("earlier".to_owned());
        check(&but(boot), RUNS, Liveness::Dead);
        check(&but(boot), Sighting::Nothing, Liveness::Dead);
    }

    #[test]
    fn another_machine_of_the_same_name_is_not_this_one_restarted() {
        let boot = || Some("other".to_owned());
        let other = but(|owner| (owner.boot, owner.machine) = (boot(), Some("other".to_owned())));
        check(&other, Sighting::Nothing, Liveness::Unknown);
        let nameless = but(|owner| (owner.boot, owner.machine) = (boot(), None));
        check(&nameless, Sighting::Nothing, Liveness::Unknown);
    }

    #[test]
    fn what_lies_elsewhere_cannot_be_seen() {
        for seen in [RUNS, Sighting::Nothing, Sighting::Hidden] {
            check(&but(|owner| owner.host = "there".to_owned()), seen, Liveness::Unknown);
            check(&but(|owner| owner.host.clear()), seen, Liveness::Unknown);
            let inside = but(|owner| owner.namespace = Some("other".to_owned()));
            check(&inside, seen, Liveness::Unknown);
        }
    }

    #[test]
    fn what_was_not_written_is_not_known() {
        for seen in [RUNS, Sighting::Nothing] {
            check(&but(|owner| owner.boot = None), seen, Liveness::Unknown);
            check(&but(|owner| owner.namespace = None), seen, Liveness::Unknown);
        }
        check(&but(|owner| owner.started = None), RUNS, Liveness::Unknown);
        check(&but(|owner| owner.started = None), Sighting::Nothing, Liveness::Dead);
        check(&but(|owner| owner.machine = None), Sighting::Nothing, Liveness::Dead);
    }

    #[test]
    fn an_owner_of_an_older_version_is_read() {
        let owner: Owner =
            serde_json::from_str(r#"{"host":"here","process":7,"run":"1"}"#).unwrap();
        check(&owner, Sighting::Nothing, Liveness::Unknown);
    }

    #[test]
    fn this_process_is_alive() {
        let here = Owner::here("1");
        assert!(!here.host.is_empty());
        if here.boot.is_some() && here.namespace.is_some() {
            assert_eq!(here.liveness(&Owner::here("2")), Liveness::Alive);
        }
    }
}
