//! The calls of the API.

use std::sync::Arc;

use api_client::{Answer, Caller, Request, Secret, Unanswered, Verdict};
use http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::answers::{data, done};
use crate::{BoardKey, Error, Failure, JobId, Operation};

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
    /// The job is archived; it may have been before.
    Done,
    /// The board has no such job.
    Missing,
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
}

impl Client {
    /// A client of the API at an address, such as `https://api.hrflow.ai/v1`.
    pub fn new(credentials: Credentials, caller: Caller, api_url: Url) -> Self {
        Self { shared: Arc::new(Shared { credentials, caller, api_url }) }
    }

    /// Whether the service failed so often that nothing is repeated any more.
    pub fn has_given_up(&self) -> bool {
        self.shared.caller.has_given_up()
    }

    /// Archives a job. Doing so twice is harmless.
    pub async fn archive_job(&self, board: &BoardKey, job: &JobId) -> Result<Archived, Error> {
        let operation = Operation::ArchiveJob;
        let request = self.request(operation, Method::PATCH, "job/indexing/archive")?;
        let (field, id) = job.field();
        let body = json!({"board_key": board, field: id, "is_archive": 1});
        match self.call(operation, request.json(body.to_string()), done).await {
            Ok(()) => Ok(Archived::Done),
            Err(Error { failure: Failure::UnknownJob(_), .. }) => Ok(Archived::Missing),
            Err(error) => Err(error),
        }
    }

    /// Reads a job; none where the board has no such job.
    pub async fn job(
        &self,
        board: &BoardKey,
        job: &JobId,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let operation = Operation::ReadJob;
        let mut request = self.request(operation, Method::GET, "job/indexing")?;
        let (field, id) = job.field();
        request
            .url
            .query_pairs_mut()
            .append_pair("board_key", board.as_str())
            .append_pair(field, id);
        match self.call(operation, request, data).await {
            Ok(job) => Ok(Some(job)),
            Err(Error { failure: Failure::UnknownJob(_), .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name of a board, which proves that the key sees it.
    pub async fn board(&self, board: &BoardKey) -> Result<String, Error> {
        let operation = Operation::ReadBoard;
        let mut request = self.request(operation, Method::GET, "board")?;
        request.url.query_pairs_mut().append_pair("key", board.as_str());
        let data: Map<String, Value> = self.call(operation, request, data).await?;
        let name = data.get("name").and_then(Value::as_str);
        Ok(name.unwrap_or("without a name").to_owned())
    }

    /// What the key allows; none where HrFlow does not say.
    pub async fn permission(&self) -> Result<Option<Permission>, Error> {
        let operation = Operation::ReadPermission;
        let request = self.request(operation, Method::GET, "auth")?;
        let data: Map<String, Value> = self.call(operation, request, data).await?;
        // Two sources name the field differently.
        let said = data.get("api_key_permission").or_else(|| data.get("api_secret_permission"));
        Ok(said.and_then(|said| Permission::deserialize(said).ok()))
    }

    async fn call<T>(
        &self,
        operation: Operation,
        request: Request,
        read: impl Fn(&Answer) -> Verdict<T, Failure>,
    ) -> Result<T, Error> {
        let result = self.shared.caller.call(&request, read).await;
        result.map_err(|failure| self.error(operation, failure))
    }

    fn request(&self, operation: Operation, method: Method, path: &str) -> Result<Request, Error> {
        self.signed(method, path).map_err(|error| self.error(operation, error.into()))
    }

    fn signed(&self, method: Method, path: &str) -> Result<Request, Unanswered> {
        let Shared { credentials, api_url, .. } = &*self.shared;
        let mut url = api_url.clone();
        url.path_segments_mut()
            .map_err(|()| Unanswered::not_sent("the address of the API cannot hold a path"))?
            .pop_if_empty()
            .extend(path.split('/'));
        let user = HeaderValue::from_str(&credentials.api_user).map_err(|_| {
            Unanswered::not_sent("`api_user` holds a character no header may carry")
        })?;
        Request::new(method, url)
            .header(HeaderName::from_static("x-user-email"), user)
            .secret_header(HeaderName::from_static("x-api-key"), &credentials.api_secret)
    }

    fn error(&self, operation: Operation, failure: Failure) -> Error {
        Error::new(operation, failure, &self.shared.credentials.api_secret)
    }
}
