//! What is known of Offres d'emploi v2, sentence by sentence, asked of the sandbox.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request};
use sandbox::{FranceTravail, RetryAfter, Settings, World, router};
use serde_json::Value;
use tower::ServiceExt;

const API: &str = "/partenaire/offresdemploi/v2";

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn ids(&self) -> Vec<String> {
        let offers = self.json()["resultats"].as_array().unwrap().clone();
        offers.iter().map(|offer| offer["id"].as_str().unwrap().to_owned()).collect()
    }
}

struct Asked {
    world: Arc<World>,
    token: String,
}

impl Asked {
    async fn of(offers: usize, francetravail: FranceTravail) -> Self {
        Self::with(Settings { offers, francetravail, ..Settings::default() }).await
    }

    async fn unhurried(offers: usize) -> Self {
        Self::of(offers, FranceTravail { rate: None, ..FranceTravail::default() }).await
    }

    async fn with(settings: Settings) -> Self {
        let world = Arc::new(World::new(settings).unwrap());
        let asked = Self { world, token: String::new() };
        let answer = asked.token("api_offresdemploiv2 o2dsoffre").await;
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        Self { token, ..asked }
    }

    async fn token(&self, scope: &str) -> Answered {
        let scope = scope.replace(' ', "%20");
        let form =
            format!("grant_type=client_credentials&client_id=a&client_secret=b&scope={scope}");
        let request = Request::post("/connexion/oauth2/access_token?realm=%2Fpartenaire")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        self.send(request).await
    }

