//! What can be done with the items of any connector in an HrFlow board, as the catalog lists it.

use engine::{ActionFormat, Ends, Item, MirrorRules, Origin, Select, Target, Warning};

use crate::ClientOptions;
use crate::catalog::Action;
use crate::describe::{ActionDescription, Endpoint, Field, other_parameters};
use crate::francetravail::Terms;
use crate::hrflow::{
    self, API_SECRET, API_USER, ArchiveParameters, BoardAction, BoardArchive, BoardCreate,
    BoardMirror, BoardUpdate, CreateParameters, HrflowAuth, OnBoard, PushParameters,
    SyncParameters,
};
use crate::problem::Problem;
use crate::settings::{Environment, Section, SectionName, Sections};

/// A service whose items become jobs: all that the actions on them need to know of it.
pub(crate) struct Connector {
    /// What one item is called, such as `offer`.
    pub(crate) item: &'static str,
    /// Where the items come from, such as `a search of France Travail`.
    pub(crate) source: &'static str,
    /// The call that reads the items.
    pub(crate) endpoint: Endpoint,
    /// Which environment variables stand for which of its authentication fields.
    pub(crate) variables: &'static [(&'static str, &'static str)],
    pub(crate) auth_fields: fn() -> Vec<Field>,
    pub(crate) pull_fields: fn() -> Vec<Field>,
    /// Checks what was given and makes the origin ready for the action of that name; makes no call.
    pub(crate) origin: fn(&str, &Sections, &Environment, &ClientOptions) -> ConnectedOrigin,
    /// What becomes of an item where the whole of it is written.
    pub(crate) format: fn(&Terms) -> ActionFormat,
}

/// An origin, and what a person should know before it is read.
pub(crate) type ConnectedOrigin = Result<(Box<dyn Origin>, Vec<Warning>), Vec<Problem>>;

/// One of the four things that can be done with items in a board.
struct Operation {
    /// What it does with the items of a connector.
    description: fn(&Connector) -> String,
    /// HrFlow's: name, method, address.
    endpoints: &'static [(&'static str, &'static str, &'static str)],
    push_fields: fn() -> Vec<Field>,
    /// What the action makes of an item.
    format: fn(&Connector, &Terms) -> ActionFormat,
    is_mirror: fn(&Sections) -> bool,
    target: fn(&str, HrflowAuth, &Section, &Environment, &ClientOptions) -> Connecting,
}

/// An operation on the items of a connector.
pub(crate) struct JobAction {
    name: &'static str,
    connector: &'static Connector,
    operation: &'static Operation,
}

