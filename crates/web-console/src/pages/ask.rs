//! What somebody asks the service for: asked once more, written down, and passed on.

use askama::Template;
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use hrflow_connectors::{ListedRun, RunDigest, RunId, RunKind};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::plan::{counts_of, read_plan};
use super::{Titled, Trouble, part, when, workflow_address};
use crate::actions::{Action, Asked};
use crate::audit::Entry;
use crate::guard::User;
use crate::site::Console;
use crate::{Denied, Shelf, Words};

/// What is meant, beside the workflow and the action, and the answer to the question.
#[derive(Default, Deserialize)]
pub(crate) struct Meant {
    /// A run.
    run: Option<String>,
    /// A saved plan.
    plan: Option<String>,
    /// The key of the question that is answered.
    #[serde(default)]
    key: String,
}

/// A link to a question.
pub(crate) struct Offer {
    pub(crate) address: String,
    pub(crate) label: &'static str,
}

#[derive(Template)]
#[template(path = "ask.html")]
struct AskBody {
    words: &'static Words,
    title: &'static str,
    explained: &'static str,
    notice: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    lines: Vec<String>,
    address: String,
    back: String,
    key: String,
    run: String,
    plan: String,
}

/// What was asked for, and what a person should know before the answer.
struct Question {
    action: Action,
    /// The store of the workflow.
    home: Shelf,
    subject: Option<String>,
    facts: Vec<(&'static str, String)>,
    lines: Vec<String>,
}

/// The page that asks once more.
pub(crate) async fn ask(
    State(console): State<Console>,
    Extension(user): Extension<User>,
    headers: HeaderMap,
    Path((workflow_id, action)): Path<(String, String)>,
    Query(meant): Query<Meant>,
) -> Response {
    let words = Words::preferred(&headers);
    match console.question(&workflow_id, &action, &meant, words).await {
        Ok(question) => console.asked_once_more(words, &workflow_id, question, &meant, &user, None),
        Err(trouble) => console.trouble(words, &trouble),
    }
}

/// The answer.
pub(crate) async fn answer(
    State(console): State<Console>,
    Extension(user): Extension<User>,
    headers: HeaderMap,
    Path((workflow_id, action)): Path<(String, String)>,
    Form(meant): Form<Meant>,
) -> Response {
    let words = Words::preferred(&headers);
    let question = match console.question(&workflow_id, &action, &meant, words).await {
        Ok(question) => question,
        Err(trouble) => return console.trouble(words, &trouble),
    };
    let about = question.about(&workflow_id, &user);
    if !console.questions.is_answered(&meant.key, &about) {
        let notice = Some(words.ask_again);
        return console.asked_once_more(words, &workflow_id, question, &meant, &user, notice);
    }
    match console.pass_on(&workflow_id, question, user).await {
        Ok(Ok(())) => Redirect::to(&format!("{}?asked={action}", workflow_address(&workflow_id)))
            .into_response(),
        Ok(Err(denied)) => console.denied(words, &denied),
        Err(error) => console.trouble(words, &error.into()),
    }
}

impl Question {
    /// What an answer is about. Who asks is part of it.
    fn about(&self, workflow_id: &str, user: &User) -> String {
        let subject = self.subject.as_deref().unwrap_or_default();
        let made = match &self.action {
            // A plan that was saved anew is another one.
            Action::Apply(plan) => plan.digest(),
            _ => String::new(),
        };
        format!("{}\n{workflow_id}\n{subject}\n{made}\n{}", self.action.name(), user.0)
    }
}

impl Console {
    /// What a person may ask for, by the names of actions and what is meant; nothing where nobody
    /// may.
    pub(crate) fn offers<const N: usize>(
        &self,
        workflow_id: &str,
        offers: [Option<(&'static str, String)>; N],
        words: &'static Words,
    ) -> Vec<Offer> {
        if self.actions.is_none() {
            return Vec::new();
        }
        let status = self.status.as_ref().and_then(|status| status());
        let is_here = status.is_some_and(|status| {
            status.workflows.iter().any(|workflow| workflow.workflow_id == workflow_id)
        });
        if !is_here {
            return Vec::new();
        }
        let offer = |(name, query): (&str, String)| Offer {
            address: format!("{}/ask/{name}{query}", workflow_address(workflow_id)),
            label: words.action_of(name).0,
        };
        offers.into_iter().flatten().map(offer).collect()
    }

    /// Finds what is meant.
    async fn question(
        &self,
        workflow_id: &str,
        action: &str,
        meant: &Meant,
        words: &'static Words,
    ) -> Result<Question, Trouble> {
        self.actions.as_ref().ok_or(Trouble::NotFound)?;
        let now = Timestamp::now();
        let known = self.catalog.shelves_of(workflow_id).into_iter().next();
        let home = known.ok_or(Trouble::NotFound)?;
        let of = |action, subject, facts, lines| {
            Ok(Question { action, home: home.clone(), subject, facts, lines })
        };
        match action {
            "run" => of(Action::Run, None, self.last(workflow_id, words, now), Vec::new()),
            "stop" => of(Action::Stop, None, Vec::new(), Vec::new()),
            "resume" | "retry" | "allow-mass-archive" => {
                let id = meant.run.as_deref().ok_or(Trouble::NotFound)?;
                let (home, run) = self.find_run(workflow_id, id).await?;
                let mut facts = vec![(words.run, ended(&RunDigest::of(&run), words, now))];
                let run_id = run.record.run_id.clone();
                let action = match action {
                    "resume" => Action::Resume(run_id),
                    "retry" => {
                        facts.push((words.to_retry, retryable(&home, &run_id, words).await?));
                        Action::Retry(run_id)
                    }
                    _ => Action::AllowMassArchive,
                };
                Ok(Question {
                    action,
                    home,
                    subject: Some(id.to_owned()),
                    facts,
                    lines: said(&run),
                })
            }
            "apply" => {
                let name = meant.plan.as_deref().ok_or(Trouble::NotFound)?;
                let plan = read_plan(self, name).await.ok_or(Trouble::NotFound)?;
                if plan.workflow_id != workflow_id {
                    return Err(Trouble::NotFound);
                }
                let mut facts = vec![(words.made, when(words, plan.made_at, now))];
                facts.extend(counts_of(&plan, words));
                of(Action::Apply(Box::new(plan)), Some(name.to_owned()), facts, Vec::new())
            }
            _ => Err(Trouble::NotFound),
        }
    }

    fn last(
        &self,
        workflow_id: &str,
        words: &'static Words,
        now: Timestamp,
    ) -> Vec<(&'static str, String)> {
        let listed = self.catalog.workflow(workflow_id);
        let last = listed.as_ref().and_then(|listed| listed.runs.first());
        last.map(|run| (words.last_run, ended(run, words, now))).into_iter().collect()
    }

    fn asked_once_more(
        &self,
        words: &'static Words,
        workflow_id: &str,
        question: Question,
        meant: &Meant,
        user: &User,
        notice: Option<&'static str>,
    ) -> Response {
        let key = self.questions.ask(question.about(workflow_id, user));
        let (title, explained) = words.action_of(question.action.name());
        let mut facts = vec![(words.workflow, workflow_id.to_owned())];
        facts.extend(question.facts);
        let name = question.action.name();
        let body = AskBody {
            words,
            title,
            explained,
            notice,
            facts,
            lines: question.lines,
            address: format!("{}/ask/{name}", workflow_address(workflow_id)),
            back: workflow_address(workflow_id),
            key,
            run: meant.run.clone().unwrap_or_default(),
            plan: meant.plan.clone().unwrap_or_default(),
        };
        let page = self.page(words, Titled::new(title, "workflows"), &body);
        match notice {
            Some(_) => (StatusCode::CONFLICT, page).into_response(),
            None => page,
        }
    }

    /// Writes down what is asked for, asks for it, and writes down what came of it.
    async fn pass_on(
        &self,
        workflow_id: &str,
        question: Question,
        user: User,
    ) -> Result<Result<(), Denied>, store::StoreError> {
        let Some(actions) = self.actions.clone() else { return Ok(Err(Denied::NotInFleet)) };
        let Question { action, home, subject, .. } = question;
        let entry = Entry {
            at: Timestamp::now(),
            user: user.0.clone(),
            action: action.name().to_owned(),
            workflow_id: workflow_id.to_owned(),
            subject,
            outcome: None,
        };
        let written = entry.write(&home).await?;
        let asked = Asked { workflow_id: workflow_id.to_owned(), action, user: user.0 };
        let answer = actions(asked).await;
        let outcome = answer.as_ref().map_or_else(Denied::name, |()| "begun");
        if let Err(error) = written.ended(outcome).await {
            // It was done, and it is written down that it was asked for.
            tracing::warn!(%error, "could not complete an entry of the audit log");
        }
        Ok(answer)
    }

    fn denied(&self, words: &'static Words, denied: &Denied) -> Response {
        let text = words.denial_of(denied.name()).to_owned();
        let page = self.page(words, Titled::new(text.clone(), ""), &super::TextBody { text });
        (StatusCode::CONFLICT, page).into_response()
    }
}

fn ended(run: &RunDigest, words: &Words, now: Timestamp) -> String {
    format!("{}, {}", when(words, run.started_at, now), words.status_of(run.word()))
}

/// What a run has said.
fn said(run: &ListedRun) -> Vec<String> {
    let result = run.record.result.as_ref().unwrap_or(&Value::Null);
    result["message"].as_str().unwrap_or_default().lines().map(str::to_owned).collect()
}

async fn retryable(
    shelf: &Shelf,
    run_id: &RunId,
    words: &Words,
) -> Result<String, store::StoreError> {
    let letters = shelf.runs().await?.dead_letters(run_id).await?;
    Ok(words.number(letters.iter().filter(|letter| letter.can_be_retried).count() as u64))
}

/// What a person may ask for where they look at a run.
pub(crate) fn offers_of_run(
    console: &Console,
    run: &ListedRun,
    can_retry: bool,
    is_withheld: bool,
    words: &'static Words,
) -> Vec<Offer> {
    let digest = RunDigest::of(run);
    let id = part(run.record.run_id.as_str());
    let can_resume = run.is_unfinished() && !matches!(run.record.kind, RunKind::Apply { .. });
    let of_run = |name: &'static str| (name, format!("?run={id}"));
    console.offers(
        &run.record.workflow_id,
        [
            digest.is_alive.then(|| ("stop", String::new())),
            (can_resume && !digest.is_alive).then(|| of_run("resume")),
            (can_retry && !run.is_unfinished()).then(|| of_run("retry")),
            is_withheld.then(|| of_run("allow-mass-archive")),
        ],
        words,
    )
}
