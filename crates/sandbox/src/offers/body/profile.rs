//! The profession, and who is wanted for it.

use serde_json::{Map, Value, json};

use super::page::Page;
use crate::offers::chance::happens;
use crate::offers::phrases::PHRASES;
use crate::offers::tables::{ACTIVITIES, Title, codes};

impl Page<'_> {
    pub(super) fn profession(&mut self) {
        let title = &self.offer.title;
        let heads =
            |name: &&Title| title.starts_with(&name.own) || title.starts_with(&name.partner);
        let appellation = self.job.titles.iter().find(heads);
        self.put("romeCode", &*self.offer.rome);
        self.put("romeLibelle", self.job.label);
        self.put("appellationlibelle", appellation.map_or(self.job.label, |name| name.appellation));
    }

    pub(super) fn experience(&mut self) {
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

    pub(super) fn requirements(&mut self) {
        if self.happens(77, 0) {
            self.skills();
        }
        if self.happens(27, 1) {
            self.training();
        }
        if self.happens(14, 1) {
            let language = self.phrase(&PHRASES.languages);
            self.put("langues", json!([{ "libelle": language, "exigence": "S" }]));
        }
        if self.happens(25, 0) {
            let licence = self.phrase(&PHRASES.licences);
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
                skill.insert("code".to_owned(), code.as_str().into());
            }
            skill.insert("libelle".to_owned(), name.as_str().into());
            skill.insert("exigence".to_owned(), self.demand().into());
            skills.push(Value::Object(skill));
        }
        self.put("competences", skills);
    }

    fn training(&mut self) {
        let (code, field) = &self.trade.field;
        let mut training = Map::new();
        if self.happens(60, 100) {
            training.insert("codeFormation".to_owned(), code.as_str().into());
            training.insert("domaineLibelle".to_owned(), field.as_str().into());
        }
        training.insert("niveauLibelle".to_owned(), self.phrase(&PHRASES.levels).into());
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

    pub(super) fn classification(&mut self) {
        if let Some(code) = self.offer.qualification {
            let name = PHRASES.qualifications.get(usize::from(code).wrapping_sub(1));
            self.put("qualificationCode", code.to_string());
            self.put_if_any("qualificationLibelle", name.map(String::as_str));
        }
        self.put_if_any("codeNAF", self.offer.naf.as_deref());
        if let Some(sector) = self.offer.sector.as_deref() {
            let activity = codes(ACTIVITIES).iter().find(|known| match self.offer.naf.as_deref() {
                Some(naf) => known.code == naf,
                None => known.code.starts_with(sector),
            });
            self.put("secteurActivite", sector);
            self.put_if_any("secteurActiviteLibelle", activity.map(|known| known.label));
        }
        if self.happens(53, 0) {
            self.qualities();
        }
        if self.happens(60, 0) {
            let size = self.phrase(&PHRASES.staff_sizes);
            self.put("trancheEffectifEtab", size);
        }
    }

    fn qualities(&mut self) {
        let start = self.rng.usize(..PHRASES.qualities.len());
        let qualities = PHRASES.qualities[start..].iter().take(3);
        let qualities: Vec<_> = qualities
            .map(|(name, meaning)| json!({ "libelle": name, "description": meaning }))
            .collect();
        self.put("qualitesProfessionnelles", qualities);
    }
}
