//! Who employs, whom to write to, and who lists the offer.

use serde_json::{Map, Value, json};

use super::page::Page;
use super::text::with_entities;
use crate::offers::chance::happens;
use crate::offers::phrases::PHRASES;

const LOGOS: &str = "https://www.francetravail.fr/logos/img/partenaires/";

impl Page<'_> {
    pub(super) fn employer(&mut self) {
        let mut employer = Map::new();
        if let Some(name) = &self.employer {
            employer.insert("nom".to_owned(), name.as_str().into());
        }
        if self.happens(38, 53) {
            let text = self.phrase(&PHRASES.company_texts);
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

    pub(super) fn contact(&mut self) {
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
            let person = self.rng.choice(&PHRASES.people).map_or("", String::as_str);
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
        format!("Pour postuler, utiliser le lien suivant : {}", self.url())
    }

    pub(super) fn origin(&mut self) {
        let mut origin = Map::new();
        let code = if self.offer.by_partner { "2" } else { "1" };
        origin.insert("origine".to_owned(), code.into());
        origin.insert("urlOrigine".to_owned(), self.url().into());
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
}
