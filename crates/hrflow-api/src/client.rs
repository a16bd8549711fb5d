//! The calls of the API.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_client::{
    Answer, Caller, Disposition, Failed, PriorAttempt, Request, Secret, TransportError,
};
use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::answers::{data, done_with, jobs};
use crate::{BoardKey, Error, Failure, JobId, JobPage, ListedJob, Operation, ParsedText};

/// How many jobs are listed at a time: the only size that every client is known to use.
const PAGE_SIZE: &str = "30";
/// How often a job is sent whose creation stays open, and the waits in between.
const ATTEMPTS: u32 = 12;
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Who asks.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `X-API-KEY`.
    pub api_secret: Secret,
    /// `X-USER-EMAIL`.
    pub api_user: String,
}

impl Credentials {
    /// The two headers of every call.
    pub fn new(api_secret: impl Into<Secret>, api_user: impl Into<String>) -> Self {
        Self { api_secret: api_secret.into(), api_user: api_user.into() }
    }
}

/// How archiving a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// The job is archived. HrFlow may answer so too where it was before.
    Done,
    /// The job was archived before, and is left as it is.
    Before,
    /// The board has no such job. A key that may not read cannot tell it from [`Self::Before`].
    Missing,
}

/// How taking a job out of the archive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unarchived {
    /// The job is not archived; it may not have been before.
    Done,
    /// The board has no such job.
    Missing,
}

/// How editing a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The job is as it was sent.
    Done,
    /// The job is as it was sent, and archived, as it was before.
    InArchive,
    /// The job is archived, and HrFlow edits no archived job.
    Archived,
    /// The board has no such job. A key that may not read cannot tell it from [`Self::Archived`].
    Missing,
}

/// How creating a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// The job is new.
    Done,
    /// The board has a job of that reference; it was left as it is.
    Exists,
    /// The board has a job of that reference after an answer was lost: it is new, or it was there.
    NowThere,
}

/// What a key allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// Reading and writing.
    All,
    /// Writing.
    Write,
    /// Reading.
    Read,
}

/// Calls HrFlow. Clones share connections, pace and retries.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    credentials: Credentials,
    caller: Caller,
    api_url: Url,
    /// Whether the key was refused for reading while it may write.
    may_not_read: AtomicBool,
}

/// What HrFlow says of a job that it was asked to change.
enum ChangeAnswer {
    /// It is done; the job, where the answer shows it.
    Done(Option<ListedJob>),
    Unknown(PriorAttempt, Failure),
}

/// What a look at a job shows that HrFlow says it does not know.
enum JobPresence {
    Archived,
    Live,
    Missing,
}

impl Client {
    /// A client of the API at an address, such as `https://api.hrflow.ai/v1`.
    pub fn new(credentials: Credentials, caller: Caller, api_url: Url) -> Self {
        Self {
            shared: Arc::new(Shared {
                credentials,
                caller,
                api_url,
                may_not_read: AtomicBool::new(false),
            }),
        }
    }

    /// Whether the service failed so often that nothing is repeated any more.
    pub fn is_exhausted(&self) -> bool {
        self.shared.caller.is_exhausted()
    }

    /// Archives a job. Doing so twice is harmless.
    ///
    /// Of an archived job HrFlow may say that it does not know it. So where it says that, the job
    /// is looked at: archived, it is [`Archived::Done`] where an earlier try of this call, whose
    /// answer was lost, may have done it, and [`Archived::Before`] where none did.
    pub async fn archive_job(&self, board: &BoardKey, job: &JobId) -> Result<Archived, Error> {
        let (earlier, failure) = match self.set_archived(board, job, 1).await? {
            ChangeAnswer::Done(_) => return Ok(Archived::Done),
            ChangeAnswer::Unknown(earlier, failure) => (earlier, failure),
        };
        match (self.look(board, job).await?, earlier) {
            (JobPresence::Archived, PriorAttempt::MaybeApplied) => Ok(Archived::Done),
            (JobPresence::Archived, PriorAttempt::NotDone) => Ok(Archived::Before),
            (JobPresence::Missing, _) => Ok(Archived::Missing),
            (JobPresence::Live, _) => Err(self.without_call(Operation::ArchiveJob, failure)),
        }
    }

    /// Takes a job out of the archive. Doing so twice is harmless.
    pub async fn unarchive_job(&self, board: &BoardKey, job: &JobId) -> Result<Unarchived, Error> {
        match self.set_archived(board, job, 0).await? {
            ChangeAnswer::Done(_) => Ok(Unarchived::Done),
            ChangeAnswer::Unknown(..) => Ok(Unarchived::Missing),
        }
    }

