//! What the pages say, in English and in French.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use hrflow_connectors::{Health, HealthReason, Hours, Outcome, Phase};

/// A language, with every text that a page has.
#[derive(Debug)]
pub struct Words {
    pub(crate) code: &'static str,
    /// What stands between thousands.
    pub(crate) group: char,
    pub(crate) day: &'static str,
    pub(crate) time_format: &'static str,
    pub(crate) percent_sign: &'static str,
    pub(crate) ago: (&'static str, &'static str),

    pub(crate) skip: &'static str,
    pub(crate) workflows: &'static str,
    pub(crate) workflow: &'static str,
    pub(crate) plans: &'static str,
    pub(crate) plan: &'static str,
    pub(crate) calls: &'static str,
    pub(crate) run: &'static str,
    pub(crate) runs: &'static str,
    pub(crate) find: &'static str,
    pub(crate) find_offer: &'static str,
    pub(crate) search: &'static str,
    pub(crate) filter: &'static str,
    pub(crate) all: &'static str,
    pub(crate) health: &'static str,
    pub(crate) name: &'static str,
    pub(crate) last_run: &'static str,
    pub(crate) last_success: &'static str,
    pub(crate) next_run: &'static str,
    pub(crate) jobs: &'static str,
    pub(crate) last_runs: &'static str,
    pub(crate) nothing_found: &'static str,
    pub(crate) page: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) next: &'static str,
    pub(crate) store: &'static str,
    pub(crate) as_of: &'static str,
    pub(crate) not_read: &'static str,
    pub(crate) action: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) no_settings: &'static str,
    pub(crate) delivered: &'static str,
    pub(crate) in_sync_since: &'static str,
    pub(crate) missed: &'static str,
    pub(crate) locked_by: &'static str,
    pub(crate) history: &'static str,
    pub(crate) started: &'static str,
    pub(crate) took: &'static str,
    pub(crate) ended_as: &'static str,
    pub(crate) read: &'static str,
    pub(crate) discarded: &'static str,
    pub(crate) not_sent: &'static str,
    pub(crate) pending: &'static str,
    pub(crate) no_longer_listed: &'static str,
    pub(crate) failed_logic: &'static str,
    pub(crate) failed_format: &'static str,
    pub(crate) way: &'static str,
    pub(crate) way_empty: &'static str,
    pub(crate) time_spent: &'static str,
    pub(crate) no_waits: &'static str,
    pub(crate) your_functions: &'static str,
    pub(crate) answers: &'static str,
    pub(crate) whole: &'static str,
    pub(crate) partial: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) failures: &'static str,
    pub(crate) sent_form: &'static str,
    pub(crate) came_back: &'static str,
    pub(crate) retryable: &'static str,
    pub(crate) what_next: &'static str,
    pub(crate) resume_with: &'static str,
    pub(crate) retry_with: &'static str,
    pub(crate) allow_with: &'static str,
    pub(crate) items: &'static str,
    pub(crate) item: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) stage: &'static str,
    pub(crate) why: &'static str,
    pub(crate) in_runs: &'static str,
    pub(crate) not_in_any: &'static str,
    pub(crate) searched: &'static str,
    pub(crate) search_older: &'static str,
    pub(crate) no_plans: &'static str,
    pub(crate) plans_are: &'static str,
    pub(crate) made: &'static str,
    pub(crate) field: &'static str,
    pub(crate) on_board: &'static str,
    pub(crate) would_be: &'static str,
    pub(crate) to_archive: &'static str,
    pub(crate) to_update: &'static str,
    pub(crate) to_create: &'static str,
    pub(crate) apply_with: &'static str,
    pub(crate) no_changes: &'static str,
    pub(crate) calls_only: &'static str,
    pub(crate) no_calls: &'static str,
    pub(crate) last_hour: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) failed_calls: &'static str,
    pub(crate) latency: &'static str,
    pub(crate) pace: &'static str,
    pub(crate) per_second: &'static str,
    pub(crate) per_minute: &'static str,
    pub(crate) service: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) share: &'static str,
    pub(crate) running_since: &'static str,
    pub(crate) live: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) store_failed: &'static str,
    pub(crate) report: &'static str,
    pub(crate) never: &'static str,
    pub(crate) notifications: &'static str,
    pub(crate) channel: &'static str,
    pub(crate) audit: &'static str,
    pub(crate) no_audit: &'static str,
    pub(crate) at: &'static str,
    pub(crate) user: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) begun: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) to_retry: &'static str,
    pub(crate) ask_again: &'static str,
    pub(crate) asked_for: &'static str,

    healths: [&'static str; 6],
    outcomes: fn(Outcome) -> &'static str,
}

