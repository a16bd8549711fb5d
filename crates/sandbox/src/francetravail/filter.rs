//! What a search's parameters ask for. A name that the service does not know is ignored; a value
//! that it does not accept is refused, in its own words.

use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::World;
use crate::offers::Offer;
use crate::settings::Bounds;

const CONTRACTS: &str = "CDI,CDD,MIS,SAI,CCE,FRA,LIB,REP,TTI,DDI,DIN,DDT";
const KINDS: &str = "E1,E2,FS,FA,FJ,FT,FU,I1,NS,FV,PS,PR,CC,CU,EE,ER,CI,E3,FX,E4,FP,FD,PP";
const GRAND_DOMAINES: &str = "A,B,C,C15,D,E,F,G,H,I,J,K,L,L14,M15,M18,M,M16,M17,M13,M14,N";
const REGIONS: &str = "01,02,03,04,06,11,24,27,28,32,44,52,53,75,76,84,93,94";
/// Offers lie within so many kilometres of a commune where the search does not say.
const RADIUS_KM: f64 = 10.0;

/// What matches, and in which order.
pub(super) struct Filter {
    conditions: Vec<Condition>,
    pub(super) order: Order,
}

type Condition = Box<dyn Fn(&Offer) -> bool>;

/// The order of the results.
pub(super) enum Order {
    Relevance,
    Newest,
    NearestTo((f64, f64)),
}

impl Filter {
    pub(super) fn accepts(&self, offer: &Offer) -> bool {
        self.conditions.iter().all(|condition| condition(offer))
    }

    /// Reads the parameters of a search.
    pub(super) fn read(world: &World, query: &[(String, String)]) -> Result<Self, String> {
        let asked = Asked(query);
        let mut conditions = Vec::new();
        conditions.extend(dates(world, &asked)?);
        conditions.extend(published(world, &asked)?);
        conditions.extend(contracts(&asked)?);
        conditions.extend(occupation(&asked)?);
        let (places, centre) = places(world, &asked)?;
        conditions.extend(places);
        conditions.extend(profile(&asked)?);
        conditions.extend(work(&asked)?);
        conditions.extend(origin(&asked)?);
        conditions.extend(keywords(&asked)?);
        let order = match (asked.get("sort"), centre) {
            (None | Some("0"), _) | (Some("2"), None) => Order::Relevance,
            (Some("1"), _) => Order::Newest,
            (Some("2"), Some(centre)) => Order::NearestTo(centre),
            _ => return Err(expected("sort", "0, 1 ou 2")),
        };
        Ok(Self { conditions, order })
    }
}

/// The parameters as they came; an empty value counts as none.
struct Asked<'a>(&'a [(String, String)]);

impl<'a> Asked<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        Some(self.get(name)?.split(',').map(|value| value.trim().to_owned()).collect())
    }

    /// A list of which each value is one of those, at most so many.
    fn chosen(&self, name: &str, of: &str, most: usize) -> Result<Option<Vec<String>>, String> {
        let Some(values) = self.list(name) else { return Ok(None) };
        let is_known = |value: &String| of.split(',').any(|known| known == value);
        if values.len() > most || !values.iter().all(is_known) {
            return Err(wrong(name));
        }
        Ok(Some(values))
    }

    fn truth(&self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(expected(name, "Booléen")),
        }
    }
}

fn wrong(name: &str) -> String {
    format!("Valeur du paramètre « {name} » incorrecte.")
}

fn expected(name: &str, what: &str) -> String {
    format!("Format du paramètre « {name} » incorrect. {what} attendu.")
}

fn condition(accepts: impl Fn(&Offer) -> bool + 'static) -> Condition {
    Box::new(accepts)
}

fn dates(world: &World, asked: &Asked<'_>) -> Result<Option<Condition>, String> {
    let (min, max) = match (asked.get("minCreationDate"), asked.get("maxCreationDate")) {
        (None, None) => return Ok(None),
        (Some(min), Some(max)) => (min, max),
        _ => {
            return Err("Les paramètres minCreationDate et maxCreationDate sont dépendants et \
                        doivent être renseignés ensemble."
                .to_owned());
        }
    };
    let read = |name: &str, text: &str| {
        DateTime::strptime("%Y-%m-%dT%H:%M:%SZ", text)
            .map_err(|_| expected(name, "yyyy-MM-dd'T'HH:mm:ss'Z'"))
    };
    let (min, max) = (read("minCreationDate", min)?, read("maxCreationDate", max)?);
    let second = |time: DateTime| time.with().subsec_nanosecond(0).build().unwrap_or(time);
    Ok(Some(match world.settings.francetravail.bounds {
        Bounds::Inclusive => {
            let until = max.saturating_add(1.second());
            condition(move |offer| offer.created >= min && offer.created < until)
        }
        Bounds::Exclusive => {
            condition(move |offer| second(offer.created) > min && second(offer.created) < max)
        }
    }))
}

