//! A search of France Travail as an origin.

use engine::{Arrival, Coverage, EndError, Held, Item, Origin, OriginInfo, Selects, Warning};
use francetravail_api::{
    Addresses, Client, Credentials, Error, Offer, ReadEvent, Reading as OfferReading, Search,
    UnreadableOffer,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::mpsc;

use super::selection;
use crate::ClientOptions;
use crate::francetravail::{ConnectorAuth, parameters};
use crate::problem::{Problem, Side};
use crate::settings::{Environment, Section};

const NAME: &str = "France Travail";
pub(crate) const API_URL: &str = "https://api.francetravail.io/partenaire/offresdemploi";
pub(crate) const TOKEN_URL: &str =
    "https://entreprise.francetravail.fr/connexion/oauth2/access_token";
/// How many deliveries wait to be handed on.
const DELIVERIES_WAITING: usize = 1;
/// How many gaps a warning spells out.
const MAX_NAMED: usize = 3;
/// So old a mirror may be, by the terms of the offers.
const MAX_STALENESS: SignedDuration = SignedDuration::from_hours(24);

/// The offers that a search finds.
pub(super) struct OfferSearch {
    client: Client,
    search: Search,
}

impl OfferSearch {
    /// Makes it ready; no call is made.
    pub(super) fn connect(
        auth: ConnectorAuth,
        search: Search,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Self, Problem> {
        Ok(Self { client: connect(auth, environment, client_options)?, search })
    }

    /// What may surprise of the search in the hands of an action.
    pub(super) fn warnings(&self, given: &Section, action: &str) -> Vec<Warning> {
        parameters::warnings(&self.search, given, action)
    }

    async fn read_all(
        &self,
        since: Option<Timestamp>,
        out: mpsc::Sender<Arrival>,
    ) -> Result<Coverage, EndError> {
        let (sender, deliveries) = mpsc::channel(DELIVERIES_WAITING);
        let search = match since {
            Some(since) => &self.search.created_since(since),
            None => &self.search,
        };
        let (reading, ()) =
            futures::join!(self.client.read(search, sender), hand_on(deliveries, out));
        reading.map(coverage_of).map_err(failure)
    }

    async fn probe(&self) -> Result<String, EndError> {
        let total = self.client.count(&self.search.pairs()).await.map_err(failure)?;
        Ok(format!("the search lists {total} offers"))
    }
}

impl Origin for OfferSearch {
    fn describe(&self) -> OriginInfo {
        let pairs = self.search.canonical_pairs().into_iter();
        OriginInfo {
            name: NAME,
            parameters: json!(self.search),
            selection: json!({"origin": NAME, "search": pairs.collect::<Vec<_>>()}),
            max_staleness: Some(MAX_STALENESS),
            sliding: selection::sliding(&self.search),
        }
    }

    fn id(&self, item: &Item) -> Option<String> {
        item.text("id").map(str::to_owned)
    }

    fn read(
        &self,
        since: Option<Timestamp>,
        out: mpsc::Sender<Arrival>,
    ) -> BoxFuture<'_, Result<Coverage, EndError>> {
        self.read_all(since, out).boxed()
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Item>, EndError>> {
        async move {
            let offer = self.client.offer(id).await.map_err(failure)?;
            Ok(offer.map(|offer| Item::from(offer.into_map())))
        }
        .boxed()
    }

    fn selects(&self, item: &Item) -> Selects {
        selection::selects(&self.search, item, Timestamp::now())
    }

    fn made(&self, held: &Held) -> bool {
        let (Some(reference), Some(url)) = (&held.reference, held.item.text("url")) else {
            return false;
        };
        is_page_of(url, reference)
    }

    fn check(&self) -> BoxFuture<'_, Result<String, EndError>> {
        self.probe().boxed()
    }

    fn count(&self) -> BoxFuture<'_, Result<Option<u64>, EndError>> {
        async { self.client.count(&self.search.pairs()).await.map(Some).map_err(failure) }.boxed()
    }
}

/// Whether an address is that of the page on which the service shows an offer: every offer has
/// one, also a partner's (seen in all recorded offers), and it becomes the job's address.
fn is_page_of(url: &str, id: &str) -> bool {
    let Ok(url) = url.parse::<url::Url>() else { return false };
    let is_theirs = url.host_str().is_some_and(|host| {
        ["francetravail.fr", "pole-emploi.fr"].iter().any(|theirs| {
            host.strip_suffix(theirs).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    });
    is_theirs && !id.is_empty() && url.path_segments().and_then(Iterator::last) == Some(id)
}

/// A client of the service that the environment names.
pub(super) fn connect(
    auth: ConnectorAuth,
    environment: &Environment,
    client_options: &ClientOptions,
) -> Result<Client, Problem> {
    let url = |name, default| environment.url(name, default, Side::Origin);
    let addresses = Addresses {
        api: url("FRANCETRAVAIL_API_URL", API_URL)?,
        token: url("FRANCETRAVAIL_TOKEN_URL", TOKEN_URL)?,
    };
    let caller = client_options.reader(NAME, &auth.client_id);
    let token =
        client_options.token_of((&addresses.token, &auth.client_id, auth.client_secret.expose()));
    let credentials = Credentials::new(auth.client_id, auth.client_secret);
    Ok(Client::sharing_token(credentials, caller, addresses, token))
}

/// Passes the offers on as items until nobody wants more.
async fn hand_on(mut deliveries: mpsc::Receiver<ReadEvent>, out: mpsc::Sender<Arrival>) {
    while let Some(delivery) = deliveries.recv().await {
        for arrival in arrivals(delivery) {
            if out.send(arrival).await.is_err() {
                return;
            }
        }
    }
}

fn arrivals(delivery: ReadEvent) -> Vec<Arrival> {
    match delivery {
        ReadEvent::Total(total) => vec![Arrival::Total(total)],
        ReadEvent::Offers(offers) => {
            let items = offers.into_iter().map(Offer::into_map).map(Item::from);
            vec![Arrival::Items(items.collect())]
        }
        ReadEvent::Unreadable(offers) => offers.into_iter().map(unreadable).collect(),
    }
}

fn unreadable(offer: UnreadableOffer) -> Arrival {
    let UnreadableOffer { id, why, .. } = offer;
    Arrival::Unreadable { id, message: format!("the offer could not be read: {why}") }
}

fn coverage_of(reading: OfferReading) -> Coverage {
    let OfferReading { doubts, .. } = reading;
    if doubts.is_empty() {
        return Coverage::COMPLETE;
    }
    let named = doubts.iter().take(MAX_NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = doubts.len().saturating_sub(MAX_NAMED);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    Coverage { complete: false, warning: Some(format!("not read whole: {named}{rest}")) }
}

pub(super) fn failure(error: Error) -> EndError {
    let hint = error.hint();
    EndError::item(error.to_string()).with_hint(hint).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::is_page_of;

    #[test]
    fn an_offer_is_known_by_the_address_of_its_page() {
        let page = "https://candidat.francetravail.fr/offres/recherche/detail/048KLTP";
        assert!(is_page_of(page, "048KLTP"));
        assert!(is_page_of("https://candidat.pole-emploi.fr/offres/recherche/detail/0", "0"));
        assert!(!is_page_of(page, "048KLT"));
        assert!(!is_page_of("https://francetravail.fr.example.org/048KLTP", "048KLTP"));
        assert!(!is_page_of("https://notfrancetravail.fr/048KLTP", "048KLTP"));
        assert!(!is_page_of("048KLTP", "048KLTP"));
        assert!(!is_page_of("https://candidat.francetravail.fr/", ""));
    }
}