/// English.
pub static ENGLISH: Words = Words {
    code: "en",
    group: ',',
    day: "d",
    time_format: "%Y-%m-%d %H:%M",
    percent_sign: "%",
    ago: ("", " ago"),
    skip: "Skip to content",
    workflows: "Workflows",
    workflow: "Workflow",
    plans: "Plans",
    plan: "Plan",
    calls: "Calls",
    run: "Run",
    runs: "runs",
    find: "Find",
    find_offer: "Offer id",
    search: "Search",
    filter: "Filter",
    all: "All",
    health: "Health",
    name: "Name",
    last_run: "Last run",
    last_success: "Last complete success",
    next_run: "Next run",
    jobs: "Jobs",
    last_runs: "Last 30 runs",
    nothing_found: "Nothing found.",
    page: "Page",
    previous: "Previous",
    next: "Next",
    store: "Store",
    as_of: "As of",
    not_read: "The store has not been read yet. Reload in a moment.",
    action: "Action",
    settings: "Settings",
    no_settings: "A program put this run together; its settings are not in the store.",
    delivered: "Delivered and remembered",
    in_sync_since: "In sync as of",
    missed: "Missed by recent runs, not archived yet",
    locked_by: "Locked by",
    history: "History",
    started: "Started",
    took: "Took",
    ended_as: "Ended as",
    read: "Read",
    discarded: "Discarded by a logic",
    not_sent: "Read and not sent",
    pending: "missed, pending",
    no_longer_listed: "No longer listed",
    failed_logic: "Failed in a logic",
    failed_format: "Failed in the format",
    way: "What became of the offers",
    way_empty: "No offers were read.",
    time_spent: "Where the time went",
    no_waits: "Not recorded for this run.",
    answers: "waiting for answers",
    your_functions: "Your logics and format",
    whole: "Read completely",
    partial: "Not proven to be read completely",
    yes: "yes",
    no: "no",
    failures: "Failures",
    sent_form: "What was sent",
    came_back: "What came back",
    retryable: "Can be retried",
    what_next: "Next step",
    resume_with: "Resume this run:",
    retry_with: "Retry what failed:",
    allow_with: "Archiving was withheld. If these offers are really gone:",
    items: "Items",
    item: "Offer",
    reference: "Reference",
    outcome: "Outcome",
    stage: "Stage",
    why: "Why",
    in_runs: "In these runs, the newest first",
    not_in_any: "No run that the store remembers has an offer with this id.",
    searched: "Runs searched",
    search_older: "Search older runs",
    no_plans: "No saved plans.",
    plans_are: "Plans are read from the folder that `--plans` names. Save one with",
    made: "Made",
    field: "Field",
    on_board: "On the board",
    would_be: "Would become",
    to_archive: "To archive",
    to_update: "To update",
    to_create: "To create",
    apply_with: "Apply this plan:",
    no_changes: "The plan changes nothing.",
    calls_only: "Only the process that runs the workflows counts its calls: open the console of `serve`.",
    no_calls: "No calls in the last hour.",
    last_hour: "Last hour",
    refused: "Refused (429)",
    failed_calls: "Failed",
    latency: "Latency, median and 95th percentile",
    pace: "Reading pace allowed now",
    per_second: "calls a second",
    per_minute: "Calls a minute",
    service: "Service",
    cause: "Cause",
    share: "Share",
    running_since: "Running since",
    live: "Progress",
    not_found: "There is no such page.",
    store_failed: "The store could not be read",
    report: "Report",
    never: "never",
    notifications: "Notifications sent",
    channel: "Channel",
    audit: "Audit log",
    no_audit: "Nobody has asked for anything yet.",
    at: "When",
    user: "Who",
    cancel: "Cancel",
    begun: "accepted",
    unknown: "not known",
    to_retry: "To send again",
    ask_again: "This question was answered before, or is too old. Nothing was done. Answer it here.",
    asked_for: "Asked for. It is shown here within a few seconds.",
    healths: ["failing", "late", "degraded", "never ran", "running", "healthy"],
    outcomes: |outcome| match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Archived => "archived",
        Outcome::Missing => "not on the board",
        Outcome::Unchanged => "unchanged",
        Outcome::Released => "kept for another workflow",
        Outcome::Outdated => "skipped: changed since the plan",
        Outcome::Failed => "failed",
    },
};

