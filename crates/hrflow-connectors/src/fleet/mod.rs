//! A fleet: the workflows of a folder, and what they share.

mod file;
mod history;
mod select;
mod status;
mod stores;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use store::Fingerprint;

use crate::problem::{Problem, Problems, Side};
use crate::settings::{
    Channel, Environment, FLEET_FILE, Given, Place, SettingKey, Settings, recorded_value,
};
use crate::{ClientOptions, Run, Schedule, Thresholds, Warning};

use file::FleetFile;
pub(crate) use file::fleet_fields;
pub use history::{History, HistoryError};
pub use select::Selection;
pub use status::{FleetStatus, Live, WorkflowStatus};
pub use stores::Stores;

/// How many workflows run at once, where the user does not say.
const DEFAULT_JOBS: usize = 8;

/// The workflows of a folder.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// What the fleet is called: as its file says, or as its folder.
    pub name: String,
    /// Where it keeps what concerns all of it.
    pub store: Option<Given>,
    /// Each, by its name.
    pub workflows: Vec<FleetWorkflow>,
    /// How many of them run at once.
    pub jobs: usize,
    /// Boards to which several mirrors with different searches may write.
    shared_boards: Vec<String>,
    /// What is wrong with the fleet's file, or between the workflows.
    problems: Vec<Problem>,
}

/// Channels by the file that each stands in and its name, with the ids of the workflows whose health
/// it is told of.
pub type Channels = BTreeMap<String, (Channel, Vec<String>)>;

/// A workflow of a fleet.
#[derive(Clone, Debug)]
pub struct FleetWorkflow {
    /// Its name: that of its file, without the ending.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What the file holds, over what the fleet shares.
    pub settings: Settings,
    /// When it runs by itself; a schedule with a mistake is found by the check.
    pub schedule: Option<Schedule>,
    /// From where on something is wrong with it; a mistake is found by the check.
    pub thresholds: Thresholds,
}

impl FleetWorkflow {
    fn new(path: PathBuf, settings: Settings) -> Self {
        Self {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            schedule: settings.schedule().unwrap_or_default(),
            thresholds: settings.thresholds().unwrap_or_default(),
            path,
            settings,
        }
    }

    /// Its id, under which its state is kept.
    pub fn workflow_id(&self) -> String {
        self.settings.names().0
    }

    fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// A workflow in which nothing is wrong.
#[derive(Clone, Debug)]
pub struct CheckedWorkflow {
    /// The workflow, with the flags over its settings.
    pub workflow: FleetWorkflow,
    /// Its id, under which its state is kept.
    pub workflow_id: String,
    /// What a person should know before it runs.
    pub warnings: Vec<Warning>,
    /// The board of a mirror.
    mirror: Option<String>,
    search: Value,
    /// Tells the search, and who searches, from others.
    reading: Fingerprint,
}

impl CheckedWorkflow {
    fn of(workflow: FleetWorkflow, run: &Run) -> Self {
        let board = run.target_parameters()["board_key"].as_str().unwrap_or_default().to_owned();
        let search = run.origin_parameters();
        let auth = workflow.settings.sections.connector_auth.iter();
        let account: Vec<_> = auth.map(|(name, given)| (name, recorded_value(given))).collect();
        let told = json!([run.origin_parameters(), account]).to_string();
        Self {
            workflow_id: run.workflow_id().to_owned(),
            warnings: run.warnings(),
            mirror: run.is_mirror().then_some(board),
            search,
            reading: Fingerprint::of(told.as_bytes()),
            workflow,
        }
    }

