//! The words of the document that tells how offers are modified, in both languages.

/// A sentence in French and in English.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) fr: &'static str,
    pub(super) en: &'static str,
}

/// A sentence in both languages.
pub(super) const fn words(fr: &'static str, en: &'static str) -> Words {
    Words { fr, en }
}

/// What holds of most fields.
pub(super) const COPIED: Words = words("Repris tel quel.", "Copied as it is.");
