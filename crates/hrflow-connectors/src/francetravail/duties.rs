//! Which duties of the licence of the offers a workflow meets, and which are its operator's.

use serde::Serialize;

use super::LICENCE_URL;
use super::actions::{ARCHIVE, CREATE, SYNC, UPDATE};
use super::{Contact, Content, Terms};
use crate::hrflow::anonymises;
use crate::settings::{SettingKey, Settings};

/// One thing that the licence asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// The article of the licence.
    pub article: &'static str,
    /// Who meets it.
    pub state: DutyState,
    /// What is done, or what is to be done.
    pub message: String,
}

/// Who meets a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyState {
    /// The workflow does, as it is set.
    Met,
    /// Whoever runs it.
    Operator,
}

/// What bears on the duties.
struct Workflow {
    terms: Terms,
    action: String,
    has_format: bool,
    anonymises: bool,
}

/// The duties of the licence, as far as they bear on a workflow; none where it takes no offers.
pub fn duties(settings: &Settings) -> Vec<Duty> {
    let (_, action) = settings.names();
    let workflow = Workflow {
        terms: settings.read_terms().unwrap_or_default(),
        has_format: settings.get(SettingKey::Format).is_some(),
        anonymises: anonymises(&settings.sections.push_parameters),
        action,
    };
    let writes = [CREATE, UPDATE, SYNC].contains(&workflow.action.as_str());
    let retires = [ARCHIVE, SYNC].contains(&workflow.action.as_str());
    let (mut duties, of_operator) = (Vec::new(), operators());
    if writes {
        duties.extend([source(), document(&workflow), freshness(&workflow), whole(&workflow)]);
    }
    if retires {
        duties.push(after_end(&workflow));
    }
    if writes {
        duties.push(persons(&workflow));
    }
    if writes || retires {
        duties.extend(of_operator);
    }
    duties
}

fn met(article: &'static str, message: &str) -> Duty {
    Duty { article, state: DutyState::Met, message: message.to_owned() }
}

fn operator(article: &'static str, message: &str) -> Duty {
    Duty { article, state: DutyState::Operator, message: message.to_owned() }
}

fn source() -> Duty {
    met(
        "4",
        "each job says its source, the date of its last update and the licence, with a link; show \
         these metadatas beside the job",
    )
}

fn document(workflow: &Workflow) -> Duty {
    match (&workflow.terms.method_url, workflow.has_format) {
        (_, true) => operator(
            "4",
            "publish how your format modifies offers, free of charge, and set `method_url` to it",
        ),
        (None, false) => operator(
            "4",
            "publish what `describe --method` prints, free of charge, and set `method_url` to it",
        ),
        (Some(url), false) => met("4", &format!("each job links to how it was modified: {url}")),
    }
}

fn freshness(workflow: &Workflow) -> Duty {
    if workflow.action == SYNC {
        operator("5.2", "run it at least once in 24 hours; each run follows every change")
    } else {
        operator(
            "5.2",
            "ask at least once in 24 hours, and follow what was created, changed or deleted: \
             `francetravail.sync_jobs_in_hrflow` does in one run",
        )
    }
}

fn whole(workflow: &Workflow) -> Duty {
    match (workflow.terms.content(), workflow.has_format) {
        (_, true) => {
            operator("5.3", "where offers are matched, your format must keep their whole content")
        }
        (Content::Full, false) => match workflow.terms.contact {
            Contact::Keep => {
                met("5.3", "each job has the whole content of its offer, the logo as its picture")
            }
            Contact::Drop => met(
                "5.3",
                "each job has the whole content of its offer but what names or reaches a person, the \
                 logo as its picture",
            ),
        },
        (Content::Mapped, false) => {
            operator("5.3", "where offers are matched, set `content = \"full\"`")
        }
    }
}

fn after_end(workflow: &Workflow) -> Duty {
    if workflow.anonymises {
        met("7", "what must not be kept is taken out of a job when it is archived")
    } else {
        operator(
            "7",
            "after an offer's end keep no employer, contact, address or place: \
             `on_archive = \"anonymise\"` takes them out",
        )
    }
}

fn persons(workflow: &Workflow) -> Duty {
    match workflow.terms.contact {
        Contact::Drop => met(
            "8",
            "contact, mail addresses and phone numbers are left out; names within free texts are \
             not recognised",
        ),
        Contact::Keep => operator(
            "8",
            "keep personal data only as needed: `contact = \"drop\"` leaves out recruiters' names, \
             mail addresses and phone numbers",
        ),
    }
}

fn operators() -> [Duty; 2] {
    let others = format!("they bind whoever runs the workflow: {LICENCE_URL}");
    [
        operator("10", "call the service at least once in 12 months, or its credentials lapse"),
        operator("2, 3, 5.1, 6", &others),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Environment;

    fn states(action: &str, keys: &str, push: &str) -> Vec<(&'static str, DutyState)> {
        let file = format!(
            "action = \"francetravail.{action}_jobs_in_hrflow\"\n{keys}\n[push_parameters]\n{push}"
        );
        let settings = Settings::from_toml(&file, "w.toml", &Environment::default());
        duties(&settings).into_iter().map(|duty| (duty.article, duty.state)).collect()
    }

    const OWN: [(&str, DutyState); 2] =
        [("10", DutyState::Operator), ("2, 3, 5.1, 6", DutyState::Operator)];

    #[test]
    fn a_mirror_as_it_is_by_default_leaves_these_duties_to_its_operator() {
        use DutyState::{Met, Operator};
        let expected =
            [("4", Met), ("4", Operator), ("5.2", Operator), ("5.3", Met), ("7", Operator)];
        let expected = [&expected[..], &[("8", Operator)], &OWN].concat();
        assert_eq!(states("sync", "", ""), expected);
    }

    #[test]
    fn a_mirror_may_meet_all_but_what_no_software_can() {
        use DutyState::{Met, Operator};
        let keys = "contact = \"drop\"\nmethod_url = \"https://example.org/method\"";
        let expected = [("4", Met), ("4", Met), ("5.2", Operator), ("5.3", Met), ("7", Met)];
        let expected = [&expected[..], &[("8", Met)], &OWN].concat();
        assert_eq!(states("sync", keys, "on_archive = \"anonymise\""), expected);
    }

    #[test]
    fn what_a_format_makes_is_its_owners() {
        use DutyState::{Met, Operator};
        for keys in ["format = \".\"", "format = \".\"\nmethod_url = \"https://example.org\""] {
            let found = states("create", keys, "");
            assert_eq!(
                found[..4],
                [("4", Met), ("4", Operator), ("5.2", Operator), ("5.3", Operator)]
            );
        }
        assert_eq!(states("update", "content = \"mapped\"", "")[3], ("5.3", Operator));
    }

    #[test]
    fn an_archive_keeps_nothing_after_the_end() {
        let expected = [&[("7", DutyState::Operator)], &OWN[..]].concat();
        assert_eq!(states("archive", "", ""), expected);
        assert!(states("unknown", "", "").is_empty());
    }
}
