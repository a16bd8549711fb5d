//! What made-up offers are put together from. Codes, labels and places are real.

/// An occupation: ROME code, label, and titles under which it is offered.
pub(super) struct Occupation {
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    pub(super) titles: &'static [&'static str],
}

const fn occupation(
    code: &'static str,
    label: &'static str,
    titles: &'static [&'static str],
) -> Occupation {
    Occupation { code, label, titles }
}

/// From every area of work, those included that stand apart: C15, L14, M13 to M18.
pub(super) static OCCUPATIONS: [Occupation; 42] = [
    occupation(
        "A1203",
        "Aménagement et entretien des espaces verts",
        &["Jardinier paysagiste", "Ouvrier / Ouvrière d'entretien des espaces verts"],
    ),
    occupation(
        "A1414",
        "Horticulture et maraîchage",
        &["Ouvrier maraîcher", "Cueilleur / Cueilleuse de fruits"],
    ),
    occupation(
        "A1405",
        "Arboriculture et viticulture",
        &["Ouvrier viticole", "Tailleur / Tailleuse de vignes"],
    ),
    occupation(
        "B1802",
        "Réalisation d'articles en cuir et matériaux souples (hors vêtement)",
        &["Maroquinier / Maroquinière"],
    ),
    occupation(
        "C1102",
        "Conseil clientèle en assurances",
        &["Conseiller / Conseillère en assurances"],
    ),
    occupation(
        "C1206",
        "Gestion de clientèle bancaire",
        &["Chargé de clientèle particuliers", "Conseiller bancaire"],
    ),
    occupation(
        "C1504",
        "Transaction immobilière",
        &["Négociateur immobilier (H/F)", "Agent commercial en immobilier"],
    ),
    occupation(
        "D1106",
        "Vente en alimentation",
        &["Vendeur / Vendeuse en boulangerie", "Vendeur en boucherie"],
    ),
    occupation(
        "D1402",
        "Relation commerciale grands comptes et entreprises",
        &["Technico-commercial B to B", "Commercial grands comptes"],
    ),
    occupation(
        "D1507",
        "Mise en rayon libre-service",
        &["Employé(e) de libre-service", "ELS / Employé commercial"],
    ),
    occupation("E1103", "Communication", &["Chargé / Chargée de communication"]),
    occupation("E1205", "Réalisation de contenus multimédias", &["Graphiste", "Webdesigner UX/UI"]),
    occupation(
        "F1602",
        "Électricité bâtiment",
        &["Électricien / Électricienne bâtiment", "Électricien N3P2"],
    ),
    occupation("F1703", "Maçonnerie", &["Maçon / Maçonne", "Maçon traditionnel"]),
    occupation("F1606", "Peinture en bâtiment", &["Peintre en bâtiment"]),
    occupation(
        "G1602",
        "Personnel de cuisine",
        &["Cuisinier / Cuisinière", "Second de cuisine", "Commis de cuisine"],
    ),
    occupation(
        "G1803",
        "Service en restauration",
        &["Serveur / Serveuse en restauration", "Chef de rang"],
    ),
    occupation("G1501", "Personnel d'étage", &["Femme / Valet de chambre"]),
    occupation(
        "H1206",
        "Management et ingénierie études, recherche et développement industriel",
        &["Ingénieur R&D mécanique", "Chef de projet industriel"],
    ),
    occupation(
        "H2909",
        "Montage-assemblage mécanique",
        &["Monteur / Monteuse assembleur mécanique"],
    ),
    occupation("H2913", "Soudage manuel", &["Soudeur TIG", "Soudeur / Soudeuse semi-automatique"]),
    occupation(
        "I1304",
        "Installation et maintenance d'équipements industriels et d'exploitation",
        &["Technicien de maintenance industrielle"],
    ),
    occupation(
        "I1604",
        "Mécanique automobile et entretien de véhicules",
        &["Mécanicien automobile", "Technicien VL"],
    ),
    occupation(
        "J1501",
        "Soins d'hygiène, de confort du patient",
        &["Aide-soignant / Aide-soignante de nuit", "Aide-soignant en EHPAD"],
    ),
    occupation(
        "J1506",
        "Soins infirmiers généralistes",
        &["Infirmier / Infirmière en soins généraux", "IDE en EHPAD"],
    ),
    occupation("K1302", "Assistance auprès d'adultes", &["Auxiliaire de vie", "Aide à domicile"]),
    occupation(
        "K1303",
        "Assistance auprès d'enfants",
        &["Auxiliaire de puériculture", "Garde d'enfants à domicile"],
    ),
    occupation("K2204", "Nettoyage de locaux", &["Agent d'entretien", "Agent de propreté H/F"]),
    occupation("L1401", "Sportif professionnel", &["Sportif professionnel"]),
    occupation("L1202", "Musique et chant", &["Musicien intervenant"]),
    occupation(
        "M1203",
        "Comptabilité",
        &["Comptable général", "Assistant comptable", "Comptable fournisseurs"],
    ),
    occupation(
        "M1301",
        "Direction de grande entreprise ou d'établissement public",
        &["Directeur général adjoint des services"],
    ),
    occupation(
        "M1402",
        "Conseil en organisation et management d'entreprise",
        &["Consultant en organisation"],
    ),
    occupation(
        "M1502",
        "Développement des ressources humaines",
        &["Chargé de recrutement", "Responsable formation"],
    ),
    occupation(
        "M1602",
        "Opérations administratives",
        &["Assistant administratif", "Agent administratif"],
    ),
    occupation("M1707", "Stratégie commerciale", &["Directeur commercial"]),
    occupation(
        "M1805",
        "Études et développement informatique",
        &[
            "Développeur / Développeuse web",
            "Ingénieur logiciel C++",
            "Data engineer",
            "Développeur full-stack Java/Angular",
        ],
    ),
    occupation(
        "M1810",
        "Production et exploitation de systèmes d'information",
        &["Technicien support informatique", "Administrateur systèmes & réseaux"],
    ),
    occupation(
        "N1103",
        "Magasinage et préparation de commandes",
        &["Préparateur / Préparatrice de commandes", "Cariste CACES 1,3,5"],
    ),
    occupation("N1105", "Manutention manuelle de charges", &["Manutentionnaire", "Déménageur"]),
    occupation(
        "N4101",
        "Conduite de transport de marchandises sur longue distance",
        &["Conducteur routier SPL", "Chauffeur poids lourd"],
    ),
    occupation(
        "N4105",
        "Conduite et livraison par tournées sur courte distance",
        &["Chauffeur-livreur VL"],
    ),
];