    async fn get(&self, path: &str) -> Answered {
        let request = Request::get(format!("{API}/{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }

    async fn search(&self, query: &str) -> Answered {
        self.get(&format!("offres/search?{query}")).await
    }

    async fn send(&self, request: Request<Body>) -> Answered {
        let (parts, body) = router(self.world.clone()).oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answered {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

#[tokio::test]
async fn a_token_lives_for_1499_seconds_and_a_wrong_scope_is_named() {
    let asked = Asked::unhurried(1).await;
    let good = asked.token("api_offresdemploiv2 o2dsoffre").await;
    assert_eq!((good.status, good.json()["expires_in"].as_u64()), (200, Some(1499)));
    assert_eq!(good.json()["access_token"].as_str().unwrap().len(), 27);
    let bad = asked.token("api_quinexistepasv0").await;
    assert_eq!((bad.status, bad.header("cache-control")), (400, Some("no-store")));
    assert_eq!(bad.json()["error"], "invalid_scope");
    assert_eq!(bad.json()["error_description"], "Unknown/invalid scope(s): [api_quinexistepasv0]");
}

#[tokio::test]
async fn without_a_good_token_the_answer_is_401_and_empty() {
    let asked = Asked { token: "old".to_owned(), ..Asked::unhurried(1).await };
    let answer = asked.search("range=0-0").await;
    assert_eq!((answer.status, answer.body.as_str()), (401, ""));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn without_any_token_the_answer_is_401_and_empty() {
    let asked = Asked::unhurried(1).await;
    let request = Request::get(format!("{API}/offres/search?range=0-0"));
    let answer = asked.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, ""));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn a_token_request_without_a_body_is_an_invalid_one() {
    let asked = Asked::unhurried(1).await;
    let address = "/connexion/oauth2/access_token?realm=%2Fpartenaire";
    for (body, error, description) in [
        ("", "invalid_request", "Grant type is not set"),
        ("client_id=a&client_secret=b", "invalid_request", "Grant type is not set"),
        ("grant_type=implicit", "unsupported_grant_type", "Grant type is not supported: implicit"),
    ] {
        let request = Request::post(address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        let answer = asked.send(request).await;
        assert_eq!((answer.status, answer.header("cache-control")), (400, Some("no-store")));
        assert_eq!(answer.json()["error"], error, "{body}");
        assert_eq!(answer.json()["error_description"], description, "{body}");
    }
}

#[tokio::test]
async fn of_a_key_that_is_given_twice_only_the_first_value_counts() {
    let asked = Asked::unhurried(2_000).await;
    let found = async |query: &str| {
        let answer = asked.search(query).await;
        answer.header("content-range").map(str::to_owned)
    };
    let (first, second) = (found("typeContrat=CDI").await, found("typeContrat=MIS").await);
    assert_ne!(first, second);
    // Both orders, for a result that is kept may not be taken for another one.
    assert_eq!(found("typeContrat=CDI&typeContrat=MIS").await, first);
    assert_eq!(found("typeContrat=MIS&typeContrat=CDI").await, second);
    let ranges = "range=0-9&range=10-19";
    assert!(found(ranges).await.unwrap().starts_with("offres 0-9/"));
}

#[tokio::test]
async fn a_contact_has_a_link_in_place_of_a_mail_address() {
    let asked = Asked::unhurried(300).await;
    let mut links = 0;
    for id in asked.world.offer_ids() {
        let offer = asked.world.offer(&id).unwrap();
        for text in [&offer["contact"]["courriel"], &offer["agence"]["courriel"]] {
            let Some(text) = text.as_str() else { continue };
            let link = format!("https://candidat.francetravail.fr/offres/recherche/detail/{id}");
            assert_eq!(text, format!("Pour postuler, utiliser le lien suivant : {link}"));
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
}

#[tokio::test]
async fn every_answer_to_a_range_is_206_and_only_a_whole_one_without_range_is_200() {
    let asked = Asked::unhurried(353).await;
    for (range, expected) in [
        ("range=0-149", "offres 0-149/353"),
        ("range=300-449", "offres 300-352/353"),
        ("range=0-0", "offres 0-0/353"),
        ("", "offres 0-149/353"),
    ] {
        let answer = asked.search(range).await;
        assert_eq!((answer.status, answer.header("content-range")), (206, Some(expected)));
        assert_eq!(answer.header("accept-range"), Some("150"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
    }
    let whole = Asked::unhurried(5).await.search("").await;
    assert_eq!((whole.status, whole.header("content-range")), (200, Some("offres 0-4/5")));
}

#[tokio::test]
async fn what_is_empty_is_204_and_says_whether_it_lies_past_the_end() {
    let asked = Asked::unhurried(353).await;
    let nothing = asked.search("range=0-149&departement=75&motsCles=introuvable").await;
    assert_eq!((nothing.status, nothing.header("content-range")), (204, Some("*/0")));
    let past = asked.search("range=450-599").await;
    assert_eq!((past.status, past.header("content-range")), (204, Some("offres -1--1/353")));
    assert_eq!(past.body, "");
}

#[tokio::test]
async fn every_refusal_has_the_services_own_words() {
    let asked = Asked::unhurried(10).await;
    for (query, message) in [
        ("range=0-150", "La plage de résultats demandée est trop importante."),
        ("range=3001-3100", "La position de début doit être inférieure ou égale à 3000."),
        ("range=3150-3299", "La position de début doit être inférieure ou égale à 3000."),
        ("range=x", "Format du paramètre « range » incorrect. <entier>-<entier> attendu."),
        (
            "motsCles=a",
            "Format du paramètre « motsCles » incorrect. 7 mots-clé au maximum séparés par des \
             virgules et d'au moins 2 caractères.",
        ),
        ("natureContrat=ZZ", "Valeur du paramètre « natureContrat » incorrecte."),
        ("typeContrat=XXX", "Valeur du paramètre « typeContrat » incorrecte."),
        ("departement=99", "Valeur du paramètre « departement » incorrecte."),
        ("commune=1", "Valeur du paramètre « commune » incorrecte."),
        ("region=99", "Valeur du paramètre « region » incorrecte."),
        ("domaine=M18,C15", "Valeur du paramètre « domaine » incorrecte."),
        ("theme=13,17", "Valeur du paramètre « theme » incorrecte."),
        ("tempsPlein=oui", "Format du paramètre « tempsPlein » incorrect. Booléen attendu."),
        (
            "grandDomaine=Z",
            "Format du paramètre « grandDomaine » incorrect. A, B, C, C15, D, E, F, G, H, I, J, \
             K, L, L14, M15, M18, M, M16, M17, M13, M14 ou N attendu.",
        ),
        (
            "experienceExigence=X",
            "Format du paramètre « experienceExigence » incorrect. D, E ou S attendu.",
        ),
        (
            "publieeDepuis=5",
            "Format du paramètre « publieeDepuis » incorrect. 1, 3, 7, 14 ou 31 attendu.",
        ),
        (
            "secteurActivite=01,02,03",
            "Format du paramètre « secteurActivite » incorrect. 2 chaînes de caractères séparées \
             par des virgules maximum.",
        ),
        (
            "departement=01,02,03,04,05,06",
            "Le nombre de départements maximum autorisé pour la recherche est de 5",
        ),
    ] {
        let answer = asked.search(query).await;
        let body = answer.json();
        assert_eq!((answer.status, body["message"].as_str()), (400, Some(message)), "{query}");
        assert_eq!(body["codeHttp"], 400);
        let millisecond = body["codeErreur"].as_str().unwrap();
        assert!(millisecond.len() == 13 && millisecond.parse::<u64>().is_ok(), "{millisecond}");
        assert_eq!(answer.header("accept-range"), Some("150"));
        assert_eq!(answer.header("content-range"), None);
    }
    assert_eq!(asked.search("range=3000-3149").await.status, 204);
    assert_eq!(asked.search("pays=99100&siret=1&typeContrat=").await.status, 200);
}

#[tokio::test]
async fn the_four_counts_are_on_every_page_and_sum_up_to_the_whole() {
    let asked = Asked::unhurried(1_000).await;
    for start in [0, 450] {
        let body = asked.search(&format!("range={start}-{}", start + 149)).await.json();
        let counts = body["filtresPossibles"].as_array().unwrap().iter().map(|counts| {
            let values = counts["agregation"].as_array().unwrap();
            let sum: u64 = values.iter().map(|value| value["nbResultats"].as_u64().unwrap()).sum();
            assert_eq!(sum, 1_000);
            counts["filtre"].as_str().unwrap()
        });
        let names: Vec<_> = counts.collect();
        assert_eq!(names, ["typeContrat", "experience", "qualification", "natureContrat"]);
    }
}

#[tokio::test]
async fn without_a_sort_the_services_own_offers_come_first_each_origin_newest_first() {
    let asked = Asked::unhurried(500).await;
    let mut found = Vec::new();
    for start in (0..500).step_by(100) {
        let body = asked.search(&format!("range={start}-{}", start + 99)).await.json();
        for offer in body["resultats"].as_array().unwrap() {
            let origin = offer["origineOffre"]["origine"].as_str().unwrap().to_owned();
            found.push((origin, std::cmp::Reverse(offer["dateCreation"].to_string())));
        }
    }
    assert!(found.is_sorted());
    assert!(found.iter().any(|(origin, _)| origin == "2"));
}

#[tokio::test]
async fn one_offer_is_200_gone_is_204_and_a_malformed_id_is_400() {
    let asked = Asked::unhurried(10).await;
    let id = asked.world.offer_ids()[0].clone();
    let offer = asked.get(&format!("offres/{id}")).await;
    assert_eq!((offer.status, offer.header("content-range")), (200, None));
    let listed = asked.search("range=0-9").await.json();
    assert!(listed["resultats"].as_array().unwrap().contains(&offer.json()));
    assert_eq!(asked.get("offres/0000000").await.status, 204);
    let malformed = asked.get("offres/x").await;
    let message = "Le format de l'id de l'offre recherchée est incorrect.";
    assert_eq!((malformed.status, malformed.json()["message"].as_str()), (400, Some(message)));
}

#[tokio::test(start_paused = true)]
async fn an_allowance_of_ten_four_or_three_is_stated_and_enforced() {
    for rate in [10_u32, 4, 3] {
        let settings = FranceTravail { rate: Some(f64::from(rate)), ..FranceTravail::default() };
        let asked = Asked::of(10, settings).await;
        for left in (0..rate).rev() {
            let answer = asked.search("range=0-0").await;
            assert_eq!(answer.status, 206);
            for (name, value) in [
                ("x-ratelimit-burst-capacity-clientidlimiter", rate),
                ("x-ratelimit-replenish-rate-clientidlimiter", rate),
                ("x-ratelimit-remaining-clientidlimiter", left),
                ("x-ratelimit-requested-tokens-clientidlimiter", 1),
                ("x-ratelimit-replenish-rate-defaultlimiter", 100),
            ] {
                assert_eq!(answer.header(name), Some(value.to_string().as_str()), "{name}");
            }
        }
        let refused = asked.search("range=0-0").await;
        assert_eq!((refused.status, refused.header("content-type")), (429, Some("text/plain")));
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(refused.header("x-ratelimit-remaining-clientidlimiter"), Some("0"));
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        assert_eq!(asked.search("range=0-0").await.status, 206);
    }
}

#[tokio::test]
async fn a_refusal_says_when_to_come_back_as_a_date_or_not_at_all() {
    let refused = async |retry_after| {
        let settings = FranceTravail { rate: Some(1.0), retry_after, ..FranceTravail::default() };
        let asked = Asked::of(1, settings).await;
        asked.search("range=0-0").await;
        asked.search("range=0-0").await.header("retry-after").map(str::to_owned)
    };
    let date = refused(RetryAfter::Date).await.unwrap();
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    assert_eq!(refused(RetryAfter::Absent).await, None);
}

/// Of a hundred offers that are so, so many are like that.
fn share(offers: &[Value], among: fn(&Value) -> bool, are: fn(&Value) -> bool) -> usize {
    let of: Vec<_> = offers.iter().filter(|offer| among(offer)).collect();
    of.iter().filter(|offer| are(offer)).count() * 100 / of.len()
}

#[tokio::test]
async fn offers_have_the_shape_of_recorded_ones() {
    let asked = Asked::unhurried(10_000).await;
    let ids = asked.world.offer_ids();
    let offers: Vec<_> = ids.iter().filter_map(|id| asked.world.offer(id)).collect();
    let by_partner = |offer: &Value| offer["origineOffre"]["origine"] == "2";
    let any = |_: &Value| true;
    let near = |found: usize, expected: usize| {
        assert!(found.abs_diff(expected) < 2, "{found} and not {expected}");
    };
    near(share(&offers, any, by_partner), 69);
    near(share(&offers, by_partner, |offer| offer["dateActualisation"].is_null()), 12);
    near(share(&offers, any, |offer| offer["lieuTravail"]["libelle"] == "France"), 10);
    let is_region = |offer: &Value| {
        let name = offer["lieuTravail"]["libelle"].as_str().unwrap();
        name != "France" && !name.starts_with(|sign: char| sign.is_ascii_digit())
    };
    near(share(&offers, any, is_region), 4);
    for offer in &offers {
        let (id, time) = (offer["id"].as_str().unwrap(), offer["dateCreation"].as_str().unwrap());
        let (head, tail) = id.split_at(3);
        assert!(head.bytes().all(|sign| sign.is_ascii_digit()) && id.len() == 7);
        let digits = tail.bytes().all(|sign| sign.is_ascii_digit());
        assert_eq!(digits, by_partner(offer), "{id}");
        assert!(time.len() == 24 && time.ends_with('Z') && (!digits || &time[19..] == ".000Z"));
    }
}

#[tokio::test]
async fn a_feed_brings_more_offers_in_one_second_than_a_search_shows() {
    let francetravail = FranceTravail { rate: None, ..FranceTravail::default() };
    let settings = Settings { offers: 8_000, burst: 4_000, francetravail, ..Settings::default() };
    let asked = Asked::with(settings).await;
    let ids = asked.world.offer_ids();
    let times = ids.iter().filter_map(|id| asked.world.offer(id));
    let mut seconds = std::collections::HashMap::<String, u32>::new();
    for offer in times {
        *seconds.entry(offer["dateCreation"].as_str().unwrap()[..19].to_owned()).or_default() += 1;
    }
    let (second, most) = seconds.into_iter().max_by_key(|(_, count)| *count).unwrap();
    assert!(most >= 4_000, "{most}");
    let window = format!("minCreationDate={second}Z&maxCreationDate={second}Z&range=0-0");
    let answer = asked.search(&window).await;
    assert_eq!(answer.header("content-range").unwrap(), format!("offres 0-0/{most}"));
}

#[tokio::test]
async fn a_withdrawn_feed_is_gone_at_once() {
    let asked = Asked::unhurried(3_000).await;
    let gone = asked.world.withdraw_partner("METEOJOB");
    assert!(gone > 100, "{gone}");
    assert_eq!(asked.world.offer_ids().len(), 3_000 - gone);
    assert_eq!(asked.search("range=0-0&partenaires=METEOJOB").await.status, 204);
}

#[tokio::test]
async fn a_hidden_offer_comes_back_as_it_was() {
    let asked = Asked::unhurried(20).await;
    let first = asked.search("range=0-149").await.ids();
    asked.world.hide_offers(&[&first[0], &first[7]]);
    assert_eq!(asked.search("range=0-149").await.ids().len(), 18);
    assert_eq!(asked.get(&format!("offres/{}", first[0])).await.status, 204);
    asked.world.show_hidden_offers();
    assert_eq!(asked.search("range=0-149").await.ids(), first);
}

#[tokio::test]
async fn in_a_day_some_leave_some_come_and_a_few_blink() {
    let asked = Asked::unhurried(10_000).await;
    let ids = || asked.world.offer_ids().into_iter().collect::<HashSet<_>>();
    let mut days = vec![ids()];
    for _ in 0..3 {
        asked.world.pass_a_day();
        days.push(ids());
    }
    for pair in days.windows(2) {
        let gone = pair[0].difference(&pair[1]).count();
        assert!((200..=700).contains(&gone), "{gone} of 10,000 left");
        assert!(pair[1].difference(&pair[0]).count() > 300);
    }
    let back = days[0].intersection(&days[2]).filter(|id| !days[1].contains(*id)).count();
    assert!((3..=12).contains(&back), "{back} blinked");
}

#[tokio::test]
async fn every_referential_is_served_with_its_size() {
    let asked = Asked::unhurried(10).await;
    for name in [
        "appellations",
        "nafs",
        "communes",
        "continents",
        "departements",
        "domaines",
        "langues",
        "metiers",
        "naturesContrats",
        "niveauxFormations",
        "pays",
        "permis",
        "regions",
        "secteursActivites",
        "themes",
        "typesContrats",
    ] {
        let answer = asked.get(&format!("referentiel/{name}")).await;
        let entries = answer.json().as_array().unwrap().clone();
        assert!(answer.status == 200 && !entries.is_empty(), "{name}");
        let size = format!("{name} */{}", entries.len());
        assert_eq!(answer.header("content-range"), Some(size.as_str()));
        let has_code = |entry: &Value| entry["code"].is_string();
        assert!(entries.iter().all(|entry| entry["libelle"].is_string()), "{name}");
        assert!(entries.iter().all(|entry| has_code(entry) == (name != "langues")), "{name}");
    }
    assert_eq!(asked.get("referentiel/rien").await.status, 400);
}
