//! `init`: a commented workflow file, or a folder of them, after a few questions.

use std::fs;
use std::path::{Path, PathBuf};

use hrflow_connectors::{
    Action, ActionDescription, Environment, Place, Settings, find_action, nearest_action,
};

use crate::arguments::{InitArguments, KeyValue, OutputFormat, SchemaOf};
use crate::commands::refusal::Refusal;
use crate::commands::schema;
use crate::example::{self, Chosen};
use crate::exit::Exit;
use crate::{confirm, output};

/// The action that most people want.
const USUAL: &str = "francetravail.sync_jobs_in_hrflow";
const FILE: &str = "workflow.toml";
const WORKFLOW_SCHEMA: &str = "workflow.schema.json";
const FLEET_SCHEMA: &str = "fleet.schema.json";

pub(crate) async fn init(arguments: InitArguments) -> Exit {
    match written(arguments).await {
        Ok(files) => {
            for path in &files {
                output::text(&format!("wrote {}", path.display()));
            }
            if let Some(first) = files.first() {
                // A folder is checked as a whole.
                let is_fleet = first.ends_with("fleet.toml");
                let next = first.parent().filter(|_| is_fleet).unwrap_or(first);
                output::note(&format!("Next: hrflow-connectors check {}", next.display()));
            }
            Exit::Success
        }
        Err(refusal) => refusal.print(OutputFormat::Text),
    }
}

/// Writes everything, or nothing.
async fn written(arguments: InitArguments) -> Result<Vec<PathBuf>, Refusal> {
    let path = arguments.path.clone().unwrap_or_else(|| FILE.into());
    let is_file = path.extension().is_some_and(|extension| extension == "toml");
    let force = arguments.force;
    let name = if is_file { path.file_stem() } else { None };
    let name = name.map(|name| name.to_string_lossy().into_owned());
    let (description, chosen) = chosen(arguments, name.filter(|name| name != "workflow")).await?;
    let workflow = document(WORKFLOW_SCHEMA, &example::workflow(&description, &chosen));
    let files = if is_file {
        check(&workflow, &path)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        vec![(path, workflow), (folder.join(WORKFLOW_SCHEMA), schema::text(SchemaOf::Workflow))]
    } else {
        let auth: Vec<_> = description
            .groups()
            .into_iter()
            .filter(|(title, _)| title.ends_with("_auth"))
            .collect();
        let fleet = document(FLEET_SCHEMA, &example::fleet(&auth));
        let own = path.join(format!("{}.toml", file_name(&chosen.workflow_id)));
        check(&workflow, &own)?;
        vec![
            (path.join("fleet.toml"), fleet),
            (own, workflow),
            (path.join(WORKFLOW_SCHEMA), schema::text(SchemaOf::Workflow)),
            (path.join(FLEET_SCHEMA), schema::text(SchemaOf::Fleet)),
        ]
    };
    write_all(&files, force)?;
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// What editors read first: where the schema is.
fn document(schema: &str, text: &str) -> String {
    format!("#:schema ./{schema}\n\n{text}")
}

/// What a workflow file says is checked before it is written, but for the credentials, which may
/// not be there yet.
fn check(text: &str, path: &Path) -> Result<(), Refusal> {
    let environment: Environment = [
        ("FRANCETRAVAIL_CLIENT_ID", "x"),
        ("FRANCETRAVAIL_CLIENT_SECRET", "x"),
        ("HRFLOW_API_SECRET", "x"),
        ("HRFLOW_API_USER", "x@example.org"),
        ("HOME", "/"),
    ]
    .into_iter()
    .collect();
    let settings = Settings::from_toml(text, &path.display().to_string(), &environment);
    let client_options = super::run::client_options()?;
    let checked = settings.plan(&environment, &client_options);
    checked.map(|_| ()).map_err(Refusal::from)
}

fn write_all(files: &[(PathBuf, String)], force: bool) -> Result<(), Refusal> {
    let failed = |path: &Path, error: std::io::Error| {
        Refusal::because(format!("could not write `{}`: {error}", path.display()))
    };
    // A schema is the program's own, and is replaced by its newest.
    let is_schema = |path: &Path| path.extension().is_some_and(|extension| extension == "json");
    if let Some((path, _)) =
        files.iter().find(|(path, _)| !force && !is_schema(path) && path.exists())
    {
        let why = format!("`{}` exists", path.display());
        return Err(Refusal::because(why).with_hint("`--force` overwrites it"));
    }
    for (path, text) in files {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| failed(path, error))?;
        }
        fs::write(path, text).map_err(|error| failed(path, error))?;
    }
    Ok(())
}

/// What is filled in: as flags say, or as somebody answers, or as an example.
async fn chosen(
    arguments: InitArguments,
    name: Option<String>,
) -> Result<(ActionDescription, Chosen), Refusal> {
    let InitArguments { action, workflow_id, board_key, pull, schedule, yes, .. } = arguments;
    let asks = confirm::is_person(yes);
    let usual = Chosen::default();
    let action = or_ask(action, asks, "Action", USUAL).await;
    let description = describe(&action)?;
    let usual_id = name.unwrap_or_else(|| usual.workflow_id.clone());
    let workflow_id = or_ask(workflow_id, asks, "Workflow id", &usual_id).await;
    let mut pull: Vec<_> = pull.into_iter().map(KeyValue::into_pair).collect();
    if pull.is_empty() && asks {
        let department = ask("Département", "75").await;
        pull.push(("departement".to_owned(), department));
    } else if pull.is_empty() {
        pull = usual.pull;
    }
    let known = |key: &String| description.pull_parameters.iter().any(|it| it.name == key);
    if let Some((key, _)) = pull.iter().find(|(key, _)| !known(key)) {
        let hint = "`hrflow-connectors describe` lists the search filters";
        return Err(Refusal::because(format!("`--pull {key}`: unknown filter")).with_hint(hint));
    }
    let board_key = or_ask(board_key, asks, "Board key", &usual.board_key).await;
    Ok((description, Chosen { workflow_id, board_key, pull, schedule }))
}

fn describe(action: &str) -> Result<ActionDescription, Refusal> {
    find_action(action).map(Action::describe).ok_or_else(|| {
        let place = Place::Flag("--action".to_owned());
        let refusal = Refusal::because(format!("{place}: unknown action `{action}`"));
        match nearest_action(action) {
            Some(meant) => refusal.with_hint(format!("did you mean `{}`?", meant.name())),
            None => refusal.with_hint("`hrflow-connectors describe` lists the actions"),
        }
    })
}

async fn or_ask(given: Option<String>, asks: bool, what: &str, usual: &str) -> String {
    match given {
        Some(given) => given,
        None if asks => ask(what, usual).await,
        None => usual.to_owned(),
    }
}

/// What somebody answers; the usual value where that is nothing.
async fn ask(what: &str, usual: &str) -> String {
    let answer = confirm::answer(&format!("{what} [{usual}]:")).await.unwrap_or_default();
    if answer.is_empty() { usual.to_owned() } else { answer }
}

/// A file name that every system takes.
fn file_name(workflow_id: &str) -> String {
    let sign = |sign: char| if sign.is_alphanumeric() || "-_".contains(sign) { sign } else { '-' };
    let name: String = workflow_id.chars().map(sign).collect();
    match name.as_str() {
        "" | "fleet" => "workflow".to_owned(),
        _ => name,
    }
}
