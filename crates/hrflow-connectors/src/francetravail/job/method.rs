//! The document that tells how offers are modified, made of the mapping itself.

use std::fmt::Write;

use super::attribution::LICENCE_URL;
use super::contact::DROPPED;
use super::lists::{LISTS, ListRule, Place};
use super::mapping::FIELDS;
use super::tags::TAGS;
use super::words::{COPIED, Words, words};
use crate::francetravail::{Contact, Content, LicenceLanguage, Terms};

/// A language of the document.
#[derive(Clone, Copy)]
enum Language {
    French,
    English,
}

impl Language {
    fn of(self, words: Words) -> &'static str {
        match self {
            Self::French => words.fr,
            Self::English => words.en,
        }
    }
}

const TITLE: Words = words(
    "Comment les offres de France Travail sont modifiées",
    "How the offers of France Travail are modified",
);
const SOURCE: Words = words(
    "Les offres d'emploi viennent de France Travail et sont réutilisées sous la licence de \
     réutilisation de sa base de données des offres d'emploi. Chaque emploi porte la source, la date \
     de dernière mise à jour de l'offre et un lien vers la licence :",
    "The job offers come from France Travail and are reused under the licence of its database of \
     job offers. Each job bears the source, the date of the last update of the offer, and a link to \
     the licence:",
);
const UNCHANGED: Words = words(
    "Aucun texte d'une offre n'est traduit, résumé ni complété. Une offre est relue à chaque \
     passage : ce qui a changé est remplacé, ce qui a disparu est archivé.",
    "No text of an offer is translated, shortened or added to. An offer is read again with every \
     run: what has changed is replaced, what has vanished is archived.",
);
const FULL: Words = words(
    "Tout le contenu de l'offre est repris : l'offre peut être reconstituée à partir de l'emploi. \
     Un champ qui n'est pas dans ces tableaux devient une métadonnée dont le nom est le chemin du \
     champ : `offer/…` pour un texte, un nombre ou une valeur de vérité, `offer_json/…` pour une \
     autre valeur, `offer_absent/…` pour un champ que l'offre n'a pas.",
    "The whole content of the offer is carried over: the offer can be built again from the job. A \
     field that is not in these tables becomes a metadata whose name is the way to the field: \
     `offer/…` for a text, a number or a truth value, `offer_json/…` for any other value, \
     `offer_absent/…` for a field that the offer does not have.",
);
const MAPPED: Words = words(
    "Les champs de l'offre qui ne sont pas dans ces tableaux ne sont pas repris.",
    "The fields of the offer that are not in these tables are not carried over.",
);
const KEPT: Words = words(
    "Le nom et les coordonnées du recruteur sont repris tels que l'offre les publie.",
    "The name of the recruiter and the ways to reach them are carried over as the offer has them.",
);
const LEFT_OUT: Words = words(
    "Ce qui nomme ou permet de joindre une personne est retiré : l'agence, et du contact les champs",
    "What names or reaches a person is left out: the agency, and of the contact the fields",
);
const REDACTED: Words = words(
    "Les adresses électroniques et les numéros de téléphone sont aussi remplacés dans tous les \
     textes. Le lien de candidature reste. Un nom écrit dans un texte libre n'est pas reconnu.",
    "Mail addresses and phone numbers are replaced in all texts, too. The link by which to apply \
     stays. A name that stands in a free text is not recognised.",
);
const NO_VALUE: Words =
    words("Une étiquette sans valeur n'est pas écrite.", "A tag without a value is not written.");
const SALARY_TAGS: Words = words(
    "Tirés du salaire lu : `salary_period`, `salary_months`, `salary_currency`, `salary_bound` \
     (`from`, `up_to`) ou `salary_unread`.",
    "Taken from the salary as it was read: `salary_period`, `salary_months`, `salary_currency`, \
     `salary_bound` (`from`, `up_to`) or `salary_unread`.",
);
const UPDATED: Words = words(
    "En heure universelle ; à défaut, la date de création.",
    "In universal time; without one, the time of creation.",
);

/// How offers are modified under these terms: a document in Markdown, ready to be published as the
/// licence of the offers asks.
pub fn method(terms: &Terms) -> String {
    let languages = match terms.language {
        LicenceLanguage::French => vec![Language::French],
        LicenceLanguage::English => vec![Language::English],
        LicenceLanguage::Both => vec![Language::French, Language::English],
    };
    let documents: Vec<_> =
        languages.into_iter().map(|language| document(terms, language)).collect();
    documents.join("\n")
}

fn document(terms: &Terms, language: Language) -> String {
    let say = |words| language.of(words);
    let content = terms.content();
    let mut text = format!("# {}\n\n{}\n<{LICENCE_URL}>\n\n", say(TITLE), say(SOURCE));
    let _ = writeln!(text, "{}\n\n{}\n", say(UNCHANGED), contact(terms.contact, language));
    let of_content = match content {
        Content::Full => FULL,
        Content::Mapped => MAPPED,
    };
    let _ = writeln!(text, "{}\n", say(of_content));
    fields(&mut text, content, language);
    tags(&mut text, content, language);
    metadatas(&mut text, terms, language);
    text
}

