//! What can be done with the offers of a search, as the catalog lists it.

use ::francetravail::Search;

use engine::{ActionFormat, Ends, Item, MirrorRules, Select, Target};

use crate::Wiring;
use crate::catalog::Action;
use crate::describe::{ActionDescription, Endpoint, Field, other_parameters};
use crate::francetravail::origin::OfferSearch;
use crate::francetravail::parameters::{CLIENT_ID, CLIENT_SECRET};
use crate::francetravail::{ConnectorAuth, Terms, parameters};
use crate::hrflow::{
    self, API_SECRET, API_USER, ArchiveParameters, BoardAction, BoardArchive, BoardCreate,
    BoardMirror, BoardUpdate, CreateParameters, HrflowAuth, OnBoard, PushParameters,
    SyncParameters,
};
use crate::problem::Problem;
use crate::settings::{Environment, Section, SectionName, Sections};

pub(super) const CREATE: &str = "francetravail.create_jobs_in_hrflow";
pub(super) const UPDATE: &str = "francetravail.update_jobs_in_hrflow";
pub(super) const ARCHIVE: &str = "francetravail.archive_jobs_in_hrflow";
pub(super) const SYNC: &str = "francetravail.sync_jobs_in_hrflow";

/// The actions on offers.
pub(crate) static OFFER_ACTIONS: [OfferAction; 4] = [
    OfferAction {
        name: CREATE,
        description: "Creates, in an HrFlow board, a job of each offer that a search of France \
                      Travail finds. A job that the board has already is left as it is.",
        endpoints: &[
            ("Creation of a job", "POST", "https://api.hrflow.ai/v1/job/indexing"),
            ("Text parsing", "POST", "https://api.hrflow.ai/v1/text/parsing"),
        ],
        push_fields: hrflow::create_fields,
        format: Terms::format,
        target: |workflow_id, auth, push, environment, wiring| {
            let push = CreateParameters::read(push)?;
            let target = BoardCreate::connect(workflow_id, auth, push, environment, wiring);
            boxed(target)
        },
    },
    OfferAction {
        name: UPDATE,
        description: "Replaces, in an HrFlow board, the jobs of the offers that a search of \
                      France Travail finds.",
        endpoints: &[("Edition of a job", "PUT", "https://api.hrflow.ai/v1/job/indexing")],
        push_fields: hrflow::push_fields,
        format: Terms::format,
        target: |workflow_id, auth, push, environment, wiring| {
            let push = PushParameters::read(push)?;
            boxed(BoardUpdate::connect(workflow_id, auth, push, environment, wiring))
        },
    },
    OfferAction {
        name: ARCHIVE,
        description: "Archives, in an HrFlow board, the jobs of the offers that a search of \
                      France Travail finds.",
        endpoints: &[(
            "Archiving of a job",
            "PATCH",
            "https://api.hrflow.ai/v1/job/indexing/archive",
        )],
        push_fields: hrflow::archive_fields,
        format: reference_only,
        target: |workflow_id, auth, push, environment, wiring| {
            let push = ArchiveParameters::read(push)?;
            let select = push.select.into();
            let mirror = (select == Select::Vanished).then(|| push.rules.clone());
            let target =
                boxed(BoardArchive::connect(workflow_id, auth, push, environment, wiring))?;
            Ok(ConnectedTarget { mirror, select, ..target })
        },
    },
    OfferAction {
        name: SYNC,
        description: "Makes an HrFlow board the mirror of a search of France Travail: what is new \
                      is created, what has changed is replaced, what has vanished is archived.",
        endpoints: &[
            ("Creation of a job", "POST", "https://api.hrflow.ai/v1/job/indexing"),
            ("Edition of a job", "PUT", "https://api.hrflow.ai/v1/job/indexing"),
            ("Archiving of a job", "PATCH", "https://api.hrflow.ai/v1/job/indexing/archive"),
            ("Text parsing", "POST", "https://api.hrflow.ai/v1/text/parsing"),
        ],
        push_fields: hrflow::sync_fields,
        format: Terms::format,
        target: |workflow_id, auth, push, environment, wiring| {
            let push = SyncParameters::read(push)?;
            let rules = push.rules.clone();
            let target = BoardMirror::connect(workflow_id, auth, push, environment, wiring);
            Ok(ConnectedTarget { mirror: Some(rules), ..boxed(target)? })
        },
    },
];

/// Something that is done with each offer of a search, in a board.
pub(crate) struct OfferAction {
    name: &'static str,
    description: &'static str,
    /// HrFlow's: name, method, address.
    endpoints: &'static [(&'static str, &'static str, &'static str)],
    push_fields: fn() -> Vec<Field>,
    format: fn(&Terms) -> ActionFormat,
    target: fn(&str, HrflowAuth, &Section, &Environment, &Wiring) -> Connecting,
}

