//! The words of made-up offers. All of them were written for this program.

/// A text for every first letter of the ROME.
pub(super) struct Trade {
    pub(super) letter: char,
    /// Where training for it leads.
    pub(super) field: (&'static str, &'static str),
    /// Skills: code and name.
    pub(super) skills: &'static [(&'static str, &'static str)],
    /// What the work consists of.
    pub(super) tasks: &'static [&'static str],
}

pub(super) const LONG_TITLE: &str = "poste à pourvoir immédiatement au sein d'une équipe à taille \
     humaine, avec possibilité d'évolution, formation assurée en interne et prise en charge des \
     frais de transport (CDI, CDD ou alternance)";

pub(super) const TRADES: &[Trade] = &[
    Trade {
        letter: 'A',
        field: ("21054", "Agriculture production végétale"),
        skills: &[
            ("118401", "Entretenir les plantations et les abords"),
            ("118402", "Récolter à la main dans le respect du fruit"),
            ("118403", "Conduire un petit tracteur"),
        ],
        tasks: &[
            "tailler, planter et arroser selon la saison",
            "récolter et trier les produits de l'exploitation",
            "entretenir le petit matériel et le ranger chaque soir",
        ],
    },
    Trade {
        letter: 'B',
        field: ("45062", "Artisanat d'art"),
        skills: &[
            ("118411", "Choisir les matières d'après le modèle"),
            ("118412", "Assembler les pièces à la main"),
            ("118413", "Contrôler le fini d'un ouvrage"),
        ],
        tasks: &[
            "préparer les matières et les gabarits",
            "monter, ajuster puis finir chaque pièce",
            "remettre en état des ouvrages confiés par la clientèle",
        ],
    },
    Trade {
        letter: 'C',
        field: ("41016", "Banque, assurance, immobilier"),
        skills: &[
            ("118421", "Accueillir la clientèle et cerner son besoin"),
            ("118422", "Suivre un dossier de bout en bout"),
            ("118423", "Expliquer un contrat en termes simples"),
        ],
        tasks: &[
            "recevoir les clients de l'agence et préparer leurs rendez-vous",
            "tenir à jour les dossiers & relancer les pièces manquantes",
            "proposer les solutions qui conviennent à chacun",
        ],
    },
    Trade {
        letter: 'D',
        field: ("34554", "Commerce et vente"),
        skills: &[
            ("118431", "Mettre en rayon et faire tourner les produits"),
            ("118432", "Conseiller un client sur son achat"),
            ("118433", "Encaisser et tenir une caisse"),
        ],
        tasks: &[
            "accueillir et conseiller la clientèle du magasin",
            "tenir les rayons pleins, propres & bien étiquetés",
            "suivre les stocks et passer les commandes courantes",
        ],
    },
    Trade {
        letter: 'E',
        field: ("46072", "Communication et arts graphiques"),
        skills: &[
            ("118441", "Rédiger des textes pour plusieurs supports"),
            ("118442", "Mettre en page un document"),
            ("118443", "Tenir un calendrier de publication"),
        ],
        tasks: &[
            "concevoir les supports imprimés et numériques",
            "animer les pages de l'entreprise sur les réseaux",
            "suivre les imprimeurs et contrôler les épreuves",
        ],
    },
    Trade {
        letter: 'F',
        field: ("22254", "Bâtiment et travaux publics"),
        skills: &[
            ("118451", "Lire un plan d'exécution"),
            ("118452", "Préparer un support avant la pose"),
            ("118453", "Mettre un chantier en sécurité"),
        ],
        tasks: &[
            "préparer le chantier et approvisionner les matériaux",
            "réaliser les travaux d'après les plans remis",
            "contrôler l'ouvrage avec le chef d'équipe avant la réception",
        ],
    },
    Trade {
        letter: 'G',
        field: ("42752", "Hôtellerie et restauration"),
        skills: &[
            ("118461", "Dresser et débarrasser une table"),
            ("118462", "Appliquer les règles d'hygiène alimentaire"),
            ("118463", "Animer un groupe d'enfants"),
        ],
        tasks: &[
            "préparer le service et tenir son poste propre",
            "accueillir les hôtes et veiller à leur confort",
            "participer à la plonge & à la remise en état des locaux",
        ],
    },
    Trade {
        letter: 'H',
        field: ("31654", "Production mécanique et industrielle"),
        skills: &[
            ("118471", "Régler une machine d'après une fiche"),
            ("118472", "Contrôler les cotes d'une pièce"),
            ("118473", "Renseigner un suivi de production"),
        ],
        tasks: &[
            "monter les outils, régler la machine et lancer la série",
            "contrôler les pièces et noter les écarts",
            "assurer l'entretien de premier niveau de la ligne",
        ],
    },
    Trade {
        letter: 'I',
        field: ("31624", "Maintenance"),
        skills: &[
            ("118481", "Rechercher l'origine d'une panne"),
            ("118482", "Remplacer une pièce usée"),
            ("118483", "Rédiger un compte rendu d'intervention"),
        ],
        tasks: &[
            "diagnostiquer les pannes mécaniques et électriques",
            "réaliser les visites prévues au plan d'entretien",
            "conseiller les utilisateurs & tenir le stock de pièces",
        ],
    },
    Trade {
        letter: 'J',
        field: ("43441", "Santé et soins"),
        skills: &[
            ("118491", "Aider une personne dans les gestes du quotidien"),
            ("118492", "Transmettre ses observations à l'équipe"),
            ("118493", "Appliquer un protocole d'hygiène"),
        ],
        tasks: &[
            "assurer les soins prévus au plan de chaque personne",
            "tenir les transmissions écrites et orales",
            "accompagner les familles avec tact",
        ],
    },
    Trade {
        letter: 'K',
        field: ("44028", "Services à la personne"),
        skills: &[
            ("118501", "Entretenir un logement ou des bureaux"),
            ("118502", "Soutenir une personne dans ses démarches"),
            ("118503", "Surveiller un lieu et prévenir les incidents"),
        ],
        tasks: &[
            "intervenir chez les bénéficiaires selon le planning",
            "veiller au bien-être et à la sécurité de chacun",
            "rendre compte à la responsable de secteur",
        ],
    },
    Trade {
        letter: 'L',
        field: ("45066", "Spectacle"),
        skills: &[
            ("118511", "Installer et régler le matériel d'une salle"),
            ("118512", "Se préparer à une représentation"),
            ("118513", "Travailler avec une troupe"),
        ],
        tasks: &[
            "préparer les répétitions avec toute l'équipe",
            "assurer les représentations de la saison",
            "participer au montage et au démontage",
        ],
    },
    Trade {
        letter: 'M',
        field: ("32054", "Gestion, informatique et organisation"),
        skills: &[
            ("118521", "Tenir des tableaux de suivi"),
            ("118522", "Analyser un besoin et proposer une solution"),
            ("118523", "Conduire une réunion de projet"),
        ],
        tasks: &[
            "suivre les dossiers du service et leurs échéances",
            "préparer les tableaux de bord pour la direction",
            "améliorer les outils & documenter les façons de faire",
        ],
    },
    Trade {
        letter: 'N',
        field: ("31854", "Transport et logistique"),
        skills: &[
            ("118531", "Charger et arrimer des marchandises"),
            ("118532", "Préparer une commande sans erreur"),
            ("118533", "Respecter les temps de conduite"),
        ],
        tasks: &[
            "charger, transporter et remettre les marchandises",
            "préparer les commandes au casque ou au papier",
            "vérifier les documents de transport & signaler les avaries",
        ],
    },
];

