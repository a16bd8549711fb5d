//! Everything that a user can set, in layers: a flag over the file over the environment.

use std::collections::{BTreeMap, BTreeSet};

use crate::problem::Problem;
use crate::settings::scalar::FromSetting;
use crate::settings::{Given, Place, Section, Sections, SettingKey};

/// What a user wrote. Nothing is checked before [`Settings::plan`], so that every problem is
/// reported at once.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<SettingKey, Given>,
    /// What was given in a form whose problem has been told already.
    unread: BTreeSet<SettingKey>,
    /// jq programs.
    pub logics: Option<Vec<Given>>,
    /// The four tables of named values.
    pub sections: Sections,
    /// What is said of running by itself: `schedule`, `ping.start` and so on.
    pub(crate) service: Section,
    /// Each `[[notify]]`, with its place.
    pub(crate) notify: Vec<(Place, Section)>,
    /// The workflow file that they come from, in part.
    pub file: Option<String>,
    /// Mistakes that were found before the settings could be read.
    pub problems: Vec<Problem>,
    /// Whether a workflow file could not be read as one, so that nothing can be called missing.
    pub(crate) is_unreadable: bool,
}

impl Settings {
    /// What was given for a setting.
    pub fn get(&self, key: SettingKey) -> Option<&Given> {
        self.values.get(&key)
    }

    /// Sets a setting, over what stood there; `null` leaves it as not set.
    pub fn set(&mut self, key: SettingKey, given: Given) {
        if given.is_null() {
            self.values.remove(&key);
        } else {
            self.values.insert(key, given);
        }
    }

    /// The same settings with one more.
    #[must_use]
    pub fn with(mut self, key: SettingKey, given: Given) -> Self {
        self.set(key, given);
        self
    }

    /// Takes a setting away.
    pub fn take(&mut self, key: SettingKey) -> Option<Given> {
        self.values.remove(&key)
    }

    /// Each setting that was given.
    pub fn iter(&self) -> impl Iterator<Item = (SettingKey, &Given)> {
        self.values.iter().map(|(key, given)| (*key, given))
    }

    /// A setting that was given in a form that is a problem of its own.
    pub(crate) fn set_unread(&mut self, key: SettingKey) {
        self.unread.insert(key);
    }

    /// Whether nothing was given for a setting, as far as could be read.
    pub(crate) fn is_missing(&self, key: SettingKey) -> bool {
        !self.values.contains_key(&key) && !self.unread.contains(&key) && !self.is_unreadable
    }

    /// Adds a logic after those that stand there.
    pub fn push_logic(&mut self, logic: Given) {
        self.logics.get_or_insert_default().push(logic);
    }

    /// These settings, with what they leave open filled from a lower layer.
    #[must_use]
    pub fn over(mut self, lower: Self) -> Self {
        for (key, given) in lower.values {
            self.values.entry(key).or_insert(given);
        }
        self.unread.extend(lower.unread);
        self.logics = self.logics.or(lower.logics);
        self.sections.fill_from(lower.sections);
        self.service.fill_from(lower.service);
        if self.notify.is_empty() {
            self.notify = lower.notify;
        }
        self.file = self.file.or(lower.file);
        self.problems.extend(lower.problems);
        self.is_unreadable |= lower.is_unreadable;
        self
    }

    /// The names of workflow and action as far as they can be read, for a refusal.
    pub fn names(&self) -> (String, String) {
        let text = |key| self.get(key).and_then(|given| String::read(given).ok());
        (
            text(SettingKey::WorkflowId).unwrap_or_default(),
            text(SettingKey::Action).unwrap_or_default(),
        )
    }
}
