//! What `--version` says: the version, the commit, the features and the target.

/// The version, and what else tells one build from another.
pub(crate) const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("BUILD_COMMIT"),
    "\ntarget: ",
    env!("BUILD_TARGET"),
    "\nfeatures: ",
    env!("BUILD_FEATURES"),
);

/// The day of the commit; a blank where no commit is known, because a page needs something there.
pub(crate) fn day() -> &'static str {
    env!("BUILD_COMMIT").split_once(' ').map_or(" ", |(_, day)| day)
}