fn published(world: &World, asked: &Asked<'_>) -> Result<Option<Condition>, String> {
    let Some(days) = asked.get("publieeDepuis") else { return Ok(None) };
    if !["1", "3", "7", "14", "31"].contains(&days) {
        return Err(expected("publieeDepuis", "1, 3, 7, 14 ou 31"));
    }
    let since = world.clock.in_paris().saturating_sub(days.parse::<i64>().unwrap_or(31).days());
    Ok(Some(condition(move |offer| offer.created >= since)))
}

/// An offer with one of the types, or with one of the kinds.
fn contracts(asked: &Asked<'_>) -> Result<Option<Condition>, String> {
    let types = asked.chosen("typeContrat", CONTRACTS, usize::MAX)?;
    let kinds = asked.chosen("natureContrat", KINDS, usize::MAX)?;
    if types.is_none() && kinds.is_none() {
        return Ok(None);
    }
    let (types, kinds) = (types.unwrap_or_default(), kinds.unwrap_or_default());
    Ok(Some(condition(move |offer| {
        types.iter().any(|value| *value == offer.contract)
            || kinds.iter().any(|value| *value == offer.contract_kind)
    })))
}

fn occupation(asked: &Asked<'_>) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    if let Some(codes) = asked.list("codeROME") {
        let is_code = |code: &String| code.len() == 5 && code.is_ascii();
        if codes.len() > 200 || !codes.iter().all(is_code) {
            return Err(wrong("codeROME"));
        }
        conditions.push(condition(move |offer| codes.iter().any(|code| *code == offer.rome)));
    }
    if let Some(domain) = asked.get("domaine") {
        if domain.len() != 3 || !domain.is_ascii() {
            return Err(wrong("domaine"));
        }
        let domain = domain.to_owned();
        conditions.push(condition(move |offer| offer.rome.starts_with(&domain)));
    }
    // Themes are not known of offers; a list of them, or another, is refused all the same.
    if let Some(theme) = asked.get("theme")
        && !(theme.len() == 2 && theme.parse().is_ok_and(|theme: u8| (1..=17).contains(&theme)))
    {
        return Err(wrong("theme"));
    }
    let domains = asked.chosen("grandDomaine", GRAND_DOMAINES, 22);
    let domains = domains.map_err(|_| {
        expected("grandDomaine", &GRAND_DOMAINES.replace(',', ", ").replace(", N", " ou N"))
    })?;
    if let Some(domains) = domains {
        conditions.push(condition(move |offer| {
            let domain = grand_domain(&offer.rome);
            domains.iter().any(|value| value == domain)
        }));
    }
    if let Some(sectors) = asked.list("secteurActivite") {
        if sectors.len() > 2 {
            let what = "2 chaînes de caractères séparées par des virgules maximum.";
            return Err(format!("Format du paramètre « secteurActivite » incorrect. {what}"));
        }
        conditions.push(condition(move |offer| has(offer.sector.as_deref(), &sectors)));
    }
    if let Some(codes) = asked.list("codeNAF") {
        if codes.len() > 2 || codes.iter().any(|code| code.len() != 6) {
            return Err(wrong("codeNAF"));
        }
        conditions.push(condition(move |offer| has(offer.naf.as_deref(), &codes)));
    }
    Ok(conditions)
}

fn has(value: Option<&str>, values: &[String]) -> bool {
    value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
}

/// `C15`, `L14` and `M13` to `M18` stand beside `C`, `L` and `M`, not within them.
fn grand_domain(rome: &str) -> &str {
    let (letter, domain) = (rome.get(..1).unwrap_or(rome), rome.get(..3).unwrap_or(rome));
    if GRAND_DOMAINES.split(',').any(|known| known == domain) { domain } else { letter }
}

type Places = (Vec<Condition>, Option<(f64, f64)>);

fn places(world: &World, asked: &Asked<'_>) -> Result<Places, String> {
    let mut conditions = Vec::new();
    if let Some(codes) = asked.list("departement") {
        if codes.len() > 5 {
            let message = "Le nombre de départements maximum autorisé pour la recherche est de 5";
            return Err(message.to_owned());
        }
        if !codes.iter().all(|code| is_departement(code)) {
            return Err(wrong("departement"));
        }
        conditions.push(condition(move |offer| has(offer.place.departement.as_deref(), &codes)));
    }
    if let Some(regions) = asked.chosen("region", REGIONS, usize::MAX)? {
        conditions.push(condition(move |offer| has(offer.place.region.as_deref(), &regions)));
    }
    let distance = match asked.get("distance") {
        None => RADIUS_KM,
        Some(text) => match text.parse::<u32>() {
            Ok(distance) => f64::from(distance),
            Err(_) => return Err(expected("distance", "<entier>")),
        },
    };
    let mut centre = None;
    if let Some(codes) = asked.list("commune") {
        let is_code = |code: &String| code.len() == 5 && code.is_ascii();
        if codes.len() > 5 || !codes.iter().all(is_code) {
            return Err(wrong("commune"));
        }
        let centres: Vec<_> = codes.iter().filter_map(|code| position_of(world, code)).collect();
        centre = centres.first().copied();
        let codes: Vec<_> = codes.iter().map(|code| whole_city(code).to_owned()).collect();
        conditions.push(condition(move |offer| {
            let commune = offer.place.commune.as_deref().map(whole_city);
            has(commune, &codes) || (distance > 0.0 && offer.place.is_within(distance, &centres))
        }));
    }
    Ok((conditions, centre))
}

