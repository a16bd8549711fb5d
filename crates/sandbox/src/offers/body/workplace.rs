//! Where the work is done.

use serde_json::Map;

use super::page::Page;
use crate::offers::tables::{COMMUNES, Commune, DEPARTEMENTS, REGIONS, label_of};

impl Page<'_> {
    pub(super) fn place(&mut self) {
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

    pub(super) fn town(&self) -> Option<&'static Commune> {
        let code = self.offer.place.commune.as_deref()?;
        COMMUNES.iter().find(|town| town.code == code)
    }

    /// A town, else a département, else a region, else the country.
    pub(super) fn place_name(&self, town: Option<&Commune>) -> String {
        if let Some(town) = town {
            return format!("{} - {}", town.departement, town_name(town));
        }
        let place = &self.offer.place;
        if let Some(code) = place.departement.as_deref() {
            return format!("{code} - {}", label_of(DEPARTEMENTS, code).unwrap_or_default());
        }
        place.region.as_deref().and_then(|code| label_of(REGIONS, code)).unwrap_or("France").into()
    }
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
