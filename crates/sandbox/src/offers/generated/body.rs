//! The whole of a made-up offer, written out field by field in the order of the service.

use std::fmt::Write;

use fastrand::Rng;
use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::codes::{CONTRACT_KINDS, DEPARTEMENTS, REGIONS, name_of};
use super::phrases::{self, TRADES, Trade};
use super::salary::Salary;
use super::tables::{ACTIVITIES, COMMUNES, Commune, JOBS, Job};
use super::{Offer, happens};

/// Where the service shows an offer to people.
const PAGE: &str = "https://candidat.francetravail.fr/offres/recherche/detail/";
const LOGOS: &str = "https://www.francetravail.fr/logos/img/partenaires/";

/// The offer as the service answers it: always the same for one offer and one seed.
pub(in crate::offers) fn body(offer: &Offer, seed: u64) -> Value {
    let mut page = Page::new(offer, seed);
    page.heading();
    page.place();
    page.profession();
    page.employer();
    page.contract();
    page.experience();
    page.requirements();
    page.pay();
    page.hours();
    page.contact();
    page.conditions();
    page.classification();
    page.origin();
    page.environment();
    Value::Object(page.fields)
}

/// An offer half written.
struct Page<'a> {
    offer: &'a Offer,
    job: &'static Job,
    trade: &'static Trade,
    /// The name of the employer, if it is told.
    employer: Option<String>,
    seed: u64,
    rng: Rng,
    fields: Map<String, Value>,
}

impl<'a> Page<'a> {
    fn new(offer: &'a Offer, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let job = JOBS.iter().find(|job| job.code == offer.rome).unwrap_or(&JOBS[0]);
        let trade = TRADES.iter().find(|trade| job.code.starts_with(trade.letter));
        let named = happens(if offer.by_partner { 55 } else { 97 }, &mut rng);
        Self {
            offer,
            job,
            trade: trade.unwrap_or(&TRADES[0]),
            employer: named.then(|| employer_name(&mut rng)),
            seed,
            rng,
            fields: Map::with_capacity(48),
        }
    }

    fn put(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    fn put_if_any(&mut self, field: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(field, value);
        }
    }

    /// Whether something happens that differs by origin: per cent for own and partner offers.
    fn happens(&mut self, own: u8, partner: u8) -> bool {
        happens(if self.offer.by_partner { partner } else { own }, &mut self.rng)
    }

    fn one_of<T: Copy>(&mut self, list: &'static [T], otherwise: T) -> T {
        self.rng.choice(list).copied().unwrap_or(otherwise)
    }