fn is_departement(code: &str) -> bool {
    match code {
        "2A" | "2B" | "971" | "972" | "973" | "974" | "976" => true,
        "20" => false,
        _ => code.len() == 2 && code.parse::<u8>().is_ok_and(|number| (1..=95).contains(&number)),
    }
}

/// Paris, Marseille and Lyon are found under the city's code and under each arrondissement's.
fn whole_city(code: &str) -> &str {
    match code {
        "75056" => "75056",
        "13055" => "13055",
        "69123" => "69123",
        _ if code.starts_with("751") => "75056",
        _ if code.starts_with("132") => "13055",
        _ if code.starts_with("6938") => "69123",
        _ => code,
    }
}

fn position_of(world: &World, commune: &str) -> Option<(f64, f64)> {
    let city = whole_city(commune);
    let offers = world.offers();
    let is_there = |offer: &&Offer| offer.place.commune.as_deref().map(whole_city) == Some(city);
    offers.list.iter().filter(is_there).find_map(|offer| offer.place.position)
}

fn profile(asked: &Asked<'_>) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    if let Some(classes) = asked.chosen("experience", "0,1,2,3,4", 5)? {
        conditions.push(condition(move |offer| {
            classes.iter().any(|class| *class == offer.experience.to_string())
        }));
    }
    if let Some(wanted) = asked.get("experienceExigence") {
        let Some(wanted) = ["D", "S", "E"].into_iter().find(|known| *known == wanted) else {
            return Err(expected("experienceExigence", "D, E ou S"));
        };
        conditions.push(condition(move |offer| wanted.starts_with(offer.experience_required)));
    }
    match asked.get("qualification") {
        None => {}
        Some("9") => conditions.push(condition(|offer| offer.qualification == Some(9))),
        Some("0") => conditions.push(condition(|offer| {
            offer.qualification.is_some_and(|qualification| qualification != 9)
        })),
        Some(_) => return Err(wrong("qualification")),
    }
    if let Some(wanted) = asked.truth("accesTravailleurHandicape")? {
        conditions.push(condition(move |offer| offer.accessible == wanted));
    }
    if let Some(wanted) = asked.truth("offresManqueCandidats")? {
        conditions.push(condition(move |offer| offer.hard_to_fill == wanted));
    }
    Ok(conditions)
}

fn work(asked: &Asked<'_>) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    if let Some(wanted) = asked.truth("tempsPlein")? {
        conditions.push(condition(move |offer| offer.full_time == Some(wanted)));
    }
    let (least, period) = match (asked.get("salaireMin"), asked.get("periodeSalaire")) {
        (None, None) => return Ok(conditions),
        (Some(least), Some(period)) => (least, period),
        _ => {
            return Err("Les paramètres salaireMin et periodeSalaire sont dépendants et doivent \
                        être renseignés ensemble."
                .to_owned());
        }
    };
    let least: f64 = least.parse().map_err(|_| expected("salaireMin", "<nombre>"))?;
    let monthly = match period {
        "M" | "C" => least,
        "A" => least / 12.0,
        "H" => least * 151.67,
        _ => return Err(expected("periodeSalaire", "M, A, H ou C")),
    };
    conditions
        .push(condition(move |offer| offer.monthly_salary.is_some_and(|salary| salary >= monthly)));
    Ok(conditions)
}

fn origin(asked: &Asked<'_>) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    match asked.get("origineOffre") {
        None => {}
        Some("1") => conditions.push(condition(|offer| !offer.by_partner)),
        Some("2") => conditions.push(condition(|offer| offer.by_partner)),
        Some(_) => return Err(expected("origineOffre", "1 ou 2")),
    }
    if let Some(names) = asked.list("partenaires") {
        let included = match asked.get("modeSelectionPartenaires") {
            Some("EXCLU") => false,
            Some("INCLUS") | None => true,
            Some(_) => return Err(wrong("modeSelectionPartenaires")),
        };
        conditions.push(condition(move |offer| has(offer.partner.as_deref(), &names) == included));
    }
    Ok(conditions)
}

fn keywords(asked: &Asked<'_>) -> Result<Option<Condition>, String> {
    let Some(words) = asked.list("motsCles") else { return Ok(None) };
    if words.len() > 7 || words.iter().any(|word| word.chars().count() < 2) {
        let what = "7 mots-clé au maximum séparés par des virgules et d'au moins 2 caractères.";
        return Err(format!("Format du paramètre « motsCles » incorrect. {what}"));
    }
    let words: Vec<_> = words.iter().map(|word| word.to_lowercase()).collect();
    Ok(Some(condition(move |offer| {
        let title = offer.title.to_lowercase();
        words.iter().all(|word| title.contains(word) || offer.rome.eq_ignore_ascii_case(word))
    })))
}
