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
    /// Range of results to read, as `first-last`: positions from 0, the first at most 3000, the
    /// last at most 3149. A range wider than 150 is read page by page. Default: all results,
    /// however many there are.
    Range range: ResultRange = "range";
    /// Order of the results: `0` by relevance (the default), `1` newest first, `2` nearest first.
    /// Only useful with `range`: without it everything is read, and the order is unspecified.
    Sort sort: SortOrder = "sort";
    /// Professional domain: a letter and two digits, such as `M18`. Only one value allowed. Codes:
    /// the referential `domaines`.
    Domaine domaine: DomainCode = "domaine";
    /// ROME occupation codes: a letter and four digits, such as `M1805`; up to 200, separated by
    /// commas. Codes: the referential `metiers`.
    CodeRome code_rome: RomeCodes = "codeROME";
    /// Theme, from `01` to `17`, such as `13` for seasonal work. Only one value allowed. Codes: the
    /// referential `themes`.
    Theme theme: ThemeCode = "theme";
    /// ROME job titles, as numbers, such as `38444`. Codes: the referential `appellations`.
    Appellation appellation: AppellationCodes = "appellation";
    /// Up to two NAF codes of the employer's activity, as `99.99X`, such as `62.01Z`. Codes: the
    /// referential `nafs`.
    CodeNaf code_naf: NafCodes = "codeNAF";
    /// Up to two activity sectors: the first two digits of the NAF code, such as `01,02`. Codes:
    /// the referential `secteursActivites`.
    SecteurActivite secteur_activite: SectorCodes = "secteurActivite";
    /// Required experience: `1` less than a year, `2` one to three years, `3` more than three
    /// years.
    Experience experience: ExperienceLevel = "experience";
    /// Whether experience is required: `D` beginners welcome, `S` preferred, `E` required.
    ExperienceExigence experience_exigence: ExperienceRequirement = "experienceExigence";
    /// Contract types, such as `CDI,CDD`. With `natureContrat`, an offer must match only one of the
    /// two. Codes: the referential `typesContrats`.
    TypeContrat type_contrat: ContractTypeCodes = "typeContrat";
    /// Contract natures, such as `E2` for an apprenticeship. With `typeContrat`, an offer must match
    /// only one of the two. Codes: the referential `naturesContrats`.
    NatureContrat nature_contrat: ContractKindCodes = "natureContrat";
    /// Who published the offer: `1` France Travail, `2` a partner.
    OrigineOffre origine_offre: OfferOrigin = "origineOffre";
    /// Level of the position: `0` non-manager, `9` manager. Most offers state neither and match
    /// neither.
    Qualification qualification: QualificationLevel = "qualification";
    /// `true` for full time, `false` for part time. Default: both. The service recommends
    /// `dureeHebdo` instead.
    TempsPlein temps_plein: bool = "tempsPlein";
    /// Up to five communes by INSEE code, such as `75056` for Paris. Searches 10 km around, or only
    /// the commune with `distance=0`. An INSEE code is not a postcode: a postcode can be the INSEE
    /// code of another town. Codes: the referential `communes`.
    Commune commune: CommuneCodes = "commune";
    /// Radius around `commune` in whole kilometres (default 10); the service may exceed it by up to
    /// 30 %. `0` searches only the commune. Requires `commune`.
    Distance distance: Kilometres = "distance";
    /// Up to five départements: `01` to `95`, `2A`, `2B`, `971` to `974`, `976`. Offers that
    /// state only a region or the country belong to none. Codes: the referential `departements`.
    Departement departement: DepartementCodes = "departement";
    /// `true` to include the départements adjacent to `departement`. Requires `departement`.
    InclureLimitrophes inclure_limitrophes: bool = "inclureLimitrophes";
    /// Regions by INSEE code, such as `11` for Île-de-France, including the offers that state no
    /// département. Codes: the referential `regions`.
    Region region: RegionCodes = "region";
    /// Countries, five digits such as `99100` for France, or continents, `991` to `995`. Old
    /// two-character codes are not accepted. Codes: the referentials `pays` and `continents`.
    PaysContinent pays_continent: CountryCodes = "paysContinent";
    /// Required education levels, such as `NV5`. Codes: the referential `niveauxFormations`.
    NiveauFormation niveau_formation: EducationCodes = "niveauFormation";
    /// Required driving licences, such as `B`. Codes: the referential `permis`.
    Permis permis: LicenceCodes = "permis";
    /// Up to seven keywords or expressions separated by commas; an offer must match all of them.
    /// Each has at least two characters: letters, digits, spaces and `@#$%^&+./-"`. Searches the
    /// title, occupation, skills, training, licences and languages; the description only if the
    /// title or occupation contains the word. Results include words of similar meaning.
    MotsCles mots_cles: Keywords = "motsCles";
    /// Minimum salary in euros, 0 or more. Requires `periodeSalaire`.
    SalaireMin salaire_min: Euros = "salaireMin";
    /// Pay period of `salaireMin`: `M` month, `A` year, `H` hour, `C` fee. Requires `salaireMin`.
    PeriodeSalaire periode_salaire: SalaryPeriod = "periodeSalaire";
    /// `true` for offers of employers committed to hiring disabled people.
    AccesTravailleurHandicape acces_travailleur_handicape: bool = "accesTravailleurHandicape";
    /// `true` for offers that recruit by simulation (MRS) instead of by CV.
    OffresMrs offres_mrs: bool = "offresMRS";
    /// Broad professional domains, separated by commas. They do not overlap: `C` (banking) does not
    /// include `C15` (property), nor `M` the offers of `M18`.
    GrandDomaine grand_domaine: GrandDomains = "grandDomaine";
    /// Alias of `experienceExigence` used by older integrations: `D`, `S` or `E`. The value is sent
    /// under both names. If both are given they must be equal.
    ExperienceExige experience_exige: ExperienceRequirement = "experienceExige";
    /// Maximum days since publication: 1, 3, 7, 14 or 31.
    PublieeDepuis publiee_depuis: PublishedWithin = "publieeDepuis";
    /// Earliest creation time. Requires `maxCreationDate`. `2025-01-31T08:00:00Z`, the service's own
    /// format, and the same without `Z` are Paris local time; `2025-01-31` is the start of the day;
    /// a time with an offset, such as `2025-01-31T08:00:00+00:00`, is converted. Fractions of a
    /// second are dropped.
    MinCreationDate min_creation_date: EarliestCreation = "minCreationDate";
    /// Latest creation time, may be in the future. Requires `minCreationDate`. Same formats; a day
    /// alone is the end of the day, and fractions of a second are rounded up.
    MaxCreationDate max_creation_date: LatestCreation = "maxCreationDate";
    /// Partner names as shown in their offers, separated by commas, such as `METEOJOB`. Requires
    /// `modeSelectionPartenaires`.
    Partenaires partenaires: PartnerNames = "partenaires";
    /// Whether to include only the partners in `partenaires` beside France Travail's own offers
    /// (`INCLUS`), or to exclude them (`EXCLU`). With `origineOffre=2`, only partner offers are
    /// kept; with `origineOffre=1` it has no effect. Requires `partenaires`.
    ModeSelectionPartenaires mode_selection_partenaires: PartnerSelection = "modeSelectionPartenaires";
    /// Weekly working time: `0` not specified, `1` full time, `2` part time.
    DureeHebdo duree_hebdo: WeeklyTime = "dureeHebdo";
    /// Minimum weekly working time in hours and minutes, `HHMM`: `800` is 8 h, `2430` is 24 h 30.
    DureeHebdoMin duree_hebdo_min: HoursAndMinutes = "dureeHebdoMin";
    /// Maximum weekly working time in hours and minutes, `HHMM`; at least `dureeHebdoMin`.
    DureeHebdoMax duree_hebdo_max: HoursAndMinutes = "dureeHebdoMax";
    /// Minimum contract duration in months, 0 to 99, decimals allowed: `0.5` is 15 days.
    DureeContratMin duree_contrat_min: Months = "dureeContratMin";
    /// Maximum contract duration in months, 0 to 99; at least `dureeContratMin`.
    DureeContratMax duree_contrat_max: Months = "dureeContratMax";
    /// `true` for offers older than 15 days with fewer than four applications known to the
    /// service, `false` for the others.
    OffresManqueCandidats offres_manque_candidats: bool = "offresManqueCandidats";
    /// `true` for offers of adapted companies (which employ disabled people in adapted conditions),
    /// `false` for the others.
    EntreprisesAdaptees entreprises_adaptees: bool = "entreprisesAdaptees";
}
