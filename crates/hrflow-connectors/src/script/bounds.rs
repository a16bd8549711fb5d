//! What a worker may use of the machine.

use std::io;

/// The stack of a program: how deep it may go.
pub(super) const STACK: usize = 64 << 20;
/// What a worker takes beside its programs: its own code's data and the language that it is
/// started by.
#[cfg(unix)]
const OWN: u64 = 64 << 20;

/// Limits what this process may use from now on, and what it leaves behind where it crashes.
#[cfg(unix)]
pub(super) fn set(memory: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = |resource, most: u64| {
        let given = getrlimit(resource);
        let most = given.maximum.map_or(most, |given| given.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    // Where the machine itself runs out of memory, the worker goes and not the run. A container may
    // forbid to say so.
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    limit(Resource::Core, 0)?;
    limit(Resource::Data, memory.saturating_add(STACK as u64).saturating_add(OWN))?;
    // A crash is an item's failure: no handler of crashes is to be called for it.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// This platform has no limits to set.
#[cfg(not(unix))]
pub(super) fn set(_: u64) -> io::Result<()> {
    Ok(())
}

/// Tells the process that has started this one from the one that has taken it over.
#[cfg(unix)]
pub(super) fn parent() -> Option<u32> {
    rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs())
}

/// This platform does not tell.
#[cfg(not(unix))]
pub(super) fn parent() -> Option<u32> {
    None
}
