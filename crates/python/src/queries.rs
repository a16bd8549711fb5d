//! What can be asked beside runs: the store, the lists of codes, both services, a job of an offer.

use hrflow_connectors::francetravail::{
    Contact, Content, LicenceLanguage, REFERENTIALS, Terms, check_codes, duties, referential,
};
use hrflow_connectors::{
    Checked, Environment, Functions, Given, ListedRun, Place, Programs, Runs, SettingKey,
    StateStore, error_chain, nearest_name, store_url,
};
use pyo3::exceptions::{PyLookupError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value, json};

use crate::convert::{object_to_python, to_item, to_python};
use crate::engine::Engine;
use crate::exit::detached;
use crate::given::{Arguments, Worker, environment};

/// A failure as Python raises it.
pub(crate) fn failed(error: impl std::error::Error) -> PyErr {
    PyRuntimeError::new_err(error_chain(&error))
}

/// The runs of the store that was named, or that the environment names.
pub(crate) async fn open(given: Option<&Given>, environment: &Environment) -> PyResult<Runs> {
    let url = store_url(given, environment)
        .map_err(|problems| PyValueError::new_err(problems.to_string()))?;
    let is_default = given.is_none() && environment.get("HRFLOW_CONNECTORS_STORE_URL").is_none();
    let state = StateStore::At { url, is_default, variables: environment.pairs() };
    Runs::open(&state).await.map_err(failed)
}

/// A run by its id, or a part of it that no other has.
pub(crate) async fn find(runs: &Runs, id: &str) -> PyResult<ListedRun> {
    let found = runs.find(id).await.map_err(failed)?;
    found.ok_or_else(|| {
        PyLookupError::new_err(format!("no run is called `{id}`, or several are: see `runs()`"))
    })
}

fn store_of(url: Option<String>) -> Option<Given> {
    url.map(|url| Given::text(url, Place::Argument("store".to_owned())))
}

/// What the store remembers of runs, the newest first.
#[pyfunction]
#[pyo3(signature = (workflow_id, store, variables))]
pub(crate) fn runs<'py>(
    python: Python<'py>,
    workflow_id: Option<&str>,
    store: Option<String>,
    variables: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let engine = Engine::shared()?;
    let (environment, store) = (environment(variables), store_of(store));
    let listed = detached(python, || {
        engine.runtime.block_on(async {
            let runs = open(store.as_ref(), &environment).await?;
            runs.list().await.map_err(failed)
        })
    })?;
    let of_workflow = |run: &&ListedRun| {
        workflow_id.is_none_or(|workflow_id| run.record.workflow_id == workflow_id)
    };
    let runs: Value = listed.iter().filter(of_workflow).map(run_json).collect();
    to_python(python, &runs)
}

fn run_json(run: &ListedRun) -> Value {
    // A record is names, numbers and text: there is nothing that JSON could not hold.
    let mut json = serde_json::to_value(&run.record).unwrap_or_default();
    json["state"] = run.state().into();
    json
}

/// How each item of a run ended.
#[pyfunction]
#[pyo3(signature = (run_id, outcome, store, variables))]
pub(crate) fn items<'py>(
    python: Python<'py>,
    run_id: &str,
    outcome: Option<&str>,
    store: Option<String>,
    variables: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let engine = Engine::shared()?;
    let (environment, store) = (environment(variables), store_of(store));
    let items = detached(python, || {
        engine.runtime.block_on(async {
            let runs = open(store.as_ref(), &environment).await?;
            let run = find(&runs, run_id).await?;
            let mut items = Vec::new();
            let hear = |report: &hrflow_connectors::ItemReport| {
                if outcome.is_none_or(|outcome| outcome == report.outcome) {
                    items.push(serde_json::to_value(report).unwrap_or_default());
                }
            };
            let mut hear = hear;
            runs.items(&run.record.run_id, |report| hear(&report)).await.map_err(failed)?;
            Ok::<_, PyErr>(items)
        })
    })?;
    to_python(python, &items.into())
}

