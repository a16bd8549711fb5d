//! The table of the 42 parameters, from which the struct, its setters, the specification, the
//! parsing and the wire form all come.

use serde_json::Value;

use super::{
    AppellationCodes, CommuneCodes, ContractKindCodes, ContractTypeCodes, CountryCodes,
    DepartementCodes, DomainCode, EarliestCreation, EducationCodes, Euros, ExperienceLevel,
    ExperienceRequirement, GrandDomains, HoursAndMinutes, Keywords, Kilometres, LatestCreation,
    LicenceCodes, Months, NafCodes, OfferOrigin, ParameterSpecification, ParameterValue,
    PartnerNames, PartnerSelection, PublishedWithin, QualificationLevel, RegionCodes, Rejection,
    ResultRange, RomeCodes, SalaryPeriod, SectorCodes, SortOrder, ThemeCode, WeeklyTime,
};

/// A value as it is given, before its parameter's type has read it.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    Text(&'a str),
    Json(&'a Value),
}

impl Given<'_> {
    fn read<V: ParameterValue>(self) -> Result<Option<V>, Rejection> {
        match self {
            Self::Text(text) => V::parse(text).map(Some),
            Self::Json(Value::Null) => Ok(None),
            Self::Json(value) => V::from_json(value).map(Some),
        }
    }
}