    async fn set_archived(
        &self,
        board: &BoardKey,
        job: &JobId,
        is_archive: u8,
    ) -> Result<ChangeAnswer, Error> {
        let operation = Operation::ArchiveJob;
        let request = self.request(operation, Method::PATCH, "job/indexing/archive")?;
        let (field, id) = job.field();
        let body = json!({"board_key": board, field: id, "is_archive": is_archive});
        self.change(operation, request.json(body.to_string())).await
    }

    /// Changes a job that should be there.
    async fn change(&self, operation: Operation, request: Request) -> Result<ChangeAnswer, Error> {
        let read = |answer: &Answer, earlier| match done_with(answer) {
            Disposition::Done(job) => Disposition::Done(ChangeAnswer::Done(job)),
            Disposition::Fail(failure @ Failure::UnknownJob(_)) => {
                Disposition::Done(ChangeAnswer::Unknown(earlier, failure))
            }
            Disposition::TryAgain(failure) => Disposition::TryAgain(failure),
            Disposition::SlowDown { after, error } => Disposition::SlowDown { after, error },
            Disposition::RefreshToken(failure) | Disposition::Fail(failure) => {
                Disposition::Fail(failure)
            }
        };
        let said = self.shared.caller.call_with_prior(&request, read).await;
        said.map_err(|failed| self.error(operation, failed))
    }