/// A list of codes by its name; without a name, the lists that there are.
#[pyfunction]
#[pyo3(signature = (name, credentials, store, variables))]
pub(crate) fn code_list<'py>(
    python: Python<'py>,
    name: Option<String>,
    credentials: (String, String),
    store: Option<String>,
    variables: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(name) = name else {
        let lists: Value = REFERENTIALS
            .iter()
            .map(|(name, parameter, what)| json!([name, parameter, what]))
            .collect();
        return to_python(python, &lists);
    };
    let names = || REFERENTIALS.iter().map(|(name, ..)| *name);
    if !names().any(|known| known == name) {
        let meant = nearest_name(&name, names())
            .map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
        return Err(PyLookupError::new_err(format!("no list is called `{name}`{meant}")));
    }
    let engine = Engine::shared()?;
    let (environment, store) = (environment(variables), store_of(store));
    let url = store_url(store.as_ref(), &environment)
        .map_err(|problems| PyValueError::new_err(problems.to_string()))?;
    let (id, secret) = credentials;
    let auth = hrflow_connectors::francetravail::ConnectorAuth::new(id, secret);
    let options = &engine.client_options;
    let list = detached(python, || {
        engine.runtime.block_on(referential(&name, auth, &url, &environment, options))
    });
    let list = list.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    to_python(python, &serde_json::to_value(&list.entries).unwrap_or_default())
}

/// Asks both services whether they would answer. Changes nothing.
#[pyfunction]
pub(crate) fn check<'py>(
    python: Python<'py>,
    arguments: Arguments<'py>,
    variables: &Bound<'py, PyDict>,
    worker: Worker,
) -> PyResult<Bound<'py, PyAny>> {
    let engine = Engine::shared()?;
    let settings = arguments.into_settings();
    let environment = environment(variables);
    let mut options = engine.client_options.clone();
    options.jq = worker.into_host();
    let asked = settings.clone();
    let run = settings.plan_with(Functions::default(), Programs::default(), &environment, &options);
    let report = match run {
        Err(problems) => json!({"problems": problems.to_string()}),
        Ok(run) => detached(python, move || {
            engine.runtime.block_on(async {
                let store = store_url(asked.get(SettingKey::Store), &environment).ok();
                let codes =
                    check_codes(&asked.sections, store.as_ref(), &environment, &options).await;
                let answers = run.check().await.into_iter().chain(codes);
                json!({
                    "problems": null,
                    "services": answers.map(|checked| answer_json(&checked)).collect::<Vec<_>>(),
                    "warnings": run.warnings(),
                    "duties": duties(&asked),
                })
            })
        }),
    };
    to_python(python, &report)
}

fn answer_json(Checked { service, answer }: &Checked) -> Value {
    let hint = answer.as_ref().err().and_then(|error| error.hint.as_ref());
    let message = answer.as_ref().unwrap_or_else(|error| &error.message);
    json!({"service": service, "ok": answer.is_ok(), "message": message, "hint": hint})
}

/// The job that the actions write of an offer where nobody gives a format.
#[pyfunction]
pub(crate) fn format_job<'py>(
    python: Python<'py>,
    offer: &Bound<'py, PyAny>,
    terms: (bool, bool, String, Option<String>),
) -> PyResult<Bound<'py, PyDict>> {
    let offer = to_item(offer, "the caller").map_err(PyValueError::new_err)?;
    let (is_mapped, drops_contact, language, method_url) = terms;
    let terms = Terms {
        content: Some(if is_mapped { Content::Mapped } else { Content::Full }),
        contact: if drops_contact { Contact::Drop } else { Contact::Keep },
        language: match language.as_str() {
            "fr" => LicenceLanguage::French,
            "en" => LicenceLanguage::English,
            _ => LicenceLanguage::Both,
        },
        method_url,
    };
    let job = terms.job_of_offer(&offer).map_err(PyValueError::new_err)?;
    object_to_python(python, &job)
}