/// The four actions of a connector, of these names: create, update, archive and sync.
pub(crate) const fn job_actions(
    connector: &'static Connector,
    [create, update, archive, sync]: [&'static str; 4],
) -> [JobAction; 4] {
    [
        JobAction { name: create, connector, operation: &CREATE },
        JobAction { name: update, connector, operation: &UPDATE },
        JobAction { name: archive, connector, operation: &ARCHIVE },
        JobAction { name: sync, connector, operation: &SYNC },
    ]
}

static CREATE: Operation = Operation {
    description: |connector| {
        format!(
            "Create a job on an HrFlow board for each {} of {}. Jobs already on the board are left \
             unchanged.",
            connector.item, connector.source
        )
    },
    endpoints: &[
        ("Creation of a job", "POST", "https://api.hrflow.ai/v1/job/indexing"),
        ("Text parsing", "POST", "https://api.hrflow.ai/v1/text/parsing"),
    ],
    push_fields: hrflow::create_fields,
    format: |connector, terms| (connector.format)(terms),
    is_mirror: |_| false,
    target: |workflow_id, auth, push, environment, client_options| {
        let push = CreateParameters::read(push)?;
        boxed(BoardCreate::connect(workflow_id, auth, push, environment, client_options))
    },
};

static UPDATE: Operation = Operation {
    description: |connector| {
        let Connector { item, source, .. } = connector;
        format!("Update the jobs on an HrFlow board from the {item}s of {source}.")
    },
    endpoints: &[("Edition of a job", "PUT", "https://api.hrflow.ai/v1/job/indexing")],
    push_fields: hrflow::push_fields,
    format: |connector, terms| (connector.format)(terms),
    is_mirror: |_| false,
    target: |workflow_id, auth, push, environment, client_options| {
        let push = PushParameters::read(push)?;
        boxed(BoardUpdate::connect(workflow_id, auth, push, environment, client_options))
    },
};

static ARCHIVE: Operation = Operation {
    description: |connector| {
        let Connector { item, source, .. } = connector;
        format!(
            "Archive the jobs on an HrFlow board whose {item}s are in {source}, even if the {item}s \
             are open; with `select = \"vanished\"`, those whose {item}s are closed."
        )
    },
    endpoints: &[("Archiving of a job", "PATCH", "https://api.hrflow.ai/v1/job/indexing/archive")],
    push_fields: hrflow::archive_fields,
    format: |_, terms| reference_only(terms),
    is_mirror: |sections| hrflow::selects_vanished(&sections.push_parameters),
    target: |workflow_id, auth, push, environment, client_options| {
        let push = ArchiveParameters::read(push)?;
        let select = push.select.into();
        let mirror = (select == Select::Vanished).then(|| push.rules.clone());
        let target =
            boxed(BoardArchive::connect(workflow_id, auth, push, environment, client_options))?;
        Ok(ConnectedTarget { mirror, select, ..target })
    },
};

static SYNC: Operation = Operation {
    description: |connector| {
        let Connector { item, source, .. } = connector;
        format!(
            "Keep an HrFlow board in sync with {source}: create the jobs of new {item}s, update \
             those of changed {item}s, archive those of closed {item}s."
        )
    },
    endpoints: &[
        ("Creation of a job", "POST", "https://api.hrflow.ai/v1/job/indexing"),
        ("Edition of a job", "PUT", "https://api.hrflow.ai/v1/job/indexing"),
        ("Archiving of a job", "PATCH", "https://api.hrflow.ai/v1/job/indexing/archive"),
        ("Text parsing", "POST", "https://api.hrflow.ai/v1/text/parsing"),
    ],
    push_fields: hrflow::sync_fields,
    format: |connector, terms| (connector.format)(terms),
    is_mirror: |_| true,
    target: |workflow_id, auth, push, environment, client_options| {
        let push = SyncParameters::read(push)?;
        let rules = push.rules.clone();
        let target = BoardMirror::connect(workflow_id, auth, push, environment, client_options);
        Ok(ConnectedTarget { mirror: Some(rules), ..boxed(target)? })
    },
};

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

impl JobAction {
    /// The target. Where the credentials are wrong, the rest is checked all the same, so that every
    /// problem is told.
    fn target(
        &self,
        workflow_id: &str,
        sections: &Sections,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Connecting {
        let connect = |auth| {
            let push = &sections.push_parameters;
            (self.operation.target)(workflow_id, auth, push, environment, client_options)
        };
        match HrflowAuth::read(&sections.hrflow_auth) {
            Ok(auth) => connect(auth),
            Err(mut problems) => {
                let anybody = HrflowAuth::new("", "");
                problems.extend(connect(anybody).err().into_iter().flatten());
                Err(problems)
            }
        }
    }
}

impl Action for JobAction {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self) -> ActionDescription {
        let Self { name, connector, operation } = self;
        let hrflow =
            operation.endpoints.iter().map(|(name, method, url)| Endpoint { name, method, url });
        ActionDescription {
            name,
            description: (operation.description)(connector),
            endpoints: std::iter::once(connector.endpoint.clone()).chain(hrflow).collect(),
            connector_auth: (connector.auth_fields)(),
            hrflow_auth: hrflow::auth_fields(),
            pull_parameters: (connector.pull_fields)(),
            push_parameters: (operation.push_fields)(),
            other_parameters: other_parameters(),
        }
    }

    fn is_mirror(&self, sections: &Sections) -> bool {
        (self.operation.is_mirror)(sections)
    }

    fn variables(&self) -> Vec<(SectionName, &'static str, &'static str)> {
        let own = self.connector.variables.iter();
        let own = own.map(|(field, variable)| (SectionName::ConnectorAuth, *field, *variable));
        let hrflow = [
            (SectionName::HrflowAuth, "api_secret", API_SECRET),
            (SectionName::HrflowAuth, "api_user", API_USER),
        ];
        own.chain(hrflow).collect()
    }

    fn connect(
        &self,
        workflow_id: &str,
        sections: &Sections,
        terms: &Terms,
        environment: &Environment,
        client_options: &ClientOptions,
    ) -> Result<Ends, Vec<Problem>> {
        let origin = (self.connector.origin)(self.name, sections, environment, client_options);
        let target = self.target(workflow_id, sections, environment, client_options);
        match (origin, target) {
            (Ok((origin, warnings)), Ok(ConnectedTarget { target, mirror, select })) => {
                let format = (self.operation.format)(self.connector, terms);
                Ok(Ends { origin, target, format, mirror, select, warnings })
            }
            (origin, target) => {
                Err([origin.err(), target.err()].into_iter().flatten().flatten().collect())
            }
        }
    }
}

/// `{"reference": <the item's id>}`.
pub(crate) fn reference_only(_: &Terms) -> ActionFormat {
    ActionFormat::plain(Box::new(|item| {
        Ok(Item::from_iter([("reference".to_owned(), item["id"].clone())]))
    }))
}