fn contact(contact: Contact, language: Language) -> String {
    match contact {
        Contact::Keep => language.of(KEPT).to_owned(),
        Contact::Drop => {
            let fields: Vec<_> = DROPPED.iter().map(|field| format!("`{field}`")).collect();
            let (left_out, redacted) = (language.of(LEFT_OUT), language.of(REDACTED));
            format!("{left_out} {}. {redacted}", fields.join(", "))
        }
    }
}

fn fields(text: &mut String, content: Content, language: Language) {
    let rules = FIELDS.iter().filter(|rule| rule.content <= content && !rule.from.is_empty());
    let rows = rules.map(|rule| (rule.from.to_owned(), rule.name, rule.words));
    let title = words("Champs", "Fields");
    table(text, language, title, words("champ de l'emploi", "field of the job"), rows);
}

fn tags(text: &mut String, content: Content, language: Language) {
    let rules = TAGS.iter().filter(|rule| rule.content <= content);
    let single = rules.map(|rule| (rule.from.to_owned(), rule.name, rule.words));
    let lists = (content == Content::Full).then(|| of_lists(Place::Tags)).into_iter().flatten();
    let title = words("Étiquettes (`tags`)", "Tags (`tags`)");
    table(text, language, title, words("étiquette", "tag"), single.chain(lists));
    let _ = writeln!(text, "\n{} {}", language.of(NO_VALUE), language.of(SALARY_TAGS));
}

fn metadatas(text: &mut String, terms: &Terms, language: Language) {
    let own = |fr, en| (String::new(), words(fr, en));
    let mut rows = Vec::new();
    let (from, said) = own("« France Travail ».", "\"France Travail\".");
    rows.push((from, "source", said));
    rows.push(("dateActualisation, dateCreation".to_owned(), "source_updated_at", UPDATED));
    let (from, said) = own(
        "La mention de la licence, avec le lien.",
        "The statement of the licence, with the link.",
    );
    rows.push((from, "source_licence", said));
    let (from, said) = own("Le lien vers la licence.", "The link to the licence.");
    rows.push((from, "source_licence_url", said));
    if terms.method_url.is_some() {
        let (from, said) = own("Le lien vers ce document.", "The link to this document.");
        rows.push((from, "source_method", said));
    }
    match terms.content() {
        Content::Full => rows.extend(of_lists(Place::Metadatas)),
        Content::Mapped => {
            let names = of_lists(Place::Metadatas).next();
            rows.extend(names.map(|(from, name, _)| (from, name, COPIED)));
        }
    }
    let title = words("Métadonnées (`metadatas`)", "Metadata (`metadatas`)");
    table(text, language, title, words("métadonnée", "metadata"), rows.into_iter());
}

fn of_lists(place: Place) -> impl Iterator<Item = (String, &'static str, Words)> {
    let rules = LISTS.iter().filter(move |rule| rule.place == place);
    rules.flat_map(|rule: &ListRule| {
        rule.parts.iter().map(|(part, name)| {
            let from = if part.is_empty() { "[]".to_owned() } else { format!("[].{part}") };
            (format!("{}{from}", rule.from), *name, rule.words)
        })
    })
}

fn table(
    text: &mut String,
    language: Language,
    title: Words,
    place: Words,
    rows: impl Iterator<Item = (String, &'static str, Words)>,
) {
    let header = words("champ de l'offre", "field of the offer");
    let change = words("modification", "modification");
    let _ = writeln!(text, "\n## {}\n", language.of(title));
    let (header, place, change) = (language.of(header), language.of(place), language.of(change));
    let _ = writeln!(text, "| {header} | {place} | {change} |\n| --- | --- | --- |");
    for (from, name, said) in rows {
        let from: Vec<_> = from
            .split(", ")
            .filter(|path| !path.is_empty())
            .map(|path| format!("`{path}`"))
            .collect();
        let _ = writeln!(text, "| {} | `{name}` | {} |", from.join(", "), language.of(said));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(content: Content, contact: Contact, language: LicenceLanguage) -> String {
        method(&Terms { content: Some(content), contact, language, method_url: None })
    }

    #[test]
    fn the_document_names_every_field_of_the_mapping() {
        let document = method(&Terms::default());
        for rule in FIELDS {
            for path in rule.from.split(", ").filter(|path| !path.is_empty()) {
                assert!(document.contains(&format!("`{path}`")), "{path}");
            }
        }
        let tags = TAGS.iter().map(|rule| rule.name);
        for name in tags.chain(LISTS.iter().flat_map(|rule| rule.parts).map(|(_, name)| *name)) {
            assert_eq!(document.matches(&format!("| `{name}` |")).count(), 2, "{name}");
        }
    }

    #[test]
    fn the_document_says_what_was_chosen() {
        let kept = with(Content::Full, Contact::Keep, LicenceLanguage::English);
        let dropped = with(Content::Mapped, Contact::Drop, LicenceLanguage::English);
        assert!(kept.contains("can be built again") && kept.contains(KEPT.en));
        assert!(dropped.contains(MAPPED.en) && dropped.contains("`telephone`"));
        assert!(!dropped.contains("`naf_code`") && kept.contains("`naf_code`"));
        assert!(!kept.contains(TITLE.fr));
        let linked = method(&Terms { method_url: Some("https://x".into()), ..Terms::default() });
        assert!(linked.contains("`source_method`") && !kept.contains("`source_method`"));
    }
}