/// A town: INSEE code, post code, name, département, region, latitude, longitude.
pub(super) type Town =
    (&'static str, &'static str, &'static str, &'static str, &'static str, f64, f64);

/// In every region. A town that stands twice is twice as likely.
pub(super) static TOWNS: [Town; 64] = [
    ("75101", "75001", "Paris 1er Arrondissement", "75", "11", 48.8626, 2.3362),
    ("75108", "75008", "Paris 8e Arrondissement", "75", "11", 48.8727, 2.3125),
    ("75109", "75009", "Paris 9e Arrondissement", "75", "11", 48.8769, 2.3375),
    ("75112", "75012", "Paris 12e Arrondissement", "75", "11", 48.8349, 2.4213),
    ("75115", "75015", "Paris 15e Arrondissement", "75", "11", 48.8401, 2.2928),
    ("75120", "75020", "Paris 20e Arrondissement", "75", "11", 48.8634, 2.4011),
    ("92050", "92000", "NANTERRE", "92", "11", 48.8960, 2.2067),
    ("92012", "92100", "BOULOGNE BILLANCOURT", "92", "11", 48.8365, 2.2393),
    ("93066", "93200", "ST DENIS", "93", "11", 48.9298, 2.3595),
    ("94028", "94000", "CRETEIL", "94", "11", 48.7837, 2.4546),
    ("77284", "77100", "MEAUX", "77", "11", 48.9578, 2.8773),
    ("78646", "78000", "VERSAILLES", "78", "11", 48.8039, 2.1191),
    ("91228", "91000", "EVRY COURCOURONNES", "91", "11", 48.6294, 2.4289),
    ("95500", "95300", "PONTOISE", "95", "11", 49.0513, 2.0949),
    ("69381", "69001", "Lyon 1er Arrondissement", "69", "84", 45.7699, 4.8292),
    ("69383", "69003", "Lyon 3e Arrondissement", "69", "84", 45.7533, 4.8690),
    ("69387", "69007", "Lyon 7e Arrondissement", "69", "84", 45.7333, 4.8375),
    ("69266", "69100", "VILLEURBANNE", "69", "84", 45.7719, 4.8902),
    ("38185", "38000", "GRENOBLE", "38", "84", 45.1821, 5.7213),
    ("74010", "74000", "ANNECY", "74", "84", 45.9024, 6.1264),
    ("74056", "74400", "CHAMONIX MONT BLANC", "74", "84", 45.9310, 6.9236),
    ("63113", "63000", "CLERMONT FERRAND", "63", "84", 45.7856, 3.1156),
    ("13201", "13001", "Marseille 1er Arrondissement", "13", "93", 43.2999, 5.3845),
    ("13208", "13008", "Marseille 8e Arrondissement", "13", "93", 43.2503, 5.3841),
    ("13001", "13090", "AIX EN PROVENCE", "13", "93", 43.5361, 5.3987),
    ("06088", "06000", "NICE", "06", "93", 43.7119, 7.2385),
    ("83137", "83000", "TOULON", "83", "93", 43.1364, 5.9334),
    ("84007", "84000", "AVIGNON", "84", "93", 43.9353, 4.8413),
    ("31555", "31000", "TOULOUSE", "31", "76", 43.6007, 1.4328),
    ("31149", "31770", "COLOMIERS", "31", "76", 43.6114, 1.3269),
    ("34172", "34000", "MONTPELLIER", "34", "76", 43.6100, 3.8742),
    ("30189", "30000", "NIMES", "30", "76", 43.8448, 4.3481),
    ("66136", "66000", "PERPIGNAN", "66", "76", 42.6990, 2.9045),
    ("33063", "33000", "BORDEAUX", "33", "75", 44.8570, -0.5737),
    ("33281", "33700", "MERIGNAC", "33", "75", 44.8317, -0.6816),
    ("64445", "64000", "PAU", "64", "75", 43.3219, -0.3443),
    ("86194", "86000", "POITIERS", "86", "75", 46.5839, 0.3599),
    ("87085", "87000", "LIMOGES", "87", "75", 45.8567, 1.2260),
    ("17300", "17000", "LA ROCHELLE", "17", "75", 46.1620, -1.1764),
    ("44109", "44000", "NANTES", "44", "52", 47.2315, -1.5482),
    ("49007", "49000", "ANGERS", "49", "52", 47.4777, -0.5556),
    ("72181", "72000", "LE MANS", "72", "52", 47.9887, 0.2012),
    ("85191", "85000", "LA ROCHE SUR YON", "85", "52", 46.6675, -1.4077),
    ("35238", "35000", "RENNES", "35", "53", 48.1159, -1.6884),
    ("29019", "29200", "BREST", "29", "53", 48.4008, -4.5020),
    ("56121", "56100", "LORIENT", "56", "53", 47.7495, -3.3791),
    ("14118", "14000", "CAEN", "14", "28", 49.1847, -0.3695),
    ("76540", "76000", "ROUEN", "76", "28", 49.4413, 1.0912),
    ("59350", "59000", "LILLE", "59", "32", 50.6311, 3.0468),
    ("59512", "59100", "ROUBAIX", "59", "32", 50.6879, 3.1815),
    ("80021", "80000", "AMIENS", "80", "32", 49.8987, 2.2847),
    ("67482", "67000", "STRASBOURG", "67", "44", 48.5691, 7.7621),
    ("57463", "57000", "METZ", "57", "44", 49.1081, 6.1955),
    ("51454", "51100", "REIMS", "51", "44", 49.2514, 4.0360),
    ("21231", "21000", "DIJON", "21", "27", 47.3226, 5.0343),
    ("25056", "25000", "BESANCON", "25", "27", 47.2550, 6.0195),
    ("45234", "45000", "ORLEANS", "45", "24", 47.8828, 1.9161),
    ("37261", "37000", "TOURS", "37", "24", 47.3943, 0.6949),
    ("2A004", "20000", "AJACCIO", "2A", "94", 41.9351, 8.7010),
    ("97105", "97100", "BASSE TERRE", "971", "01", 16.0031, -61.7219),
    ("97209", "97200", "FORT DE FRANCE", "972", "02", 14.6413, -61.0691),
    ("97302", "97300", "CAYENNE", "973", "03", 4.9346, -52.3303),
    ("97411", "97400", "SAINT DENIS", "974", "04", -20.9329, 55.4467),
    ("97608", "97600", "MAMOUDZOU", "976", "06", -12.7907, 45.1942),
];

/// The names of the regions, by code, in the form that an offer carries.
pub(in crate::offers) static REGIONS: [(&str, &str); 18] = [
    ("01", "Guadeloupe"),
    ("02", "Martinique"),
    ("03", "Guyane"),
    ("04", "La Réunion"),
    ("06", "Mayotte"),
    ("11", "Ile-de-France"),
    ("24", "Centre-Val de Loire"),
    ("27", "Bourgogne-Franche-Comté"),
    ("28", "Normandie"),
    ("32", "Hauts-de-France"),
    ("44", "Grand Est"),
    ("52", "Pays de la Loire"),
    ("53", "Bretagne"),
    ("75", "Nouvelle-Aquitaine"),
    ("76", "Occitanie"),
    ("84", "Auvergne-Rhône-Alpes"),
    ("93", "Provence-Alpes-Côte d'Azur"),
    ("94", "Corse"),
];

/// Types of contract with their share in percent, label and usual kind.
pub(super) static CONTRACTS: [(&str, u32, &str); 12] = [
    ("CDI", 555, "CDI"),
    ("CDD", 190, "CDD"),
    ("MIS", 165, "Intérim"),
    ("SAI", 30, "Saisonnier"),
    ("LIB", 20, "Profession libérale"),
    ("DDI", 12, "CDD insertion"),
    ("DIN", 10, "CDI Intérimaire"),
    ("FRA", 6, "Franchise"),
    ("CCE", 5, "Profession commerciale"),
    ("TTI", 3, "Contrat travail temporaire insertion"),
    ("REP", 2, "Reprise d'entreprise"),
    ("DDT", 2, "CDD Tremplin"),
];

/// Kinds of contract: code, share in thousandths, the label that an offer carries.
pub(in crate::offers) static KINDS: [(&str, u32, &str); 8] = [
    ("E1", 900, "Contrat travail"),
    ("E2", 40, "Contrat apprentissage"),
    ("FS", 20, "Cont. professionnalisation"),
    ("NS", 15, "Emploi non salarié"),
    ("FT", 8, "CUI - CAE"),
    ("FU", 7, "CUI - CIE"),
    ("FJ", 6, "Contrat d'insertion"),
    ("CC", 4, "CDI de chantier ou d'opération"),
];

pub(super) static PARTNERS: [(&str, &str); 9] = [
    ("METEOJOB", "https://www.meteojob.com/jobs/"),
    ("COOKORICO", "https://www.cookorico.com/emploi/"),
    ("TALENTPLUG", "https://www.talentplug.com/offre/"),
    ("PMEJOB", "https://www.pmejob.fr/offre/"),
    ("DISTRIJOB", "https://www.distrijob.fr/offre/"),
    ("ALADOM", "https://www.aladom.fr/emploi/"),
    ("DIRECTEMPLOI", "https://www.directemploi.com/offre/"),
    ("INDEED", "https://fr.indeed.com/viewjob?jk="),
    ("DIGITAL RECRUITERS", "https://jobs.digitalrecruiters.com/"),
];

/// Activities: NAF code and label; the sector is its first two digits.
pub(super) static ACTIVITIES: [(&str, &str); 14] = [
    ("62.01Z", "Programmation informatique"),
    ("62.02A", "Conseil en systèmes et logiciels informatiques"),
    ("78.20Z", "Activités des agences de travail temporaire"),
    ("56.10A", "Restauration traditionnelle"),
    ("47.11F", "Hypermarchés"),
    ("86.10Z", "Activités hospitalières"),
    ("87.10A", "Hébergement médicalisé pour personnes âgées"),
    ("88.10A", "Aide à domicile"),
    ("43.21A", "Travaux d'installation électrique dans tous locaux"),
    ("41.20A", "Construction de maisons individuelles"),
    ("49.41A", "Transports routiers de fret interurbains"),
    ("81.21Z", "Nettoyage courant des bâtiments"),
    ("01.21Z", "Culture de la vigne"),
    ("69.20Z", "Activités comptables"),
];

pub(super) static EMPLOYERS: [&str; 12] = [
    "ATELIERS DU LAC",
    "Boulangerie Au Blé d'Or",
    "TRANSPORTS LEFEUVRE & FILS",
    "Clinique des Tilleuls",
    "SARL BÂTI-PLUS",
    "Le Comptoir Nantais",
    "NUMÉRIQUE & CO",
    "Association Les Trois Chênes",
    "INTÉRIM OUEST 44",
    "Domaine de la Roche",
    "Cabinet Marchand-Colin",
    "Hôtel L'Écrin ****",
];

/// Sentences of which a description is made; `{}` is the title.
pub(super) static SENTENCES: [&str; 16] = [
    "Nous recherchons une personne pour le poste de {}.",
    "Au sein d'une équipe de huit personnes, vous prenez part à toutes les étapes du travail.",
    "Vos missions :\n- accueillir et renseigner les clients ;\n- préparer le travail du lendemain ;\n- tenir à jour les documents de suivi.",
    "Le poste est à pourvoir dès que possible, pour une durée qui sera fixée ensemble.",
    "Horaires : du lundi au vendredi, de 8 h à 16 h, un samedi sur quatre.",
    "Vous êtes à l'aise à l'oral comme à l'écrit et vous aimez travailler à plusieurs.",
    "Une première expérience sur un poste comparable serait un plus, mais nous formons aussi.",
    "Nous mettons à disposition une tenue, un casier et un local pour les pauses.",
    "Rémunération selon le profil, mutuelle prise en charge à 60 %, titres-restaurant.",
    "Le lieu de travail est desservi par les transports en commun ; un parking vélos est prévu.",
    "Permis B souhaité, car certains déplacements sont à prévoir dans le département.",
    "Notre maison existe depuis trois générations et tient à la qualité de ce qu'elle fait.",
    "Vous rendrez compte chaque semaine à la personne responsable de l'atelier.",
    "Ce poste est ouvert à toutes et à tous, sans distinction d'âge, d'origine ou de situation.",
    "Merci de joindre un CV et quelques lignes sur ce qui vous plaît dans ce métier.",
    "Une rencontre avec l'équipe a lieu avant toute décision, des deux côtés.",
];

pub(super) static SKILLS: [(Option<&str>, &str); 8] = [
    (Some("120145"), "Contrôler la conformité d'un produit"),
    (Some("300425"), "Faire preuve d'autonomie"),
    (Some("101836"), "Organiser son travail selon les priorités"),
    (Some("124156"), "Entretenir un poste de travail"),
    (Some("104437"), "Concevoir et développer un programme"),
    (Some("122656"), "Réceptionner des marchandises"),
    (None, "Notions d'anglais technique"),
    (Some("103519"), "Accueillir, orienter, renseigner un public"),
];

pub(super) static QUALITIES: [(&str, &str); 4] = [
    ("Avoir le sens du service", "Capacité à être attentif aux attentes des autres."),
    ("Faire preuve d'autonomie", "Capacité à prendre en charge son travail sans suivi constant."),
    ("Travailler en équipe", "Capacité à se coordonner avec les autres."),
    ("Faire preuve de rigueur", "Capacité à réaliser des tâches avec exactitude."),
];
