//! The calls of the API.

use std::sync::Arc;

use api_client::{Caller, Failed, Pace, Request, Secret, SharedToken, TokenCache, TransportError};
use futures::FutureExt;
use url::Url;

use crate::error::Operation;
use crate::page::PAGE_SIZE;
use crate::{Error, Failure, Offer, Page, ReferentialEntry, ResultRange, answers};

/// The realm of partners' applications.
const REALM: (&str, &str) = ("realm", "/partenaire");
/// What the token is for.
const SCOPE: &str = "api_offresdemploiv2 o2dsoffre";

/// An application registered at francetravail.io.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}

impl Credentials {
    /// The two halves.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self { client_id: client_id.into(), client_secret: client_secret.into() }
    }
}

/// Where the service is.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Of the API; the calls add `/v2/…`.
    pub api: Url,
    /// Of the token endpoint, without its query.
    pub token: Url,
}

/// Calls France Travail. Clones share the token, connections, pace and retries.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    caller: Caller,
    tokens: TokenCache<Failure>,
    client_secret: Secret,
    api: Url,
}

impl Client {
    /// A client whose calls go through a caller. The token has the same caller without its pace:
    /// the allowance is that of the search.
    pub fn new(credentials: Credentials, caller: Caller, addresses: Addresses) -> Self {
        Self::sharing_token(credentials, caller, addresses, Arc::default())
    }

    /// The same with the token that other clients use with these credentials, too.
    pub fn sharing_token(
        credentials: Credentials,
        caller: Caller,
        addresses: Addresses,
        token: Arc<SharedToken>,
    ) -> Self {
        let client_secret = credentials.client_secret.clone();
        let token_caller = caller.clone().with_pace(Arc::new(Pace::unlimited()));
        let tokens = TokenCache::new(move || {
            fetch_token(token_caller.clone(), credentials.clone(), addresses.token.clone()).boxed()
        })
        .sharing(token);
        Self { shared: Arc::new(Shared { caller, tokens, client_secret, api: addresses.api }) }
    }

    /// Gets a token, which proves the credentials.
    pub async fn authenticate(&self) -> Result<(), Error> {
        match self.shared.tokens.token().await {
            Ok(_) => Ok(()),
            Err(failure) => Err(self.without_call(Operation::GetToken, failure)),
        }
    }

    /// How many offers match, in one call.
    pub async fn count(&self, pairs: &[(&'static str, String)]) -> Result<u64, Error> {
        let page = self.page(pairs, 0, 0).await?;
        Ok(page.total.unwrap_or_default())
    }

    /// One page: the offers from one position to another, at most 150.
    pub async fn range(
        &self,
        pairs: &[(&'static str, String)],
        range: ResultRange,
    ) -> Result<Page, Error> {
        self.page(pairs, range.first(), range.last()).await
    }

    /// One offer by its id; none where it is listed no more.
    pub async fn offer(&self, id: &str) -> Result<Option<Offer>, Error> {
        let operation = Operation::ReadOffer;
        let request = self.request(operation, &["v2", "offres", id])?;
        let Shared { caller, tokens, .. } = &*self.shared;
        caller
            .call_with_token(tokens, &request, answers::offer)
            .await
            .map_err(|failed| self.error(operation, failed))
    }

    /// One of the [`REFERENTIALS`](crate::REFERENTIALS).
    pub async fn referential(&self, name: &str) -> Result<Vec<ReferentialEntry>, Error> {
        let operation = Operation::ReadReferential;
        let request = self.request(operation, &["v2", "referentiel", name])?;
        let Shared { caller, tokens, .. } = &*self.shared;
        caller
            .call_with_token(tokens, &request, answers::referential)
            .await
            .map_err(|failed| self.error(operation, failed))
    }

    pub(crate) async fn page(
        &self,
        pairs: &[(&'static str, String)],
        first: u32,
        last: u32,
    ) -> Result<Page, Error> {
        debug_assert!(last - first < PAGE_SIZE, "a page is at most 150 wide");
        let width = last - first + 1;
        let operation = Operation::Search;
        if let Some(name) = repeated(pairs) {
            let error = TransportError::not_sent(format!("the parameter `{name}` is given twice"));
            return Err(self.without_call(operation, error.into()));
        }
        let mut request = self.request(operation, &["v2", "offres", "search"])?;
        request
            .url
            .query_pairs_mut()
            .extend_pairs(pairs.iter().filter(|(name, _)| *name != "range"))
            .append_pair("range", &format!("{first}-{last}"));
        let Shared { caller, tokens, .. } = &*self.shared;
        caller
            .call_with_token(tokens, &request, |answer| answers::page(answer, first, width))
            .await
            .map_err(|failed| self.error(operation, failed))
    }

    fn request(&self, operation: Operation, path: &[&str]) -> Result<Request, Error> {
        let mut url = self.shared.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        } else {
            let error = TransportError::not_sent("the address of the API cannot hold a path");
            return Err(self.without_call(operation, error.into()));
        }
        Ok(Request::get(url).answer_limit(operation.answer_limit()))
    }

    fn error(&self, operation: Operation, failed: Failed<Failure>) -> Error {
        Error::of_call(operation, failed, &self.shared.client_secret)
    }

    fn without_call(&self, operation: Operation, failure: Failure) -> Error {
        Error::without_call(operation, failure, &self.shared.client_secret)
    }
}

/// A name that stands twice among pairs. The service would use its first value, and say nothing.
fn repeated(pairs: &[(&'static str, String)]) -> Option<&'static str> {
    let mut names = pairs.iter().enumerate();
    let is_repeated = |at: usize, name| pairs[..at].iter().any(|(known, _)| *known == name);
    names.find(|(at, (name, _))| is_repeated(*at, *name)).map(|(_, (name, _))| *name)
}

async fn fetch_token(
    caller: Caller,
    credentials: Credentials,
    mut url: Url,
) -> Result<api_client::Token, Failure> {
    url.query_pairs_mut().append_pair(REALM.0, REALM.1);
    let Credentials { client_id, client_secret } = &credentials;
    let operation = Operation::GetToken;
    let request = Request::new(http::Method::POST, url).repeatable().form([
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", client_secret.expose()),
        ("scope", SCOPE),
    ]);
    let request = request.answer_limit(operation.answer_limit());
    caller.call(&request, answers::token).await.map_err(|failed| {
        Failure::Token(Box::new(Error::of_call(operation, failed, client_secret)))
    })
}
