//! Every action there is, in one list.

use std::sync::LazyLock;

use engine::Ends;

use crate::ClientOptions;
use crate::describe::ActionDescription;
use crate::francetravail::{self, Terms};
use crate::jobs::JobAction;
use crate::problem::{Problem, nearest};
use crate::settings::{Environment, SectionName, Sections};

/// The connectors: each with its actions on jobs.
static CONNECTORS: &[&[JobAction; 4]] = &[
    &francetravail::ACTIONS,
    #[cfg(test)]
    &crate::made_up::ACTIONS,
];

/// Every action, in the order in which `describe` lists them.
pub static ACTIONS: LazyLock<Vec<&dyn Action>> = LazyLock::new(|| {
    let all = CONNECTORS.iter().flat_map(|actions| actions.iter());
    all.map(|action| action as &dyn Action).collect()
});

/// The action of that name.
pub fn find(name: &str) -> Option<&'static dyn Action> {
    ACTIONS.iter().copied().find(|action| action.name() == name)
}

/// The action that a name which none has was probably meant to be: the one that it is a slip of, or
/// the only one of whose name it is a part.
pub fn meant(name: &str) -> Option<&'static dyn Action> {
    let slip = nearest(name, ACTIONS.iter().map(|action| action.name())).and_then(find);
    slip.or_else(|| {
        let mut holding = ACTIONS.iter().copied().filter(|action| action.name().contains(name));
        holding.next().filter(|_| !name.is_empty() && holding.next().is_none())
    })
}

/// A way of moving items from an origin to a target.
pub trait Action: Send + Sync {
    /// `<connector>.<mode>_<entity>s_in_<target>`.
    fn name(&self) -> &'static str;

    /// What it takes.
    fn describe(&self) -> ActionDescription;

    /// Whether it is a mirror: it cannot do without remembering what was delivered, and archives
    /// what has vanished.
    fn is_mirror(&self, sections: &Sections) -> bool;

    /// The environment variables that stand for authentication fields: section, field, variable.
    fn variables(&self) -> Vec<(SectionName, &'static str, &'static str)>;

    /// Checks the parameters and makes both ends ready; makes no call.
    fn connect(
        &self,
        workflow_id: &str,
        sections: &Sections,
        terms: &Terms,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Ends, Vec<Problem>>;
}