    /// Groups of workflows that read the same with the same account, each where the first of it
    /// stood.
    pub fn by_reading<T>(all: Vec<T>, workflow: impl Fn(&T) -> &Self) -> Vec<Vec<T>> {
        let mut groups: Vec<Vec<T>> = Vec::new();
        for one in all {
            let reads_so = |group: &&mut Vec<T>| {
                group.first().is_some_and(|it| workflow(it).reading == workflow(&one).reading)
            };
            match groups.iter_mut().find(reads_so) {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        groups
    }

    /// A run of it, ready to begin.
    pub fn plan(
        &self,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Run, Problems> {
        self.workflow.settings.clone().plan(environment, client_options)
    }
}

fn read_own(path: &Path, environment: &Environment) -> Result<Settings, Problem> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(Settings::from_toml(&text, &path.display().to_string(), environment))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(Side::Workflow, path.display(), format!("could not be read: {error}"))
}

impl Fleet {
    /// Reads every workflow file of a folder, in the order of their names.
    pub fn read(folder: &Path, environment: &Environment) -> Result<Self, Problems> {
        let files = workflow_files(folder)?;
        if files.is_empty() {
            let problem = Problem::new(Side::Workflow, folder.display(), "has no workflow file")
                .with_hint("write a workflow file `NAME.toml` there, or name another folder");
            return Err(problem.into());
        }
        let shared = FleetFile::read(&folder.join(FLEET_FILE), environment)?.unwrap_or_default();
        let mut problems = shared.problems();
        let mut workflows = Vec::new();
        for path in files {
            match read_own(&path, environment) {
                Ok(own) => {
                    workflows.push(FleetWorkflow::new(path, own.over(shared.settings_to_share())));
                }
                Err(problem) => problems.push(problem),
            }
        }
        problems.extend(same_ids(&workflows));
        let FleetFile { name, jobs, shared_boards, settings } = shared;
        Ok(Self {
            name: name.unwrap_or_else(|| name_of(folder)),
            store: settings.get(SettingKey::Store).cloned(),
            workflows,
            jobs: jobs.unwrap_or(DEFAULT_JOBS),
            shared_boards,
            problems,
        })
    }

    /// What is wrong with the fleet's file, or between the workflows: nothing may run before it is
    /// mended. What is wrong within a workflow is found by [`Fleet::check`].
    pub fn check_files(&self) -> Result<(), Problems> {
        Problems::check(self.problems.clone())
    }

    /// Every channel, and what is wrong with channels.
    pub fn channels(&self, environment: &Environment) -> (Channels, Vec<Problem>) {
        let mut channels = Channels::new();
        let mut problems = Vec::new();
        for workflow in &self.workflows {
            let own = workflow.settings.channels(environment);
            for channel in own.unwrap_or_else(|found| {
                problems.extend(found);
                Vec::new()
            }) {
                let key = format!("{}/{}", channel.file, channel.name);
                let (_, ids) = channels.entry(key).or_insert_with(|| (channel, Vec::new()));
                ids.push(workflow.workflow_id());
            }
        }
        (channels, problems)
    }

    /// Leaves the workflows that a selection takes.
    pub fn select(&mut self, selection: &Selection) {
        self.workflows.retain(|workflow| selection.takes(&workflow.name));
    }

    /// Looks for the state of every workflow in this store.
    pub fn keep_state_in(&mut self, store: &Given) {
        for workflow in &mut self.workflows {
            workflow.settings.set(SettingKey::Store, store.clone());
        }
        self.store = Some(store.clone());
    }

    /// Gives every workflow what it leaves open from one more layer, below the fleet's file.
    pub fn fill_from(&mut self, lower: &Settings) {
        for workflow in &mut self.workflows {
            workflow.settings = std::mem::take(&mut workflow.settings).over(lower.clone());
        }
    }

    /// Checks every workflow, and makes no call. Every problem of all of them is reported. Flags
    /// win over what the files say.
    pub fn check(
        &self,
        flags: &Settings,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Vec<CheckedWorkflow>, Problems> {
        let mut problems = self.problems.clone();
        let mut checked = Vec::new();
        for workflow in &self.workflows {
            let settings = flags.clone().over(workflow.settings.clone());
            let workflow = FleetWorkflow { settings, ..workflow.clone() };
            match workflow.settings.clone().plan(environment, client_options) {
                Ok(run) => checked.push(CheckedWorkflow::of(workflow, &run)),
                // What all of them lack is told once.
                Err(found) => {
                    let is_new = |problem: &&Problem| !problems.contains(*problem);
                    let new: Vec<_> = found.iter().filter(is_new).cloned().collect();
                    problems.extend(new);
                }
            }
        }
        problems.extend(different_searches(&checked, &self.shared_boards));
        Problems::check(problems)?;
        Ok(checked)
    }
}

/// The name of a folder, however it was written.
fn name_of(folder: &Path) -> String {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "fleet".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn workflow_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        if is_toml && path.is_file() && path.file_name().is_some_and(|name| name != FLEET_FILE) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A problem for each workflow whose id another has, too: they would share their state.
fn same_ids(workflows: &[FleetWorkflow]) -> Vec<Problem> {
    let mut first: BTreeMap<String, &FleetWorkflow> = BTreeMap::new();
    let mut problems = Vec::new();
    for workflow in workflows {
        let (id, _) = workflow.settings.names();
        let Some(given) = workflow.settings.get(SettingKey::WorkflowId) else { continue };
        if let Some(other) = first.get(&id) {
            let message = format!("`{}` has the workflow id `{id}`, too", other.file_name());
            let hint = "give each workflow an id of its own: its state is kept under it";
            problems.push(Problem::new(Side::Workflow, &given.place, message).with_hint(hint));
        } else {
            first.insert(id, workflow);
        }
    }
    problems
}

/// A problem for each mirror whose board another mirror fills from another search: a job that one
/// of them archives is the other's business as well, and somebody must have wanted that.
fn different_searches(checked: &[CheckedWorkflow], shared_boards: &[String]) -> Vec<Problem> {
    let mut first: BTreeMap<&str, &CheckedWorkflow> = BTreeMap::new();
    let mut problems = Vec::new();
    for mirror in checked {
        let Some(board) = &mirror.mirror else { continue };
        if shared_boards.contains(board) {
            continue;
        }
        match first.get(board.as_str()) {
            Some(other) if other.search != mirror.search => {
                let name = other.workflow.file_name();
                let message = format!("`{name}` mirrors another search into the same board");
                let place = mirror.workflow.settings.sections.push_parameters.get("board_key");
                let place = place.map_or_else(
                    || Place::Argument(mirror.workflow.path.display().to_string()),
                    |given| given.place.clone(),
                );
                let hint = format!(
                    "if that is what you want, write `shared_boards = [\"{board}\"]` in {FLEET_FILE}"
                );
                problems.push(Problem::new(Side::Workflow, place, message).with_hint(hint));
            }
            Some(_) => {}
            None => {
                first.insert(board, mirror);
            }
        }
    }
    problems
}
