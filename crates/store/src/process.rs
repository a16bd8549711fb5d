//! What the system tells of processes. What it does not tell is not known.

use std::fs;

use sha2::{Digest, Sha256};

/// What is seen under a process's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// No process has it.
    Nothing,
    /// A process.
    Process {
        /// Its state, as `/proc` tells it.
        state: char,
        /// When it started, in clock ticks since boot.
        started: u64,
    },
    /// This process may not see.
    Hidden,
}

/// Tells this machine from others of its name.
pub(crate) fn machine() -> Option<String> {
    let id = line("/etc/machine-id").or_else(|| line("/var/lib/dbus/machine-id"))?;
    let digest = Sha256::digest(format!("hrflow-connectors {id}"));
    Some(digest[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Tells this boot of the machine.
pub(crate) fn boot() -> Option<String> {
    line("/proc/sys/kernel/random/boot_id")
}

/// The namespace of process numbers in which this process lives.
pub(crate) fn namespace() -> Option<String> {
    // A container may show the processes of another namespace.
    let own = fs::read_link("/proc/self").ok()?;
    let is_of_this_namespace = own.to_str()? == std::process::id().to_string();
    let namespace = fs::read_link("/proc/self/ns/pid").ok().filter(|_| is_of_this_namespace)?;
    Some(namespace.to_str()?.to_owned())
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// Looks at the process of a number. `/proc` may hide the processes of others, so that what is not
/// there is asked for by a signal.
#[cfg(unix)]
pub(crate) fn sight(process: u32) -> Sighting {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};

    let Ok(number) = i32::try_from(process) else { return Sighting::Nothing };
    let Some(pid) = Pid::from_raw(number) else { return Sighting::Hidden };
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return Sighting::Nothing;
    }
    match fs::read_to_string(format!("/proc/{process}/stat")) {
        Ok(stat) => read_stat(&stat).unwrap_or(Sighting::Hidden),
        Err(_) => Sighting::Hidden,
    }
}

/// Looks at the process of a number.
#[cfg(not(unix))]
pub(crate) fn sight(_: u32) -> Sighting {
    Sighting::Hidden
}

/// Reads the line of a process. The program's name, in brackets, may hold anything.
#[cfg_attr(not(unix), allow(dead_code, reason = "there is no such line"))]
fn read_stat(stat: &str) -> Option<Sighting> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // The state is the third field, and the time of the start the twenty-second.
    let started = fields.nth(18)?.parse().ok()?;
    Some(Sighting::Process { state, started })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stat: &str, expected: Option<Sighting>) {
        assert_eq!(read_stat(stat), expected, "{stat}");
    }

    #[test]
    fn the_line_of_a_process_is_read() {
        let rest = "1 2 3 0 -1 4194304 97 0 0 0 0 0 0 0 20 0 1 0 172037 3133440 382";
        let seen = |state| Some(Sighting::Process { state, started: 172_037 });
        check(&format!("7 (cat) R {rest}"), seen('R'));
        check(&format!("7 (a) Z (b) Z {rest}"), seen('Z'));
        check(&format!("7 (a\n) b) Z {rest}"), seen('Z'));
        check("7 (cat) R 1 2", None);
        check("", None);
    }

    #[cfg(unix)]
    #[test]
    fn numbers_that_no_process_has_are_not_asked_of_all() {
        assert_eq!(sight(u32::MAX), Sighting::Nothing);
        assert_eq!(sight(0), Sighting::Hidden);
    }
}