    fn phrase(&mut self, list: &'static [&'static str]) -> &'static str {
        self.one_of(list, "")
    }

    fn heading(&mut self) {
        self.put("id", &*self.offer.id);
        self.put("intitule", &*self.offer.title);
        let description = self.description();
        self.put("description", description);
        self.put("dateCreation", written(self.offer.created));
        self.put_if_any("dateActualisation", self.offer.updated.map(written));
    }

    /// Sentences until the text is long enough, with the tasks of the trade among them.
    fn description(&mut self) -> String {
        let least = 300 + self.rng.usize(..1000) + self.rng.usize(..1300);
        let mut text = String::with_capacity(least + 600);
        text.push_str(self.phrase(phrases::OPENINGS));
        text.push_str("\n\nVos missions\u{a0}:\n");
        for task in self.trade.tasks {
            text.push_str("- ");
            text.push_str(task);
            text.push_str(" ;\n");
        }
        let first = self.rng.usize(..phrases::SENTENCES.len());
        let sentences = phrases::SENTENCES.iter().cycle().skip(first);
        for sentence in sentences.take(phrases::SENTENCES.len()) {
            if text.len() > least {
                break;
            }
            text.push('\n');
            text.push_str(sentence);
        }
        text.push('\n');
        text.push_str(self.phrase(phrases::CLOSINGS));
        // Entities make a text longer, and none is to have more than 3,000 characters.
        if self.happens(0, 25) && text.len() < 2_200 { with_entities(&text) } else { text }
    }

    fn place(&mut self) {
        let mut place = Map::new();
        let town = self.town();
        place.insert("libelle".to_owned(), self.place_name(town).into());
        if let Some((latitude, longitude)) = self.offer.place.position {
            place.insert("latitude".to_owned(), latitude.into());
            place.insert("longitude".to_owned(), longitude.into());
        }
        if let Some(town) = town {
            place.insert("codePostal".to_owned(), town.post_code.into());
            place.insert("commune".to_owned(), town.code.into());
        }
        self.put("lieuTravail", place);
    }

    fn town(&self) -> Option<&'static Commune> {
        let code = self.offer.place.commune.as_deref()?;
        COMMUNES.iter().find(|town| town.code == code)
    }

    /// A town, else a département, else a region, else the country.
    fn place_name(&self, town: Option<&Commune>) -> String {
        if let Some(town) = town {
            return format!("{} - {}", town.departement, town_name(town));
        }
        let place = &self.offer.place;
        if let Some(code) = place.departement.as_deref() {
            let name = DEPARTEMENTS.iter().find(|(known, ..)| *known == code);
            return format!("{code} - {}", name.map_or("", |(_, name, _)| name));
        }
        place.region.as_deref().and_then(|code| name_of(REGIONS, code)).unwrap_or("France").into()
    }

    fn profession(&mut self) {
        let title = &self.offer.title;
        let heads = |name: &&super::tables::Title| {
            title.starts_with(name.own) || title.starts_with(name.partner)
        };
        let appellation = self.job.titles.iter().find(heads);
        self.put("romeCode", &*self.offer.rome);
        self.put("romeLibelle", self.job.label);
        self.put("appellationlibelle", appellation.map_or(self.job.label, |name| name.appellation));
    }

    fn employer(&mut self) {
        let mut employer = Map::new();
        if let Some(name) = &self.employer {
            employer.insert("nom".to_owned(), name.as_str().into());
        }
        if self.happens(38, 53) {
            let text = self.phrase(phrases::HOUSE_TEXTS);
            let text = if self.offer.by_partner { with_entities(text) } else { text.to_owned() };
            employer.insert("description".to_owned(), text.into());
        }
        if self.happens(23, 0) {
            let logo = format!(
                "https://api.francetravail.fr/exp-rechercheoffre/v1/logo-entreprise/{:016x}",
                self.seed
            );
            employer.insert("logo".to_owned(), logo.into());
        }
        if self.happens(18, 0) {
            let site = format!("https://entreprise-{}.example.fr", self.seed % 1000);
            employer.insert("url".to_owned(), site.into());
        }
        if self.happens(100, 88) {
            employer.insert("entrepriseAdaptee".to_owned(), false.into());
        }
        self.put("entreprise", employer);
    }

    fn contract(&mut self) {
        let label = self.contract_label();
        let kind = &*self.offer.contract_kind;
        self.put("typeContrat", &*self.offer.contract);
        self.put("typeContratLibelle", label);
        self.put("natureContrat", name_of(CONTRACT_KINDS, kind).unwrap_or(kind));
    }

    /// The two origins name contracts differently; limited ones tell how long they last.
    fn contract_label(&mut self) -> String {
        let (own, partner, lasts) = match &*self.offer.contract {
            "CDI" => ("CDI", "Contrat à durée indéterminée", false),
            "CDD" => ("CDD", "Contrat à durée déterminée", true),
            "MIS" => ("Intérim", "Mission intérimaire", true),
            "SAI" => ("Saisonnier", "Contrat travail saisonnier", true),
            "DDI" => ("CDD insertion", "Contrat durée déterminée insertion", true),
            "TTI" => ("Intérim insertion", "Contrat travail temporaire insertion", true),
            "DDT" => ("CDD Tremplin", "CDD Tremplin", true),
            "DIN" => ("CDI Intérimaire", "CDI Intérimaire", false),
            "LIB" => ("Profession libérale", "Profession libérale", false),
            "FRA" => ("Franchise", "Franchise", false),
            "CCE" => ("Profession commerciale", "Profession commerciale", false),
            _ => ("Reprise d'entreprise", "Reprise d'entreprise", false),
        };
        let name = if self.offer.by_partner { partner } else { own };
        match (lasts, self.rng.u8(..10)) {
            (false, _) => name.to_owned(),
            (true, 0) => format!("{name} - {} Jour(s)", self.rng.u8(2..31)),
            (true, _) => format!("{name} - {} Mois", self.rng.u8(1..=18)),
        }
    }

    fn experience(&mut self) {
        let remark = self.happens(5, 1).then_some("ou formation équivalente");
        self.put("experienceExige", self.offer.experience_required.to_string());
        if let Some(mut label) = self.experience_label() {
            if let Some(remark) = remark {
                label.push_str(" - ");
                label.push_str(remark);
            }
            self.put("experienceLibelle", label);
        }
        self.put_if_any("experienceCommentaire", remark);
    }

    fn experience_label(&mut self) -> Option<String> {
        let wanted = match self.offer.experience_required {
            'D' if self.offer.experience == 0 => return None,
            'D' => return Some("Débutant accepté".to_owned()),
            'S' => "Expérience souhaitée",
            _ => "Expérience exigée",
        };
        let length = match self.offer.experience {
            0 => return Some(wanted.to_owned()),
            1 => format!("{} Mois", self.rng.u8(1..12)),
            2 => format!("{} An(s)", self.rng.u8(1..=3)),
            _ => format!("{} An(s)", self.rng.u8(4..=10)),
        };
        Some(if self.offer.by_partner { format!("{wanted} de {length}") } else { length })
    }

    fn requirements(&mut self) {
        if self.happens(77, 0) {
            self.skills();
        }
        if self.happens(27, 1) {
            self.training();
        }
        if self.happens(14, 1) {
            let language = self.phrase(phrases::LANGUAGES);
            self.put("langues", json!([{ "libelle": language, "exigence": "S" }]));
        }
        if self.happens(25, 0) {
            let licence = self.phrase(phrases::LICENCES);
            self.put("permis", json!([{ "libelle": licence, "exigence": "E" }]));
        }
    }

    /// A few skills; now and then one has no code.
    fn skills(&mut self) {
        let count = self.rng.usize(1..=self.trade.skills.len());
        let mut skills = Vec::with_capacity(count);
        for (code, name) in &self.trade.skills[..count] {
            let mut skill = Map::new();
            if !happens(6, &mut self.rng) {
                skill.insert("code".to_owned(), (*code).into());
            }
            skill.insert("libelle".to_owned(), (*name).into());
            skill.insert("exigence".to_owned(), self.demand().into());
            skills.push(Value::Object(skill));
        }
        self.put("competences", skills);
    }

    fn training(&mut self) {
        let (code, field) = self.trade.field;
        let mut training = Map::new();
        if self.happens(60, 100) {
            training.insert("codeFormation".to_owned(), code.into());
            training.insert("domaineLibelle".to_owned(), field.into());
        }
        training.insert("niveauLibelle".to_owned(), self.phrase(phrases::LEVELS).into());
        if self.happens(30, 0) {
            training.insert("commentaire".to_owned(), "ou titre équivalent".into());
        }
        training.insert("exigence".to_owned(), self.demand().into());
        self.put("formations", vec![Value::Object(training)]);
    }

    /// Required (E) or wished (S).
    fn demand(&mut self) -> &'static str {
        if self.rng.bool() { "E" } else { "S" }
    }

    /// An amount where one is stated, else a remark, with what comes on top.
    fn pay(&mut self) {
        let mut pay = Map::new();
        if self.offer.monthly_salary.is_some() {
            let salary = Salary::of_body(self.seed);
            let text = salary.text(self.offer.by_partner, &mut self.rng);
            pay.insert("libelle".to_owned(), text.into());
        }
        if pay.is_empty() && self.happens(95, 2) || !pay.is_empty() && self.happens(3, 36) {
            pay.insert("commentaire".to_owned(), self.phrase(phrases::PAY_REMARKS).into());
        }
        if self.happens(45, 0) {
            self.extras(&mut pay);
        }
        self.put("salaire", pay);
    }

    fn extras(&mut self, pay: &mut Map<String, Value>) {
        let start = self.rng.usize(..phrases::EXTRAS.len() - 1);
        let count = self.rng.usize(1..=2);
        let extras = &phrases::EXTRAS[start..][..count];
        for (name, extra) in ["complement1", "complement2"].iter().zip(extras) {
            pay.insert((*name).to_owned(), (*extra).into());
        }
        if self.rng.bool() {
            let list = extras
                .iter()
                .zip(1..)
                .map(|(extra, code)| json!({ "code": format!("{code}"), "libelle": extra }));
            pay.insert("listeComplements".to_owned(), list.collect());
        }
    }

    fn hours(&mut self) {
        if let Some(full) = self.offer.full_time {
            let list = if full { phrases::FULL_TIMES } else { phrases::PART_TIMES };
            let hours = if self.offer.by_partner { "35 H" } else { self.phrase(list) };
            let hours = if self.offer.by_partner && !full { "25 H" } else { hours };
            self.put("dureeTravailLibelle", hours);
            let converted = if full { "Temps plein" } else { "Temps partiel" };
            self.put("dureeTravailLibelleConverti", converted);
        } else if self.happens(100, 7) {
            self.put("dureeTravailLibelle", "Temps plein");
        }
        if self.happens(1, 7) {
            self.put("complementExercice", "Temps plein");
        }
        if happens(1, &mut self.rng) && !self.offer.by_partner {
            self.put("conditionExercice", "En extérieur");
        }
        self.put("alternance", matches!(&*self.offer.contract_kind, "E2" | "FS"));
    }

    fn contact(&mut self) {
        if self.happens(100, 2) {
            let contact = if self.offer.by_partner { Map::new() } else { self.contact_of_own() };
            self.put("contact", contact);
        }
        if self.happens(89, 0) {
            let mut agency = Map::new();
            if happens(10, &mut self.rng) {
                agency.insert("courriel".to_owned(), self.apply_sentence().into());
            }
            self.put("agence", agency);
        }
    }

    fn contact_of_own(&mut self) -> Map<String, Value> {
        let mut contact = Map::new();
        if let Some(employer) = &self.employer {
            let person = self.rng.choice(phrases::PEOPLE).copied().unwrap_or_default();
            contact.insert("nom".to_owned(), format!("{employer} - {person}").into());
        }
        match self.rng.u8(..10) {
            0..5 => {
                contact.insert("coordonnees1".to_owned(), self.apply_sentence().into());
                contact.insert("courriel".to_owned(), self.apply_sentence().into());
            }
            5..8 => {
                let link = format!("https://recrutement.example.fr/{}", self.seed % 1_000_000);
                contact.insert("coordonnees1".to_owned(), link.as_str().into());
                contact.insert("urlPostulation".to_owned(), link.into());
            }
            8 => {
                let street = format!("{} rue des Lilas", 1 + self.seed % 90);
                contact.insert("coordonnees1".to_owned(), street.into());
                contact.insert("coordonnees2".to_owned(), "BP 12".into());
                contact.insert("coordonnees3".to_owned(), self.place_name(self.town()).into());
            }
            _ => {}
        }
        contact
    }

    fn apply_sentence(&self) -> String {
        format!("Pour postuler, utiliser le lien suivant : {PAGE}{}", self.offer.id)
    }

    fn conditions(&mut self) {
        let posts = if happens(85, &mut self.rng) { 1 } else { self.rng.u8(2..=10) };
        self.put("nombrePostes", posts);
        if self.offer.accessible || self.happens(100, 98) {
            self.put("accessibleTH", self.offer.accessible);
        }
        if self.happens(39, 0) {
            let code = self.rng.usize(1..=phrases::TRAVELS.len());
            let zone = if code == 1 { "" } else { self.phrase(phrases::TRAVEL_ZONES) };
            self.put("deplacementCode", code.to_string());
            self.put("deplacementLibelle", format!("{}{zone}", phrases::TRAVELS[code - 1]));
        }
    }

    fn classification(&mut self) {
        if let Some(code) = self.offer.qualification {
            let name = phrases::QUALIFICATIONS.get(usize::from(code).wrapping_sub(1));
            self.put("qualificationCode", code.to_string());
            self.put_if_any("qualificationLibelle", name.copied());
        }
        self.put_if_any("codeNAF", self.offer.naf.as_deref());
        if let Some(sector) = self.offer.sector.as_deref() {
            let activity = ACTIVITIES.iter().find(|(code, _)| match self.offer.naf.as_deref() {
                Some(naf) => *code == naf,
                None => code.starts_with(sector),
            });
            self.put("secteurActivite", sector);
            self.put_if_any("secteurActiviteLibelle", activity.map(|(_, name)| *name));
        }
        if self.happens(53, 0) {
            self.qualities();
        }
        if self.happens(60, 0) {
            let size = self.phrase(phrases::STAFF_SIZES);
            self.put("trancheEffectifEtab", size);
        }
    }

    fn qualities(&mut self) {
        let start = self.rng.usize(..phrases::QUALITIES.len());
        let qualities = phrases::QUALITIES[start..].iter().take(3);
        let qualities: Vec<_> = qualities
            .map(|(name, meaning)| json!({ "libelle": name, "description": meaning }))
            .collect();
        self.put("qualitesProfessionnelles", qualities);
    }

    fn origin(&mut self) {
        let mut origin = Map::new();
        let code = if self.offer.by_partner { "2" } else { "1" };
        origin.insert("origine".to_owned(), code.into());
        origin.insert("urlOrigine".to_owned(), format!("{PAGE}{}", self.offer.id).into());
        if let Some(name) = self.offer.partner.as_deref() {
            let partners = vec![self.partner(name)];
            origin.insert("partenaires".to_owned(), partners.into());
        }
        self.put("origineOffre", origin);
        if !self.offer.by_partner && (self.offer.hard_to_fill || self.happens(99, 0)) {
            self.put("offresManqueCandidats", self.offer.hard_to_fill);
        }
    }

    fn partner(&self, name: &str) -> Value {
        let host = name.to_lowercase().replace(' ', "-");
        let number = self.seed % 100_000_000;
        json!({
            "nom": name,
            "url": format!("https://www.{host}.example/jobs/{number}?utm_source=pole-emploi&utm_medium=referral"),
            "logo": format!("{LOGOS}{}80.png", host.replace('-', "")),
        })
    }

    fn environment(&mut self) {
        let mut environment = Map::new();
        if let Some(hours) = self.fields.get("dureeTravailLibelle") {
            environment.insert("horaires".to_owned(), json!([hours]));
        }
        if self.happens(9, 0) {
            environment.insert("conditionsExercice".to_owned(), json!(["En extérieur"]));
        }
        self.put("contexteTravail", environment);
        self.put("entrepriseAdaptee", false);
        self.put("employeurHandiEngage", self.seed.is_multiple_of(50));
    }
}

