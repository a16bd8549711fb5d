//! What tells one content from another.

use std::fmt;

use sha2::{Digest, Sha256};

/// Tells one content from another: half of its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(u128::from_be_bytes(half))
    }

    /// The first half: enough to tell a change of one item.
    pub fn short(self) -> u64 {
        // The shift leaves 64 bits.
        u64::try_from(self.0 >> 64).unwrap_or_default()
    }

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

/// Fingerprints that no content has.
pub(crate) const ADOPTED: Fingerprint = Fingerprint(0);
pub(crate) const IN_DOUBT: Fingerprint = Fingerprint(1);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}
