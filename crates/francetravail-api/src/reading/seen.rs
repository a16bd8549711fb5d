//! The ids that were delivered.

use std::collections::HashSet;

/// Remembers ids. One of seven characters takes about ten bytes: half a million take 9 MiB.
#[derive(Default)]
pub(super) struct SeenIds {
    short: HashSet<u64>,
    others: HashSet<Box<str>>,
}

impl SeenIds {
    /// Whether the id was not there; now it is.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        match packed(id) {
            Some(number) => self.short.insert(number),
            None => self.others.insert(id.into()),
        }
    }
}

/// Up to eight bytes as one number. The length is part of it only by way of its zero bytes, which
/// no id has.
fn packed(id: &str) -> Option<u64> {
    let bytes = id.as_bytes();
    if bytes.len() > 8 || bytes.contains(&0) {
        return None;
    }
    let mut all = [0; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    Some(u64::from_be_bytes(all))
}

#[cfg(test)]
mod tests {
    use super::SeenIds;

    #[test]
    fn an_id_is_new_once() {
        let mut seen = SeenIds::default();
        for id in ["048KLTP", "0603040", "603040", "", "0", "a longer id than usual", "a\0"] {
            assert!(seen.is_new(id), "{id}");
            assert!(!seen.is_new(id), "{id}");
        }
    }
}