/// What can be done with a parameter that is known only by its name.
pub(super) struct Entry {
    pub(super) parameter: Parameter,
    pub(super) specification: ParameterSpecification,
    pub(super) set: fn(&mut SearchParameters, Given<'_>) -> Result<(), Rejection>,
    pub(super) wire: fn(&SearchParameters) -> Option<String>,
    pub(super) json: fn(&SearchParameters) -> Option<Value>,
}

/// Each line: what it means, what it is called in code, the field, its type, the service's name.
macro_rules! parameters {
    ($($(#[doc = $line:literal])+ $parameter:ident $field:ident: $value:ty = $name:literal;)+) => {
        /// One of the parameters.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Parameter {
            $(#[doc = concat!("`", $name, "`.")] $parameter,)+
        }

        impl Parameter {
            /// The name, as the service spells it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$parameter => $name,)+
                }
            }
        }

        /// The parameters of a search, each of which may be left out.
        ///
        /// ```
        /// use francetravail_api::{DepartementCodes, ParameterValue, SearchParameters, SortOrder};
        ///
        /// let paris = SearchParameters::new()
        ///     .departement(DepartementCodes::parse("75")?)
        ///     .sort(SortOrder::Newest);
        /// assert!(paris.validate().is_ok());
        /// # Ok::<(), francetravail_api::Rejection>(())
        /// ```
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct SearchParameters {
            $($(#[doc = $line])+ pub $field: Option<$value>,)+
        }

        impl SearchParameters {
            /// Every parameter, in the order in which people know them.
            pub const SPECIFICATIONS: [ParameterSpecification; 42] = [$(ParameterSpecification {
                name: $name,
                kind: <$value>::FORM.kind(),
                description: concat!($($line),+).trim_ascii_start(),
                accepted: <$value>::ACCEPTED,
            },)+];

            /// Whether a parameter is set.
            pub fn has(&self, parameter: Parameter) -> bool {
                match parameter {
                    $(Parameter::$parameter => self.$field.is_some(),)+
                }
            }

            $(
                #[doc = concat!("Sets `", $name, "`.")]
                #[must_use]
                pub fn $field(mut self, value: $value) -> Self {
                    self.$field = Some(value);
                    self
                }
            )+
        }

        pub(super) static ENTRIES: [Entry; 42] = {
            let mut index = 0;
            [$(Entry {
                parameter: Parameter::$parameter,
                specification: {
                    index += 1;
                    SearchParameters::SPECIFICATIONS[index - 1]
                },
                set: |parameters, given| {
                    parameters.$field = given.read()?;
                    Ok(())
                },
                wire: |parameters| parameters.$field.as_ref().map(ParameterValue::wire),
                json: |parameters| parameters.$field.as_ref().map(ParameterValue::json),
            },)+]
        };
    };
}

parameters! {
    /// Which results to read, as `p-d`: positions counted from 0, the first at most 3000, the
    /// last at most 3149. The service gives 150 at a time, and a wider range is read page by
    /// page. Without it, every result is read, however many there are.
    Range range: ResultRange = "range";
    /// The order of the results: `0` by relevance, `1` newest first, `2` nearest first. Without
    /// it, relevance. It matters together with `range`; without `range` everything is read, in an
    /// order of the reader's own.
    Sort sort: SortOrder = "sort";
    /// One area of work: a letter and two digits, such as `M18`. Two are refused. Codes: the
    /// referential `domaines`.
    Domaine domaine: DomainCode = "domaine";
    /// ROME codes of occupations: a letter and four digits, such as `M1805`, up to 200 with
    /// commas between. Codes: the referential `metiers`.
    CodeRome code_rome: RomeCodes = "codeROME";
    /// One theme, from `01` to `17`, such as `13` for seasonal work. Two are refused. Codes: the
    /// referential `themes`.
    Theme theme: ThemeCode = "theme";
    /// Names of occupations within the ROME, as numbers, such as `38444`. Codes: the referential
    /// `appellations`.
    Appellation appellation: AppellationCodes = "appellation";
    /// Up to two NAF codes of the employer's activity, written `99.99X`, such as `62.01Z`.
    /// Codes: the referential `nafs`.
    CodeNaf code_naf: NafCodes = "codeNAF";
    /// Up to two sectors of activity: the first two digits of the NAF, such as `01,02`. Codes:
    /// the referential `secteursActivites`.
    SecteurActivite secteur_activite: SectorCodes = "secteurActivite";
    /// The experience that is asked for: `1` less than a year, `2` one to three years, `3` more
    /// than three years.
    Experience experience: ExperienceLevel = "experience";
    /// Whether experience is asked for: `D` a beginner is welcome, `S` it is wished for, `E` it
    /// is required.
    ExperienceExigence experience_exigence: ExperienceRequirement = "experienceExigence";
    /// Types of contract, such as `CDI,CDD`. Beside `natureContrat` an offer has to match only
    /// one of the two. Codes: the referential `typesContrats`.
    TypeContrat type_contrat: ContractTypeCodes = "typeContrat";
    /// Kinds of contract, such as `E2` for an apprenticeship. Beside `typeContrat` an offer has
    /// to match only one of the two. Codes: the referential `naturesContrats`.
    NatureContrat nature_contrat: ContractKindCodes = "natureContrat";
    /// Who published the offer: `1` France Travail, `2` a partner.
    OrigineOffre origine_offre: OfferOrigin = "origineOffre";
    /// The level of the post: `0` not a manager, `9` a manager. Most offers state none and match
    /// neither.
    Qualification qualification: QualificationLevel = "qualification";
    /// `true` for full time, `false` for part time; without it, both. `dureeHebdo` is the filter
    /// that the service recommends in its place.
    TempsPlein temps_plein: bool = "tempsPlein";
    /// Up to five communes by their INSEE code, such as `75056` for Paris. Alone it searches
    /// 10 km around; with `distance=0` only the commune. A postcode is a different number: where
    /// one happens to be the INSEE code of another town, that town is searched. Codes: the
    /// referential `communes`.
    Commune commune: CommuneCodes = "commune";
    /// The radius around `commune` in whole kilometres, 0 or more; the service uses 10 where it
    /// is left out, and may go up to 30 % further. `0` stays within the commune. Requires
    /// `commune`.
    Distance distance: Kilometres = "distance";
    /// Up to five départements: `01` to `95`, `2A`, `2B`, `971` to `974`, `976`. Offers that
    /// state only a region or the country belong to none. Codes: the referential `departements`.
    Departement departement: DepartementCodes = "departement";
    /// `true` to search the départements that border on those in `departement` too. Requires
    /// `departement`.
    InclureLimitrophes inclure_limitrophes: bool = "inclureLimitrophes";
    /// Regions by their INSEE code, such as `11` for Île-de-France; they contain the offers that
    /// state no département. Codes: the referential `regions`.
    Region region: RegionCodes = "region";
    /// Countries of five digits, such as `99100` for France, or continents from `991` to `995`.
    /// The older codes of two characters are gone. Codes: the referentials `pays` and
    /// `continents`.
    PaysContinent pays_continent: CountryCodes = "paysContinent";
    /// Levels of education that are asked for, such as `NV5`. Codes: the referential
    /// `niveauxFormations`.
    NiveauFormation niveau_formation: EducationCodes = "niveauFormation";
    /// Driving licences that are asked for, such as `B`. Codes: the referential `permis`.
    Permis permis: LicenceCodes = "permis";
    /// Up to seven words or expressions with commas between, all of which must be met. Each has
    /// at least two characters: letters, digits, spaces and `@#$%^&+./-"`. The title, the
    /// occupation, skills, training, licences and languages are searched; the description only
    /// where the title or occupation carries the word. The service also finds what is close in
    /// meaning, so that results may not contain the word itself.
    MotsCles mots_cles: Keywords = "motsCles";
    /// The least salary in euros, 0 or more. Requires `periodeSalaire`.
    SalaireMin salaire_min: Euros = "salaireMin";
    /// What `salaireMin` is reckoned by: `M` a month, `A` a year, `H` an hour, `C` a fee. Requires
    /// `salaireMin`.
    PeriodeSalaire periode_salaire: SalaryPeriod = "periodeSalaire";
    /// `true` for offers of employers who are committed to hiring disabled people.
    AccesTravailleurHandicape acces_travailleur_handicape: bool = "accesTravailleurHandicape";
    /// `true` for offers that recruit by simulation (MRS) rather than by curriculum vitae.
    OffresMrs offres_mrs: bool = "offresMRS";
    /// A large area of work, or several with commas between. The areas are disjoint: `C`
    /// (banking) does not contain `C15` (property), nor `M` the offers of `M18`.
    GrandDomaine grand_domaine: GrandDomains = "grandDomaine";
    /// The same filter as `experienceExigence` under the name that older integrations use: `D`,
    /// `S` or `E`. The service is not known to read this name, so the value is sent under both.
    /// Where both are given they must agree.
    ExperienceExige experience_exige: ExperienceRequirement = "experienceExige";
    /// The most days since the offer was published: 1, 3, 7, 14 or 31, and no other number.
    PublieeDepuis publiee_depuis: PublishedWithin = "publieeDepuis";
    /// The earliest time of creation, and needs `maxCreationDate`. `2025-01-31T08:00:00Z`, the
    /// service's own form, means eight o'clock on the clocks of Paris, and so does the same
    /// without `Z`; `2025-01-31` is that day's first second; with an offset, as in
    /// `2025-01-31T08:00:00+00:00`, it is an instant and is converted. Fractions of a second are
    /// cut off.
    MinCreationDate min_creation_date: EarliestCreation = "minCreationDate";
    /// The latest time of creation, and needs `minCreationDate`. Written in the same ways; a day
    /// alone is its last second, fractions are rounded up, and it may lie in the future.
    MaxCreationDate max_creation_date: LatestCreation = "maxCreationDate";
    /// Names of partners with commas between, as their offers carry them, such as `METEOJOB`;
    /// `modeSelectionPartenaires` says what becomes of them.
    Partenaires partenaires: PartnerNames = "partenaires";
    /// What becomes of the offers of `partenaires`, which it needs: with `INCLUS` France
    /// Travail's own offers and these partners' remain, with `EXCLU` all but these partners'.
    /// `origineOffre=2` keeps the partners' side only; with `origineOffre=1` it has no effect.
    ModeSelectionPartenaires mode_selection_partenaires: PartnerSelection = "modeSelectionPartenaires";
    /// The weekly time: `0` not said, `1` full time, `2` part time.
    DureeHebdo duree_hebdo: WeeklyTime = "dureeHebdo";
    /// The least weekly time in hours and minutes, `HHMM`: `800` is 8 h, `2430` is 24 h 30.
    DureeHebdoMin duree_hebdo_min: HoursAndMinutes = "dureeHebdoMin";
    /// The most weekly time in hours and minutes, `HHMM`, and not below `dureeHebdoMin`.
    DureeHebdoMax duree_hebdo_max: HoursAndMinutes = "dureeHebdoMax";
    /// The least duration of the contract in months, 0 to 99 with a decimal point: `0.5` is 15
    /// days.
    DureeContratMin duree_contrat_min: Months = "dureeContratMin";
    /// The most duration of the contract in months, 0 to 99, and not below `dureeContratMin`.
    DureeContratMax duree_contrat_max: Months = "dureeContratMax";
    /// `true` for offers older than 15 days with fewer than four applications known to the
    /// service, `false` for the others.
    OffresManqueCandidats offres_manque_candidats: bool = "offresManqueCandidats";
    /// `true` for offers of adapted companies, where disabled people work in conditions made
    /// for them, `false` for the others.
    EntreprisesAdaptees entreprises_adaptees: bool = "entreprisesAdaptees";
}