/// French.
pub static FRENCH: Words = Words {
    code: "fr",
    group: '\u{202f}',
    day: "j",
    time_format: "%d/%m/%Y %H:%M",
    percent_sign: "\u{a0}%",
    ago: ("il y a ", ""),
    skip: "Aller au contenu",
    workflows: "Workflows",
    workflow: "Workflow",
    plans: "Plans",
    plan: "Plan",
    calls: "Appels",
    run: "Exécution",
    runs: "exécutions",
    find: "Chercher",
    find_offer: "Identifiant de l’offre",
    search: "Recherche",
    filter: "Filtrer",
    all: "Tous",
    health: "État",
    name: "Nom",
    last_run: "Dernière exécution",
    last_success: "Dernier succès complet",
    next_run: "Prochaine exécution",
    jobs: "Postes",
    last_runs: "30 dernières exécutions",
    nothing_found: "Aucun résultat.",
    page: "Page",
    previous: "Précédent",
    next: "Suivant",
    store: "Stockage",
    as_of: "État au",
    not_read: "Le stockage n’a pas encore été lu. Rechargez dans un instant.",
    action: "Action",
    settings: "Paramètres",
    no_settings: "Un programme a composé cette exécution ; ses paramètres ne sont pas conservés.",
    delivered: "Livrés et mémorisés",
    in_sync_since: "À jour au",
    missed: "Absents des dernières lectures, pas encore archivés",
    locked_by: "Verrouillé par",
    history: "Historique",
    started: "Début",
    took: "Durée",
    ended_as: "Résultat",
    read: "Lues",
    discarded: "Écartées par une logic",
    not_sent: "Lues et non envoyées",
    pending: "absentes, en attente",
    no_longer_listed: "Plus listées",
    failed_logic: "Échec dans une logic",
    failed_format: "Échec dans le format",
    way: "Ce que sont devenues les offres",
    way_empty: "Aucune offre n’a été lue.",
    time_spent: "Où est passé le temps",
    no_waits: "Non enregistré pour cette exécution.",
    answers: "attente des réponses",
    your_functions: "Vos logics et votre format",
    whole: "Lecture complète",
    partial: "Lecture complète non prouvée",
    yes: "oui",
    no: "non",
    failures: "Échecs",
    sent_form: "Ce qui a été envoyé",
    came_back: "Ce qui est revenu",
    retryable: "Peut être réessayé",
    what_next: "Étape suivante",
    resume_with: "Reprendre cette exécution :",
    retry_with: "Réessayer ce qui a échoué :",
    allow_with: "L’archivage a été suspendu. Si ces offres ont vraiment disparu :",
    items: "Éléments",
    item: "Offre",
    reference: "Référence",
    outcome: "Résultat",
    stage: "Étape",
    why: "Raison",
    in_runs: "Dans ces exécutions, de la plus récente à la plus ancienne",
    not_in_any: "Aucune exécution conservée ne connaît d’offre avec cet identifiant.",
    searched: "Exécutions parcourues",
    search_older: "Chercher plus loin",
    no_plans: "Aucun plan enregistré.",
    plans_are: "Les plans sont lus dans le dossier que nomme `--plans`. Pour en enregistrer un :",
    made: "Établi le",
    field: "Champ",
    on_board: "Sur le board",
    would_be: "Deviendrait",
    to_archive: "À archiver",
    to_update: "À mettre à jour",
    to_create: "À créer",
    apply_with: "Appliquer ce plan :",
    no_changes: "Le plan ne change rien.",
    calls_only: "Seul le processus qui exécute les workflows compte ses appels : ouvrez la console de `serve`.",
    no_calls: "Aucun appel dans la dernière heure.",
    last_hour: "Dernière heure",
    refused: "Refusés (429)",
    failed_calls: "Échoués",
    latency: "Latence, médiane et 95e centile",
    pace: "Rythme de lecture autorisé",
    per_second: "appels par seconde",
    per_minute: "Appels par minute",
    service: "Service",
    cause: "Cause",
    share: "Part",
    running_since: "En cours depuis",
    live: "Progression",
    not_found: "Cette page n’existe pas.",
    store_failed: "Le stockage n’a pas pu être lu",
    report: "Rapport",
    never: "jamais",
    notifications: "Notifications envoyées",
    channel: "Canal",
    audit: "Journal d’audit",
    no_audit: "Rien n’a encore été demandé.",
    at: "Date",
    user: "Qui",
    cancel: "Annuler",
    begun: "accepté",
    unknown: "inconnu",
    to_retry: "À renvoyer",
    ask_again: "Cette question a déjà reçu une réponse, ou elle est trop ancienne. Rien n’a été fait. Répondez ici.",
    asked_for: "Demandé. L’effet apparaît ici dans quelques secondes.",
    healths: ["en échec", "en retard", "dégradé", "jamais exécuté", "en cours", "sain"],
    outcomes: |outcome| match outcome {
        Outcome::Created => "créées",
        Outcome::Updated => "mises à jour",
        Outcome::Archived => "archivées",
        Outcome::Missing => "absentes du board",
        Outcome::Unchanged => "inchangées",
        Outcome::Released => "gardées pour un autre workflow",
        Outcome::Outdated => "sautées : changées depuis le plan",
        Outcome::Failed => "en échec",
    },
};