    /// Looks at a job. To a key that may not read, it is missing.
    async fn look(&self, board: &BoardKey, job: &JobId) -> Result<JobPresence, Error> {
        if self.shared.may_not_read.load(Ordering::Relaxed) {
            return Ok(JobPresence::Missing);
        }
        match self.job(board, job).await {
            Ok(Some(job)) if job.is_archived() => Ok(JobPresence::Archived),
            Ok(Some(_)) => Ok(JobPresence::Live),
            Ok(None) => Ok(JobPresence::Missing),
            Err(Error { failure: Failure::Unauthorized(_) | Failure::Forbidden(_), .. }) => {
                self.shared.may_not_read.store(true, Ordering::Relaxed);
                Ok(JobPresence::Missing)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads a job; none where the board has no such job.
    pub async fn job(&self, board: &BoardKey, job: &JobId) -> Result<Option<ListedJob>, Error> {
        let operation = Operation::ReadJob;
        let mut request = self.request(operation, Method::GET, "job/indexing")?;
        let (field, id) = job.field();
        request
            .url
            .query_pairs_mut()
            .append_pair("board_key", board.as_str())
            .append_pair(field, id);
        match self.call(operation, &request, data).await {
            Ok(job) => Ok(Some(job)),
            Err(Error { failure: Failure::UnknownJob(_), .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a job, and gives it as the answer shows it. After an answer that leaves open whether
    /// it was created, the board is asked for the reference; only when it is not there, the job is
    /// sent again.
    pub async fn create_job(
        &self,
        board: &BoardKey,
        job: &Map<String, Value>,
    ) -> Result<(Created, Option<ListedJob>), Error> {
        let operation = Operation::CreateJob;
        let body = with_board(board, job);
        let mut wait = SHORTEST_WAIT;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let request = self.request(operation, Method::POST, "job/indexing")?;
            let request = request.json(body.clone());
            let error = match self.call(operation, &request, once).await {
                Ok(job) => return Ok((Created::Done, job)),
                Err(Error { failure: Failure::ReferenceInUse(_), .. }) if attempt > 1 => {
                    return Ok((Created::NowThere, None));
                }
                Err(Error { failure: Failure::ReferenceInUse(_), .. }) => {
                    return Ok((Created::Exists, None));
                }
                Err(error) => error,
            };
            let reference = job.get("reference").and_then(Value::as_str);
            let Some(reference) = reference.filter(|_| error.is_open() && attempt < ATTEMPTS)
            else {
                return Err(error);
            };
            let now_there = self.job(board, &JobId::Reference(reference.to_owned())).await?;
            if now_there.is_some() {
                return Ok((Created::NowThere, now_there));
            }
            let waited = self.shared.caller.wait_after_failure(&request, wait).await;
            waited.map_err(|failed| self.error(operation, failed.map(Failure::from)))?;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Replaces a job by what is sent: every field that is not sent is emptied, so send all. Gives
    /// the job as the answer shows it.
    ///
    /// Where HrFlow says that it does not know the job, it is looked at, for it may be archived.
    pub async fn edit_job(
        &self,
        board: &BoardKey,
        job: &Map<String, Value>,
    ) -> Result<(Edited, Option<ListedJob>), Error> {
        let operation = Operation::EditJob;
        let request = self.request(operation, Method::PUT, "job/indexing")?;
        let said = self.change(operation, request.json(with_board(board, job))).await?;
        let failure = match said {
            ChangeAnswer::Done(Some(job)) if job.is_archived() => {
                return Ok((Edited::InArchive, Some(job)));
            }
            ChangeAnswer::Done(job) => return Ok((Edited::Done, job)),
            ChangeAnswer::Unknown(_, failure) => failure,
        };
        let Some(id) = JobId::of(job) else { return Ok((Edited::Missing, None)) };
        match self.look(board, &id).await? {
            JobPresence::Archived => Ok((Edited::Archived, None)),
            JobPresence::Missing => Ok((Edited::Missing, None)),
            JobPresence::Live => Err(self.without_call(operation, failure)),
        }
    }

    /// One page of a board's jobs, the oldest first, pages counted from 1.
    pub async fn jobs(&self, board: &BoardKey, page: u64) -> Result<JobPage, Error> {
        let operation = Operation::ListJobs;
        let mut request = self.request(operation, Method::GET, "storing/jobs")?;
        request
            .url
            .query_pairs_mut()
            .append_pair("board_keys", &json!([board]).to_string())
            .append_pair("return_job", "true")
            .append_pair("limit", PAGE_SIZE)
            .append_pair("page", &page.to_string())
            .append_pair("sort_by", "created_at")
            .append_pair("order_by", "asc");
        self.call(operation, &request, jobs).await
    }

    /// Finds skills, languages and the like in texts; one answer for each text, in their order.
    pub async fn parse_texts(&self, texts: &[&str]) -> Result<Vec<ParsedText>, Error> {
        let operation = Operation::ParseTexts;
        let request = self.request(operation, Method::POST, "text/parsing")?.repeatable();
        let parsed: Vec<ParsedText> =
            self.call(operation, &request.json(json!({"texts": texts}).to_string()), data).await?;
        if parsed.len() == texts.len() {
            return Ok(parsed);
        }
        let excerpt = format!("{} texts were sent and {} came back", texts.len(), parsed.len());
        Err(self.without_call(operation, Failure::Unintelligible { status: 200, excerpt }))
    }

    /// The name of a board, which proves that the key sees it.
    pub async fn board(&self, board: &BoardKey) -> Result<String, Error> {
        let operation = Operation::ReadBoard;
        let mut request = self.request(operation, Method::GET, "board")?;
        request.url.query_pairs_mut().append_pair("key", board.as_str());
        let data: Map<String, Value> = self.call(operation, &request, data).await?;
        let name = data.get("name").and_then(Value::as_str);
        Ok(name.unwrap_or("without a name").to_owned())
    }

    /// What the key allows; none where HrFlow does not say.
    pub async fn permission(&self) -> Result<Option<Permission>, Error> {
        let operation = Operation::ReadPermission;
        let request = self.request(operation, Method::GET, "auth")?;
        let data: Map<String, Value> = self.call(operation, &request, data).await?;
        // Two sources name the field differently.
        let said = data.get("api_key_permission").or_else(|| data.get("api_secret_permission"));
        Ok(said.and_then(|said| Permission::deserialize(said).ok()))
    }

    async fn call<T>(
        &self,
        operation: Operation,
        request: &Request,
        read: impl Fn(&Answer) -> Disposition<T, Failure>,
    ) -> Result<T, Error> {
        let result = self.shared.caller.call(request, read).await;
        result.map_err(|failed| self.error(operation, failed))
    }

    fn request(&self, operation: Operation, method: Method, path: &str) -> Result<Request, Error> {
        let request = self.signed(method, path);
        let request = request.map_err(|error| self.without_call(operation, error.into()))?;
        Ok(request.answer_limit(operation.answer_limit()))
    }

    fn signed(&self, method: Method, path: &str) -> Result<Request, TransportError> {
        let Shared { credentials, api_url, .. } = &*self.shared;
        let mut url = api_url.clone();
        url.path_segments_mut()
            .map_err(|()| TransportError::not_sent("the address of the API cannot hold a path"))?
            .pop_if_empty()
            .extend(path.split('/'));
        let user = HeaderValue::from_str(&credentials.api_user).map_err(|_| {
            TransportError::not_sent("`api_user` holds a character no header may carry")
        })?;
        Request::new(method, url)
            .header(HeaderName::from_static("x-user-email"), user)
            .secret_header(HeaderName::from_static("x-api-key"), &credentials.api_secret)
    }

    fn error(&self, operation: Operation, failed: Failed<Failure>) -> Error {
        Error::of_call(operation, failed, &self.shared.credentials.api_secret)
    }

    fn without_call(&self, operation: Operation, failure: Failure) -> Error {
        Error::without_call(operation, failure, &self.shared.credentials.api_secret)
    }
}

/// A good answer, or a failure: what must not be sent again blindly is not.
fn once(answer: &Answer) -> Disposition<Option<ListedJob>, Failure> {
    match done_with(answer) {
        Disposition::TryAgain(failure) => Disposition::Fail(failure),
        verdict => verdict,
    }
}

fn with_board(board: &BoardKey, job: &Map<String, Value>) -> String {
    json!({"board_key": board, "job": job}).to_string()
}
