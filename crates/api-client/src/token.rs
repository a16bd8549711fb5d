//! A token that is fetched once, used until shortly before it ends, and renewed by one caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::stated::{later, share};
use crate::{Secret, StatedDuration};

/// Before its end a token is no longer used, so that none expires on its way.
const MARGIN: Duration = Duration::from_mins(1);

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token itself.
    pub secret: Secret,
    /// How long it lives from now.
    pub lifetime: StatedDuration,
}

/// So many tokens in a row that never were good are enough.
const MOST_FRUITLESS: u32 = 2;

type Fetch<E> = dyn Fn() -> BoxFuture<'static, Result<Token, E>> + Send + Sync;

/// Gives one token to everybody who calls with it.
pub struct TokenCache<E> {
    fetch: Box<Fetch<E>>,
    shared: Arc<SharedToken>,
}

/// The token of one account, which several caches may share.
#[derive(Default)]
pub struct SharedToken {
    held: Mutex<Option<Held>>,
    /// How many tokens in a row were refused without ever having been good.
    consecutive_failures: AtomicU32,
}

#[derive(Clone)]
struct Held {
    issued: Arc<Issued>,
    use_until: Instant,
}

/// A token as it is used.
#[derive(Debug)]
pub struct Issued {
    /// The token itself.
    pub secret: Secret,
    accepted: AtomicBool,
}

impl<E> TokenCache<E> {
    /// A cache that asks `fetch` when it needs a token.
    pub fn new(
        fetch: impl Fn() -> BoxFuture<'static, Result<Token, E>> + Send + Sync + 'static,
    ) -> Self {
        Self { fetch: Box::new(fetch), shared: Arc::default() }
    }

    /// The same with the token that other caches of the account use, too.
    #[must_use]
    pub fn sharing(self, shared: Arc<SharedToken>) -> Self {
        Self { shared, ..self }
    }

    /// The current token; fetched where there is none. The lock is held meanwhile, so that one
    /// fetch serves all who wait.
    pub async fn token(&self) -> Result<Arc<Issued>, E> {
        let mut held = self.shared.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.use_until) {
            return Ok(held.issued.clone());
        }
        let token = (self.fetch)().await?;
        Ok(held.insert(Held::from(token)).issued.clone())
    }

    /// The service took a call with this token.
    pub fn accept(&self, accepted: &Issued) {
        accepted.accepted.store(true, Ordering::Relaxed);
        self.shared.consecutive_failures.store(0, Ordering::Relaxed);
    }

    /// Forgets the token that the service refused, unless somebody has renewed it already. Says
    /// whether a new one may fare better: a token that was good has come to its end, but two in a
    /// row that never were good point at the credentials.
    pub async fn refuse(&self, refused: &Arc<Issued>) -> bool {
        let mut held = self.shared.held.lock().await;
        if held.as_ref().is_some_and(|held| Arc::ptr_eq(&held.issued, refused)) {
            *held = None;
            if !refused.accepted.load(Ordering::Relaxed) {
                self.shared.consecutive_failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.shared.consecutive_failures.load(Ordering::Relaxed) < MOST_FRUITLESS
    }
}

impl<E> std::fmt::Debug for TokenCache<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenCache")
    }
}

impl std::fmt::Debug for SharedToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SharedToken")
    }
}

impl From<Token> for Held {
    fn from(token: Token) -> Self {
        let lifetime = token.lifetime.get();
        let margin = MARGIN.min(share(lifetime, 0.1));
        let use_until = later(Instant::now(), lifetime.saturating_sub(margin));
        let issued = Issued { secret: token.secret, accepted: AtomicBool::new(false) };
        Self { issued: Arc::new(issued), use_until }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn counting(lifetime_s: u64) -> (Arc<AtomicUsize>, TokenCache<()>) {
        let fetched = Arc::new(AtomicUsize::new(0));
        let counter = fetched.clone();
        let cache = TokenCache::new(move || {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                let secret = Secret::new(format!("token {number}"));
                Ok(Token { secret, lifetime: StatedDuration::from_secs(lifetime_s) })
            })
        });
        (fetched, cache)
    }

    #[tokio::test(start_paused = true)]
    async fn one_fetch_serves_all_who_wait() {
        let (fetched, cache) = counting(1499);
        futures::future::join_all((0..50).map(|_| cache.token())).await;
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn caches_of_one_account_fetch_once_and_one_that_gives_up_leaves_it_to_the_next() {
        let ((of_first, first), (of_second, second)) = (counting(1499), counting(1499));
        let shared = Arc::<SharedToken>::default();
        let (first, second) = (first.sharing(shared.clone()), second.sharing(shared));
        let soon = Duration::from_millis(10);
        tokio::time::timeout(soon, first.token()).await.unwrap_err();
        let token = second.token().await.unwrap();
        assert!(Arc::ptr_eq(&token, &first.token().await.unwrap()));
        let fetched = (of_first.load(Ordering::SeqCst), of_second.load(Ordering::SeqCst));
        assert_eq!(fetched, (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_replaced_shortly_before_its_end() {
        let (fetched, cache) = counting(1499);
        cache.token().await.unwrap();
        tokio::time::advance(Duration::from_secs(1400)).await;
        cache.token().await.unwrap();
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_mins(1)).await;
        cache.token().await.unwrap();
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_may_claim_to_live_for_ever() {
        let (fetched, cache) = counting(u64::MAX);
        cache.token().await.unwrap();
        tokio::time::advance(Duration::from_hours(24 * 300)).await;
        cache.token().await.unwrap();
        assert_eq!(fetched.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_refused_to_many_is_renewed_once() {
        let (fetched, cache) = counting(1499);
        let first = cache.token().await.unwrap();
        for _ in 0..10 {
            cache.refuse(&first).await;
            cache.token().await.unwrap();
        }
        assert_eq!(fetched.load(Ordering::SeqCst), 2);
    }
}