impl Words {
    /// The language of a browser: the first of those it prefers that there is.
    pub(crate) fn preferred(headers: &HeaderMap) -> &'static Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Self::of(accepted.unwrap_or_default())
    }

    /// The language of a list such as `fr-FR,fr;q=0.9,en;q=0.8`.
    pub fn of(accepted: &str) -> &'static Self {
        let mut best = (0.0, &ENGLISH);
        for part in accepted.split(',') {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight = weight.trim().parse().unwrap_or(0.0_f64);
            let language = match tag.trim().get(..2) {
                Some(code) if code.eq_ignore_ascii_case("fr") => &FRENCH,
                Some(code) if code.eq_ignore_ascii_case("en") => &ENGLISH,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Why a workflow is not healthy. What a run has said is in English.
    pub(crate) fn reason_of(&self, reason: &HealthReason) -> String {
        if self.code != "fr" {
            return reason.to_string();
        }
        let number = |count: &u64| self.number(*count);
        match reason {
            HealthReason::Failed(why) => format!("la dernière exécution a échoué : {why}"),
            HealthReason::Interrupted => "la dernière exécution a été interrompue".to_owned(),
            HealthReason::Refused(why) => format!("la dernière exécution a été refusée : {why}"),
            HealthReason::Late { age, limit } => {
                let (age, limit) = (Hours(*age), Hours(*limit));
                format!("dernier succès complet il y a {age} (limite {limit})")
            }
            HealthReason::NoSuccess { age, limit } => {
                let (age, limit) = (Hours(*age), Hours(*limit));
                format!("aucun succès complet depuis {age} (limite {limit})")
            }
            HealthReason::Incomplete => {
                "la dernière exécution n’a peut-être pas tout lu".to_owned()
            }
            HealthReason::Withheld => {
                "archivage suspendu : trop d’offres ont disparu à la fois".to_owned()
            }
            HealthReason::Failures { failed, of, limit } => {
                format!("{} éléments sur {} en échec (limite {limit})", number(failed), number(of))
            }
            HealthReason::Empty { before } => {
                format!("plus rien n’est listé ; il y avait {} éléments", number(before))
            }
            HealthReason::Volume { read, usual, limit } => format!(
                "{} éléments listés ; d’habitude {} (limite ±{limit})",
                number(read),
                number(usual)
            ),
            HealthReason::Slow { took, usual, limit } => {
                format!("{took} min de durée ; d’habitude {usual} min (limite {limit} ×)")
            }
        }
    }

    /// A health in a word.
    pub(crate) fn health_of(&self, health: Health) -> &'static str {
        let place = Health::ALL.iter().position(|it| *it == health).unwrap_or_default();
        self.healths[place]
    }

    /// What people were told of: a health, or that it is over.
    pub(crate) fn change_of<'a>(&self, change: &'a str) -> &'a str {
        match (self.code, Health::ALL.into_iter().find(|it| it.name() == change)) {
            (_, Some(health)) => self.health_of(health),
            ("fr", None) if change == "recovered" => "rétabli",
            (_, None) => change,
        }
    }

    /// An outcome in a word.
    pub(crate) fn outcome_of(&self, outcome: Outcome) -> &'static str {
        (self.outcomes)(outcome)
    }

    /// What a run does at present.
    pub(crate) fn phase_of(&self, phase: Phase) -> &'static str {
        match (self.code, phase) {
            ("fr", Phase::Verifying) => "Vérification",
            ("fr", Phase::Moving) => "Traitement",
            ("fr", Phase::Confirming) => "Confirmation",
            ("fr", Phase::Archiving) => "Archivage",
            (_, Phase::Verifying) => "Verifying",
            (_, Phase::Moving) => "Processing",
            (_, Phase::Confirming) => "Confirming",
            (_, Phase::Archiving) => "Archiving",
        }
    }

    /// What is asked for, and what it does.
    pub(crate) fn action_of(&self, action: &str) -> (&'static str, &'static str) {
        match (self.code, action) {
            ("fr", "run") => (
                "Exécuter maintenant",
                "Exécute le workflow comme son fichier le dit, sans attendre l’heure prévue.",
            ),
            ("fr", "stop") => (
                "Arrêter",
                "Les appels en cours se terminent. Ce qui a été lu sans être envoyé le reste, et \
                 seule une personne reprend l’exécution ; la prochaine exécution prévue repart du \
                 début.",
            ),
            ("fr", "resume") => ("Reprendre", "Reprend l’exécution là où elle s’est arrêtée."),
            ("fr", "retry") => ("Réessayer", "Renvoie les offres en échec qui peuvent l’être."),
            ("fr", "allow-mass-archive") => (
                "Exécuter et archiver en masse",
                "Exécute le workflow une fois sans la limite `max_archive`. Vérifiez d’abord que ces \
                 offres ont vraiment disparu.",
            ),
            ("fr", "apply") => (
                "Appliquer le plan",
                "Fait ce que dit le plan ; s’arrête avant la première étape qui ne tient plus.",
            ),
            (_, "run") => {
                ("Run now", "Runs the workflow as its file says, without waiting for its time.")
            }
            (_, "stop") => (
                "Stop",
                "Calls under way end. What was read and not sent stays so, and only somebody resumes \
                 the run; the next scheduled run starts anew.",
            ),
            (_, "resume") => ("Resume", "Resumes the run where it stopped."),
            (_, "retry") => ("Retry", "Sends again the failed offers that can be sent again."),
            (_, "allow-mass-archive") => (
                "Run and allow the mass archive",
                "Runs the workflow once without the limit `max_archive`. Make sure first that these \
                 offers are really gone.",
            ),
            (_, "apply") => (
                "Apply the plan",
                "Does what the plan says; stops before the first step that no longer holds.",
            ),
            _ => ("", ""),
        }
    }

    /// Why something was not done.
    pub(crate) fn denial_of(&self, why: &str) -> &'static str {
        match (self.code, why) {
            ("fr", "is_running") => "Non fait : une exécution de ce workflow est en cours.",
            ("fr", "is_not_running") => {
                "Non fait : aucune exécution de ce workflow n’est en cours ici."
            }
            ("fr", "standby") => {
                "Non fait : ce processus est en attente. Ouvrez la console de celui qui exécute."
            }
            ("fr", "not_in_fleet") => "Non fait : ce workflow n’a plus de fichier.",
            ("fr", "is_ending") => "Non fait : le service s’arrête.",
            (_, "is_running") => "Not done: a run of this workflow is in progress.",
            (_, "is_not_running") => "Not done: no run of this workflow is in progress here.",
            (_, "standby") => {
                "Not done: this process stands by. Open the console of the one that runs the fleet."
            }
            (_, "not_in_fleet") => "Not done: this workflow has no file any more.",
            (_, "is_ending") => "Not done: the service is ending.",
            _ => "",
        }
    }

    /// How a run ended, or how far it has come.
    pub(crate) fn status_of<'a>(&self, status: &'a str) -> &'a str {
        match (self.code, status) {
            ("fr", "success") => "succès",
            ("fr", "success_with_failures") => "succès avec échecs",
            ("fr", "fatal") => "échec",
            ("fr", "running") => "en cours",
            ("fr", "interrupted") => "interrompue",
            ("fr", "stopped") => "arrêtée",
            ("fr", "abandoned") => "abandonnée",
            (_, "success_with_failures") => "success with failures",
            (_, "fatal") => "failed",
            (_, other) => other,
        }
    }

    /// Why a service was waited for, by the name of the cause in results.
    pub(crate) fn cause_of(&self, cause: &str) -> &'static str {
        match (self.code, cause) {
            ("fr", "rate_limit") => "limite de débit atteinte",
            ("fr", "pace") => "rythme autorisé",
            ("fr", _) => "nouvel essai",
            (_, "rate_limit") => "rate limit reached",
            (_, "pace") => "allowed pace",
            (_, _) => "retry",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_reason_is_told_in_the_language_of_the_page() {
        let late = HealthReason::Late {
            age: SignedDuration::from_hours(31),
            limit: SignedDuration::from_hours(24),
        };
        assert_eq!(ENGLISH.reason_of(&late), "last complete success 31 h ago (limit 24 h)");
        let told = "dernier succès complet il y a 31 h (limite 24 h)";
        assert_eq!(FRENCH.reason_of(&late), told);
        let empty = HealthReason::Empty { before: 1_200 };
        let told = "plus rien n’est listé ; il y avait 1\u{202f}200 éléments";
        assert_eq!(FRENCH.reason_of(&empty), told);
        assert!(FRENCH.reason_of(&HealthReason::Withheld).starts_with("archivage suspendu"));
    }

    #[test]
    fn a_browser_gets_the_language_that_it_prefers() {
        let cases = [
            ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
            ("en-GB,fr;q=0.5", "en"),
            ("de,fr;q=0.7,en;q=0.3", "fr"),
            ("de", "en"),
            ("", "en"),
            ("é", "en"),
        ];
        for (accepted, expected) in cases {
            assert_eq!(Words::of(accepted).code, expected, "{accepted}");
        }
    }
}
