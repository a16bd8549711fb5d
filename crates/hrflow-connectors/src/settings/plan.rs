//! From what a user wrote to a run that is ready to begin: every check, and no call.

use std::time::Duration;

use jiff::SignedDuration;

use crate::catalog::{self, Action};
use crate::francetravail::Terms;
use crate::problem::{Problem, Problems, Side};
use crate::settings::environment::{STORE_URL, state_store, store_url};
use crate::settings::recorded::value_of;
use crate::settings::scalar::FromSetting;
use crate::settings::table::Values;
use crate::settings::{Environment, Given, GivenValue, Place, Sections, SettingKey, Settings};
use crate::{
    ClientOptions, Code, DEFAULT_KEEP_RUNS, Functions, Incremental, Options, Persist, Program,
    Programs, Reset, Run, Script, Select, Since, State,
};

/// How much memory a jq program may use, in megabytes.
const FUNCTION_MEMORY: &str = "HRFLOW_CONNECTORS_FUNCTION_MEMORY";

type Checked<T> = Result<T, Vec<Problem>>;

impl Settings {
    /// Checks everything, makes no call, and gives the run that is ready to begin.
    pub fn plan(
        self,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Run, Problems> {
        self.plan_with(Functions::default(), Programs::default(), environment, client_options)
    }

    /// The same with functions, and what tells them from others: the logics come after those of
    /// the settings, and the format, where there is one, replaces theirs.
    pub fn plan_with(
        mut self,
        functions: Functions,
        programs: Programs,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Run, Problems> {
        let mut problems = std::mem::take(&mut self.problems);
        let values = Values::read(&self, &mut problems);
        problems.extend(self.service_problems(environment));
        let found = self.find_action(&values);
        // With a slip in the action's name, the rest is checked as for the action that was meant.
        let action = found.as_ref().copied().ok().or_else(|| nearest_action(&values));
        let is_found = collect(found, &mut problems).is_some();
        self.complete(&values, action, environment);
        self.require(SettingKey::WorkflowId, &mut problems);
        let incremental = collect(self.incremental(&values, action), &mut problems).flatten();
        let needs_memory = incremental.is_some();
        let state =
            collect(self.state(&values, needs_memory, environment), &mut problems).flatten();
        let with_functions = !functions.logics.is_empty() || functions.format.is_some();
        let functions = collect(self.functions(&values, functions), &mut problems);
        let memory = collect(function_memory(environment), &mut problems).flatten();
        let client_options = values.client_options(client_options, memory);
        let connected = action.and_then(|action| {
            let workflow_id = values.workflow_id.as_ref().map_or("", |id| id.0.as_str());
            let connect = action.connect(
                workflow_id,
                &self.sections,
                &values.terms(),
                environment,
                &client_options,
            );
            collect(connect, &mut problems)
        });
        if connected.as_ref().is_some_and(|connected| connected.select == Select::Vanished) {
            problems.extend(self.needless_functions(with_functions));
        }
        Problems::check(problems)?;
        let programs = self.programs(&values, programs);
        let parts = (action.filter(|_| is_found), values.workflow_id, functions, connected);
        let (Some(action), Some(workflow_id), Some(functions), Some(connected)) = parts else {
            // Whatever is missing has left a problem, so this is never reached.
            return Err(Problem::new(Side::Workflow, "the workflow", "is incomplete").into());
        };
        let workflow = Some(self.to_recorded(with_functions));
        let options = Options {
            state,
            incremental,
            failures: values.max_failures,
            limit: values.limit.map(u64::from),
            workflow,
            programs,
            concurrency: client_options.write_concurrency.try_into().unwrap_or(usize::MAX),
            beside: client_options.dividing(),
            blocking: client_options.blocking(),
            function_timeout: client_options.function_timeout,
        };
        let start = |passes| client_options.start_programs(passes);
        let (id, name) = (workflow_id.0, action.name());
        let run = Run::with_programs(id, name, connected, functions, options, start)?;
        Ok(run.observed_by(client_options.observer).stopped_by(client_options.stop))
    }

    /// What was chosen of the terms under which offers are published.
    pub fn read_terms(&self) -> Result<Terms, Problems> {
        let mut problems = self.problems.clone();
        let terms = Values::read(self, &mut problems).terms();
        Problems::check(problems).map(|()| terms)
    }

    /// What tells the programs of these settings, and the functions beside them, from others.
    fn programs(&self, values: &Values, functions: Programs) -> Programs {
        let jq = |given: &Given| Program::jq(value_of(given));
        let logics = self.logics.iter().flatten().map(jq).chain(functions.logics).collect();
        let format = self.get(SettingKey::Format).filter(|_| values.format.is_some());
        Programs { logics, format: functions.format.or_else(|| format.map(jq)) }
    }

    /// Fills what is left open: the lowest layer, and the setting that stands for a parameter.
    fn complete(
        &mut self,
        values: &Values,
        action: Option<&dyn Action>,
        environment: &Environment,
    ) {
        if let Some(action) = action {
            self.sections.fill_from(from_environment(action, environment));
        }
        let key = SettingKey::AllowMassArchive;
        if let (Some(_), Some(given)) = (values.allow_mass_archive, self.take(key)) {
            self.sections.push_parameters.push(key.name(), given);
        }
    }

    fn find_action(&self, values: &Values) -> Checked<&'static dyn Action> {
        let Some(name) = &values.action else {
            let mut problems = Vec::new();
            self.require(SettingKey::Action, &mut problems);
            return Err(problems);
        };
        catalog::find(name).ok_or_else(|| {
            let place = self.get(SettingKey::Action).map(|given| given.place.to_string());
            let message = format!("unknown action `{name}`");
            let problem = Problem::new(Side::Workflow, place.unwrap_or_default(), message);
            vec![match nearest_action(values) {
                Some(meant) => problem.with_hint(format!("did you mean `{}`?", meant.name())),
                None => problem.with_hint("`hrflow-connectors describe` lists the actions"),
            }]
        })
    }

    /// A problem where a setting is missing that must be there.
    fn require(&self, key: SettingKey, problems: &mut Vec<Problem>) {
        if self.is_missing(key) {
            let setting = key.setting();
            let message = format!("`{}` is missing", setting.name);
            let mut hint = setting.description.trim_end_matches('.').to_owned();
            hint.get_mut(..1).map(str::make_ascii_lowercase);
            problems.push(Problem::new(Side::Workflow, "the workflow", message).with_hint(hint));
        }
    }

    /// How the run goes by what its workflow remembers; none where it does not.
    fn incremental(
        &self,
        values: &Values,
        action: Option<&dyn Action>,
    ) -> Checked<Option<Incremental>> {
        let mut problems = Vec::new();
        let mut refuse = |key, message: String| {
            let place = self.get(key).map(|given| given.place.to_string()).unwrap_or_default();
            problems.push(Problem::new(Side::Workflow, place, message));
        };
        let is_mirror = action.is_some_and(|action| action.is_mirror(&self.sections));
        let needs_memory = values.incremental == Some(true) || is_mirror;
        // What could not be read may have been what a rule asks for.
        let is_certain = |key, is_read: bool| is_read || self.get(key).is_none();
        let by_date = matches!(values.since, Some(Since::CreationDate { .. }));
        if let (true, true, Some(action)) = (by_date, is_mirror, action) {
            refuse(
                SettingKey::Since,
                format!("`{}` reads everything that is listed", action.name()),
            );
        }
        if values.begin_anew == Some(Reset::Archive) && !is_mirror && action.is_some() {
            refuse(SettingKey::BeginAnew, "only a mirror archives the jobs of before".to_owned());
        }
        let is_plain = !needs_memory
            && action.is_some()
            && is_certain(SettingKey::Incremental, values.incremental.is_some());
        for key in [SettingKey::Since, SettingKey::BeginAnew] {
            if is_plain && self.get(key).is_some() {
                refuse(key, "requires `incremental = true`".to_owned());
            }
        }
        let overlap = values.since_overlap;
        if overlap.is_some() && !by_date && is_certain(SettingKey::Since, values.since.is_some()) {
            refuse(SettingKey::SinceOverlap, "requires `since = \"creation_date\"`".to_owned());
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let since = match (values.since, overlap) {
            (Some(Since::CreationDate { .. }), Some(overlap)) => Since::CreationDate { overlap },
            (since, _) => since.unwrap_or_default(),
        };
        let reset = values.begin_anew.unwrap_or_default();
        Ok(needs_memory.then_some(Incremental { reset, since }))
    }

    /// Where the run keeps its state. It can do without where it remembers nothing and nobody has
    /// named a place.
    fn state(
        &self,
        values: &Values,
        needs_memory: bool,
        environment: &Environment,
    ) -> Checked<Option<State>> {
        let given = self.get(SettingKey::Store);
        let is_named = given.is_some() || environment.get(STORE_URL).is_some();
        let url = match store_url(given, environment) {
            Ok(url) => url,
            Err(_) if !is_named && !needs_memory => return Ok(None),
            // A value that is no text has been told of already.
            Err(_) if given.is_some() && values.store.is_none() => return Ok(None),
            Err(problem) => return Err(vec![problem]),
        };
        Ok(Some(State {
            store: state_store(url, environment),
            keep_runs: values.keep_runs.unwrap_or(DEFAULT_KEEP_RUNS),
            is_required: is_named,
            wait: values.wait.map_or(Duration::ZERO, SignedDuration::unsigned_abs),
        }))
    }

    /// What stands between the two ends.
    fn functions(&self, values: &Values, functions: Functions) -> Checked<Functions> {
        let logics = self.compiled_logics();
        let format = self.compiled_format(values);
        match (logics, format) {
            (Ok(logics), Ok(format)) => Ok(Functions {
                logics: logics.into_iter().map(Code::Program).chain(functions.logics).collect(),
                format: functions.format.or(format.map(Code::Program)),
                callback: functions.callback,
                persist: match values.persist {
                    None => functions.persist,
                    Some(true) => Persist::Write,
                    Some(false) => Persist::DryRun,
                },
            }),
            (logics, format) => {
                let mut problems = logics.err().unwrap_or_default();
                problems.extend(format.err());
                Err(problems)
            }
        }
    }

    fn compiled_logics(&self) -> Checked<Vec<Script>> {
        let (mut logics, mut problems) = (Vec::new(), Vec::new());
        for given in self.logics.iter().flatten() {
            match compiled(given) {
                Ok(script) => logics.push(script),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(logics) } else { Err(problems) }
    }

    fn compiled_format(&self, values: &Values) -> Result<Option<Script>, Problem> {
        // What is no text has been told of already.
        let given = self.get(SettingKey::Format).filter(|_| values.format.is_some());
        given.map(compiled).transpose()
    }

    /// Nothing is written of what is listed, so there is nothing to look at or to format.
    fn needless_functions(&self, with_functions: bool) -> Vec<Problem> {
        let given = self.logics.iter().flatten().chain(self.get(SettingKey::Format));
        let given = given.map(|given| given.place.to_string());
        let functions = with_functions.then(|| "`logics` and `format`".to_owned());
        let message = "with `select = \"vanished\"` nothing that is listed is written";
        let problem =
            |place| Problem::new(Side::Workflow, place, message).with_hint("leave it out");
        given.chain(functions).map(problem).collect()
    }
}

impl Values {
    /// What was chosen of the terms under which offers are published.
    fn terms(&self) -> Terms {
        Terms {
            content: self.content,
            contact: self.contact.unwrap_or_default(),
            language: self.licence_language.unwrap_or_default(),
            method_url: self.method_url.as_ref().map(|url| url.0.clone()),
        }
    }

    /// How calls are made by a run with these settings.
    fn client_options(&self, shared: &ClientOptions, memory: Option<u64>) -> ClientOptions {
        let client_options = shared.for_one_run();
        let time = self.function_timeout.as_ref().map(|time| time.0);
        let concurrency = self.write_concurrency.as_ref().map(|most| most.0);
        ClientOptions {
            write_concurrency: concurrency.unwrap_or(client_options.write_concurrency),
            write_rate: self.write_rate.as_ref().map(|rate| rate.0),
            read_rate: self.read_rate.as_ref().map(|rate| rate.0),
            patience: self.patience.clone().unwrap_or(client_options.patience),
            function_memory: memory.unwrap_or(client_options.function_memory),
            function_timeout: time.unwrap_or(client_options.function_timeout),
            ..client_options
        }
    }
}

/// The action that a name with a slip in it was to be.
fn nearest_action(values: &Values) -> Option<&'static dyn Action> {
    catalog::meant(values.action.as_ref()?)
}

/// The lowest layer: secrets that stand in the variables that the action names.
fn from_environment(action: &dyn Action, environment: &Environment) -> Sections {
    let mut sections = Sections::default();
    for (section, name, variable) in action.variables() {
        if let Some(text) = environment.get(variable) {
            let place = Place::Variable((variable).to_owned());
            let value = GivenValue::Json(text.into());
            sections.get_mut(section).push(name, Given { value, place });
        }
    }
    sections
}

fn compiled(given: &Given) -> Result<Script, Problem> {
    let source = String::read(given).map_err(|invalid| invalid.at(Side::Workflow, &given.place))?;
    Script::compile(&source).map_err(|error| error.to_problem(&given.place))
}

/// How much memory a jq program may use, in bytes.
fn function_memory(environment: &Environment) -> Checked<Option<u64>> {
    let Some(text) = environment.get(FUNCTION_MEMORY) else { return Ok(None) };
    let place = Place::Variable(FUNCTION_MEMORY.to_owned());
    match u32::read(&Given::text(text, place.clone())) {
        Ok(megabytes) => Ok(Some(u64::from(megabytes) << 20)),
        Err(invalid) => Err(vec![invalid.at(Side::Workflow, place)]),
    }
}

fn collect<T>(checked: Checked<T>, problems: &mut Vec<Problem>) -> Option<T> {
    checked.map_err(|found| problems.extend(found)).ok()
}
