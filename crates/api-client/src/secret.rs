//! A secret that no log, error or debug print can show.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MASK: &str = "****";

/// A key, a password or a token. `Debug`, `Display` and `Serialize` give `****`, and the memory
/// is wiped when it is dropped.
///
/// ```
/// let secret = api_client::Secret::new("s3cret");
/// assert_eq!(format!("{secret} {secret:?}"), "**** ****");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text itself, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(MASK)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

/// The text with every one of the secrets in it replaced by `****`. Services have been seen to
/// repeat a refused key in their message, so every message from outside passes through here.
pub fn redact(text: &str, secrets: &[&Secret]) -> String {
    secrets
        .iter()
        .map(|secret| secret.expose())
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

#[cfg(test)]
mod tests {
    use super::{Secret, redact};

    #[test]
    fn a_message_that_repeats_the_key_loses_it() {
        let key = Secret::new("ask_0123");
        let message = redact("Invalid secret key: ask_0123 for permission", &[&key]);
        assert_eq!(message, "Invalid secret key: **** for permission");
    }

    #[test]
    fn an_empty_secret_masks_nothing() {
        assert_eq!(redact("as it was", &[&Secret::new("")]), "as it was");
    }

    #[test]
    fn a_secret_shows_its_mask_wherever_it_lies() {
        assert_eq!(format!("{:?}", Some(Secret::new("hidden"))), "Some(****)");
    }
}
