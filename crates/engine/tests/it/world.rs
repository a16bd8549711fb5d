//! A catalog, a shelf and a store, and runs between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{
    ActionFormat, Blocking, Code, DEFAULT_KEEP_RUNS, Ends, Format, Functions, Incremental, Item,
    Logic, MirrorRules, Options, Program, Programs, Run, RunResult, Runs, Select, State,
    StateStore,
};
use store::Store;

use crate::catalog::{Catalog, Search};
use crate::shelf::{Board, Kind, Shelf};

pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) shelf: Shelf,
    pub(crate) store: Arc<dyn Store>,
}

/// A workflow, before its run is built.
#[derive(Clone)]
pub(crate) struct Workflow {
    pub(crate) id: &'static str,
    pub(crate) kind: Kind,
    pub(crate) selection: &'static str,
    pub(crate) rules: MirrorRules,
    pub(crate) incremental: Option<Incremental>,
    pub(crate) drops: Vec<String>,
    /// The version of the action's own format.
    pub(crate) mapping: Option<u32>,
    /// The version that a workflow of before keeps.
    pub(crate) former: Option<u32>,
    /// None for functions of which nobody says whether they have changed.
    pub(crate) version: Option<&'static str>,
}

impl Workflow {
    pub(crate) fn mirror(id: &'static str) -> Self {
        Self {
            id,
            kind: Kind::Mirror,
            selection: "Paris",
            rules: MirrorRules::default(),
            incremental: Some(Incremental::default()),
            drops: Vec::new(),
            mapping: None,
            former: None,
            version: Some("1"),
        }
    }

    pub(crate) fn plain(id: &'static str, kind: Kind) -> Self {
        Self { kind, incremental: None, ..Self::mirror(id) }
    }

    pub(crate) fn incremental(self) -> Self {
        Self { incremental: Some(Incremental::default()), ..self }
    }

    /// The logics discard these.
    pub(crate) fn dropping(self, ids: &[String]) -> Self {
        Self { drops: ids.to_vec(), ..self }
    }

    /// The action's own format has this version.
    pub(crate) fn mapped(self, version: u32) -> Self {
        Self { mapping: Some(version), ..self }
    }

    /// A workflow of before keeps this version.
    pub(crate) fn or_former(self, version: u32) -> Self {
        Self { former: Some(version), ..self }
    }

    pub(crate) fn versioned(self, version: Option<&'static str>) -> Self {
        Self { version, ..self }
    }
}

impl World {
    pub(crate) async fn of(offers: usize) -> Self {
        Self {
            catalog: Catalog::of(offers),
            shelf: Shelf::default(),
            store: store::open(&"memory:".parse().unwrap(), &[]).await.unwrap(),
        }
    }

    pub(crate) fn build(&self, workflow: &Workflow) -> Run {
        let Workflow { id, kind, selection, rules, incremental, drops, mapping, former, version } =
            workflow.clone();
        let ends = Ends {
            origin: Box::new(Search { catalog: self.catalog.clone(), selection }),
            target: Box::new(Board { shelf: self.shelf.clone(), workflow: id, kind }),
            format: format_of(mapping, former),
            mirror: (kind == Kind::Mirror).then_some(rules),
            select: Select::Listed,
            warnings: Vec::new(),
        };
        let logic: Logic = Box::new(move |item: Item| {
            let is_dropped = drops.iter().any(|id| item.text("id") == Some(id));
            Ok((!is_dropped).then_some(item))
        });
        let program = version.map_or_else(Program::unknown, Program::function);
        let state = State {
            store: StateStore::Opened(self.store.clone()),
            keep_runs: DEFAULT_KEEP_RUNS,
            is_required: true,
            wait: std::time::Duration::ZERO,
        };
        let options = Options {
            state: Some(state),
            incremental,
            programs: Programs { logics: vec![program], format: None },
            concurrency: 4,
            blocking: Blocking::Inline,
            ..Options::default()
        };
        let action = match kind {
            Kind::Mirror => "catalog.sync_jobs_in_shelf",
            Kind::Archive => "catalog.archive_jobs_in_shelf",
            Kind::Update => "catalog.update_jobs_in_shelf",
        };
        let functions = Functions { logics: vec![Code::Function(logic)], ..Functions::default() };
        Run::new(id.to_owned(), action, ends, functions, options)
    }

    pub(crate) async fn run(&self, workflow: &Workflow) -> RunResult {
        self.build(workflow).run().await
    }

    /// A process that dies when the target has done so many things and answers no more.
    pub(crate) async fn killed_after(&self, workflow: &Workflow, writes: u64) {
        self.shelf.silence_after(Some(writes));
        let run = self.build(workflow);
        let ended = tokio::time::timeout(std::time::Duration::from_hours(1), run.run()).await;
        assert!(ended.is_err(), "it has ended: {ended:?}");
        self.shelf.silence_after(None);
        // The dead hold no lease; here their process lives on, so it is taken away.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        for name in self.store.list("").await.unwrap() {
            if name.ends_with("/lease") {
                self.store.delete(&name).await.unwrap();
            }
        }
    }

    pub(crate) async fn runs(&self) -> Runs {
        Runs::open(&StateStore::Opened(self.store.clone())).await.unwrap()
    }
}

/// The ids of the offers with these numbers.
pub(crate) fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("{number:05}")).collect()
}

/// The outcomes that are not zero.
pub(crate) fn counts(result: &RunResult) -> BTreeMap<&'static str, u64> {
    let outcomes = result.outcomes.iter().filter(|(_, count)| *count > 0);
    outcomes.map(|(outcome, count)| (outcome.name(), count)).collect()
}

/// A format that says its version, where it has one.
fn format_of(mapping: Option<u32>, former: Option<u32>) -> ActionFormat {
    let format = |version: u32| -> (Format, Program) {
        let says = move |mut item: Item| {
            let content = format!("{} as {version}", item.text("content").unwrap_or_default());
            item.insert("content".to_owned(), content.into());
            Ok(item)
        };
        (Box::new(says), Program::action(&version.into()))
    };
    let Some(version) = mapping else { return ActionFormat::plain(Box::new(Ok)) };
    let (own, version) = format(version);
    let chosen = ActionFormat::plain(own).versioned(version).announced_by("jobs get a version");
    match former.map(format) {
        Some((own, version)) => chosen.or_former(own, version, |version| *version == 1),
        None => chosen,
    }
}
