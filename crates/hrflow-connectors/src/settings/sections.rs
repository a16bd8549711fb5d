//! The four tables of named values that a workflow has beside its settings.

use crate::problem::Side;
use crate::settings::Section;

/// The name of one of the four tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionName {
    /// How the origin knows who asks.
    ConnectorAuth,
    /// How HrFlow knows who asks.
    HrflowAuth,
    /// What to read.
    PullParameters,
    /// Where to write.
    PushParameters,
}

impl SectionName {
    /// All four.
    pub const ALL: [Self; 4] =
        [Self::ConnectorAuth, Self::HrflowAuth, Self::PullParameters, Self::PushParameters];

    /// The title in a workflow file.
    pub fn title(self) -> &'static str {
        match self {
            Self::ConnectorAuth => "connector_auth",
            Self::HrflowAuth => "hrflow_auth",
            Self::PullParameters => "pull_parameters",
            Self::PushParameters => "push_parameters",
        }
    }

    /// The table of that title.
    pub(crate) fn titled(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.title() == title)
    }

    /// Whose parameters they are.
    pub(crate) fn side(self) -> Side {
        match self {
            Self::ConnectorAuth | Self::PullParameters => Side::Origin,
            Self::HrflowAuth | Self::PushParameters => Side::Target,
        }
    }

    /// Whether it holds secrets: no record keeps those, and they may stand elsewhere.
    pub(crate) fn is_secret(self) -> bool {
        match self {
            Self::ConnectorAuth | Self::HrflowAuth => true,
            Self::PullParameters | Self::PushParameters => false,
        }
    }
}

/// The four tables of named values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sections {
    /// How the origin knows who asks.
    pub connector_auth: Section,
    /// How HrFlow knows who asks.
    pub hrflow_auth: Section,
    /// What to read.
    pub pull_parameters: Section,
    /// Where to write.
    pub push_parameters: Section,
}

impl Sections {
    /// The table of that name.
    pub fn get(&self, name: SectionName) -> &Section {
        match name {
            SectionName::ConnectorAuth => &self.connector_auth,
            SectionName::HrflowAuth => &self.hrflow_auth,
            SectionName::PullParameters => &self.pull_parameters,
            SectionName::PushParameters => &self.push_parameters,
        }
    }

    /// The table of that name, to be filled.
    pub fn get_mut(&mut self, name: SectionName) -> &mut Section {
        match name {
            SectionName::ConnectorAuth => &mut self.connector_auth,
            SectionName::HrflowAuth => &mut self.hrflow_auth,
            SectionName::PullParameters => &mut self.pull_parameters,
            SectionName::PushParameters => &mut self.push_parameters,
        }
    }

    pub(crate) fn fill_from(&mut self, mut lower: Self) {
        for name in SectionName::ALL {
            self.get_mut(name).fill_from(std::mem::take(lower.get_mut(name)));
        }
    }
}
