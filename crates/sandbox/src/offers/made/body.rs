//! The whole of a made-up offer, with the fields of a recorded one, in its order.

use fastrand::Rng;
use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::tables::{
    ACTIVITIES, CONTRACTS, EMPLOYERS, KINDS, OCCUPATIONS, PARTNERS, QUALITIES, REGIONS, SENTENCES,
    SKILLS, TOWNS,
};
use crate::offers::{Offer, Place};

const DETAIL: &str = "https://candidat.francetravail.fr/offres/recherche/detail/";

/// Writes the offer out. What its own fields say is the same here; the rest follows from the
/// number.
pub(in crate::offers) fn body(offer: &Offer, number: u64) -> Value {
    let mut random = Rng::with_seed(number);
    let mut fields = Fields { offer, random: &mut random, map: Map::new() };
    fields.heading();
    fields.occupation_and_employer();
    fields.contract();
    fields.requirements();
    fields.pay_and_contact();
    fields.closing();
    Value::Object(fields.map)
}

struct Fields<'a> {
    offer: &'a Offer,
    random: &'a mut Rng,
    map: Map<String, Value>,
}

impl Fields<'_> {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.map.insert(name.to_owned(), value.into());
    }

    /// Whether something is there that so many of the own and of the partners' offers have.
    fn has(&mut self, own: f64, partner: f64) -> bool {
        self.random.f64() < if self.offer.by_partner { partner } else { own }
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.random.usize(..values.len())]
    }

    fn heading(&mut self) {
        let offer = self.offer;
        self.put("id", &*offer.id);
        self.put("intitule", &*offer.title);
        let description = self.description();
        self.put("description", description);
        self.put("dateCreation", wire(offer.created));
        if let Some(updated) = offer.updated {
            self.put("dateActualisation", wire(updated));
        }
        self.put("lieuTravail", place(&offer.place));
    }

    fn description(&mut self) -> String {
        let count = self.random.usize(3..15);
        let mut text = String::new();
        for index in 0..count {
            let sentence = if index == 0 { SENTENCES[0] } else { self.one_of(&SENTENCES) };
            text.push_str(&sentence.replace("{}", &self.offer.title));
            text.push_str(self.one_of(&["\n", " ", "\n\n", "\u{a0}"]));
        }
        if self.offer.by_partner && self.random.f64() < 0.2 {
            text.push_str("R&eacute;f. interne&nbsp;: H&amp;F / 2026 « CDI »");
        }
        if self.random.f64() < 0.02 {
            text.push_str(" 🚀 <b>Rejoignez-nous</b> !");
        }
        text
    }

    fn occupation_and_employer(&mut self) {
        let code = self.offer.rome.clone();
        self.put("romeCode", &*code);
        if let Some(occupation) = OCCUPATIONS.iter().find(|known| known.code == code) {
            self.put("romeLibelle", occupation.label);
        }
        self.put("appellationlibelle", &*self.offer.title);
        let employer = match self.random.u32(..10) {
            0 => json!({}),
            1..4 => json!({"entrepriseAdaptee": false}),
            4..6 => json!({"nom": self.one_of(&EMPLOYERS), "entrepriseAdaptee": false}),
            _ => json!({
                "nom": self.one_of(&EMPLOYERS),
                "description": "Une maison à taille humaine, présente dans la région depuis 1974.",
                "url": "https://www.example.org",
                "entrepriseAdaptee": false,
            }),
        };
        self.put("entreprise", employer);
    }

    fn contract(&mut self) {
        let offer = self.offer;
        self.put("typeContrat", &*offer.contract);
        let label = CONTRACTS.iter().find(|(code, ..)| *code == offer.contract);
        let label = label.map_or("", |(.., label)| label);
        let label = match &*offer.contract {
            "CDD" | "MIS" | "SAI" => format!("{label} - {} Mois", self.random.u32(1..19)),
            _ => label.to_owned(),
        };
        self.put("typeContratLibelle", label);
        let kind = KINDS.iter().find(|(code, ..)| *code == offer.contract_kind);
        self.put("natureContrat", kind.map_or("", |(.., label)| label));
        self.put("experienceExige", offer.experience_required.to_string());
        let experience = match (offer.experience_required, offer.experience) {
            ('D', _) => "Débutant accepté".to_owned(),
            (_, 1) => format!("{} Mois", self.random.u32(3..12)),
            (_, 2) => "2 An(s)".to_owned(),
            (_, _) => format!("{} An(s)", self.random.u32(4..10)),
        };
        self.put("experienceLibelle", experience);
        if self.has(0.05, 0.006) {
            self.put("experienceCommentaire", "sur un poste comparable");
        }
    }

    fn requirements(&mut self) {
        if self.has(0.27, 0.005) {
            let required = self.one_of(&["S", "E"]);
            self.put(
                "formations",
                json!([{
                    "codeFormation": "31084",
                    "domaineLibelle": "informatique",
                    "niveauLibelle": "Bac+2 ou équivalents",
                    "commentaire": "BTS ou DUT",
                    "exigence": required,
                }]),
            );
        }
        if self.has(0.14, 0.006) {
            self.put("langues", json!([{"libelle": "Anglais", "exigence": "S"}]));
        }
        if self.has(0.25, 0.003) {
            self.put("permis", json!([{"libelle": "B - Véhicule léger", "exigence": "E"}]));
        }
        if self.has(0.02, 0.0) {
            self.put("outilsBureautiques", json!(["Tableur"]));
        }
        if self.has(0.77, 0.0) {
            let count = self.random.usize(1..5);
            let skills: Vec<_> = (0..count).map(|_| self.skill()).collect();
            self.put("competences", skills);
        }
    }

    fn skill(&mut self) -> Value {
        let (code, label) = self.one_of(&SKILLS);
        let required = self.one_of(&["S", "E"]);
        match code {
            Some(code) => json!({"code": code, "libelle": label, "exigence": required}),
            None => json!({"libelle": label, "exigence": required}),
        }
    }

    fn pay_and_contact(&mut self) {
        let salary = self.salary();
        self.put("salaire", salary);
        if let Some(full_time) = self.offer.full_time {
            let (hours, kind) =
                if full_time { ("35H", "Temps plein") } else { ("24H", "Temps partiel") };
            self.put("dureeTravailLibelle", format!("{hours}/semaine\nTravail en journée"));
            self.put("dureeTravailLibelleConverti", kind);
        }
        if self.has(0.01, 0.065) {
            self.put("complementExercice", "Déplacements ponctuels");
        }
        if self.has(0.002, 0.0) {
            self.put("conditionExercice", "Port de charges");
        }
        self.put("alternance", matches!(&*self.offer.contract_kind, "E2" | "FS"));
        if self.has(1.0, 0.02) {
            let employer = self.one_of(&EMPLOYERS);
            let url = format!("{DETAIL}{}", self.offer.id);
            self.put(
                "contact",
                json!({
                    "nom": format!("{employer} - Mme Camille EXEMPLE"),
                    "coordonnees1": url,
                    "courriel": format!("Pour postuler, utiliser le lien suivant : {url}"),
                    "urlPostulation": url,
                }),
            );
        }
        if self.has(0.89, 0.0) {
            let agency = if self.random.f64() < 0.9 {
                json!({})
            } else {
                json!({"courriel": format!("Pour postuler, utiliser le lien suivant : {DETAIL}{}", self.offer.id)})
            };
            self.put("agence", agency);
        }
        let positions = self.random.u32(1..4);
        self.put("nombrePostes", positions);
        self.put("accessibleTH", self.offer.accessible);
    }

    /// The lower bound is the offer's, in one of the forms that are seen.
    fn salary(&mut self) -> Value {
        let Some(monthly) = self.offer.monthly_salary else {
            return if self.has(0.5, 0.02) {
                json!({"commentaire": "Selon profil"})
            } else {
                json!({})
            };
        };
        let label = match self.random.u32(..4) {
            0 => format!(
                "Mensuel de {monthly:.1} Euros à {:.1} Euros sur 12.0 mois",
                monthly + 200.0
            ),
            1 => format!(
                "Annuel de {:.1} Euros à {:.1} Euros sur 12.0 mois",
                monthly * 12.0,
                monthly * 13.0
            ),
            2 => format!("Mensuel de {monthly:.2} Euros sur 12 mois"),
            _ => format!("Horaire de {:.2} Euros", monthly / 151.67),
        };
        match self.random.u32(..3) {
            0 => json!({
                "libelle": label,
                "complement1": "Mutuelle",
                "complement2": "Titres restaurant",
                "listeComplements": [{"code": "8", "libelle": "Mutuelle"}],
            }),
            1 => json!({"libelle": label, "complement1": "Primes"}),
            _ => json!({"libelle": label}),
        }
    }

    fn closing(&mut self) {
        let offer = self.offer;
        if self.has(0.39, 0.0) {
            let (code, label) =
                self.one_of(&[("1", "Jamais"), ("2", "Ponctuels"), ("4", "Quotidiens")]);
            self.put("deplacementCode", code);
            self.put("deplacementLibelle", format!("{label} Départemental"));
        }
        if let Some(qualification) = offer.qualification {
            let label = match qualification {
                1 => "Manœuvre",
                2 => "Ouvrier spécialisé",
                3 | 4 => "Ouvrier qualifié",
                5 => "Employé non qualifié",
                6 => "Employé qualifié",
                7 => "Technicien",
                8 => "Agent de maîtrise",
                _ => "Cadre",
            };
            self.put("qualificationCode", qualification.to_string());
            self.put("qualificationLibelle", label);
        }
        if let Some((code, label)) =
            offer.naf.as_deref().and_then(|naf| ACTIVITIES.iter().find(|(code, _)| *code == naf))
        {
            self.put("codeNAF", *code);
            self.put("secteurActivite", &code[..2]);
            self.put("secteurActiviteLibelle", *label);
        }
        if self.has(0.53, 0.0) {
            let (label, description) = self.one_of(&QUALITIES);
            self.put(
                "qualitesProfessionnelles",
                json!([{"libelle": label, "description": description}]),
            );
        }
        if self.has(0.3, 0.1) {
            let size = self.one_of(&["1 ou 2 salariés", "10 à 19 salariés", "250 à 499 salariés"]);
            self.put("trancheEffectifEtab", size);
        }
        let origin = self.origin();
        self.put("origineOffre", origin);
        if !offer.by_partner || offer.hard_to_fill {
            self.put("offresManqueCandidats", offer.hard_to_fill);
        }
        if self.has(0.4, 0.1) {
            self.put("contexteTravail", json!({"horaires": ["35H/semaine\nTravail en journée"]}));
            self.put("entrepriseAdaptee", false);
            self.put("employeurHandiEngage", false);
        }
    }

    fn origin(&mut self) -> Value {
        let url = format!("{DETAIL}{}", self.offer.id);
        let Some(name) = self.offer.partner.as_deref() else {
            return json!({"origine": "1", "urlOrigine": url});
        };
        let address = PARTNERS.iter().find(|(known, _)| *known == name).map_or("", |(_, url)| url);
        let logo = name.to_lowercase().replace(' ', "");
        json!({
            "origine": "2",
            "urlOrigine": url,
            "partenaires": [{
                "nom": name,
                "url": format!("{address}{}", self.random.u32(1_000_000..99_999_999)),
                "logo": format!("https://www.francetravail.fr/logos/img/partenaires/{logo}80.png"),
            }],
        })
    }
}

fn place(place: &Place) -> Value {
    if let Some(code) = &place.commune
        && let Some((_, post_code, name, departement, ..)) =
            TOWNS.iter().find(|(known, ..)| *known == code)
    {
        let mut map = Map::new();
        map.insert("libelle".to_owned(), format!("{departement} - {name}").into());
        if let Some((latitude, longitude)) = place.position {
            map.insert("latitude".to_owned(), latitude.into());
            map.insert("longitude".to_owned(), longitude.into());
        }
        map.insert("codePostal".to_owned(), (*post_code).into());
        map.insert("commune".to_owned(), (**code).into());
        return Value::Object(map);
    }
    let region =
        place.region.as_deref().and_then(|code| REGIONS.iter().find(|(known, _)| *known == code));
    match (&place.departement, region) {
        (Some(departement), _) => json!({"libelle": departement}),
        (None, Some((_, name))) => json!({"libelle": name}),
        (None, None) => json!({"libelle": "France"}),
    }
}

/// Paris wall-clock time, to the millisecond, with a `Z` that it should not have.
fn wire(time: DateTime) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
