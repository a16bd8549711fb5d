//! Everything that a user can set, in layers: a flag over the file over the environment.

use jiff::SignedDuration;
use serde_json::Value;
use store::{NotAStoreUrl, StoreUrl};

use crate::catalog::{self, Action};
use crate::problem::{Problem, Problems, Side, nearest};
use crate::run::Options;
use crate::settings::reader::Scalar;
use crate::settings::{Environment, Given, GivenValue, Place, Section};
use crate::steps::Steps;
use crate::{
    Anew, DEFAULT_KEEP_RUNS, FailureLimit, Format, Incremental, Logic, Persist, Plan, Script,
    Since, State, StateStore, Wiring,
};

/// Where state is kept, when neither a flag nor the file says so.
const STORE_URL: &str = "HRFLOW_CONNECTORS_STORE_URL";

/// What a user wrote. Nothing is checked before [`Settings::plan`], so that every problem is
/// reported at once.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The workflow's name.
    pub workflow_id: Option<Given>,
    /// The action's name.
    pub action: Option<Given>,
    /// jq programs.
    pub logics: Option<Vec<Given>>,
    /// A jq program.
    pub format: Option<Given>,
    /// Whether to write.
    pub persist: Option<Given>,
    /// Whether to deliver only what has not been delivered.
    pub incremental: Option<Given>,
    /// Whether what was delivered before is forgotten.
    pub begin_anew: Option<Given>,
    /// Whether a mirror may archive more than `max_archive`, this once.
    pub allow_mass_archive: Option<Given>,
    /// What an incremental run reads: all, or what was created since.
    pub since: Option<Given>,
    /// How far back a reading by creation date begins.
    pub since_overlap: Option<Given>,
    /// How many items may fail before the run ends early.
    pub max_failures: Option<Given>,
    /// How many runs of the workflow are remembered.
    pub keep_runs: Option<Given>,
    /// Where state is kept.
    pub store: Option<Given>,
    /// The most writes in flight.
    pub write_concurrency: Option<Given>,
    /// The most writes a minute.
    pub write_rate: Option<Given>,
    /// The most calls a second to the service that is read.
    pub read_rate: Option<Given>,
    /// How long a service is waited for that gives no good answer.
    pub patience: Option<Given>,
    /// The four tables of named values.
    pub sections: Sections,
    /// The workflow file that they come from, in part.
    pub file: Option<String>,
    /// Mistakes that were found before the settings could be read.
    pub problems: Vec<Problem>,
}

/// The four tables of named values.
#[derive(Clone, Debug, Default)]
pub struct Sections {
    /// How the origin knows who asks.
    pub connector_auth: Section,
    /// How HrFlow knows who asks.
    pub hrflow_auth: Section,
    /// What to read.
    pub pull_parameters: Section,
    /// Where to write.
    pub push_parameters: Section,
}

impl Sections {
    /// The section of that title, which is one of the four.
    pub(crate) fn named(&mut self, title: &str) -> &mut Section {
        match title {
            "connector_auth" => &mut self.connector_auth,
            "hrflow_auth" => &mut self.hrflow_auth,
            "pull_parameters" => &mut self.pull_parameters,
            _ => &mut self.push_parameters,
        }
    }

    fn fill_from(&mut self, lower: Self) {
        self.connector_auth.fill_from(lower.connector_auth);
        self.hrflow_auth.fill_from(lower.hrflow_auth);
        self.pull_parameters.fill_from(lower.pull_parameters);
        self.push_parameters.fill_from(lower.push_parameters);
    }
}

impl Settings {
    /// These settings, with what they leave open filled from a lower layer.
    #[must_use]
    pub fn over(mut self, lower: Self) -> Self {
        self.workflow_id = self.workflow_id.or(lower.workflow_id);
        self.action = self.action.or(lower.action);
        self.logics = self.logics.or(lower.logics);
        self.format = self.format.or(lower.format);
        self.persist = self.persist.or(lower.persist);
        self.incremental = self.incremental.or(lower.incremental);
        self.begin_anew = self.begin_anew.or(lower.begin_anew);
        self.allow_mass_archive = self.allow_mass_archive.or(lower.allow_mass_archive);
        self.since = self.since.or(lower.since);
        self.since_overlap = self.since_overlap.or(lower.since_overlap);
        self.max_failures = self.max_failures.or(lower.max_failures);
        self.keep_runs = self.keep_runs.or(lower.keep_runs);
        self.store = self.store.or(lower.store);
        self.write_concurrency = self.write_concurrency.or(lower.write_concurrency);
        self.write_rate = self.write_rate.or(lower.write_rate);
        self.read_rate = self.read_rate.or(lower.read_rate);
        self.patience = self.patience.or(lower.patience);
        self.sections.fill_from(lower.sections);
        self.file = self.file.or(lower.file);
        self.problems.extend(lower.problems);
        self
    }