pub(super) const OPENINGS: &[&str] = &[
    "Nous cherchons une personne motivée pour rejoindre une équipe soudée.",
    "Dans le cadre de notre développement, nous renforçons notre équipe.",
    "À la suite d'un départ en retraite, un poste se libère dans notre maison.",
    "Vous aimez le travail bien fait\u{a0}? Ce poste est peut-être pour vous.",
    "Notre client, une entreprise familiale reconnue dans la région, recrute.",
    "***Poste à pourvoir dès que possible***",
    "Rejoignez une structure où chacun compte et où les idées sont écoutées.",
    "Notre agence recrute pour l'un de ses partenaires historiques.",
];

pub(super) const SENTENCES: &[&str] = &[
    "Vous travaillez en lien avec la responsable du site et vous êtes accompagné pendant les \
     premières semaines, le temps de prendre vos repères.",
    "Le poste demande de la rigueur, de la ponctualité et le goût du travail en équipe.",
    "Une première expérience dans un métier proche est appréciée, mais nous formons volontiers une \
     personne qui débute et qui a envie d'apprendre.",
    "Les horaires sont fixés un mois à l'avance\u{a0}; un week-end sur trois est travaillé.",
    "Vous êtes à l'aise avec les outils informatiques courants & vous aimez classer, ranger, \
     prévoir.",
    "L'entreprise propose une mutuelle, des titres-restaurant et la prise en charge de la moitié \
     de l'abonnement de transport.",
    "Le site est desservi par les transports en commun, un parking est aussi à disposition.",
    "Nous étudions toutes les candidatures à compétences égales, y compris celles des personnes \
     en situation de handicap.",
    "Après une période d'intégration, vous prendrez peu à peu la charge d'un secteur.",
    "Vous savez rendre compte simplement de ce que vous avez fait et de ce qui reste à faire.",
    "La rémunération tient compte de votre parcours\u{a0}: nous en parlerons ensemble lors de \
     l'entretien.",
    "Une tenue de travail est fournie et entretenue par nos soins.",
    "Vous respectez les consignes de sécurité et vous portez les équipements remis.",
    "Nos équipes se retrouvent chaque lundi matin autour d'un café pour préparer la semaine.",
    "Des déplacements ponctuels dans le département sont à prévoir\u{a0}; un véhicule de service \
     est mis à disposition.",
    "Le télétravail est possible deux jours par semaine une fois la période d'essai passée.",
    "Votre sens de l'accueil et votre écoute feront la différence auprès de notre public.",
    "Nous préparons la saison prochaine et nous cherchons quelqu'un qui s'inscrive dans la durée.",
    "Un accord sur le temps de travail donne droit à douze jours de repos supplémentaires par an.",
    "L'atelier a été rénové l'an dernier, les machines sont récentes et bien entretenues.",
];