type Connecting = Result<ConnectedTarget, Vec<Problem>>;

/// One end of a run, and how the run is to treat it.
struct ConnectedTarget {
    target: Box<dyn Target>,
    mirror: Option<MirrorRules>,
    select: Select,
}

fn boxed<A: BoardAction + 'static>(action: Result<A, Problem>) -> Connecting {
    match action {
        Ok(action) => {
            let target = Box::new(OnBoard(action));
            Ok(ConnectedTarget { target, mirror: None, select: Select::Listed })
        }
        Err(problem) => Err(vec![problem]),
    }
}

impl Action for OfferAction {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self) -> ActionDescription {
        let hrflow =
            self.endpoints.iter().map(|(name, method, url)| Endpoint { name, method, url });
        ActionDescription {
            name: self.name,
            description: self.description,
            endpoints: std::iter::once(parameters::search_endpoint()).chain(hrflow).collect(),
            connector_auth: parameters::auth_fields(),
            hrflow_auth: hrflow::auth_fields(),
            pull_parameters: parameters::pull_fields(),
            push_parameters: (self.push_fields)(),
            other_parameters: other_parameters(),
        }
    }

    fn is_mirror(&self, sections: &Sections) -> bool {
        self.name == SYNC
            || (self.name == ARCHIVE && hrflow::selects_vanished(&sections.push_parameters))
    }

    fn variables(&self) -> &'static [(SectionName, &'static str, &'static str)] {
        &[
            (SectionName::ConnectorAuth, "client_id", CLIENT_ID),
            (SectionName::ConnectorAuth, "client_secret", CLIENT_SECRET),
            (SectionName::HrflowAuth, "api_secret", API_SECRET),
            (SectionName::HrflowAuth, "api_user", API_USER),
        ]
    }

    fn connect(
        &self,
        workflow_id: &str,
        sections: &Sections,
        terms: &Terms,
        environment: &Environment,
        wiring: &Wiring,
    ) -> Result<Ends, Vec<Problem>> {
        let origin = origin(sections, environment, wiring);
        let target = match HrflowAuth::read(&sections.hrflow_auth) {
            Ok(auth) => {
                (self.target)(workflow_id, auth, &sections.push_parameters, environment, wiring)
            }
            Err(mut problems) => {
                // The push parameters are checked all the same, so that every problem is told.
                let anybody = HrflowAuth::new("", "");
                let push = &sections.push_parameters;
                problems.extend(
                    (self.target)(workflow_id, anybody, push, environment, wiring)
                        .err()
                        .into_iter()
                        .flatten(),
                );
                Err(problems)
            }
        };
        match (origin, target) {
            (Ok(origin), Ok(ConnectedTarget { target, mirror, select })) => Ok(Ends {
                warnings: origin.warnings(&sections.pull_parameters, self.name),
                origin: Box::new(origin),
                target,
                format: (self.format)(terms),
                mirror,
                select,
            }),
            (origin, target) => {
                Err([origin.err(), target.err()].into_iter().flatten().flatten().collect())
            }
        }
    }
}

fn origin(
    sections: &Sections,
    environment: &Environment,
    wiring: &Wiring,
) -> Result<OfferSearch, Vec<Problem>> {
    let auth = ConnectorAuth::read(&sections.connector_auth);
    let search: Result<Search, _> = parameters::read_search(&sections.pull_parameters);
    match (auth, search) {
        (Ok(auth), Ok(search)) => {
            OfferSearch::connect(auth, search, environment, wiring).map_err(|problem| vec![problem])
        }
        (auth, search) => Err([auth.err(), search.err()].into_iter().flatten().flatten().collect()),
    }
}

/// Both ends of a run that a program has put together.
pub(super) fn both<A: BoardAction + 'static>(
    action: &str,
    origin: Result<OfferSearch, Problem>,
    target: Result<A, Problem>,
    format: ActionFormat,
) -> Result<Ends, Vec<Problem>> {
    match (origin, target) {
        (Ok(origin), Ok(target)) => Ok(Ends {
            warnings: origin.warnings(&Section::default(), action),
            origin: Box::new(origin),
            target: Box::new(OnBoard(target)),
            format,
            mirror: None,
            select: Select::Listed,
        }),
        (origin, target) => Err([origin.err(), target.err()].into_iter().flatten().collect()),
    }
}

/// `{"reference": <the offer's id>}`.
pub(super) fn reference_only(_: &Terms) -> ActionFormat {
    ActionFormat::plain(Box::new(|offer| {
        Ok(Item::from_iter([("reference".to_owned(), offer["id"].clone())]))
    }))
}