    /// Adds a logic after those that stand there.
    pub fn push_logic(&mut self, logic: Given) {
        self.logics.get_or_insert_default().push(logic);
    }

    pub(crate) fn set(&mut self, key: &str, given: Given) {
        *self.slot(key) = Some(given).filter(|given| !given.is_null());
    }

    fn slot(&mut self, key: &str) -> &mut Option<Given> {
        match key {
            "workflow_id" => &mut self.workflow_id,
            "action" => &mut self.action,
            "format" => &mut self.format,
            "persist" => &mut self.persist,
            "incremental" => &mut self.incremental,
            "since" => &mut self.since,
            "since_overlap" => &mut self.since_overlap,
            "max_failures" => &mut self.max_failures,
            "keep_runs" => &mut self.keep_runs,
            "write_concurrency" => &mut self.write_concurrency,
            "store" => &mut self.store,
            "read_rate" => &mut self.read_rate,
            "patience" => &mut self.patience,
            _ => &mut self.write_rate,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Given> {
        match key {
            "workflow_id" => self.workflow_id.as_ref(),
            "action" => self.action.as_ref(),
            "format" => self.format.as_ref(),
            "persist" => self.persist.as_ref(),
            "incremental" => self.incremental.as_ref(),
            "since" => self.since.as_ref(),
            "since_overlap" => self.since_overlap.as_ref(),
            "max_failures" => self.max_failures.as_ref(),
            "keep_runs" => self.keep_runs.as_ref(),
            "write_concurrency" => self.write_concurrency.as_ref(),
            "store" => self.store.as_ref(),
            "read_rate" => self.read_rate.as_ref(),
            "patience" => self.patience.as_ref(),
            _ => self.write_rate.as_ref(),
        }
    }

    /// The names of workflow and action as far as they can be read, for a refusal.
    pub fn names(&self) -> (String, String) {
        let text = |given: &Option<Given>| {
            given.as_ref().and_then(|given| String::read(given).ok()).unwrap_or_default()
        };
        (text(&self.workflow_id), text(&self.action))
    }

    /// Checks everything, makes no call, and gives the run that is ready to begin.
    pub fn plan(self, environment: &Environment, wiring: &Wiring) -> Result<Plan, Problems> {
        self.plan_with(Steps::default(), environment, wiring)
    }

    /// The same with functions: the logics come after those of the settings, and the format, where
    /// there is one, stands in place of theirs.
    pub fn plan_with(
        mut self,
        functions: Steps,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Plan, Problems> {
        let mut wiring = wiring.for_one_run();
        let mut problems = std::mem::take(&mut self.problems);
        let action = take(self.action(), &mut problems);
        if let Some(action) = action {
            self.sections.fill_from(from_environment(action, environment));
        }
        let workflow_id = take(required(self.workflow_id.as_ref(), "workflow_id"), &mut problems);
        let persist = take(optional(self.persist.as_ref()), &mut problems).flatten();
        let incremental = take(self.incremental(action), &mut problems).flatten();
        let state = take(self.state(incremental.is_some(), environment), &mut problems).flatten();
        let failures: Option<FailureLimit> =
            take(optional(self.max_failures.as_ref()), &mut problems).flatten();
        self.allow_mass_archive();
        let concurrency = take(optional(self.write_concurrency.as_ref()), &mut problems).flatten();
        wiring.write_rate = take(optional(self.write_rate.as_ref()), &mut problems).flatten();
        wiring.read_rate = take(optional(self.read_rate.as_ref()), &mut problems).flatten();
        if let Some(patience) = take(optional(self.patience.as_ref()), &mut problems).flatten() {
            wiring.patience = patience;
        }
        if let Some(concurrency) = concurrency {
            wiring.write_concurrency = concurrency;
        }
        let logics = take(self.compiled_logics(), &mut problems);
        let format = take(self.compiled_format(), &mut problems);
        // With a slip in the action's name, the rest is checked as for the action that was meant.
        let connected = action.or_else(|| self.meant_action()).and_then(|action| {
            take(action.connect(&self.sections, environment, &wiring), &mut problems)
        });
        Problems::check(problems)?;
        let (Some(action), Some(workflow_id), Some(logics), Some(format), Some(connected)) =
            (action, workflow_id, logics, format, connected)
        else {
            // Whatever is missing has left a problem, so this is never reached.
            return Err(Problem::new(Side::Workflow, "the workflow", "is not whole").into());
        };
        if connected.only_vanished {
            self.refuse_steps(&functions)?;
        }
        let with_functions = !functions.logics.is_empty() || functions.format.is_some();
        let recorded = self.to_recorded(with_functions);
        let persist = match persist {
            None => functions.persist,
            Some(true) => Persist::Write,
            Some(false) => Persist::DryRun,
        };
        let steps = Steps {
            logics: logics.into_iter().chain(functions.logics).collect(),
            format: functions.format.or(format),
            callback: functions.callback,
            persist,
        };
        let options = Options { state, incremental, failures, workflow: Some(recorded) };
        let plan = Plan::new(workflow_id, action.name(), connected, steps, wiring);
        Ok(plan.with(options))
    }

    /// Nothing is written of what is listed, so there is nothing to look at or to format.
    fn refuse_steps(&self, functions: &Steps) -> Result<(), Problems> {
        let given = self.logics.iter().flatten().chain(&self.format);
        let given = given.map(|given| given.place.to_string());
        let functions = (!functions.logics.is_empty() || functions.format.is_some())
            .then(|| "`logics` and `format`".to_owned());
        let message = "with `select = \"vanished\"` nothing that is listed is written";
        let problem =
            |place| Problem::new(Side::Workflow, place, message).with_hint("leave it out");
        Problems::check(given.chain(functions).map(problem).collect())
    }

    /// How the run goes by what its workflow remembers; none where it does not.
    fn incremental(
        &self,
        action: Option<&dyn Action>,
    ) -> Result<Option<Incremental>, Vec<Problem>> {
        let mut problems = Vec::new();
        let incremental: Option<bool> =
            take(optional(self.incremental.as_ref()), &mut problems).flatten();
        let anew: Option<Anew> = take(optional(self.begin_anew.as_ref()), &mut problems).flatten();
        let is_mirror = action.is_some_and(|action| action.is_mirror(&self.sections));
        if let (Some(Anew::Archive), false, Some(given)) = (anew, is_mirror, &self.begin_anew) {
            let message = "only a mirror archives the jobs of before";
            problems.push(Problem::new(Side::Workflow, &given.place, message));
        }
        let since = take(self.since(), &mut problems);
        if let (Some(Since::CreationDate { .. }), Some(action), Some(given)) =
            (since, action.filter(|_| is_mirror), &self.since)
        {
            let message = format!("`{}` reads everything that is listed", action.name());
            problems.push(Problem::new(Side::Workflow, &given.place, message));
        }
        let needs_memory = incremental == Some(true) || is_mirror;
        for given in [&self.since, &self.begin_anew].into_iter().flatten() {
            if !needs_memory && !given.is_null() {
                let message = "needs `incremental = true` beside it";
                problems.push(Problem::new(Side::Workflow, &given.place, message));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let (anew, since) = (anew.unwrap_or_default(), since.unwrap_or_default());
        Ok(needs_memory.then_some(Incremental { anew, since }))
    }

    fn since(&self) -> Result<Since, Vec<Problem>> {
        let since: Option<Since> = optional(self.since.as_ref())?;
        let overlap: Option<SignedDuration> = optional(self.since_overlap.as_ref())?;
        match (since, overlap, &self.since_overlap) {
            (Some(Since::CreationDate { .. }), Some(overlap), _) => {
                Ok(Since::CreationDate { overlap })
            }
            (None | Some(Since::Delivered), Some(_), Some(given)) => {
                let message = "needs `since = \"creation_date\"` beside it";
                Err(vec![Problem::new(Side::Workflow, &given.place, message)])
            }
            (since, ..) => Ok(since.unwrap_or_default()),
        }
    }

    /// Where the run keeps its state. It can do without where it remembers nothing and nobody has
    /// named a place.
    fn state(
        &self,
        needs_memory: bool,
        environment: &Environment,
    ) -> Result<Option<State>, Vec<Problem>> {
        let keep_runs: Option<u32> = optional(self.keep_runs.as_ref())?;
        let is_named = self.store.is_some() || environment.get(STORE_URL).is_some();
        let url = match store_url(self.store.as_ref(), environment) {
            Ok(url) => url,
            Err(_) if !is_named && !needs_memory => return Ok(None),
            Err(problems) => return Err(problems),
        };
        Ok(Some(State {
            store: StateStore::At { url, variables: environment.pairs() },
            keep_runs: keep_runs.unwrap_or(DEFAULT_KEEP_RUNS),
            is_required: is_named,
        }))
    }

    fn action(&self) -> Result<&'static dyn Action, Vec<Problem>> {
        let given = self.action.as_ref();
        let name: String = required(given, "action")?;
        catalog::find(&name).ok_or_else(|| {
            let place = given.map(|given| given.place.to_string()).unwrap_or_default();
            let problem =
                Problem::new(Side::Workflow, place, format!("no action is called `{name}`"));
            let known = catalog::ACTIONS.iter().map(|action| action.name());
            vec![match nearest(&name, known) {
                Some(meant) => problem.with_hint(format!("did you mean `{meant}`?")),
                None => problem.with_hint("`hrflow-connectors describe` lists the actions"),
            }]
        })
    }

    /// The flag stands for the push parameter.
    fn allow_mass_archive(&mut self) {
        if let Some(given) = self.allow_mass_archive.take() {
            self.sections.push_parameters.push("allow_mass_archive", given);
        }
    }

    fn meant_action(&self) -> Option<&'static dyn Action> {
        let name = String::read(self.action.as_ref()?).ok()?;
        catalog::find(nearest(&name, catalog::ACTIONS.iter().map(|action| action.name()))?)
    }

    fn compiled_logics(&self) -> Result<Vec<Logic>, Vec<Problem>> {
        let (mut logics, mut problems) = (Vec::new(), Vec::new());
        for given in self.logics.iter().flatten() {
            match compiled(given) {
                Ok(script) => logics.push(script.into_logic()),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(logics) } else { Err(problems) }
    }

    fn compiled_format(&self) -> Result<Option<Format>, Vec<Problem>> {
        let script = self.format.as_ref().map(compiled).transpose();
        script.map(|script| script.map(Script::into_format)).map_err(|problem| vec![problem])
    }
}

/// Where state is kept: as it was said, or in the user's own folder of data.
pub(crate) fn store_url(
    given: Option<&Given>,
    environment: &Environment,
) -> Result<StoreUrl, Vec<Problem>> {
    let variable = environment
        .get(STORE_URL)
        .map(|text| Given::text(text, Place::Variable(STORE_URL.to_owned())));
    let Some(given) = given.or(variable.as_ref()) else {
        return environment.default_store().map_err(|problem| vec![problem]);
    };
    let text: String = read(given)?;
    text.parse().map_err(|error: NotAStoreUrl| {
        vec![Problem::new(Side::Workflow, &given.place, error.to_string())]
    })
}

fn compiled(given: &Given) -> Result<Script, Problem> {
    let problem = |message| Problem::new(Side::Workflow, &given.place, message);
    let source = String::read(given).map_err(problem)?;
    Script::compile(&source).map_err(|error| problem(format!("not a jq program: {error}")))
}

fn required<T: Scalar>(given: Option<&Given>, name: &str) -> Result<T, Vec<Problem>> {
    let given = given.ok_or_else(|| {
        vec![Problem::new(Side::Workflow, "the workflow", format!("`{name}` is missing"))]
    })?;
    read(given)
}

fn optional<T: Scalar>(given: Option<&Given>) -> Result<Option<T>, Vec<Problem>> {
    given.map(read).transpose()
}

fn read<T: Scalar>(given: &Given) -> Result<T, Vec<Problem>> {
    T::read(given).map_err(|message| vec![Problem::new(Side::Workflow, &given.place, message)])
}

fn take<T>(result: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|found| problems.extend(found)).ok()
}

/// The lowest layer: secrets that stand in the variables that the action names.
fn from_environment(action: &dyn Action, environment: &Environment) -> Sections {
    let mut sections = Sections::default();
    for (title, name, variable) in action.variables() {
        if let Some(text) = environment.get(variable) {
            let place = Place::Variable((*variable).to_owned());
            let value = GivenValue::Json(Value::String(text.to_owned()));
            sections.named(title).push(*name, Given { value, place });
        }
    }
    sections
}