pub(super) const CLOSINGS: &[&str] = &[
    "Envoyez-nous votre CV avec quelques lignes sur vos envies.",
    "Poste à pourvoir rapidement, entretiens possibles en visioconférence.",
    "Nous répondons à toutes les candidatures sous quinze jours.",
    "N'hésitez pas à postuler, même si vous ne cochez pas toutes les cases\u{a0}! 🙂",
];

pub(super) const HOUSES: &[&str] = &[
    "ATELIERS",
    "COMPTOIR",
    "MAISON",
    "GROUPE",
    "ETABLISSEMENTS",
    "SARL",
    "SOCIETE",
    "DOMAINE",
    "ASSOCIATION",
    "CABINET",
    "AGENCE",
    "SERVICES",
];

pub(super) const NAMES: &[&str] = &[
    "DU VAL CLAIR",
    "DES TROIS PONTS",
    "BELLERIVE",
    "MARTIN & FILS",
    "DE LA FONTAINE",
    "AZURELLE",
    "DU GRAND CHENE",
    "LES TILLEULS",
    "HORIZONS",
    "DU MOULIN NEUF",
    "ROCHEBRUNE",
    "PREVERT",
    "DES ARTISANS",
    "SAINT-ELOI",
    "CLAIRE-VOIE",
    "DU PORT",
    "L'ESCALE",
    "BOIS JOLI",
    "ORIANE",
];