fn employer_name(rng: &mut Rng) -> String {
    let house = rng.choice(phrases::HOUSES).copied().unwrap_or_default();
    let name = rng.choice(phrases::NAMES).copied().unwrap_or_default();
    format!("{house} {name}")
}

/// `PARIS 03` is a number of a district, everything else a name.
fn town_name(town: &Commune) -> String {
    let district = town
        .name
        .rsplit_once(' ')
        .and_then(|(city, number)| number.parse::<u8>().ok().map(|number| (city, number)));
    match district {
        Some((city, 1)) => format!("{} 1er Arrondissement", capitalised(city)),
        Some((city, number)) => format!("{} {number}e Arrondissement", capitalised(city)),
        None => town.name.to_owned(),
    }
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
    format!("{first}{}", rest.to_lowercase())
}

/// `2026-10-08T07:05:02.010Z`: the hour of Paris, though the letter says otherwise.
fn written(moment: DateTime) -> String {
    let mut text = String::with_capacity(24);
    let (date, time) = (moment.date(), moment.time());
    let _ = write!(text, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
    let _ = write!(text, "T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    let _ = write!(text, ".{:03}Z", time.millisecond());
    text
}

/// Some partners send text as it stands in a page of the web.
fn with_entities(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 4);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            'é' => escaped.push_str("&eacute;"),
            'è' => escaped.push_str("&egrave;"),
            'à' => escaped.push_str("&agrave;"),
            'ç' => escaped.push_str("&ccedil;"),
            '\u{a0}' => escaped.push_str("&nbsp;"),
            other => escaped.push(other),
        }
    }
    escaped
}
