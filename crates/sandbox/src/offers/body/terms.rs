//! The contract, the pay, the hours and what else the work comes with.

use serde_json::{Map, Value, json};

use super::page::Page;
use crate::offers::chance::happens;
use crate::offers::phrases::PHRASES;
use crate::offers::salary::Salary;
use crate::offers::tables::{CONTRACT_KINDS, label_of};

impl Page<'_> {
    pub(super) fn contract(&mut self) {
        let label = self.contract_label();
        let kind = &*self.offer.contract_kind;
        self.put("typeContrat", &*self.offer.contract);
        self.put("typeContratLibelle", label);
        self.put("natureContrat", label_of(CONTRACT_KINDS, kind).unwrap_or(kind));
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

    /// An amount where one is stated, else a remark, with what comes on top.
    pub(super) fn pay(&mut self) {
        let mut pay = Map::new();
        if self.offer.monthly_salary.is_some() {
            let salary = Salary::of_body(self.seed);
            let text = salary.text(self.offer.by_partner, &mut self.rng);
            pay.insert("libelle".to_owned(), text.into());
        }
        if pay.is_empty() && self.happens(95, 2) || !pay.is_empty() && self.happens(3, 36) {
            pay.insert("commentaire".to_owned(), self.phrase(&PHRASES.pay_remarks).into());
        }
        if self.happens(45, 0) {
            self.extras(&mut pay);
        }
        self.put("salaire", pay);
    }

    fn extras(&mut self, pay: &mut Map<String, Value>) {
        let start = self.rng.usize(..PHRASES.extras.len() - 1);
        let count = self.rng.usize(1..=2);
        let extras = &PHRASES.extras[start..][..count];
        for (name, extra) in ["complement1", "complement2"].iter().zip(extras) {
            pay.insert((*name).to_owned(), extra.as_str().into());
        }
        if self.rng.bool() {
            let list = extras
                .iter()
                .zip(1..)
                .map(|(extra, code)| json!({ "code": format!("{code}"), "libelle": extra }));
            pay.insert("listeComplements".to_owned(), list.collect());
        }
    }

    pub(super) fn hours(&mut self) {
        if let Some(full) = self.offer.full_time {
            let list = if full { &PHRASES.full_times } else { &PHRASES.part_times };
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

    pub(super) fn conditions(&mut self) {
        let posts = if happens(85, &mut self.rng) { 1 } else { self.rng.u8(2..=10) };
        self.put("nombrePostes", posts);
        if self.offer.accessible || self.happens(100, 98) {
            self.put("accessibleTH", self.offer.accessible);
        }
        if self.happens(39, 0) {
            let code = self.rng.usize(1..=PHRASES.travels.len());
            let zone = if code == 1 { "" } else { self.phrase(&PHRASES.travel_zones) };
            self.put("deplacementCode", code.to_string());
            self.put("deplacementLibelle", format!("{}{zone}", PHRASES.travels[code - 1]));
        }
    }

    pub(super) fn environment(&mut self) {
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