pub(super) const HOUSE_TEXTS: &[&str] = &[
    "Fondée il y a trente ans, notre maison emploie une quarantaine de personnes & forme chaque \
     année des apprentis.",
    "Entreprise locale à taille humaine, nous travaillons pour des particuliers et des \
     collectivités.\nNotre exigence\u{a0}: la qualité du service rendu.",
    "Notre réseau compte douze agences dans la région. Nous accompagnons les candidats du premier \
     appel jusqu'à la prise de poste.",
    "Association reconnue d'intérêt général, nous agissons au plus près des habitants.",
];

pub(super) const PEOPLE: &[&str] =
    &["Mme Camille MARTIN", "M. Louis DURAND", "Mme Agnès PETIT", "M. Karim MOREAU", "Mme RH"];

/// Ways of working that employers ask for: name and meaning.
pub(super) const QUALITIES: &[(&str, &str)] = &[
    ("Faire preuve d'autonomie", "Savoir mener son travail sans être suivi pas à pas."),
    ("Avoir l'esprit d'équipe", "Savoir travailler avec les autres vers un but commun."),
    ("Faire preuve de rigueur et de précision", "Savoir suivre une règle jusqu'au bout."),
    ("Être à l'écoute", "Savoir entendre une demande et y répondre avec justesse."),
    ("S'adapter aux changements", "Savoir changer de tâche quand l'imprévu survient."),
];

pub(super) const QUALIFICATIONS: &[&str] = &[
    "Manœuvre",
    "Ouvrier spécialisé",
    "Ouvrier qualifié (P1,P2)",
    "Ouvrier qualifié (P3,P4,OHQ)",
    "Employé non qualifié",
    "Employé qualifié",
    "Technicien",
    "Agent de maîtrise",
    "Cadre",
];

/// Forms of training: name of the level.
pub(super) const LEVELS: &[&str] = &[
    "CAP, BEP et équivalents",
    "Bac ou équivalent",
    "Bac+2 ou équivalents",
    "Bac+3, Bac+4 ou équivalents",
    "Bac+5 et plus ou équivalents",
];

pub(super) const LANGUAGES: &[&str] = &["Anglais", "Français", "Allemand", "Espagnol", "Italien"];

pub(super) const LICENCES: &[&str] =
    &["B - Véhicule léger", "B - Véhicule léger", "C - Poids lourd", "CE - Poids lourd + remorque"];

/// What comes on top of the pay.
pub(super) const EXTRAS: &[&str] = &[
    "Primes",
    "Complémentaire santé",
    "Titres restaurant",
    "Intéressement",
    "Véhicule de service",
];

pub(super) const PAY_REMARKS: &[&str] =
    &["Selon profil", "A négocier", "Selon expérience", "Selon convention", "-"];

pub(super) const TRAVELS: &[&str] = &["Jamais", "Ponctuels", "Fréquents", "Quotidiens"];

pub(super) const TRAVEL_ZONES: &[&str] =
    &["", " Zone départementale", " Zone régionale", " Zone nationale"];

pub(super) const FULL_TIMES: &[&str] = &[
    "35H/semaine\nTravail en journée",
    "35H/semaine\nTravail le samedi",
    "39H/semaine\nTravail en journée",
    "37H30/semaine\nTravail en 2X8",
    "35H/semaine\nHoraires variables",
];

pub(super) const PART_TIMES: &[&str] = &[
    "24H/semaine\nTravail en journée",
    "20H/semaine\nTravail le samedi",
    "28H/semaine\nHoraires variables",
];

pub(super) const STAFF_SIZES: &[&str] =
    &["0 salarié", "1 ou 2 salariés", "3 à 5 salariés", "10 à 19 salariés", "50 à 99 salariés"];
