//! A search of France Travail as an origin.

use ::francetravail::{
    Addresses, Client, Credentials, Delivery, Error, Offer, Reading as OfferReading, Search,
};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::connector::{Origin, ReadFailure, Reading};
use crate::francetravail::ConnectorAuth;
use crate::problem::{Problem, Side, with_hint};
use crate::run::Recorder;
use crate::settings::Environment;
use crate::{Event, Item, Wiring};

const NAME: &str = "France Travail";
const API_URL: &str = "https://api.francetravail.io/partenaire/offresdemploi";
const TOKEN_URL: &str = "https://entreprise.francetravail.fr/connexion/oauth2/access_token";
/// How many deliveries wait to be handed on.
const DELIVERIES_WAITING: usize = 1;
/// How many doubts a remark spells out.
const DOUBTS_TOLD: usize = 3;

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
        wiring: &Wiring,
    ) -> Result<Self, Problem> {
        Ok(Self { client: connect(auth, environment, wiring)?, search })
    }

    async fn read_all(
        &self,
        since: Option<Timestamp>,
        batches: mpsc::Sender<Vec<Item>>,
        recorder: Recorder,
    ) -> Result<Reading, ReadFailure> {
        let (sender, deliveries) = mpsc::channel(DELIVERIES_WAITING);
        let search = match since {
            Some(since) => &self.search.created_since(since),
            None => &self.search,
        };
        let (reading, ()) = futures::join!(
            self.client.read(search, sender),
            hand_on(deliveries, batches, recorder)
        );
        reading.map(reading_of).map_err(|error| ReadFailure(told(&error)))
    }

    async fn ask(&self) -> Result<String, String> {
        let total = self.client.count(&self.search.pairs()).await;
        let total = total.map_err(|error| told(&error))?;
        Ok(format!("the search lists {total} offers"))
    }
}

impl Origin for OfferSearch {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Value {
        json!(self.search)
    }

    fn selection(&self) -> Value {
        let pairs = self.search.canonical_pairs().into_iter();
        json!({"origin": NAME, "search": pairs.collect::<Vec<_>>()})
    }

    fn reference(&self, item: &Item) -> Option<String> {
        item.text("id").map(str::to_owned)
    }

    fn read(
        &self,
        since: Option<Timestamp>,
        batches: mpsc::Sender<Vec<Item>>,
        recorder: Recorder,
    ) -> BoxFuture<'_, Result<Reading, ReadFailure>> {
        self.read_all(since, batches, recorder).boxed()
    }

    fn has_made(&self, held: &Item) -> bool {
        let (Some(reference), Some(url)) = (held.text("reference"), held.text("url")) else {
            return false;
        };
        is_page_of(url, reference)
    }

    fn find<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Item>, String>> {
        async move {
            let offer = self.client.offer(reference).await.map_err(|error| told(&error))?;
            Ok(offer.map(|offer| Item::from(offer.into_map())))
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        self.ask().boxed()
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
    wiring: &Wiring,
) -> Result<Client, Problem> {
    let url = |name, default| environment.url(name, default, Side::Origin);
    let addresses = Addresses {
        api: url("FRANCETRAVAIL_API_URL", API_URL)?,
        token: url("FRANCETRAVAIL_TOKEN_URL", TOKEN_URL)?,
    };
    let caller = wiring.reader(NAME, &auth.client_id);
    let credentials = Credentials::new(auth.client_id, auth.client_secret);
    Ok(Client::new(credentials, caller, addresses))
}

/// Passes the offers on as items until nobody wants more.
async fn hand_on(
    mut deliveries: mpsc::Receiver<Delivery>,
    batches: mpsc::Sender<Vec<Item>>,
    recorder: Recorder,
) {
    while let Some(delivery) = deliveries.recv().await {
        match delivery {
            Delivery::Total(total) => recorder.record(&Event::Listed { total }),
            Delivery::Offers(offers) => {
                let items = offers.into_iter().map(Offer::into_map).map(Item::from).collect();
                if batches.send(items).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn reading_of(reading: OfferReading) -> Reading {
    let OfferReading { doubts } = reading;
    if doubts.is_empty() {
        return Reading { complete: true, remark: None };
    }
    let told = doubts.iter().take(DOUBTS_TOLD).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = doubts.len().saturating_sub(DOUBTS_TOLD);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    Reading { complete: false, remark: Some(format!("not read whole: {told}{rest}")) }
}

fn told(error: &Error) -> String {
    with_hint(error, error.hint().as_deref())
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
